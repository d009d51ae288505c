"""Records graphs of the real TensorFlow and what they compute, for us to import and run.

    <python with TensorFlow 1.15> tests/golden/record_graphs.py --out tests/run/fixtures
    <python with TensorFlow 2>    tests/golden/record_graphs.py --out tests/run/fixtures

Writes <program>_tf<version>.pb and graphs_tf<version>.json.
"""

import argparse
import json
import os
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
import tensorflow

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "run"))

import graph_programs as programs  # noqa: E402

tf = tensorflow.compat.v1
RESOURCE = not tensorflow.__version__.startswith("1.")  # each TensorFlow's own kind of variables


def plain(value):
    return [v.decode() for v in value] if value.dtype == object else value.tolist()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    out = parser.parse_args().out
    kind = "tf2" if RESOURCE else "tf1"
    if RESOURCE:
        tf.disable_v2_behavior()
    record = {"tensorflow": tensorflow.__version__, "result": {}, "losses": {}}
    for program in programs.FROZEN + programs.TRAINED:
        with tf.Graph().as_default() as graph, tf.Session() as session:
            feeds = program(tf, RESOURCE)
            if program in programs.FROZEN:
                session.run(tf.global_variables_initializer())
                record["result"][program.__name__] = plain(session.run("result:0", feeds))
                made = tf.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), ["result"])
            else:
                record["losses"][program.__name__] = programs.losses(session, feeds)
                made = graph.as_graph_def()
        with open(os.path.join(out, program.__name__ + "_" + kind + ".pb"), "wb") as f:
            f.write(made.SerializeToString())
    with open(os.path.join(out, "graphs_" + kind + ".json"), "w") as f:
        json.dump(record, f, sort_keys=True)
        f.write("\n")


if __name__ == "__main__":
    main()
