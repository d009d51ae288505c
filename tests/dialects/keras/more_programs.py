"""More programs with models of `tf.keras`, recorded as `model_programs` are: losses and metrics of layers, updates, errors, weights."""

import os
import tempfile

import numpy as np

try:
    from tests.dialects.keras.model_programs import CLASSES, X, Y, history, names, numbers, settle
except ImportError:  # under TensorFlow, which runs these files alone
    from model_programs import CLASSES, X, Y, history, names, numbers, settle


def tried(make):
    """What `make` gives, or the error's type and text."""
    try:
        return make()
    except Exception as error:  # noqa: BLE001 - recorded, whatever it is
        return [type(error).__name__, str(error)]


def normalization(tf):
    """Batch normalization trains, and is frozen."""
    k = tf.keras
    model = k.Sequential([k.layers.Dense(3, input_shape=(4,)), k.layers.BatchNormalization(momentum=0.5), k.layers.Dense(1)])
    model.compile(k.optimizers.SGD(0.1), "mse")
    found = []
    for trainable in (True, False):
        model.layers[1].trainable = trainable
        model.compile(k.optimizers.SGD(0.1), "mse")
        values = [numbers(*w.shape) * 0.5 for w in model.get_weights()]
        values[2:6] = [np.full(3, v, np.float32) for v in (1.0, 0.0, 0.1, 0.9)]
        model.set_weights(values)
        found.append(history(model.fit(X, Y[:, :1], batch_size=10, epochs=2, shuffle=False, verbose=0)))
        found += [model.get_weights()[2:6], model.predict(X[:2]), len(model.trainable_weights)]
    return found


def own_losses(tf):
    """Losses and metrics that layers and models add, regularization of outputs."""
    k = tf.keras

    class Adds(k.layers.Layer):
        def call(self, inputs):
            self.add_loss(tf.reduce_sum(inputs) * 0.01, inputs=True)
            self.add_metric(tf.reduce_sum(inputs, 1), name="sums", aggregation="mean")
            return inputs

    a = k.Input((4,), name="a")
    h = Adds(name="adds")(k.layers.Dense(3, activity_regularizer=k.regularizers.l2(0.1), name="h")(a))
    model = k.Model(a, k.layers.Dense(1, name="out")(h))
    model.add_loss(tf.reduce_mean(h) * 0.5)
    model.add_metric(tf.reduce_max(h), name="top", aggregation="mean")
    model.compile(k.optimizers.SGD(0.1), "mse", metrics=["mae"])
    settle(model)
    found = history(model.fit(X, Y[:, :1], batch_size=10, epochs=2, shuffle=False, verbose=0))
    return [
        sorted(found),
        found["loss"],
        found["sums"],
        found["mean_absolute_error"],
        model.evaluate(X, Y[:, :1], verbose=0)[0],
    ]


def no_loss(tf):
    """An output without a loss, a loss without a target."""
    k = tf.keras
    a = k.Input((4,), name="a")
    model = k.Model(a, [k.layers.Dense(2, name="x")(a), k.layers.Dense(1, name="y", trainable=False)(a)])
    model.compile(k.optimizers.SGD(0.1), {"x": "mse"}, metrics={"x": "mae"})
    settle(model)
    return [
        history(model.fit(X, {"x": Y[:, :2]}, epochs=2, shuffle=False, verbose=0)),
        model.metrics_names,
        len(model.predict(X)),
    ]


def nested(tf):
    """A model inside a model, a layer called twice, a model called on a tensor."""
    k = tf.keras
    inner = k.Sequential([k.layers.Dense(4, activation="tanh", input_shape=(4,), name="d")], name="inner")
    a = k.Input((4,), name="a")
    model = k.Model(a, k.layers.Dense(2, name="out")(inner(inner(a))), name="outer")
    model.compile(k.optimizers.SGD(0.1), "mse")
    settle(model)
    found = history(model.fit(X, Y[:, :2], batch_size=10, epochs=2, shuffle=False, verbose=0))
    value = k.backend.get_value(model(tf.constant(X[:2])))
    shapes = [model.output_shape, model.get_layer("inner").get_output_shape_at(1), model.input_shape]
    return [found, value, shapes, names(model.trainable_weights), model.get_config()["layers"][1]["inbound_nodes"]]


