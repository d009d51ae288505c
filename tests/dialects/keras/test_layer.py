"""`Layer`: names, variables, losses, updates, masks, `training` and layers inside layers, in graph mode and eager mode."""

import numpy as np
import pytest

import mainstem.v1 as tf
from mainstem.dialects.keras import backend
from mainstem.dialects.keras.layer import Layer
from mainstem.dialects.layers import core
from mainstem.eager.context import context


class Dense(Layer, core.Dense):
    def __init__(self, units, **kwargs):
        super().__init__(units=units, **kwargs)


class Training(Layer):
    """Tells what `training` it was called with."""

    def call(self, inputs, training=None):
        self.told = training
        return inputs * 1.0


def test_names_are_unique_in_a_graph_and_start_without_a_number():
    with tf.Graph().as_default():
        assert [Dense(1).name for _ in range(3)] == ["dense", "dense_1", "dense_2"]
        assert Training(name="other").name == "other"
    with tf.Graph().as_default():
        assert Dense(1).name == "dense"


def test_variables_are_resources_in_name_scopes_and_join_no_collection_of_losses():
    with tf.Graph().as_default() as graph:
        with tf.variable_scope("outer", reuse=tf.AUTO_REUSE):
            layer = Dense(2, kernel_regularizer=tf.reduce_sum)
            layer(tf.ones([1, 3]))
            layer(tf.ones([4, 3]))
        assert [v.name for v in layer.weights] == ["outer/dense/kernel:0", "outer/dense/bias:0"]
        assert graph.get_operation_by_name("outer/dense/kernel").type == "VarHandleOp"
        assert not tf.get_collection("regularization_losses") and len(layer.losses) == 1
        kernel, bias = layer.get_weights()
        assert kernel.shape == (3, 2) and not bias.any()
        layer.set_weights([np.ones([3, 2]), [1, 2]])
        np.testing.assert_array_equal(layer.get_weights()[1], [1, 2])
        with pytest.raises(ValueError, match=r"\(3, 2\) not compatible with provided weight shape \(2, 3\)"):
            layer.set_weights([np.ones([2, 3]), [1, 2]])


def test_eager_mode_runs_at_once(eager_mode):
    backend.clear_session()
    layer = Dense(2, kernel_regularizer=lambda w: tf.reduce_sum(w * w), weights=[np.ones([3, 2]), np.zeros(2)])
    np.testing.assert_array_equal(layer(np.ones([1, 3], np.float32)), [[3, 3]])
    assert [v.name for v in layer.weights] == ["dense/kernel:0", "dense/bias:0"] and float(layer.losses[0]) == 6


class Outer(Layer):
    def __init__(self):
        super().__init__()
        self.inner, self.many = Training(), {"a": [Dense(2), Dense(3)]}
        self.scale = tf.Variable(2.0, name="scale")

    def call(self, inputs):
        x = self.inner(inputs)
        for layer in self.many["a"]:
            x = layer(x)
        return x * self.scale


def test_layers_and_variables_in_attributes_and_containers_belong_to_the_layer():
    with tf.Graph().as_default():
        outer = Outer()
        outer(tf.ones([1, 2]), training=True)
        names = ["scale:0", "outer/dense/kernel:0", "outer/dense/bias:0", "outer/dense_1/kernel:0", "outer/dense_1/bias:0"]
        assert [v.name for v in outer.trainable_weights] == names and outer.inner.told is True
        outer(tf.ones([1, 2]))
        assert outer.inner.told is None
        outer.trainable = False
        assert not outer.trainable_weights and [v.name for v in outer.weights] == names
        assert not outer.many["a"][1].trainable


def test_the_learning_phase_is_a_placeholder_in_a_graph_and_a_number_in_eager_mode():
    with tf.Graph().as_default():
        phase = backend.learning_phase()
        assert phase.op.type == "PlaceholderWithDefault" and backend.learning_phase() is phase
        assert phase.name == "keras_learning_phase:0"
        with backend.learning_phase_scope(1):
            assert backend.learning_phase() == 1
        assert backend.learning_phase() is phase
    with context().as_default():
        assert backend.learning_phase() == 0
        layer = Training()
        with backend.learning_phase_scope(1):
            layer(tf.ones([1]))
        assert layer.told is True


