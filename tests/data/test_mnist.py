"""MNIST as the tutorials read it, against TensorFlow 1.15 (golden/record_mnist.py)."""

import functools
import gzip
import importlib
import io
import json
import pathlib

import hypothesis
import hypothesis.extra.numpy as arrays
import hypothesis.strategies as st
import numpy as np
import pytest

import mainstem.v1 as tf
from mainstem.data import mnist
from tests.data import mnist_rows

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "mnist.json").read_text())


@functools.cache
def outcomes():
    return json.loads(json.dumps(mnist_rows.outcomes(tf, mnist)))


@pytest.mark.parametrize("row", GOLDEN)
def test_tensorflows_batches(row):
    assert outcomes()[row] == GOLDEN[row]


def test_missing_files_are_named_and_nothing_is_downloaded(tmp_path):
    mnist_rows.write(tmp_path)
    (tmp_path / mnist_rows.FILES[1]).unlink()
    with pytest.raises(FileNotFoundError, match=r"lacks train-labels-idx1-ubyte.gz\. Mainstem does not download"):
        mnist.read_data_sets(str(tmp_path))


@pytest.mark.parametrize("size", [13, -1])
def test_validation_size_must_fit(tmp_path, size):
    mnist_rows.write(tmp_path)
    with pytest.raises(ValueError, match="between 0 and 12"):
        mnist.read_data_sets(str(tmp_path), validation_size=size)


def test_what_does_not_fit_is_refused():
    with pytest.raises(TypeError, match="uint8 or float32"):
        mnist.DataSet(mnist_rows.images(3)[..., None], mnist_rows.labels(3), dtype=tf.float64)
    with pytest.raises(AssertionError, match=r"labels.shape: \(4,\)"):
        mnist.DataSet(mnist_rows.images(3)[..., None], mnist_rows.labels(4))
    with pytest.raises(AssertionError, match="depth 1"):
        mnist.DataSet(np.zeros((3, 2, 2, 2)), np.zeros(3))


def test_paths_of_public_programs():
    input_data = importlib.import_module("mainstem.v1.examples.tutorials.mnist.input_data")
    deep = importlib.import_module("mainstem.v1.contrib.learn.python.learn.datasets.mnist")
    assert input_data.read_data_sets is mnist.read_data_sets is deep.read_data_sets
    assert tf.contrib.learn.datasets.mnist.DataSet is mnist.DataSet


def zipped(content):
    return io.BytesIO(gzip.compress(content, 1))


@hypothesis.given(arrays.arrays(np.uint8, st.tuples(*[st.integers(0, 5)] * 3)))
def test_images_round_trip(array):
    np.testing.assert_array_equal(mnist.extract_images(zipped(mnist_rows.idx(array)))[..., 0], array)


@hypothesis.given(st.binary(max_size=40), st.booleans())
def test_broken_files_are_refused(content, headed):
    content = b"\x00\x00\x08\x01" + content if headed else content
    try:
        labels = mnist.extract_labels(zipped(content))
    except ValueError as e:
        assert "magic number" in str(e) or "cut short" in str(e)
    else:
        assert len(labels) == int.from_bytes(content[4:8], "big")
