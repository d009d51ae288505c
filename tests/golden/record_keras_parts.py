"""Records what TensorFlow 1.15 makes of `tests/dialects/keras/part_programs.py`: <its python> record_keras_parts.py."""

import json
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "dialects" / "keras"))
import layer_rows  # noqa: E402
import loss_rows  # noqa: E402
import numpy as np  # noqa: E402
import optimizer_rows  # noqa: E402
import part_programs  # noqa: E402
import preprocessing_programs  # noqa: E402
import tensorflow as tf  # noqa: E402


def record(file, rows, outcome):
    """A json file of what rows tell and an npz file of their arrays."""
    told, arrays = {}, {}
    for name in rows:
        try:
            told[name], values = outcome(tf, name)
        except Exception as error:
            raise RuntimeError(name) from error
        arrays.update({f"{name}:{i}": v for i, v in enumerate(values)})
    (HERE / f"{file}.json").write_text(json.dumps(part_programs.plain(told), indent=0, sort_keys=True, default=list))
    np.savez_compressed(HERE / f"{file}.npz", **arrays)


def big():
    """What takes a minute: layers and optimizers."""
    record("keras_layers", layer_rows.ROWS, layer_rows.outcome)
    record("keras_optimizers", optimizer_rows.ROWS, optimizer_rows.outcome)


if __name__ == "__main__":
    if "--small" not in sys.argv:
        big()
    made = {"losses": loss_rows.losses(tf), "loss_classes": loss_rows.loss_classes(tf), "metrics": loss_rows.metrics(tf)}
    for name, program in {**part_programs.PROGRAMS, **preprocessing_programs.PROGRAMS}.items():
        with tf.Graph().as_default():
            made[name] = part_programs.plain(program(tf))
    (HERE / "keras_parts.json").write_text(json.dumps(part_programs.plain(made), indent=0, sort_keys=True, default=list))