def temporal(tf):
    """Weights of each step of a sequence."""
    k = tf.keras
    model = k.Sequential([k.layers.Dense(2, input_shape=(5, 3))])
    model.compile(k.optimizers.SGD(0.1), "mse", sample_weight_mode="temporal", weighted_metrics=["mae"])
    settle(model)
    weights = np.abs(numbers(6, 5))
    found = model.fit(
        numbers(6, 5, 3), numbers(6, 5, 2), sample_weight=weights, batch_size=3, epochs=2, shuffle=False, verbose=0
    )
    return history(found)


def several(tf):
    """A subclassed model with several inputs and outputs, losses in a list."""
    k = tf.keras

    class Two(k.Model):
        def __init__(self):
            super().__init__(name="two")
            self.left, self.right = k.layers.Dense(2), k.layers.Dense(1)

        def call(self, inputs):
            x, y = inputs
            return self.left(x) + self.right(y), self.right(x)

    model = Two()
    model.compile(k.optimizers.SGD(0.1), ["mse", "mae"], loss_weights=[1.0, 0.2], metrics=["mse"])
    model.train_on_batch([X[:2], X[:2]], [Y[:2, :2], Y[:2, :1]])
    settle(model)
    found = model.fit([X, X * 2], [Y[:, :2], Y[:, :1]], batch_size=10, epochs=2, shuffle=False, verbose=0)
    return [history(found), model.metrics_names, [p.shape for p in model.predict([X, X])], names(model.weights)]


def deferred(tf):
    """A Sequential that is built by its data, and one that `build` builds."""
    k = tf.keras
    model = k.Sequential([k.layers.Dense(3, activation="relu"), k.layers.Dense(2)])
    first = tried(lambda: model.weights)
    model.compile(k.optimizers.SGD(0.1), "mse")
    model.train_on_batch(X[:4], Y[:4, :2])
    settle(model)
    found = history(model.fit(X, Y[:, :2], batch_size=10, epochs=2, shuffle=False, verbose=0))
    other = k.Sequential([k.layers.Dense(3), k.layers.Dense(2)])
    other.build((None, 4))
    return [
        first,
        found,
        names(model.weights),
        names(other.weights),
        other.count_params(),
        [w.shape for w in other.get_weights()],
    ]


def errors(tf):
    """What is refused, and how."""
    k = tf.keras
    model = k.Sequential([k.layers.Dense(3, input_shape=(4,), name="d")], name="s")
    found = [tried(lambda: model.fit(X, Y, verbose=0))]
    model.compile("sgd", "mse")
    found += [
        tried(lambda: model.fit(X[:, :3], Y, verbose=0)),
        tried(lambda: model.fit(X, Y[:, :2], verbose=0)),
        tried(lambda: model.fit(X, Y[:5], verbose=0)),
        tried(lambda: model.fit(X[None], Y, verbose=0)),
        tried(lambda: model.get_layer("none")),
        tried(lambda: model.get_layer(index=3)),
        tried(lambda: model.add(3)),
        tried(lambda: k.Input()),
        tried(lambda: model.set_weights([X])),
        tried(lambda: model.fit(X, Y, sample_weight=np.ones((20, 2)), verbose=0)),
        tried(lambda: model.compile("sgd", {"e": "mse"})),
        tried(lambda: model.compile("sgd", ["mse", "mse"])),
        tried(lambda: model.compile("sgd", "mse", metrics=3)),
    ]
    a, b = k.Input((4,), name="a"), k.Input((4,), name="b")
    found.append(tried(lambda: k.Model(a, k.layers.Add()([a, b])))[0])
    return found


def trainer(tf):
    """Metrics that go on, metrics that do not, the learning rate as an attribute, weights of layers."""
    k = tf.keras
    model = k.Sequential([k.layers.Dense(3, input_shape=(4,), weights=[numbers(4, 3), numbers(3)])])
    model.compile(k.optimizers.Adam(0.1), "mse", metrics=["mae"])
    found = [model.train_on_batch(X, Y, reset_metrics=False) for _ in range(2)]
    model.reset_metrics()
    k.backend.set_value(model.optimizer.lr, 0.01)
    found += [model.train_on_batch(X, Y), model.test_on_batch(X, Y), model.predict_on_batch(X[:2])]
    model.fit(X, Y, initial_epoch=2, epochs=4, verbose=0, shuffle=False, validation_data=(X, Y), validation_freq=2)
    return [*found, model.history.epoch, history(model.history), float(k.backend.get_value(model.optimizer.lr))]


