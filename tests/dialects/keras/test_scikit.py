"""Models of `tf.keras` as estimators of scikit-learn."""

import numpy as np
import pytest

import mainstem.v1 as tf


def classifier(units=4):
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [layers.Dense(units, activation="tanh", input_shape=(2,)), layers.Dense(2, activation="softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def test_classes_may_have_names():
    x = np.random.RandomState(0).randn(40, 2).astype("float32")
    y = np.where(x[:, 0] > 0, "right", "left")
    made = tf.keras.wrappers.scikit_learn.KerasClassifier(classifier, units=8, epochs=2, batch_size=8, verbose=0)
    assert made.get_params()["units"] == 8
    made.fit(x, y)
    assert set(made.predict(x)) <= {"left", "right"} and made.predict_proba(x).shape == (40, 2)
    assert made.score(x, y) == pytest.approx(np.mean(made.predict(x) == y))
    with pytest.raises(ValueError, match="foo is not a legal parameter"):
        made.set_params(foo=1)


def test_numbers():
    def build():
        model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(2,))])
        model.compile("sgd", "mse")
        return model

    x = np.ones((8, 2), "float32")
    made = tf.keras.wrappers.scikit_learn.KerasRegressor(build, epochs=30, verbose=0)
    made.fit(x, x[:, 0] * 3)
    assert made.predict(x).shape == (8,)
    assert -made.score(x, x[:, 0] * 3) == pytest.approx(np.mean((made.predict(x) - 3) ** 2), abs=1e-5)
