"""Files of models: TensorFlow 1.15's are read (golden/keras, golden/record_keras_models.py), ours have its layout."""

import json
import os
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.dialects.keras import model_programs, part_programs
from tests.dialects.keras.test_parts import assert_alike

GOLDEN = pathlib.Path(__file__).parents[2] / "golden"
RECORD = json.loads((GOLDEN / "keras_models.json").read_text())["files"]
k = tf.keras


@pytest.fixture(autouse=True)
def clear():
    k.backend.clear_session()


def assert_goes_on(model):
    assert_alike(part_programs.plain(model_programs.next_losses(model)), RECORD)


def layout(path):
    """{name: (shape, attributes)} of a file, architecture and training aside."""
    h5py = pytest.importorskip("h5py")
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda n, d: found.update({n: (getattr(d, "shape", None), {a: list(v) for a, v in d.attrs.items()})}))
        found["attributes"] = sorted(file.attrs)
    return found


def test_a_model_of_tensorflow_goes_on_where_it_stopped():
    pytest.importorskip("h5py")
    assert_goes_on(k.models.load_model(str(GOLDEN / "keras" / "saved.h5")))


def test_a_model_of_tensorflow_goes_on_in_eager_mode(eager_mode):
    pytest.importorskip("h5py")
    assert_goes_on(k.models.load_model(str(GOLDEN / "keras" / "saved.h5")))


def test_a_checkpoint_of_tensorflow_goes_on_where_it_stopped():
    model = model_programs.to_save(tf)
    model.train_on_batch(model_programs.X, model_programs.Y[:, :2])
    model.load_weights(str(GOLDEN / "keras" / "saved")).assert_consumed()
    assert_goes_on(model)


def test_our_file_has_the_layout_of_tensorflow(tmp_path):
    pytest.importorskip("h5py")
    model = model_programs.to_save(tf)
    model.save(str(tmp_path / "saved.h5"))
    assert layout(tmp_path / "saved.h5") == layout(GOLDEN / "keras" / "saved.h5")
    k.backend.clear_session()
    assert_goes_on(k.models.load_model(str(tmp_path / "saved.h5")))


class Net(k.Model):
    def __init__(self):
        super().__init__()
        self.first, self.rest = k.layers.Dense(3, activation="relu"), [k.layers.Dense(2)]

    def call(self, inputs):
        return self.rest[0](self.first(inputs))


def deferred(folder):
    """Weights that are read before a model has variables come when it gets them."""
    net, x = Net(), np.ones([2, 4], np.float32)
    net.compile("adam", "mse")
    net.fit(x, np.ones([2, 2]), verbose=0)
    net.save_weights(os.path.join(folder, "net"))
    other = Net()
    other.load_weights(os.path.join(folder, "net"))
    np.testing.assert_array_equal(other.predict(x), net.predict(x))
    late = Net()
    late.compile("adam", "mse")
    late.load_weights(os.path.join(folder, "net"))
    for model in (net, late):  # the optimizer goes on too
        model.fit(x, np.ones([2, 2]), verbose=0)
    np.testing.assert_allclose(late.predict(x), net.predict(x), rtol=1e-5)


def test_values_wait_for_a_model_that_is_not_built(tmp_path):
    deferred(str(tmp_path))


def test_values_wait_in_eager_mode(tmp_path, eager_mode):
    deferred(str(tmp_path))


def test_weights_by_name_and_in_order(tmp_path):
    pytest.importorskip("h5py")
    path = str(tmp_path / "weights.h5")
    model = model_programs.to_save(tf)
    model.save_weights(path)
    other = k.Sequential([k.layers.Dense(2, input_shape=(3,), name="out"), k.layers.Dense(5, name="new")])
    other.load_weights(path, by_name=True)
    np.testing.assert_array_equal(other.layers[0].get_weights()[0], model.get_layer("out").get_weights()[0])
    with pytest.raises(ValueError, match="a weight file containing 3 layers into a model with 2 layers"):
        other.load_weights(path)
    with pytest.raises(ValueError, match="looks like an HDF5 file"):
        model.save_weights(path, save_format="tf")


def test_what_cannot_be_saved_says_so(tmp_path, monkeypatch):
    net = Net()
    with pytest.raises(NotImplementedError, match="does not work for subclassed models"):
        net.save(str(tmp_path / "net.h5"))
    with pytest.raises(NotImplementedError, match="SavedModel"):
        model_programs.to_save(tf).save(str(tmp_path / "folder"), save_format="tf")
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    with pytest.raises(ImportError, match=r"`save_model` requires h5py: pip install 'mainstem\[hdf5\]'"):
        model_programs.to_save(tf).save(str(tmp_path / "saved.h5"))
