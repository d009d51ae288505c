"""Records what TensorFlow 1.15 makes of `tests/dialects/keras/part_programs.py`: <its python> record_keras_parts.py."""

import json
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "dialects" / "keras"))
import layer_rows  # noqa: E402
import numpy as np  # noqa: E402
import part_programs  # noqa: E402
import tensorflow as tf  # noqa: E402


def layers():
    """keras_layers.json and keras_layers.npz: what every layer tells and computes."""
    told, arrays = {}, {}
    for name in layer_rows.ROWS:
        try:
            told[name], values = layer_rows.outcome(tf, name)
        except Exception as error:
            raise RuntimeError(name) from error
        arrays.update({f"{name}:{i}": v for i, v in enumerate(values)})
    (HERE / "keras_layers.json").write_text(json.dumps(part_programs.plain(told), indent=0, sort_keys=True, default=list))
    np.savez_compressed(HERE / "keras_layers.npz", **arrays)


if __name__ == "__main__":
    layers()
    made = {}
    for name, program in part_programs.PROGRAMS.items():
        with tf.Graph().as_default():
            made[name] = part_programs.plain(program(tf))
    (HERE / "keras_parts.json").write_text(json.dumps(made, indent=0, sort_keys=True))