class Masked(Layer):
    def compute_mask(self, inputs, mask=None):
        return tf.not_equal(inputs, 0.0)

    def call(self, inputs):
        return inputs * 1.0


class Takes(Layer):
    def __init__(self):
        super().__init__()
        self.supports_masking = True

    def call(self, inputs, mask=None):
        self.seen = mask
        return inputs + 1.0


def test_masks_travel_on_tensors():
    with tf.Graph().as_default():
        y, takes = Masked()(tf.constant([[1.0, 0.0]])), Takes()
        z = takes(y)
        assert takes.seen is y._keras_mask and z._keras_mask is takes.seen


def test_a_layer_without_arguments_of_its_own_has_a_config():
    with tf.Graph().as_default():
        layer = Takes(), Training(name="t", input_shape=(3,))
        assert layer[1].get_config() == {"name": "t", "trainable": True, "batch_input_shape": (None, 3), "dtype": None}
        assert Training.from_config(layer[1].get_config())._batch_input_shape == (None, 3)
        with pytest.raises(TypeError, match="Keyword argument not understood"):
            Training(units=3)


class _Plain(tf.keras.layers.Layer):
    def call(self, x):
        return x * 2


class _TakesMask(tf.keras.layers.Layer):
    def call(self, x, mask=None):
        return x * 2


_k = tf.keras.layers
_KEEP = [_k.BatchNormalization, _k.LayerNormalization, lambda: _k.Dense(2), lambda: _k.Activation("relu"), _k.LeakyReLU,
         lambda: _k.Bidirectional(_k.GRU(3, return_sequences=True)), lambda: _k.TimeDistributed(_k.Dense(2))]  # fmt: skip
_DROP = [_k.Flatten, _k.GlobalMaxPooling1D, _k.GlobalAveragePooling1D, lambda: _k.Conv1D(2, 2), lambda: _k.Reshape((16,)),
         lambda: _k.Permute((2, 1)), _k.MaxPooling1D, _k.Cropping1D, _k.ReLU, lambda: _k.Lambda(lambda t: t * 2), _Plain,
         _TakesMask]  # fmt: skip


@pytest.mark.parametrize("make, keeps", [(m, True) for m in _KEEP] + [(m, False) for m in _DROP])
def test_a_layer_keeps_the_mask_or_drops_it(make, keeps):
    """As TensorFlow 1.15 does: none of them refuses inputs that have a mask."""
    words = _k.Embedding(20, 8, mask_zero=True)(tf.keras.Input((6,), dtype="int32"))
    assert (getattr(make()(words), "_keras_mask", None) is not None) == keeps


def test_sizes_of_the_input_one_by_one():
    assert _k.Dense(3, input_dim=5)._batch_input_shape == (None, 5)
    assert _k.LSTM(3, input_dim=5)._batch_input_shape == (None, None, 5)
    assert _k.SimpleRNN(3, input_length=7, input_dim=5, batch_size=2)._batch_input_shape == (2, 7, 5)
    assert tf.keras.Sequential([_k.Dense(3, input_dim=5)]).output.shape.as_list() == [None, 3]
    with pytest.raises(TypeError, match="input_dim"):
        _k.Flatten(input_dim=3)


def test_states_of_another_layer_are_where_one_begins_that_is_not_built():
    """As in encoders and decoders of sequences."""
    words, before = tf.keras.Input((None, 6)), tf.keras.Input((None, 5))
    _, h, c = _k.LSTM(7, return_state=True)(words)
    decoder = _k.LSTM(7, return_sequences=True, return_state=True)
    out = decoder(before, initial_state=[h, c])[0]
    model = tf.keras.Model([words, before], out)
    assert model.predict([np.ones((2, 3, 6)), np.ones((2, 4, 5))]).shape == (2, 4, 7)
    again = decoder(before, initial_state=[tf.keras.Input((7,)), tf.keras.Input((7,))])
    assert [t.shape.as_list() for t in again] == [[None, None, 7], [None, 7], [None, 7]]


def test_many_models_in_one_graph_are_no_loop(recwarn):
    for _ in range(25):
        tf.keras.Sequential([_k.Dense(1, input_shape=(2,))]).predict(np.ones((1, 2)))
    assert not [w for w in recwarn if "graph grew" in str(w.message)]
