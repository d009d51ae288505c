"""Records what TensorFlow 1.15 makes of `tests/train/session_programs.py` and `supervisor_programs.py`.

<python with TensorFlow 1.15> record_sessions.py --out tests/golden/sessions.json
"""

import argparse
import json
import os
import sys
import tempfile

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
import tensorflow as tf  # noqa: E402

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "train"))
import session_programs  # noqa: E402
import supervisor_programs  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    facts = {"tensorflow": tf.__version__}
    for name, program in {**session_programs.PROGRAMS, **supervisor_programs.PROGRAMS}.items():
        if arguments.only in name:
            with tempfile.TemporaryDirectory() as folder:
                facts[name] = session_programs.logged(tf, folder, program)
    with open(arguments.out, "w") as f:
        json.dump(facts, f, indent=0, sort_keys=True)
        f.write("\n")


if __name__ == "__main__":
    main()
