"""A row a layer of `tf.keras`: how it is made, its inputs and the call; run under TensorFlow 1.15 by `golden/record_keras_parts.py`."""

import numpy as np


def row(make, *shapes, ints=None, masked=False, **call):
    """`make(layers, tf)` gives the layer; `shapes` are its inputs', `ints` their limit where they are integers."""
    return make, shapes, ints, masked, call


IMAGE, VOLUME, SERIES = (2, 6, 5, 3), (2, 4, 4, 5, 2), (2, 5, 3)
_L2 = "l2"
ROWS = {
    "dense": row(lambda k, tf: k.Dense(4, activation="relu", kernel_regularizer=_L2), (3, 5)),
    "dense 3d": row(lambda k, tf: k.Dense(2, use_bias=False, activation="hard_sigmoid", name="d"), SERIES),
    "activation": row(lambda k, tf: k.Activation("tanh"), (3, 4)),
    "dropout": row(lambda k, tf: k.Dropout(0.5), (3, 4), training=False),
    "spatial_dropout1d": row(lambda k, tf: k.SpatialDropout1D(0.5), SERIES),
    "gaussian_noise": row(lambda k, tf: k.GaussianNoise(0.5), (3, 4)),
    "gaussian_dropout": row(lambda k, tf: k.GaussianDropout(0.5), (3, 4)),
    "alpha_dropout": row(lambda k, tf: k.AlphaDropout(0.5), (3, 4)),
    "regularized activity": row(lambda k, tf: k.ActivityRegularization(0.1, 0.2), (3, 4)),
    "flatten": row(lambda k, tf: k.Flatten(), IMAGE),
    "flatten first": row(lambda k, tf: k.Flatten("channels_first"), IMAGE),
    "reshape": row(lambda k, tf: k.Reshape((2, -1)), (3, 4)),
    "permute": row(lambda k, tf: k.Permute((2, 1)), SERIES),
    "repeat": row(lambda k, tf: k.RepeatVector(3), (2, 4)),
    "masking": row(lambda k, tf: k.Masking(), SERIES, masked=True),
    "embedding": row(lambda k, tf: k.Embedding(7, 3, mask_zero=True, input_length=4), (2, 4), ints=7),
    "conv1d": row(lambda k, tf: k.Conv1D(2, 3, padding="causal", dilation_rate=2), SERIES),
    "conv2d": row(lambda k, tf: k.Conv2D(2, 3, strides=2, padding="same", activation="elu"), IMAGE),
    "conv3d": row(lambda k, tf: k.Conv3D(2, (2, 2, 3)), VOLUME),
    "conv2d_transpose": row(lambda k, tf: k.Conv2DTranspose(2, 3, strides=2, padding="same"), IMAGE),
    "conv2d_transpose padded": row(lambda k, tf: k.Conv2DTranspose(2, 3, strides=2, output_padding=1), IMAGE),
    "conv3d_transpose": row(lambda k, tf: k.Conv3DTranspose(2, 2, strides=2), VOLUME),
    "separable_conv1d": row(lambda k, tf: k.SeparableConv1D(2, 3, depth_multiplier=2), SERIES),
    "separable_conv2d": row(lambda k, tf: k.SeparableConv2D(4, 3, depth_multiplier=2), IMAGE),
    "depthwise_conv2d": row(lambda k, tf: k.DepthwiseConv2D(3, padding="same", depth_multiplier=2), IMAGE),
    "zero_padding1d": row(lambda k, tf: k.ZeroPadding1D((1, 2)), SERIES),
    "zero_padding2d": row(lambda k, tf: k.ZeroPadding2D(((1, 0), (2, 1))), IMAGE),
    "zero_padding3d": row(lambda k, tf: k.ZeroPadding3D(1), VOLUME),
    "cropping1d": row(lambda k, tf: k.Cropping1D(1), SERIES),
    "cropping2d": row(lambda k, tf: k.Cropping2D(((1, 2), (0, 1))), IMAGE),
    "cropping3d": row(lambda k, tf: k.Cropping3D((1, 1, 2)), VOLUME),
    "up_sampling1d": row(lambda k, tf: k.UpSampling1D(2), SERIES),
    "up_sampling2d": row(lambda k, tf: k.UpSampling2D((2, 3)), IMAGE),
    "up_sampling2d bilinear": row(lambda k, tf: k.UpSampling2D(2, interpolation="bilinear"), IMAGE),
    "up_sampling3d": row(lambda k, tf: k.UpSampling3D(2), VOLUME),
    "max_pooling1d": row(lambda k, tf: k.MaxPooling1D(), SERIES),
    "max_pooling2d": row(lambda k, tf: k.MaxPooling2D(3, 2, padding="same"), IMAGE),
    "max_pooling3d": row(lambda k, tf: k.MaxPooling3D(), VOLUME),
    "average_pooling1d": row(lambda k, tf: k.AveragePooling1D(), SERIES),
    "average_pooling2d": row(lambda k, tf: k.AveragePooling2D(), IMAGE),
    "average_pooling3d": row(lambda k, tf: k.AveragePooling3D(), VOLUME),
    "global_max1d": row(lambda k, tf: k.GlobalMaxPooling1D(), SERIES),
    "global_max2d": row(lambda k, tf: k.GlobalMaxPooling2D(), IMAGE),
    "global_max3d": row(lambda k, tf: k.GlobalMaxPooling3D(), VOLUME),
    "global_average1d": row(lambda k, tf: k.GlobalAveragePooling1D(), SERIES, masked=True),
    "global_average2d": row(lambda k, tf: k.GlobalAveragePooling2D("channels_first"), IMAGE),
    "global_average3d": row(lambda k, tf: k.GlobalAveragePooling3D(), VOLUME),
    "batch_normalization": row(lambda k, tf: k.BatchNormalization(momentum=0.9), IMAGE, training=True),
    "batch_normalization inference": row(lambda k, tf: k.BatchNormalization(), (4, 3)),
    "batch_normalization axis": row(lambda k, tf: k.BatchNormalization(axis=1, scale=False), SERIES, training=True),
    "layer_normalization": row(lambda k, tf: k.LayerNormalization(), SERIES),
    "layer_normalization axes": row(lambda k, tf: k.LayerNormalization(axis=[1, 2], center=False), IMAGE),
    "add": row(lambda k, tf: k.Add(), (3, 4), (3, 4), (3, 4)),
    "add of ranks": row(lambda k, tf: k.Add(), (3, 4), (3, 2, 4)),
    "subtract": row(lambda k, tf: k.Subtract(), (3, 4), (3, 4)),
    "multiply": row(lambda k, tf: k.Multiply(), (3, 4), (3, 4)),
    "average": row(lambda k, tf: k.Average(), (3, 4), (3, 4)),
    "maximum": row(lambda k, tf: k.Maximum(), (3, 4), (3, 4)),
    "minimum": row(lambda k, tf: k.Minimum(), (3, 4), (3, 1)),
    "concatenate": row(lambda k, tf: k.Concatenate(axis=1), SERIES, (2, 2, 3)),
    "dot": row(lambda k, tf: k.Dot(1), (3, 4), (3, 4)),
    "dot 3d": row(lambda k, tf: k.Dot((2, 1), normalize=True), (2, 5, 3), (2, 3, 4)),
    "leaky_re_lu": row(lambda k, tf: k.LeakyReLU(0.2), (3, 4)),
    "p_re_lu": row(lambda k, tf: k.PReLU(shared_axes=[1, 2]), IMAGE),
    "elu": row(lambda k, tf: k.ELU(0.5), (3, 4)),
    "thresholded_re_lu": row(lambda k, tf: k.ThresholdedReLU(0.3), (3, 4)),
    "softmax": row(lambda k, tf: k.Softmax(axis=1), SERIES),
    "re_lu": row(lambda k, tf: k.ReLU(1.0, 0.1, 0.2), (3, 4)),
    "simple_rnn": row(lambda k, tf: k.SimpleRNN(4), SERIES),
    "simple_rnn backwards": row(lambda k, tf: k.SimpleRNN(4, go_backwards=True, return_sequences=True, use_bias=False), SERIES),
    "gru": row(lambda k, tf: k.GRU(4, return_sequences=True), SERIES),
    "gru after": row(lambda k, tf: k.GRU(4, reset_after=True, return_state=True, recurrent_activation="sigmoid"), SERIES),
    "lstm": row(lambda k, tf: k.LSTM(4, kernel_regularizer=_L2), SERIES),
    "lstm all": row(lambda k, tf: k.LSTM(4, return_sequences=True, return_state=True, implementation=2), SERIES),
    "lstm masked": row(lambda k, tf: k.LSTM(4, return_sequences=True), SERIES, masked=True),
    "lstm masked last": row(lambda k, tf: k.LSTM(4), SERIES, masked=True),
    "lstm backwards masked": row(lambda k, tf: k.LSTM(4, go_backwards=True), SERIES, masked=True),
    "lstm unrolled": row(lambda k, tf: k.LSTM(4, unroll=True), SERIES, masked=True),
    "lstm from": row(lambda k, tf: k.LSTM(4), SERIES, (2, 4), (2, 4)),
    "lstm dropout": row(lambda k, tf: k.LSTM(4, dropout=0.5, recurrent_dropout=0.5), SERIES, training=False),
    "rnn of cells": row(lambda k, tf: k.RNN([k.LSTMCell(3), k.GRUCell(4)], return_state=True), SERIES),
    "rnn time major": row(lambda k, tf: k.RNN(k.SimpleRNNCell(3), time_major=True, return_sequences=True), SERIES),
    "lstm cell": row(lambda k, tf: Cell(k.LSTMCell(3)), (2, 4), (2, 3), (2, 3)),
    "bidirectional": row(lambda k, tf: k.Bidirectional(k.LSTM(3)), SERIES),
    "bidirectional sum": row(
        lambda k, tf: k.Bidirectional(k.GRU(3, return_sequences=True), merge_mode="sum"), SERIES, masked=True
    ),
    "bidirectional state": row(
        lambda k, tf: k.Bidirectional(k.SimpleRNN(3, return_state=True), merge_mode="ave", name="both"), SERIES
    ),
    "time_distributed": row(lambda k, tf: k.TimeDistributed(k.Dense(2)), SERIES),
    "time_distributed conv": row(lambda k, tf: k.TimeDistributed(k.Conv2D(2, 3)), VOLUME),
    "conv lstm": row(lambda k, tf: k.ConvLSTM2D(2, 3, return_sequences=True), VOLUME),
    "attention": row(lambda k, tf: k.Attention(use_scale=True), (2, 4, 3), (2, 5, 3)),
    "additive attention": row(lambda k, tf: k.AdditiveAttention(), (2, 4, 3), (2, 5, 3)),
    "locally_connected1d": row(lambda k, tf: k.LocallyConnected1D(2, 3), SERIES),
    "locally_connected2d": row(lambda k, tf: k.LocallyConnected2D(2, (3, 2), activation="relu"), IMAGE),
}


