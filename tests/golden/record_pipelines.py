"""Records MetaGraphs of input pipelines from TensorFlow 1.15, and what it gives when it runs them.

    <python with TensorFlow 1.15> tests/golden/record_pipelines.py [--out tests/golden/pipelines]
    <python with TensorFlow 1.15> tests/golden/record_pipelines.py --check FOLDER    (of .meta files: prints what they give)

Programs: tests/data/pipeline_graphs.py.
"""

import argparse
import json
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
import tensorflow.compat.v1 as tf  # noqa: E402

from tests.data import pipeline_graphs  # noqa: E402

tf.logging.set_verbosity("FATAL")


def checked(meta):
    try:
        return pipeline_graphs.results(tf, meta)
    except tf.errors.OpError as e:
        return str(e)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default=str(pathlib.Path(__file__).with_name("pipelines")))
    parser.add_argument("--check")
    args = parser.parse_args()
    if args.check:
        found = {p.stem: tf.MetaGraphDef.FromString(p.read_bytes()) for p in sorted(pathlib.Path(args.check).glob("*.meta"))}
        print(json.dumps({name: checked(meta) for name, meta in found.items()}))
        return
    made = {}
    for program in pipeline_graphs.PROGRAMS:
        meta = pipeline_graphs.meta_graph(tf, program)
        (pathlib.Path(args.out) / f"{program.__name__}.meta").write_bytes(meta.SerializeToString(deterministic=True))
        made[program.__name__] = pipeline_graphs.results(tf, meta)
    rows = ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in made.items())
    (pathlib.Path(args.out) / "results.json").write_text(f"{{\n{rows}\n}}\n")


main()