def one_hot(tf):
    """Class weights of one-hot targets; categorical losses; a Lambda; metrics by function."""
    k = tf.keras
    model = k.Sequential([k.layers.Dense(3, input_shape=(4,)), k.layers.Lambda(lambda x: x * 2.0), k.layers.Softmax()])

    def own(y_true, y_pred):
        return tf.reduce_sum(y_pred, -1)

    model.compile(k.optimizers.SGD(0.1), "categorical_crossentropy", metrics=["accuracy", own, "ce"])
    settle(model)
    targets = np.eye(3, dtype="float32")[CLASSES]
    found = model.fit(X, targets, class_weight={0: 1.0, 1: 3.0, 2: 0.0}, batch_size=10, epochs=2, shuffle=False, verbose=0)
    return [history(found), model.metrics_names]


def recurrent(tf):
    """An LSTM with a mask, a stateful GRU."""
    k = tf.keras
    model = k.Sequential([k.layers.Masking(input_shape=(5, 3)), k.layers.LSTM(4), k.layers.Dense(1)])
    model.compile(k.optimizers.SGD(0.1), "mse")
    settle(model)
    x = numbers(6, 5, 3)
    x[:3, 3:] = 0
    found = [history(model.fit(x, numbers(6, 1), batch_size=3, epochs=2, shuffle=False, verbose=0))]
    stateful = k.Sequential([k.layers.GRU(3, stateful=True, batch_input_shape=(2, 5, 3)), k.layers.Dense(1)])
    stateful.compile(k.optimizers.SGD(0.1), "mse")
    settle(stateful)
    found.append([stateful.train_on_batch(x[:2], numbers(2, 1)) for _ in range(3)])
    first, second = stateful.predict(x[:2]), stateful.predict(x[:2])
    stateful.reset_states()
    return [*found, first, second, stateful.predict(x[:2])]


def csv_and_files(tf):
    """CSVLogger and ModelCheckpoint."""
    k, folder = tf.keras, tempfile.mkdtemp()
    model = k.Sequential([k.layers.Dense(3, input_shape=(4,))])
    model.compile(k.optimizers.SGD(0.1), "mse", metrics=["mae"])
    settle(model)
    path = os.path.join(folder, "log.csv")
    keep = k.callbacks.ModelCheckpoint(os.path.join(folder, "w{epoch:02d}.h5"), monitor="loss", save_weights_only=True)
    best = k.callbacks.ModelCheckpoint(os.path.join(folder, "best.h5"), monitor="val_loss", save_best_only=True)
    board = k.callbacks.TensorBoard(os.path.join(folder, "events"), profile_batch=0)
    called = [k.callbacks.CSVLogger(path), keep, best, board, k.callbacks.TerminateOnNaN()]
    model.fit(X, Y, epochs=3, verbose=0, shuffle=False, callbacks=called, validation_data=(X, Y))
    with open(path) as file:
        head = file.readline()
    again = k.models.load_model(os.path.join(folder, "best.h5"))
    return [
        head,
        sorted(os.listdir(folder)),
        again.evaluate(X, Y, verbose=0),
        os.listdir(os.path.join(folder, "events"))[0][:21],
    ]


def adversaries(tf):
    """Two networks in turn: a layer may have been called elsewhere, and what trains is settled by `compile`."""
    k = tf.keras

    def network(name, units, activation):
        inner = [k.layers.Dense(6), k.layers.LeakyReLU(0.2), k.layers.BatchNormalization(momentum=0.8)]
        return k.Sequential([k.layers.InputLayer((3,)), *inner, k.layers.Dense(units, activation=activation)], name=name)

    judge, maker = network("judge", 1, "sigmoid"), network("maker", 3, "tanh")
    judge.compile(k.optimizers.SGD(0.1), "binary_crossentropy", metrics=["accuracy"])
    noise = k.Input((3,))
    judge.trainable = False
    both = k.Model(noise, judge(maker(noise)))
    both.compile(k.optimizers.SGD(0.1), "binary_crossentropy")
    settle(judge), settle(maker)
    told, before = [], judge.get_weights()
    for _ in range(2):
        told.append(both.train_on_batch(X[:, :3], np.ones((20, 1), "float32")))
        told.append([float(np.abs(a - b).sum()) for a, b in zip(before, judge.get_weights())])
        told.append(judge.train_on_batch(Y, np.zeros((20, 1), "float32")))
        told.append([float(np.abs(w).sum()) for w in [*judge.get_weights(), *maker.get_weights()]])
    return told


_ALL = (
    adversaries,
    normalization,
    own_losses,
    no_loss,
    nested,
    temporal,
    several,
    deferred,
    errors,
    trainer,
    one_hot,
    recurrent,
    csv_and_files,
)
PROGRAMS = {f.__name__: f for f in _ALL}
