"""Records what TensorFlow calls the outputs of its ops, where that is not simply "output".

    <python with TensorFlow 1.15> tests/golden/record_output_names.py --out names.json
    <python with TensorFlow 2>    tests/golden/record_output_names.py --out names.json    (adds what 1.15 lacks)

Then `--module src/mainstem/formats/output_names.py` writes the table from that file, without TensorFlow.
"""

import argparse
import json
import os
import pathlib
import textwrap

FOREIGN = ("Xla", "TPU", "Boosted", "Mlir", "Mkl", "Nccl", "Collective", "Quantized", "Uniform", "Tpu", "Outfeed", "Infeed")
HEAD = '''"""What TensorFlow calls the outputs of its ops: nodes inside function bodies name their inputs by it ("node:product:0").

Written by tests/golden/record_output_names.py.
"""

import functools

_TABLE = """
'''
TAIL = '''"""


@functools.cache
def _names():
    out = {}
    for line in _TABLE.strip().replace("\\n ", " ").splitlines():
        names, _, ops = line.partition(":")
        out.update(dict.fromkeys(ops.split(), tuple(names.split(","))))
    return out


def of(op_type, count):
    """Gives the names of the `count` output arguments of an op; lists count once."""
    names = _names().get(op_type)
    if names is not None and len(names) == count:
        return names
    return ("output",) if count == 1 else tuple(f"output{i}" for i in range(count))
'''


def collect(path):
    os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
    import tensorflow as tf
    from tensorflow.python.framework import op_def_registry

    found = json.loads(path.read_text()) if path.exists() else {}
    old = hasattr(op_def_registry, "get_registered_ops")
    for name in sorted(op_def_registry.get_registered_ops()) if old else dir(tf.raw_ops):
        definition = op_def_registry.get_registered_ops()[name] if old else op_def_registry.get(name)
        if definition is not None and not name.startswith("_"):
            found.setdefault(name, [a.name for a in definition.output_arg])
    path.write_text(json.dumps(found, sort_keys=True))


def module(found):
    groups = {}
    for op, names in sorted(found.items()):
        if names and names != ["output"] and not op.startswith(FOREIGN) and len(",".join(names)) < 120:
            groups.setdefault(",".join(names), []).append(op)
    lines = [
        textwrap.fill(names + ": " + " ".join(ops), 126, subsequent_indent=" ", break_long_words=False, break_on_hyphens=False)
        for names, ops in sorted(groups.items())
    ]
    return HEAD + "\n".join(lines) + "\n" + TAIL


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default="output_names.json")
    parser.add_argument("--module")
    options = parser.parse_args()
    path = pathlib.Path(options.out)
    if options.module:
        pathlib.Path(options.module).write_text(module(json.loads(path.read_text())))
    else:
        collect(path)


main()
