"""`save_model` and `load_model`: architecture, variables, training and the optimizer's state in one HDF5 file; models from configs."""

import json
import os

from mainstem.base import nest
from mainstem.dialects.keras import hdf5, known, losses, network_config, optimizers, weight_files
from mainstem.dialects.keras.tf_optimizer import TFOptimizer
from mainstem.platform import logging

_SAVED_MODEL = "SavedModel format: save_model(…, save_format='tf') and load_model of a folder; use a path that ends in '.h5'"


def _dumped(value):
    return json.dumps(value, default=network_config.plain).encode()


def _is_open(file):
    return not isinstance(file, (str, bytes, os.PathLike))


def save_model(model, filepath, overwrite=True, include_optimizer=True, save_format=None, signatures=None):
    """Writes a model to an HDF5 file: `load_model` makes it again without the code that made it.

    Args:
        model: a functional model or a `Sequential`.
        filepath: a path, or an open h5py.File.
        overwrite: with False asks before a file is lost.
        include_optimizer: whether the optimizer's state is written.
        save_format: "h5", the default.
        signatures: of SavedModels.

    Raises NotImplementedError for a subclassed model and for SavedModels, ImportError without h5py.
    """
    h5 = (save_format or "h5") == "h5" or _is_open(filepath) or hdf5.is_path(filepath)
    if not h5:
        raise NotImplementedError(_SAVED_MODEL)
    if not model._is_graph_network and type(model).__name__ != "Sequential":
        raise NotImplementedError(
            "Saving the model to HDF5 format requires the model to be a Functional model or a Sequential model. It does not work for "
            "subclassed models, because such models are defined via the body of a Python method, which isn't safely serializable. "
            "Consider using `save_weights`."
        )
    h5py = hdf5.library("save_model")
    if _is_open(filepath):
        _write(model, filepath, include_optimizer)
    elif weight_files.may_write(filepath, overwrite):
        with h5py.File(filepath, "w") as file:
            _write(model, file, include_optimizer)


def _write(model, file, include_optimizer):
    described = {"class_name": type(model).__name__, "config": model.get_config()}
    file.attrs["keras_version"], file.attrs["backend"] = "2.2.4-tf", "tensorflow"
    file.attrs["model_config"] = _dumped(described)
    hdf5.save_weights(file.create_group("model_weights"), model.layers)
    if not include_optimizer or model.optimizer is None:
        return
    if isinstance(model.optimizer, TFOptimizer):
        logging.warning(
            "TensorFlow optimizers do not make it possible to access optimizer attributes or optimizer state after instantiation. As a "
            "result, we cannot save the optimizer as part of the model save file. You will have to compile your model again after "
            "loading it. Prefer using a Keras optimizer instead (see keras.io/optimizers)."
        )
        return
    file.attrs["training_config"] = _dumped(_training_config(model))
    own = model.optimizer.weights
    if own:
        hdf5.put_arrays(file.create_group("optimizer_weights"), [v.name for v in own], hdf5.backend.batch_get_value(own))


def _training_config(model):
    optimizer = {"class_name": type(model.optimizer).__name__, "config": model.optimizer.get_config()}
    return {
        "loss": nest.map_structure(_told, model.loss),
        "metrics": nest.map_structure(_told, model._compile_metrics),
        "weighted_metrics": nest.map_structure(_told, model._compile_weighted_metrics),
        "sample_weight_mode": model.sample_weight_mode,
        "loss_weights": model.loss_weights,
        "optimizer_config": optimizer,
    }


def _told(value):
    """A loss or metric as plain values."""
    if hasattr(value, "get_config"):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    return getattr(value, "__name__", value)


def load_model(filepath, custom_objects=None, compile=True):  # noqa: A002 - TensorFlow's name
    """The model of a file that `save_model` wrote.

    Args:
        filepath: a path, or an open h5py.File.
        custom_objects: {name: class or function} of what the program defines.
        compile: whether it is compiled as it was.

    Raises ValueError for a file without a model, OSError for a path where no HDF5 file is, NotImplementedError for a SavedModel,
    ImportError without h5py.
    """
    if _is_open(filepath):
        return _read(filepath, custom_objects or {}, compile)
    if os.path.isdir(filepath):
        raise NotImplementedError(_SAVED_MODEL)
    h5py = hdf5.library("load_model")
    if not os.path.isfile(filepath) or not h5py.is_hdf5(filepath):
        raise OSError(
            f"SavedModel file does not exist at: {filepath}" if not os.path.exists(filepath) else f"{filepath} is no HDF5 file"
        )
    with h5py.File(filepath, "r") as file:
        return _read(file, custom_objects or {}, compile)


def _text(value):
    return value.decode() if isinstance(value, bytes) else value


def _read(file, custom_objects, compiles):
    described = file.attrs.get("model_config")
    if described is None:
        raise ValueError("No model found in config file.")
    model = model_from_config(json.loads(_text(described)), custom_objects)
    hdf5.load_weights(file["model_weights"], model.layers)
    if not compiles:
        return model
    training = file.attrs.get("training_config")
    if training is None:
        logging.warning("No training configuration found in save file: the model was *not* compiled. Compile it manually.")
        return model
    model.compile(**_compile_arguments(json.loads(_text(training)), custom_objects))
    if "optimizer_weights" in file:
        _load_optimizer(model, hdf5.arrays_in(file["optimizer_weights"]))
    return model


def _compile_arguments(config, custom_objects):
    def own(value):
        return nest.map_structure(lambda v: custom_objects.get(v, v) if isinstance(v, str) else v, value)

    loss = config["loss"]
    if isinstance(loss, dict) and "class_name" in loss:
        loss = losses.deserialize(loss, custom_objects)
    return {
        "optimizer": optimizers.deserialize(config["optimizer_config"], custom_objects),
        "loss": own(loss),
        "metrics": _metrics(config["metrics"], own),
        "weighted_metrics": _metrics(config.get("weighted_metrics"), own),
        "loss_weights": config["loss_weights"],
        "sample_weight_mode": config["sample_weight_mode"],
    }


def _metrics(value, own):
    if isinstance(value, dict) and "class_name" in value:
        return value
    if isinstance(value, list):
        return [_metrics(v, own) for v in value]
    if isinstance(value, dict):
        return {k: _metrics(v, own) for k, v in value.items()}
    return own(value)


def _load_optimizer(model, values):
    if not model._is_graph_network:
        logging.warning(
            "Sequential models without an `input_shape` passed to the first layer cannot reload their optimizer state. As a result, "
            "your model is starting with a freshly initialized optimizer."
        )
        return
    model._make_optimizer_weights()
    try:
        model.optimizer.set_weights(values)
    except ValueError:
        logging.warning(
            "Error in loading the saved optimizer state. As a result, your model is starting with a freshly initialized optimizer."
        )


def model_from_config(config, custom_objects=None):
    """The model of a dict of its class and `get_config`. Raises TypeError for a list."""
    if isinstance(config, list):
        raise TypeError(
            "`model_from_config` expects a dictionary, not a list. Maybe you meant to use `Sequential.from_config(config)`?"
        )
    return known.deserialize(config, custom_objects)


def model_from_json(json_string, custom_objects=None):
    """The model of what `to_json` gave."""
    return model_from_config(json.loads(json_string), custom_objects)


def model_from_yaml(yaml_string, custom_objects=None):
    """Raises NotImplementedError: use `model_from_json`."""
    raise NotImplementedError("keras.models.model_from_yaml: use model_from_json")