class Cell:
    """A cell called for one step, with its states as further inputs."""

    def __init__(self, cell):
        self.cell = cell
        self.losses = self.updates = ()

    def __call__(self, inputs):
        output, states = self.cell(inputs[0], inputs[1:])
        return [output, *states]

    def __getattr__(self, name):
        return getattr(self.cell, name)


def flat(value):
    """Nested outputs as a list."""
    return [v for item in value for v in flat(item)] if isinstance(value, (list, tuple)) else [value]


def arrays_of(shapes, ints, seed):
    """Fixed values for inputs or variables."""
    draw = np.random.RandomState(seed)
    if ints:
        return [draw.randint(0, ints, size=s).astype("int32") for s in shapes]
    return [draw.uniform(-1.0, 1.0, size=s).astype("float32") for s in shapes]


def start_of(weights):
    """Values for a layer's variables."""
    made = arrays_of([tuple(w.shape.as_list()) for w in weights], None, 7)
    return [np.abs(v) + 0.5 if "variance" in w.name else v for w, v in zip(weights, made)]


def outcome(tf, name):
    """(what is told, arrays) of a row: outputs, gradients of all inputs and variables, losses, variables after the updates."""
    make, shapes, ints, masked, call = ROWS[name]
    with tf.Graph().as_default():
        layer = make(tf.keras.layers, tf)
        xs = [tf.constant(v) for v in arrays_of(shapes, ints, 3)]
        if masked:
            keep = np.ones(shapes[0][:2], bool)
            keep[0, 3:] = keep[1, 0] = False
            xs[0] = xs[0] * keep[..., None].astype("float32")
            if name != "masking":
                call = {**call, "mask": tf.constant(keep)}
        ys = flat(layer(xs if len(xs) > 1 else xs[0], **call))
        losses, weights = flat(layer.losses), layer.weights
        score = sum(tf.reduce_sum(y * y * 0.3 + y) for y in ys)
        for loss in losses:
            score += loss
        sources = [*([] if ints else xs), *layer.trainable_weights]
        grads = tf.gradients(score, sources) if sources else []
        grads = [tf.zeros([0]) if g is None else tf.convert_to_tensor(g) for g in grads]
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for w, v in zip(weights, start_of(weights)):
                w.load(v, session)
            values = session.run([ys, grads, losses])
            if layer.updates:
                session.run(list(layer.updates))
                values.append(session.run([w for w in weights if "moving" in w.name]))
        told = {"names": [w.name for w in weights], "trainable": [w.name for w in layer.trainable_weights]}
        told["config"], told["output"] = layer.get_config(), [y.shape.as_list() for y in ys]
        told["mask"] = [getattr(y, "_keras_mask", None) is not None for y in ys]
        return told, [v for group in values for v in group]
