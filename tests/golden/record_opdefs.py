"""Records TensorFlow's OpDefs: input names, number of outputs, attrs with types and defaults.

    <python with TensorFlow 1.15> tests/golden/record_opdefs.py
    <python with TensorFlow 2>    tests/golden/record_opdefs.py      (adds the ops and attrs that 1.15 lacks)

Writes opdefs.json.gz.
"""

import argparse
import gzip
import json
import os
import pathlib

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
import tensorflow as tf  # noqa: E402
from tensorflow.python.framework import op_def_registry  # noqa: E402

if hasattr(tf, "contrib"):  # an op of a library that TensorFlow 1.15 loads on demand
    from tensorflow.contrib.seq2seq.python.ops import beam_search_ops

    tf.raw_ops.GatherTree = beam_search_ops.gather_tree


def find(name):
    if hasattr(op_def_registry, "get_registered_ops"):
        return op_def_registry.get_registered_ops().get(name)
    return op_def_registry.get(name)


def plain(attr):
    value, kind = attr.default_value, attr.type
    if not attr.HasField("default_value"):
        return None
    if kind == "type":
        return tf.as_dtype(value.type).name
    if kind in ("int", "float", "bool"):
        return getattr(value, {"int": "i", "float": "f", "bool": "b"}[kind])
    if kind == "string":
        return value.s.decode("latin1")
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default=str(pathlib.Path(__file__).with_name("opdefs.json.gz")))
    options = parser.parse_args()
    path = pathlib.Path(options.out)
    found = json.loads(gzip.decompress(path.read_bytes()).decode()) if path.exists() else {}
    for name in dir(tf.raw_ops):
        definition = find(name)
        if definition is None:
            continue
        attrs = {a.name: [a.type, plain(a)] for a in definition.attr}
        entry = found.get(name)
        if entry is None or "newer" not in entry and not tf.__version__.startswith("2"):
            found[name] = {
                "inputs": [a.name for a in definition.input_arg],
                "outputs": len(definition.output_arg),
                "attrs": attrs,
            }
        elif tf.__version__.startswith("2"):
            entry["newer"] = {k: v for k, v in attrs.items() if k not in entry["attrs"]}
    path.write_bytes(gzip.compress(json.dumps(found, sort_keys=True, separators=(",", ":")).encode()))
    print(f"{len(found)} ops")


main()
