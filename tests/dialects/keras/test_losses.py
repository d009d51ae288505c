"""Losses and metrics of `tf.keras` against TensorFlow 1.15 (golden/record_keras_parts.py)."""

import json

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.dialects.keras import loss_rows, part_programs
from tests.dialects.keras.test_parts import RECORD, assert_alike


def told(value):
    return json.loads(json.dumps(part_programs.plain(value)))


def test_functions():
    assert_alike(told(loss_rows.losses(tf)), RECORD["losses"], "losses")


def test_classes():
    assert_alike(told(loss_rows.loss_classes(tf)), RECORD["loss_classes"], "classes")


def test_metrics():
    assert_alike(told(loss_rows.metrics(tf)), RECORD["metrics"], "metrics")


def test_losses_by_name():
    losses = tf.keras.losses
    assert losses.get("mse") is losses.mean_squared_error is losses.get(losses.serialize(losses.MSE))
    assert losses.get(None) is None and losses.serialize(losses.Huber(2.0))["config"]["delta"] == 2.0
    with pytest.raises(ValueError, match="Unknown loss function:foo"):
        losses.get("foo")
    with pytest.raises(ValueError, match="Could not interpret loss function identifier"):
        losses.get(5)
    with pytest.raises(ValueError, match="Invalid Reduction Key foo."):
        losses.Huber(reduction="foo")


@pytest.mark.usefixtures("eager_mode")
def test_losses_in_eager_mode():
    loss = tf.keras.losses.SparseCategoricalCrossentropy()
    got = loss(loss_rows.CLASSES[:, 0], loss_rows.P)
    want = np.mean(-np.log(loss_rows.P[np.arange(4), loss_rows.CLASSES[:, 0]]))
    np.testing.assert_allclose(got.numpy(), want, rtol=1e-5)
