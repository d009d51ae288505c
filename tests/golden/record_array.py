"""Records what TensorFlow 1.15 makes of the programs of tests/surface/array_programs.py: nodes, shapes, values, exceptions.

<python with TensorFlow 1.15> tests/golden/record_array.py [--out tests/golden/array.json]
"""

import argparse
import json
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from tests.surface import array_programs as programs  # noqa: E402


def plain(value):
    value = np.asarray(value)
    flat = [v.decode() for v in value.reshape(-1)] if value.dtype == object else None
    if np.iscomplexobj(value):
        flat = [[v.real, v.imag] for v in value.reshape(-1).tolist()]
    flat = value.reshape(-1).tolist() if flat is None else flat
    return [value.dtype.name, list(value.shape), flat if len(set(map(str, flat))) > 1 else flat[:1]]


def feeder(feeds):
    def feed(shape, value):
        made = tf.compat.v1.placeholder(np.asarray(value).dtype, shape, name="p")
        feeds[made] = value
        return made

    return feed


def record(program):
    with tf.Graph().as_default() as graph, tf.compat.v1.Session() as sess:
        feeds = {}
        outputs = list(program(tf, feeder(feeds)))
        nodes = [[o.name, o.type, o.outputs[0].get_shape().as_list() if o.outputs[0].shape.ndims is not None else None]
                 for o in graph.get_operations() if o.type != "Placeholder"]  # fmt: skip
        shapes = [None if t.shape.ndims is None else t.shape.as_list() for t in outputs]
        return {
            "nodes": nodes,
            "outputs": [[t.name, s, plain(v)] for t, s, v in zip(outputs, shapes, sess.run(outputs, feeds))],
        }


def error(name, program):
    with tf.Graph().as_default():
        try:
            program(tf, feeder({}))
        except Exception as e:  # every class of exception is a result here
            return type(e).__name__
    raise SystemExit(f"{name} did not fail")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default=str(pathlib.Path(__file__).with_name("array.json")))
    out = parser.parse_args().out
    found = {"tensorflow": tf.__version__, "programs": {}, "errors": {k: error(k, p) for k, p in programs.RAISES.items()}}
    for table in (programs.EXACT_NAMES, programs.SAME_VALUES):
        for name, program in table.items():
            found["programs"][name] = record(program)
    for name in programs.SAME_VALUES:
        found["programs"][name].pop("nodes")
    pathlib.Path(out).write_text(json.dumps(found, separators=(",", ":")).replace('"outputs"', '\n"outputs"') + "\n")


main()
