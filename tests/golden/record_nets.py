"""Records what the networks of Slim and of its model zoo are under TensorFlow 1.15: names, shapes, end points, logits.

<python with TensorFlow 1.15> record_nets.py --zoo FOLDER [--out tests/golden]: FOLDER has the package `nets` of the model zoo
"""

import argparse
import gzip
import json
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "dialects"))
import net_programs  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

WHERE = {"contrib": "tensorflow.contrib.slim.python.slim.nets", "zoo": "nets"}


def record(out, only):
    facts, values = {}, {}
    if only:  # the rest stays as it was recorded
        with gzip.open(out + ".json.gz") as f:
            facts = json.loads(f.read().decode())
        values = dict(np.load(out + ".npz"))
    for table, cases in net_programs.TABLES.items():
        for name, one in cases.items():
            if only and only not in name:
                continue
            with tf.Graph().as_default():
                images, result, points = net_programs.build(tf, WHERE[table], one)
                facts[table + ":" + name] = net_programs.facts(tf, result, points)
                if net_programs.runs(name, one):
                    values[table + ":" + name] = net_programs.logits(tf, images, result)
            print(table, name, flush=True)
    with gzip.GzipFile(out + ".json.gz", "wb", mtime=0) as f:
        f.write(json.dumps(facts, sort_keys=True).encode())
    np.savez_compressed(out + ".npz", **values)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--zoo", required=True)
    parser.add_argument("--out", default=str(HERE))
    parser.add_argument("--only", default="", help="record only the cases with this in their names")
    args = parser.parse_args()
    sys.path.insert(0, args.zoo)
    tf.logging.set_verbosity(tf.logging.ERROR)
    record(os.path.join(args.out, "nets"), args.only)
