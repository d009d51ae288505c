"""`tf.sets`: what does not fit is an error when the graph is built, in the words of TensorFlow 1.15."""

import numpy as np
import pytest

import mainstem.v1 as tf

SPARSE = np.int64([[0], [1], [2]]), np.int64([2, 7, 8]), np.int64([10])


@pytest.mark.parametrize("name", ["set_intersection", "set_union", "set_difference"])
def test_sets_have_an_outer_dimension(name):
    operation, sparse, dense = getattr(tf.sets, name), tf.SparseTensor(*SPARSE), tf.constant([9, 4, 6], tf.int64)
    with pytest.raises(ValueError, match="Shape must be at least rank 2 but is rank 1"):
        operation(dense, sparse)
    with pytest.raises(ValueError, match="Input 0, expected rank >= 2, got 1"):
        operation(sparse, sparse)
    with pytest.raises(ValueError, match="Dimension must be 2 but is 1"):
        operation(tf.reshape(dense, [1, 3]), sparse)


def test_a_metric_of_flat_predictions_is_refused():
    with pytest.raises(ValueError, match="Shape must be at least rank 2 but is rank 1"):
        tf.metrics.precision_at_top_k(tf.SparseTensor(*SPARSE), tf.constant([9, 4, 6, 2, 0], tf.int64))
