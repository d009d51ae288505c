"""`keras.backend` against TensorFlow 1.15 (golden/record_keras_models.py)."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.dialects.keras import backend_programs
from tests.dialects.keras.part_programs import plain
from tests.dialects.keras.test_parts import assert_alike

RECORD = json.loads((pathlib.Path(__file__).parents[2] / "golden" / "keras_models.json").read_text())["backend"]
K = tf.keras.backend


@pytest.fixture(autouse=True)
def clear():
    K.clear_session()


def test_functions_of_tensors():
    assert_alike(plain(K.get_session().run(backend_programs.calls(K))), RECORD["calls"])


def test_functions_of_tensors_in_eager_mode(eager_mode):
    made = {n: np.asarray(v) for n, v in backend_programs.calls(K).items()}
    assert_alike(plain(made), RECORD["calls"])


def test_variables_functions_and_settings():
    assert_alike(json.loads(json.dumps(plain(backend_programs.facts(K)))), RECORD["facts"])


def test_settings_refuse_other_words():
    for setting in (K.set_floatx, K.set_image_data_format, K.set_learning_phase):
        with pytest.raises(ValueError):
            setting("something")


def test_a_function_in_eager_mode_runs_a_part_of_a_network(eager_mode):
    a = tf.keras.Input((2,))
    model = tf.keras.Model(a, tf.keras.layers.Dense(1, kernel_initializer="ones")(tf.nn.relu(a * 2.0)))
    (value,) = K.function([model.input], [model.output])([np.float32([[1, -3]])])
    np.testing.assert_array_equal(value, [[2]])
