"""Records what TensorFlow 1.15 makes of `tests/dialects/keras/model_programs.py`: <its python> record_keras_models.py [--eager]."""

import json
import os
import pathlib
import subprocess
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "dialects" / "keras"))
import backend_programs  # noqa: E402
import model_programs  # noqa: E402
import more_programs  # noqa: E402
import part_programs  # noqa: E402
import tensorflow as tf  # noqa: E402


def record():
    """What every program gives, each with names counted from the start."""
    made = {}
    for name, program in {**model_programs.PROGRAMS, **more_programs.PROGRAMS}.items():
        tf.keras.backend.clear_session()
        made[name] = part_programs.plain(program(tf))
    return made


def files():
    """keras/saved.h5, a checkpoint keras/saved, and what the model does next."""
    tf.keras.backend.clear_session()
    (HERE / "keras").mkdir(exist_ok=True)
    model = model_programs.to_save(tf)
    model.save(str(HERE / "keras" / "saved.h5"))
    model.save_weights(str(HERE / "keras" / "saved"))
    (HERE / "keras" / "checkpoint").unlink()
    return part_programs.plain(model_programs.next_losses(model))


def backend():
    """What the functions of keras.backend give."""
    tf.keras.backend.clear_session()
    made = backend_programs.calls(tf.keras.backend)
    values = tf.keras.backend.get_session().run(made)
    tf.keras.backend.clear_session()
    return {"calls": part_programs.plain(values), "facts": part_programs.plain(backend_programs.facts(tf.keras.backend))}


if __name__ == "__main__":
    if "--eager" in sys.argv:
        tf.enable_eager_execution()
        print("RECORD" + json.dumps(record(), default=lambda v: v.numpy().tolist()))
    else:
        text = subprocess.run([sys.executable, __file__, "--eager"], stdout=subprocess.PIPE, check=True).stdout.decode()
        both = {"graph": record(), "eager": json.loads(text.partition("RECORD")[2]), "files": files(), "backend": backend()}
        (HERE / "keras_models.json").write_text(json.dumps(both, indent=0, sort_keys=True))
