"""Branches, loops and order in graph mode against TensorFlow 1.15 and 2.21: values, gradients, effects, names, shapes, errors."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.surface import control_programs as programs

GOLDEN = pathlib.Path(__file__).parents[1] / "golden"
V1 = json.loads((GOLDEN / "control_v1.json").read_text())
V2 = json.loads((GOLDEN / "control_v2.json").read_text())


def feeder(feeds):
    def feed(shape, *values):
        made = tf.placeholder(np.asarray(values[0]).dtype, shape, name="p")
        feeds[made] = values
        return made

    return feed


def form(structure):
    """The types of a nested structure, as text."""
    if hasattr(structure, "_fields"):
        return f"{type(structure).__name__}({', '.join(map(form, structure))})"
    if isinstance(structure, dict):
        return "{" + ", ".join(f"{k}: {form(structure[k])}" for k in sorted(structure)) + "}"
    if isinstance(structure, (list, tuple)):
        return f"{type(structure).__name__}({', '.join(map(form, structure))})"
    return "None" if structure is None else "op" if isinstance(structure, tf.Operation) else "*"


def flat(structure):
    if isinstance(structure, dict):
        return [leaf for k in sorted(structure) for leaf in flat(structure[k])]
    if isinstance(structure, (list, tuple)):
        return [leaf for child in structure for leaf in flat(child)]
    return [structure]


def check(given, wanted, what):
    kind, shape, values = wanted
    given = np.asarray(given)
    assert given.dtype.name == kind, what
    assert given.shape == tuple(shape), what
    np.testing.assert_allclose(given, np.array(values, kind).reshape(shape), rtol=2e-5, atol=2e-6, err_msg=what)


def run(program, golden):
    """Runs a program as the recorder did and compares all that it recorded, but for the names and shapes of gradients."""
    tf.set_random_seed(5)
    feeds = {}
    made = program(tf, feeder(feeds))
    log, runs = made.pop("log", None), []
    for key, value in made.items():
        wanted = golden["out"][key]
        assert form(value) == wanted["form"], key
        if not key.startswith(("grad", "second")):
            for t, name, shape in zip(flat(value), wanted["names"], wanted["shapes"], strict=True):
                assert (t if t is None else t.name) == name, key
                if shape is not None:
                    assert_shape(t, shape, key)
    tensors = {k: [t for t in flat(v) if t is not None] for k, v in made.items()}
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for i in range(max([len(v) for v in feeds.values()] or [1])):
            now = {p: v[min(i, len(v) - 1)] for p, v in feeds.items()}
            values = sess.run({k: t for k, t in tensors.items() if not k.endswith("_after")}, now)
            values.update({k: sess.run(t, now) for k, t in tensors.items() if k.endswith("_after")})
            for k, v in values.items():
                for x, w in zip(v, golden["out"][k]["values"][i], strict=True):
                    assert (x is None) == (w is None), k
                    if w is not None:
                        check(x, w, f"{k} in run {i}")
            if log is not None:
                runs.append(sorted(log))
                del log[:]
    assert runs == golden["log"]


def assert_shape(t, shape, key):
    """At least as much is known of the shape as in TensorFlow."""
    have = t.shape.as_list() if t.shape.ndims is not None else None
    assert have is not None and len(have) == len(shape), f"{key}: {have} {shape}"
    assert all(w is None or h == w for h, w in zip(have, shape)), f"{key}: {have} {shape}"


ARRAYS = ("array_", "arrays", "map", "scan", "fold")


@pytest.mark.parametrize("program", [p for p in programs.GRAPHS if not p.__name__.startswith(ARRAYS)], ids=lambda p: p.__name__)
def test_program(program):
    run(program, V1["graphs"][program.__name__])


@pytest.mark.parametrize("name", [n for n in programs.REFUSED if not n.startswith(("map", "scan", "fold", "array"))])
def test_refused(name):
    wanted = V1["refused"][name]  # None: TensorFlow 1 builds a loop whose variable changes its dtype, and fails when it runs
    with pytest.raises(Exception) as e:
        programs.REFUSED[name](tf, feeder({}))
    assert isinstance(e.value, TypeError) if wanted is None else type(e.value).__name__ == wanted[0]
