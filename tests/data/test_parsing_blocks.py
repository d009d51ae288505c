"""Examples parsed by a mapped function, many at once, are what parsing them one by one gives."""

import numpy as np
import pytest

import mainstem as tf
from mainstem.eager.context import context
from mainstem.formats import protos
from mainstem.lower import rows

F = tf.io
FEATURES = {
    "image": F.FixedLenFeature([], tf.string),
    "label": F.FixedLenFeature([], tf.int64, 7),
    "weight": F.FixedLenFeature([2, 2], tf.float32, [[1.0, 2.0], [3.0, 4.0]]),
    "ids": F.VarLenFeature(tf.int64),
    "words": F.VarLenFeature(tf.string),
    "rows": F.FixedLenSequenceFeature([2], tf.float32, allow_missing=True),
    "names": F.FixedLenSequenceFeature([], tf.string, allow_missing=True, default_value="none"),
}


@pytest.fixture(autouse=True)
def eager():
    with context().as_default():
        yield


def examples(alike):
    rng, out = np.random.RandomState(0), []
    for i in range(70):
        made = protos.Example()
        f = made.features.feature
        f["image"].bytes_list.value.append(rng.bytes(3 if alike else i % 9))
        some = alike or i % 3
        if some:
            f["label"].int64_list.value.append(i * 1000)
            f["weight"].float_list.value.extend(rng.rand(4))
            f["ids"].int64_list.value.extend(rng.randint(-5, 300, 3 if alike else i % 4).tolist())
            f["words"].bytes_list.value.extend([b"w%d" % i] * (2 if alike else i % 3))
            f["rows"].float_list.value.extend(rng.rand(4 if alike else i % 5 * 2))
            f["names"].bytes_list.value.extend([b"n"] * (1 if alike else i % 2))
        out.append(made.SerializeToString())
    return out


def plain(value):
    if isinstance(value, tf.SparseTensor):
        return [plain(value.indices), plain(value.values), plain(value.dense_shape)]
    return value.dtype, np.asarray(value.numpy(), object).tolist(), value.shape.as_list()


def elements(data):
    return [{k: plain(v) for k, v in e.items()} for e in data]


@pytest.mark.parametrize("alike", [True, False])
def test_single_examples(alike):
    listed = examples(alike)
    made = elements(tf.data.Dataset.from_tensor_slices(listed).map(lambda e: F.parse_single_example(e, FEATURES)))
    assert made == [{k: plain(v) for k, v in F.parse_single_example(e, FEATURES).items()} for e in listed]


@pytest.mark.parametrize("alike", [True, False])
def test_batches(alike):
    listed = examples(alike)
    made = elements(tf.data.Dataset.from_tensor_slices(listed).batch(8).map(lambda e: F.parse_example(e, FEATURES)))
    wanted = [{k: plain(v) for k, v in F.parse_example(listed[i : i + 8], FEATURES).items()} for i in range(0, 70, 8)]
    assert made == wanted


def test_they_go_together(monkeypatch):
    """No record is parsed by itself: that takes twenty times as long."""
    monkeypatch.setattr(rows.Rows, "_apart", None)
    data = tf.data.Dataset.from_tensor_slices(examples(False))
    assert len(elements(data.map(lambda e: F.parse_single_example(e, FEATURES)))) == 70
    assert len(elements(data.batch(10).map(lambda e: F.parse_example(e, FEATURES)))) == 7


@pytest.mark.parametrize("features", [{"label": FEATURES["label"]}, {"ids": FEATURES["ids"]}, {"rows": FEATURES["rows"]}])
def test_a_record_that_does_not_fit_is_named(features):
    (key,) = features
    wrong = protos.Example()
    wrong.features.feature[key].bytes_list.value.append(b"x")
    listed = [*examples(True)[:20], wrong.SerializeToString(), b"\xff"]
    data = tf.data.Dataset.from_tensor_slices(listed).map(lambda e: F.parse_single_example(e, features))
    seen = []
    with pytest.raises(tf.errors.InvalidArgumentError, match=f"Key: {key}.  Data types don't match"):
        for e in data:
            seen.append(e)
    assert len(seen) == 20
