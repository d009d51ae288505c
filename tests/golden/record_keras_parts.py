"""Records what TensorFlow 1.15 makes of `tests/dialects/keras/part_programs.py`: <its python> record_keras_parts.py."""

import json
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "dialects" / "keras"))
import part_programs  # noqa: E402
import tensorflow as tf  # noqa: E402

if __name__ == "__main__":
    made = {}
    for name, program in part_programs.PROGRAMS.items():
        with tf.Graph().as_default():
            made[name] = part_programs.plain(program(tf))
    (HERE / "keras_parts.json").write_text(json.dumps(made, indent=0, sort_keys=True))
