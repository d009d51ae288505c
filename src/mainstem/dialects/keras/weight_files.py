"""`save_weights` and `load_weights` of a model: a checkpoint of objects, or an HDF5 file."""

import os

from mainstem.base import errors
from mainstem.dialects.keras import backend, hdf5
from mainstem.formats import stores
from mainstem.ops.checkpoint import open_reader
from mainstem.state import scope as state_scope
from mainstem.train import checkpoints
from mainstem.train.checkpoint import Checkpoint


def _format(path, save_format):
    if save_format is None:
        return "h5" if hdf5.is_path(path) else "tf"
    given = save_format.lower().strip()
    if given in ("tensorflow", "tf"):
        if hdf5.is_path(path):
            raise ValueError(
                f'save_weights got save_format="tf"/"tensorflow", but the filepath ("{path}") looks like an HDF5 file. Omit the '
                '".h5"/".keras" when saving in TensorFlow format.'
            )
        return "tf"
    if given in ("hdf5", "h5", "keras"):
        return "h5"
    raise ValueError(f'Unknown format "{save_format}". Was expecting one of {{"tf", "h5"}}.')


def may_write(path, overwrite):
    """Whether to write a file: where one is there and must not be lost, asks the user, as Keras does."""
    if overwrite or not os.path.isfile(path):
        return True
    answer = input(f"[WARNING] {path} already exists - overwrite? [y/n]").strip().lower()
    while answer not in ("y", "n"):
        answer = input('Enter "y" (overwrite) or "n" (cancel).').strip().lower()
    return answer == "y"


def save(model, path, overwrite=True, save_format=None):
    """Writes the variables of a model; see `Network.save_weights`."""
    path = os.fspath(path)
    if _format(path, save_format) == "h5":
        h5py = hdf5.library("save_weights")
        if may_write(path, overwrite):
            with h5py.File(path, "w") as file:
                hdf5.save_weights(file, model.layers)
        return
    if not may_write(path + ".index", overwrite):
        return
    Checkpoint(model)._write(path, None if state_scope.eager() else backend.get_session())
    checkpoints.update_checkpoint_state_internal(os.path.dirname(path), path, [path], save_relative_paths=True)


def _is_checkpoint(path):
    if hdf5.is_path(path):
        return False
    try:
        open_reader(path)
    except errors.DataLossError:
        return False
    except errors.NotFoundError:
        if stores.exists(path):
            return False
        raise
    return True


def load(model, path, by_name=False):
    """Reads the variables of a model; see `Network.load_weights`."""
    path = os.fspath(path)
    if _is_checkpoint(path):
        if by_name:
            raise NotImplementedError(
                "Weights may only be loaded based on topology into Models when loading TensorFlow-formatted weights (got "
                "by_name=True to load_weights)."
            )
        status = Checkpoint(model).read(path)
        if not state_scope.eager():
            status.run_as_they_come(backend.get_session(), backend.load_first)
        status.assert_nontrivial_match()
        return status
    h5py = hdf5.library("load_weights")
    if not model.built and not model._is_graph_network and not model.weights:
        raise ValueError(
            "Unable to load weights saved in HDF5 format into a subclassed Model which has not created its variables yet. Call the "
            "Model first, then load the weights."
        )
    model._assert_weights_created()
    with h5py.File(path, "r") as file:
        group = file["model_weights"] if "layer_names" not in file.attrs and "model_weights" in file else file
        (hdf5.load_weights_by_name if by_name else hdf5.load_weights)(group, model.layers)
    return None
