"""Suppression of boxes at the threshold itself: each TensorFlow's own answers."""

import json
import pathlib

import numpy as np
import pytest

import mainstem as tf2
import mainstem.v1 as tf1
from tests.surface import suppression_rows as rows

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "suppression.json").read_text())


def same(found, world):
    assert found.keys() == GOLDEN[world].keys()
    for name, wanted in GOLDEN[world].items():
        parts = found[name] if isinstance(found[name], (tuple, list)) else [found[name]]
        for a, b in zip(parts, wanted, strict=True):
            np.testing.assert_allclose(np.asarray(a), b, rtol=1e-6, err_msg=name)


def test_tensorflow_1():
    with tf1.Graph().as_default(), tf1.Session() as session:
        same(session.run(rows.made(tf1)), "v1")


@pytest.mark.usefixtures("eager_mode")
def test_tensorflow_2():
    same(rows.made(tf2), "v2")
