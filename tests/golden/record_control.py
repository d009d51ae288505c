"""Records what TensorFlow makes of the programs of tests/surface/control_programs.py: names, values, side effects, errors.

<python with TensorFlow 1.15 or 2.x> tests/golden/record_control.py [--out tests/golden/control_<version>.json]
"""

# ruff: noqa: B023 - what is defined in a loop here is called in the same round

import argparse
import json
import os
import pathlib
import sys
import warnings

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
import numpy as np  # noqa: E402
import tensorflow as real  # noqa: E402

from tests.surface import control_programs as programs  # noqa: E402

OLD = real.__version__.startswith("1.")
tf = real if OLD else real.compat.v1
tf.logging.set_verbosity(tf.logging.ERROR)


def plain(value):
    if value is None:
        return None
    value = np.asarray(value)
    flat = value.reshape(-1).tolist()
    if value.dtype == np.float32:
        flat = [float(f"{v:.9g}") for v in flat]
    return [value.dtype.name, list(value.shape), flat]


def form(structure):
    """The types of a nested structure, as text."""
    if hasattr(structure, "_fields"):
        return "{}({})".format(type(structure).__name__, ", ".join(map(form, structure)))
    if isinstance(structure, dict):
        return "{{{}}}".format(", ".join(f"{k}: {form(structure[k])}" for k in sorted(structure)))
    if isinstance(structure, (list, tuple)):
        return "{}({})".format(type(structure).__name__, ", ".join(map(form, structure)))
    return "None" if structure is None else "op" if isinstance(structure, tf.Operation) else "*"


def flat(structure):
    if isinstance(structure, dict):
        return [leaf for k in sorted(structure) for leaf in flat(structure[k])]
    if isinstance(structure, (list, tuple)):
        return [leaf for child in structure for leaf in flat(child)]
    return [structure]


def feeder(feeds):
    def feed(shape, *values):
        made = tf.placeholder(np.asarray(values[0]).dtype, shape, name="p")
        feeds[made] = values
        return made

    return feed


def known_shape(t):
    return None if t.shape.ndims is None else t.shape.as_list()


def record(program):
    with tf.Graph().as_default():
        tf.set_random_seed(5)
        feeds, found, runs = {}, {}, []
        made = program(tf, feeder(feeds))
        log = made.pop("log", None)
        for key, value in made.items():
            leaves = flat(value)
            names = [None if t is None else t.name for t in leaves]
            shapes = [known_shape(t) if hasattr(t, "dtype") else None for t in leaves]
            found[key] = {"form": form(value), "names": names, "shapes": shapes, "values": []}
        tensors = {k: [t for t in flat(v) if t is not None] for k, v in made.items()}
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            for i in range(max([len(v) for v in feeds.values()] or [1])):
                now = {p: v[min(i, len(v) - 1)] for p, v in feeds.items()}
                values = sess.run({k: t for k, t in tensors.items() if not k.endswith("_after")}, now)
                values.update({k: sess.run(t, now) for k, t in tensors.items() if k.endswith("_after")})
                for k, v in values.items():
                    found[k]["values"].append([plain(x) for x in v])
                if log is not None:
                    runs.append(sorted(log))
                    del log[:]
        return {"out": found, "log": runs}


def attempt(action):
    try:
        action()
    except Exception as e:  # every class of exception is a result here
        return [type(e).__name__, str(e)[:500]]
    return None


def refusals():
    out = {}
    for name, program in programs.REFUSED.items():
        with tf.Graph().as_default():
            out[name] = attempt(lambda: program(tf, feeder({})))
    return out


def failures():
    out = {}
    for name, program in programs.FAILS.items():
        with tf.Graph().as_default(), tf.Session() as sess:
            feeds = {}

            def build_and_run():
                made = program(tf, feeder(feeds))
                shown.append(plain(sess.run(made, {p: v[0] for p, v in feeds.items()})))

            shown = []
            out[name] = attempt(build_and_run) or [None, shown[0]]
    return out


def differentiable(t):
    return t.dtype.is_floating


def gradients(fn, args):
    wanted = [a for a in args if differentiable(a)]
    with real.GradientTape() as tape:
        tape.watch(wanted)
        result = [t for t in flat(fn(*args)) if differentiable(t)]
        total = real.add_n([real.reduce_sum(real.sin(t)) for t in result])
    return [plain(g) for g in tape.gradient(total, wanted)]


def functions():
    out = {}
    for make in programs.FUNCTIONS:
        fn, args = make(real)
        result = fn(*args)
        out[make.__name__] = {
            "form": form(result),
            "values": [plain(t) for t in flat(result)],
            "traced": [plain(t) for t in flat(real.function(fn)(*args))],
            "grad": gradients(fn, args),
            "traced_grad": gradients(real.function(fn), args),
        }
    x = real.constant(programs.V)
    refused = {k: attempt(lambda: real.function(p.__get__(real))(x)) for k, p in programs.REFUSED_V2.items()}
    failing = {k: attempt(lambda: p(real, x)) for k, p in programs.FAILS_V2.items()}
    return {"programs": out, "refused": refused, "fails": failing}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    default = pathlib.Path(__file__).with_name("control_%s.json" % ("v1" if OLD else "v2"))
    parser.add_argument("--out", default=str(default))
    out = parser.parse_args().out
    warnings.simplefilter("ignore")
    found = {"tensorflow": real.__version__}
    if not OLD:
        found["functions"] = functions()
        tf.disable_v2_behavior()
    found["graphs"] = {}
    for program in programs.GRAPHS:
        try:
            found["graphs"][program.__name__] = record(program)
        except Exception as e:
            print(program.__name__, type(e).__name__, str(e)[:600])
    found["refused"], found["fails"] = refusals(), failures()
    text = json.dumps(found, separators=(",", ":")).replace('"out":', '\n"out":').replace('],["', '],\n["')
    pathlib.Path(out).write_text(text + "\n")


main()
