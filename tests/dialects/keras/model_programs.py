"""Programs with models of `tf.keras`, run under TensorFlow 1.15 by `golden/record_keras_models.py`: each gives plain values.

Every program is run in graph mode and in eager mode; weights are set to fixed numbers first, and nothing is shuffled.
"""

import contextlib
import io
import os
import re
import tempfile

import numpy as np


def numbers(*shape):
    """Fixed numbers between -1 and 1."""
    count = int(np.prod(shape))
    return (np.sin(np.arange(count) * 1.7 + 0.3)).reshape(shape).astype("float32")


def settle(model):
    """Sets all weights to fixed numbers."""
    model.set_weights([numbers(*w.shape) * 0.5 if w.ndim else w for w in model.get_weights()])
    return model


X, Y, CLASSES = numbers(20, 4), numbers(20, 3) ** 2, np.arange(20) % 3


def history(found):
    """A History as plain values, floats rounded by the test."""
    return {k: [float(v) for v in values] for k, values in found.history.items()}


def names(variables):
    return [v.name for v in variables]


def mlp(tf):
    """An MLP with a softmax, three epochs, with validation."""
    k = tf.keras
    model = k.Sequential([k.layers.Dense(5, activation="relu", input_shape=(4,)), k.layers.Dense(3, activation="softmax")])
    model.compile(k.optimizers.SGD(0.1, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
    settle(model)
    found = model.fit(X, CLASSES, batch_size=8, epochs=3, shuffle=False, verbose=0, validation_split=0.25)
    more = [model.evaluate(X, CLASSES, verbose=0), model.predict(X[:2]), model.predict_classes(X), model.metrics_names]
    return [history(found), more, names(model.weights), model.train_on_batch(X, CLASSES), model.test_on_batch(X, CLASSES)]


def functional(tf):
    """Two inputs, two outputs, a shared layer, weights of losses and examples."""
    k = tf.keras
    a, b = k.Input((4,), name="a"), k.Input((4,), name="b")
    shared = k.layers.Dense(6, activation="tanh", name="shared", kernel_regularizer=k.regularizers.l2(0.01))
    joined = k.layers.concatenate([shared(a), shared(b)])
    model = k.Model(
        [a, b], [k.layers.Dense(3, name="left")(joined), k.layers.Dense(1, activation="sigmoid", name="right")(joined)]
    )
    model.compile(
        "adam",
        {"left": "mse", "right": "binary_crossentropy"},
        metrics={"left": ["mae"], "right": ["acc"]},
        loss_weights={"left": 1.0, "right": 0.5},
    )
    settle(model)
    targets = {"left": Y, "right": (CLASSES > 0).astype("float32")}
    weights = {"left": np.linspace(0, 1, 20), "right": np.ones(20)}
    found = model.fit({"a": X, "b": X[::-1]}, targets, sample_weight=weights, batch_size=10, epochs=2, shuffle=False, verbose=0)
    return [
        history(found),
        model.metrics_names,
        names(model.weights),
        [layer.name for layer in model.layers],
        model.input_names,
    ]


def subclassed(tf):
    """A subclassed model with a list of layers and dropout of nothing."""
    k = tf.keras

    class Net(k.Model):
        def __init__(self):
            super().__init__()
            self.first = k.layers.Dense(5, activation="relu")
            self.rest = [k.layers.Dropout(0.0), k.layers.Dense(3)]

        def call(self, inputs, training=None):
            return self.rest[1](self.rest[0](self.first(inputs), training=training))

    model = Net()
    model.compile(k.optimizers.SGD(0.05), "mse", metrics=["mae", k.metrics.MeanSquaredError(name="again")])
    model.train_on_batch(X[:4], Y[:4])
    settle(model)
    found = model.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0, validation_data=(X[:5], Y[:5]))
    return [history(found), model.predict(X[:3]), names(model.weights), model.count_params()]


def tf_optimizer(tf):
    """An optimizer of tf.train, class weights, a loss object, weighted metrics."""
    k = tf.keras
    model = k.Sequential([k.layers.Dense(3, input_shape=(4,))])
    loss = k.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(tf.train.AdamOptimizer(0.05), loss, metrics=["acc"], weighted_metrics=["acc"])
    settle(model)
    found = model.fit(X, CLASSES, batch_size=5, epochs=2, shuffle=False, verbose=0, class_weight={0: 1.0, 1: 2.0, 2: 0.5})
    return [history(found), model.metrics_names]


def dataset(tf):
    """Data sets of tf.data, with and without steps."""
    k = tf.keras
    model = k.Sequential([k.layers.Dense(3, input_shape=(4,))])
    model.compile(k.optimizers.SGD(0.1), "mse", metrics=["mae"])
    settle(model)
    data = tf.data.Dataset.from_tensor_slices((X, Y)).batch(8)
    found = [
        history(model.fit(data.repeat(), epochs=2, steps_per_epoch=3, verbose=0, validation_data=data, validation_steps=2))
    ]
    found.append(history(model.fit(data, epochs=2, steps_per_epoch=None, verbose=0)))
    return [*found, model.evaluate(data, verbose=0), model.predict(data)[:2]]


def generator(tf):
    """A generator and a Sequence."""
    k = tf.keras
    model = k.Sequential([k.layers.Dense(3, input_shape=(4,))])
    model.compile(k.optimizers.SGD(0.1), "mse", metrics=["mae"])
    settle(model)

    def batches():
        i = 0
        while True:
            yield X[i : i + 5], Y[i : i + 5]
            i = (i + 5) % 20

    class Batches(k.utils.Sequence):
        def __len__(self):
            return 3

        def __getitem__(self, i):
            return X[i * 6 : i * 6 + 6], Y[i * 6 : i * 6 + 6]

    found = [history(model.fit_generator(batches(), steps_per_epoch=4, epochs=2, verbose=0))]
    found.append(history(model.fit_generator(Batches(), epochs=2, verbose=0, shuffle=False, validation_data=(X, Y))))
    return [*found, model.evaluate_generator(Batches(), verbose=0), model.predict_generator(Batches(), steps=3)[:2]]


def masks(tf):
    """A mask from an embedding weighs the loss of a sequence."""
    k = tf.keras
    model = k.Sequential([k.layers.Embedding(5, 4, mask_zero=True, input_length=6), k.layers.Dense(2)])
    model.compile("sgd", "mse", metrics=["mae"], sample_weight_mode="temporal")
    settle(model)
    x = np.arange(24).reshape(4, 6) % 5
    return history(model.fit(x, numbers(4, 6, 2), batch_size=2, epochs=2, shuffle=False, verbose=0))


def callbacks(tf):
    """Which callbacks are called when, and what those of Keras do."""
    k, told = tf.keras, []

    class Tells(k.callbacks.Callback):
        def __getattribute__(self, name):
            if name.startswith("on_"):

                def told_of(at=None, logs=None):
                    told.append([name, at, sorted(logs or {})])

                return told_of
            return super().__getattribute__(name)

    model = k.Sequential([k.layers.Dense(3, input_shape=(4,))])
    model.compile(k.optimizers.SGD(0.1), "mse")
    settle(model)
    model.fit(X, Y, epochs=1, batch_size=10, verbose=0, validation_data=(X, Y), callbacks=[Tells()], shuffle=False)
    rates = k.callbacks.LearningRateScheduler(lambda epoch: 0.1 / (1 + epoch))
    stop = k.callbacks.EarlyStopping(monitor="loss", min_delta=10.0, patience=2, restore_best_weights=True)
    found = history(model.fit(X, Y, epochs=5, verbose=0, callbacks=[rates, stop], shuffle=False))
    plateau = k.callbacks.ReduceLROnPlateau(monitor="loss", min_delta=10.0, patience=1, factor=0.5)
    more = history(model.fit(X, Y, epochs=4, verbose=0, callbacks=[plateau], shuffle=False))
    return [told, found, more, stop.stopped_epoch]


def progress(tf):
    """What `fit` and `summary` print, times aside."""
    k, out = tf.keras, io.StringIO()
    model = k.Sequential([k.layers.Dense(3, input_shape=(4,))])
    model.compile(k.optimizers.SGD(0.1), "mse", metrics=["mae"])
    settle(model)
    with contextlib.redirect_stdout(out):
        model.summary()
        model.fit(X, Y, epochs=2, batch_size=20, verbose=1, shuffle=False, validation_data=(X, Y))
        model.fit(X, Y, epochs=1, batch_size=5, verbose=2, shuffle=False)
        model.evaluate(X, Y, batch_size=20)
    return re.sub(r"\d+s \d+[mu]?s/sample|\d+s", "TIME", out.getvalue())


def configs(tf):
    """Architectures as plain values, and models made of them."""
    k = tf.keras
    a = k.Input((4,), name="a")
    inner = k.Sequential([k.layers.Dense(2, input_shape=(4,), name="dense")], name="inner")
    model = k.Model(a, [inner(a), k.layers.Dense(1, name="out")(a)], name="outer")
    again = k.models.model_from_json(model.to_json())
    clone = k.models.clone_model(model)
    simple = k.Sequential([k.layers.Dense(2, input_shape=(4,), name="d1"), k.layers.Dense(2, name="d2")], name="s")
    found = [
        [layer.name for layer in again.layers],
        [v.shape.as_list() for v in clone.weights],
        again.get_config() == model.get_config(),
    ]
    return [model.get_config(), simple.get_config(), *found]


def checkpoint(tf):
    """The keys that `save_weights` writes."""
    k = tf.keras

    class Net(k.Model):
        def __init__(self):
            super().__init__()
            self.first, self.rest = k.layers.Dense(2), [k.layers.Dense(3), k.layers.Dropout(0.1)]

        def call(self, inputs):
            return self.rest[1](self.rest[0](self.first(inputs)))

    found = []
    sequential = k.Sequential([k.layers.Flatten(input_shape=(4,)), k.layers.Dense(2), k.layers.Dense(3)])
    for model in (sequential, Net()):
        model.compile(k.optimizers.SGD(0.1, momentum=0.5), "mse")
        model.train_on_batch(X, Y)
        path = os.path.join(tempfile.mkdtemp(), "weights")
        model.save_weights(path)
        found.append(tf.train.list_variables(path))
    return found


def to_save(tf):
    """A functional model with a nested one, an optimizer with slots, three steps old."""
    k = tf.keras
    a = k.Input((4,), name="a")
    inner = k.Sequential([k.layers.Dense(3, activation="relu", input_shape=(4,), name="in")], name="inner")
    out = k.layers.Dense(2, name="out", kernel_regularizer=k.regularizers.l2(0.1))(
        k.layers.BatchNormalization(name="norm")(inner(a))
    )
    model = k.Model(a, out, name="saved")
    model.compile(k.optimizers.Adam(0.01), "mse", metrics=["mae"])
    settle(model)
    norm = model.get_layer("norm")
    norm.set_weights([np.abs(w) + 0.1 for w in norm.get_weights()])
    for _ in range(3):
        model.train_on_batch(X, Y[:, :2])
    return model


def next_losses(model):
    """What the model predicts, and the losses of its next steps."""
    return [model.predict(X[:3]), [model.train_on_batch(X, Y[:, :2]) for _ in range(2)]]


_ALL = (mlp, functional, subclassed, tf_optimizer, dataset, generator, masks, callbacks, progress, configs, checkpoint)
PROGRAMS = {f.__name__: f for f in _ALL}
