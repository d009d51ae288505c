"""Records what TensorFlow 1.15 makes of the programs of tests/surface/queue_programs.py, tests/surface/flow_programs.py,
tests/train/input_programs.py and its sparse ones.

<python with TensorFlow 1.15> tests/golden/record_queues.py [--only NAME] [--out tests/golden/queues.json]
"""

import argparse
import json
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
import tensorflow as tf  # noqa: E402
from tensorflow.python.ops import data_flow_ops  # noqa: E402

from tests.surface import flow_programs, queue_programs  # noqa: E402
from tests.train import input_programs, sparse_programs  # noqa: E402

tf.compat.v1.logging.set_verbosity("FATAL")


def record(program):
    print(program.__name__, file=sys.stderr)
    config = tf.compat.v1.ConfigProto(operation_timeout_in_ms=1000) if program in flow_programs.PROGRAMS else None
    with tf.Graph().as_default(), tf.compat.v1.Session(config=config) as sess:
        bench = queue_programs.Bench(tf.compat.v1, sess)
        bench.flow = data_flow_ops
        return program(bench)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only")
    parser.add_argument("--out", default=str(pathlib.Path(__file__).with_name("queues.json")))
    args = parser.parse_args()
    programs = {p.__name__: p for p in (*queue_programs.PROGRAMS, *input_programs.READERS, *input_programs.PIPELINES)}
    programs.update(("sparse_" + p.__name__, p) for p in sparse_programs.PROGRAMS)
    programs.update(("flow_" + p.__name__, p) for p in flow_programs.PROGRAMS)
    if args.only:
        for name in args.only.split(","):
            for row in record(programs[name]):
                print(json.dumps(row))
        return
    found = {"tensorflow": tf.__version__, "programs": {name: record(p) for name, p in programs.items()}}
    rows = [f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in found["programs"].items()]
    text = f'{{"tensorflow": {json.dumps(found["tensorflow"])}, "programs": {{\n' + ",\n".join(rows) + "\n}}\n"
    pathlib.Path(args.out).write_text(text)


main()
