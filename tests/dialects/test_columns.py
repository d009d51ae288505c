"""The feature columns of `tf.contrib.layers` against TensorFlow 1.15 (golden/record_columns.py)."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.dialects import column_programs

RECORD = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "columns.json").read_text())


def close(made, want):
    if isinstance(want, list) and want and isinstance(want[0], (list, str)):
        assert len(made) == len(want)
        for a, b in zip(made, want):
            close(a, b)
    elif isinstance(want, str):
        assert made == want
    else:
        np.testing.assert_allclose(made, want, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("program", column_programs.PROGRAMS)
def test_programs_do_what_tensorflow_does(program):
    made, recorded = column_programs.outcome(tf, column_programs.PROGRAMS[program]), RECORD["programs"][program]
    close(made.pop("values"), recorded.pop("values"))
    assert made == recorded


@pytest.mark.parametrize("program", column_programs.ERRORS)
def test_wrong_programs_raise_the_same(program):
    assert column_programs.failure(tf, column_programs.ERRORS[program]) == RECORD["errors"][program]


def test_target_columns_are_refused_by_name():
    for make in (tf.contrib.layers.regression_target, tf.contrib.layers.binary_svm_target):
        with pytest.raises(NotImplementedError, match="target"):
            make()


def test_crosses_are_the_ops_of_their_time():
    slim = tf.contrib.slim
    with tf.Graph().as_default():
        known = tf.SparseTensor([[0, 0]], ["a"], [1, 1])
        assert slim.sparse_feature_cross([known, known], True).values.op.type == "SparseFeatureCross"
        assert slim.sparse_feature_cross([known, known], True, hash_key=7).values.op.type == "SparseFeatureCrossV2"
