"""Records what TensorFlow 1.15 makes of the programs of tests/surface/nn_programs.py: names, values, gradients, exceptions.

<python with TensorFlow 1.15> tests/golden/record_nn.py [--out tests/golden/nn.json]
"""

import argparse
import json
import os
import pathlib
import sys
import zlib

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from tests.surface import nn_programs as programs  # noqa: E402


def feeder(name, feeds):
    rng = np.random.RandomState(zlib.crc32(name.encode()) & 0xFFFFFFFF)

    def x(shape, dtype="float32", low=-1.0, high=1.0):
        made = tf.placeholder(dtype, shape, name="x")
        feeds[made] = np.round(rng.uniform(low, high, shape), 2).astype(dtype)
        return made

    return x


def plain(value):
    value = np.asarray(value)
    flat = (
        [float(("%.8g" if value.dtype == np.float32 else "%.17g") % v) for v in value.reshape(-1)]
        if value.dtype.kind == "f"
        else value.reshape(-1).tolist()
    )
    return [value.dtype.name, list(value.shape), flat]


def dense(g):
    return None if g is None else tf.convert_to_tensor(g)


def record(name, program):
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        feeds = {}
        outputs = list(program(tf, feeder(name, feeds)))
        nodes = [o.name for o in graph.get_operations() if o.type not in ("Placeholder", "Const")]
        floats = [o for o in outputs if o.dtype.is_floating]
        grads = [dense(g) for g in tf.gradients(floats, list(feeds), grad_ys=floats)] if floats and feeds else []
        got = sess.run([outputs, [g for g in grads if g is not None]], feeds)
        rest = iter(got[1])
        return {
            "nodes": None if name in programs.OTHER_NODES else nodes,
            "outputs": [[t.name, plain(v)] for t, v in zip(outputs, got[0])],
            "grads": [None if g is None else plain(next(rest)) for g in grads],
        }


def error(name, program):
    with tf.Graph().as_default():
        try:
            program(tf, feeder(name, {}))
        except Exception as e:  # every class of exception is a result here
            return type(e).__name__
    raise SystemExit(name + " did not fail")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default=str(pathlib.Path(__file__).with_name("nn.json")))
    out = parser.parse_args().out
    found = {"tensorflow": tf.__version__, "errors": {k: error(k, p) for k, p in programs.RAISES.items()}}
    found["programs"] = {k: record(k, p) for k, p in programs.PROGRAMS.items()}
    pathlib.Path(out).write_text(json.dumps(found, separators=(",", ":")).replace('"outputs"', '\n"outputs"') + "\n")


main()
