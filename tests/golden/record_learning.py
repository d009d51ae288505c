"""Records what TensorFlow 1.15 makes of `tests/dialects/learning_programs.py` and `data_programs.py`.

<python with TensorFlow 1.15> record_learning.py --out tests/golden/learning.json [--only PART_OF_A_NAME]
"""

import argparse
import json
import os
import sys
import tempfile

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
import tensorflow as tf  # noqa: E402

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TESTS, room) for room in ("dialects", "train")]
import data_programs  # noqa: E402
import learning_programs  # noqa: E402
import session_programs  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    facts = {}
    if os.path.exists(arguments.out) and arguments.only:
        with open(arguments.out) as f:
            facts = json.load(f)
    facts["tensorflow"] = tf.__version__
    for name, program in {**learning_programs.PROGRAMS, **data_programs.PROGRAMS}.items():
        if arguments.only in name:
            with tempfile.TemporaryDirectory() as folder:
                facts[name] = session_programs.logged(tf, folder, program)
    with open(arguments.out, "w") as f:
        json.dump(facts, f, indent=0, sort_keys=True)
        f.write("\n")


if __name__ == "__main__":
    main()
