"""What a program is told that asks for a name which is not there."""

import copy
import importlib
import pickle
import time
import traceback

import pytest

import mainstem.v1
import mainstem.v2
from mainstem.api import load, names, rows

load.complete()


@pytest.fixture
def table(monkeypatch):
    """Small worlds in place of the real ones."""
    monkeypatch.setattr(rows, "WORLDS", {"v1": {}, "v2": {}})
    monkeypatch.setattr(
        names, "recorded", lambda world: frozenset({"v1": {"layers.dense", "log", "gone"}, "v2": {"math.log", "new"}}[world])
    )
    names.explain.cache_clear()
    rows.v1(1, "log", "placeholder", "multiply")
    rows.both(2, "math.log", "nn.relu", "raw_ops.Gone")
    yield
    names.explain.cache_clear()


@pytest.mark.parametrize(
    "world, path, words",
    [
        ("v1", "layers.dense", "Mainstem does not have tf.layers.dense yet."),
        ("v1", "gone", "Mainstem does not have tf.gone yet."),
        ("v1", "placehoder", "TensorFlow 1.15 has no tf.placehoder. Did you mean tf.placeholder?"),
        ("v1", "nn.relux", "TensorFlow 1.15 has no tf.nn.relux. Did you mean tf.nn.relu?"),
        ("v1", "relu", "TensorFlow 1.15 has no tf.relu. Did you mean tf.nn.relu?"),
        ("v1", "mul", "TensorFlow 1.15 has no tf.mul. Did you mean tf.multiply?"),
        ("v1", "new", "tf.new is a name of TensorFlow 2 only, and Mainstem does not have it yet."),
        ("v2", "log", "Use tf.compat.v1.log, or run the whole program with the other names: `mainstem run --api v1`"),
        ("v2", "log", "Did you mean tf.math.log?"),
        ("v2", "compat.v1.gone", "Mainstem does not have tf.compat.v1.gone yet."),
        ("v1", "contrib.some.deep.path", "Mainstem does not have tf.contrib.some.deep.path."),
        ("v1", "python.ops.nothing", "Mainstem does not have tensorflow.python.ops.nothing, a path inside TensorFlow."),
    ],
)
def test_explanations(table, world, path, words):
    text = names.explain(world, path)
    assert words in text and text.endswith("`mainstem check FILE` lists all that a program uses and Mainstem lacks.")


def test_a_missing_name_is_an_attribute_error():
    with pytest.raises(
        AttributeError, match="module 'tensorflow.nn' has no attribute 'reluu': .* Did you mean tf.nn.relu?"
    ) as caught:
        _ = mainstem.v1.nn.reluu
    shown = "".join(traceback.format_exception(caught.value)).splitlines()[-1]
    assert shown.startswith("AttributeError: module") and shown.count("mean") == 1  # the interpreter adds no second suggestion
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is AttributeError and str(again) == str(caught.value) == str(copy.copy(caught.value))


@pytest.mark.parametrize("module", [mainstem.v1, mainstem.v2, mainstem.v1.nn, mainstem.v2.compat], ids=lambda m: m.__name__)
def test_asking_works_as_usual_and_is_cheap(module):
    start = time.perf_counter()
    for _ in range(1000):
        assert not hasattr(module, "nothing_like_it") and getattr(module, "nothing_like_it", 3) == 3
    assert time.perf_counter() - start < 0.5


def test_an_import_of_what_is_not_there():
    with pytest.raises(ImportError, match="tensorflow.nothing_like_it.*TensorFlow 1.15 has no tf.nothing_like_it"):
        from mainstem.v1 import nothing_like_it  # noqa: F401
    with pytest.raises(ModuleNotFoundError, match="tensorflow.nn.nothing_like_it"):
        importlib.import_module("mainstem.v2.nn.nothing_like_it")
    assert importlib.util.find_spec("mainstem.v1.nn.nothing_like_it") is None


def test_recorded_names():
    one, two = names.recorded("v1"), names.recorded("v2")
    assert {"Session", "layers.dense", "contrib.slim", "contrib.slim.conv2d", "nn", "float32", "math.log"} <= one
    assert (
        {"function", "keras.layers.Dense", "math.log"} <= two and "Session" not in two and len(one) > 5000 and len(two) > 3000
    )


def test_a_lookup_ends_at_objects():
    assert names.lookup(mainstem.v1, "nn.relu.anything.goes") == (True, "nn.relu")
    assert names.lookup(mainstem.v1, "GraphKeys.WEIGHTS") == (True, "GraphKeys.WEIGHTS")
    assert names.lookup(mainstem.v1, "GraphKeys.NOTHING.x") == (False, "GraphKeys.NOTHING")
    assert names.lookup(mainstem.v1, "no.such.thing") == (False, "no.such.thing")


def test_which_release_a_name_belongs_to():
    assert (
        names.belongs("v1", "app.flags.FLAGS.size")
        and names.belongs("v1", "Session")
        and names.belongs("v2", "optimizers.Adam")
    )
    assert not any(names.belongs(world, path) for world in ("v1", "v2") for path in ("nn.relu", "nn.relu.x", "no.such.thing"))
