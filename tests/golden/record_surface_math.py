"""Records nodes, values and exceptions of tests/golden/surface_math_rows.py: run with TensorFlow 1.15, `--out DIR` optional."""

import argparse
import json
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from tests.golden import surface_math_rows as table  # noqa: E402


def build(source):
    graph = tf.Graph()
    with graph.as_default():
        feeds = {name: tf.compat.v1.placeholder(v.dtype, v.shape, name=name) for name, v in table.FEEDS.items()}
        made = eval(source, {"tf": tf, "np": np}, dict(feeds))
    return graph, feeds, made


def show(value):
    value = np.asarray(value)
    if value.dtype.kind == "c":
        return {"dtype": value.dtype.name, "value": [value.real.tolist(), value.imag.tolist()]}
    return {"dtype": value.dtype.name, "value": value.tolist()}


def record(source):
    graph, feeds, made = build(source)
    nodes = [[o.name, o.type] for o in graph.get_operations()[len(feeds) :]]
    flat = [t for t in tf.nest.flatten(made) if t is not None]
    with tf.compat.v1.Session(graph=graph) as sess:
        values = sess.run(flat, {feeds[k]: v for k, v in table.FEEDS.items()})
    return {"nodes": nodes, "values": [None if v is None else show(v) for v in values]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default=str(pathlib.Path(__file__).resolve().parent))
    out = {}
    for block in (table.NODES, table.VALUES_ONLY):
        for source in table.rows(block):
            try:
                out[source] = record(source)
            except Exception as e:
                print("not recorded:", source, type(e).__name__, str(e)[:200])
    for source in table.rows(table.RAISES):
        try:
            build(source)
            print("does not raise:", source)
        except Exception as e:
            out[source] = {"error": type(e).__name__}
    path = pathlib.Path(parser.parse_args().out) / "surface_math.json"
    path.write_text(json.dumps(out, sort_keys=True, separators=(",", ":")).replace('},"', '},\n"') + "\n")


if __name__ == "__main__":
    main()
