"""Records what the data sets of `dataset_rows` give under the real TensorFlow: `python record_dataset.py --out DIR`.

Run with 1.15 it writes `dataset_v1.json`, with 2.21 `dataset_v2.json`.
"""

import argparse
import json
import os
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import dataset_rows  # noqa: E402
import tensorflow as tf  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default=os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--only", nargs="*")
    args = parser.parse_args()
    first = hasattr(tf, "placeholder")
    tf.compat.v1.logging.set_verbosity("ERROR")
    rows = {**dataset_rows.BOTH, **(dataset_rows.V1 if first else dataset_rows.V2)}
    run = dataset_rows.run_graph if first else dataset_rows.run_eager
    out = {"tensorflow": tf.__version__}
    with tempfile.TemporaryDirectory() as folder:
        at = dataset_rows.write_files(folder)
        for name, row in rows.items():
            if not args.only or name in args.only:
                out[name] = run(tf, row, at)
                text = out[name].get("error", ["", ""])
                text[1] = text[1].replace(folder, "DIR")[:300]
    with open(os.path.join(args.out, "dataset_v1.json" if first else "dataset_v2.json"), "w") as f:
        json.dump(out, f, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()
