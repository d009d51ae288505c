"""HDF5 files of weights and models, laid out as Keras 2 does: a group a layer, and in it an array a variable."""

import importlib

import numpy as np

from mainstem.dialects.keras import backend

EXTENSIONS = (".h5", ".hdf5", ".keras")
HEADER_LIMIT = 64512  # bytes that HDF5 holds in one attribute
VERSION = b"2.2.4-tf"


def is_path(path):
    """Whether a path names an HDF5 file."""
    return str(path).endswith(EXTENSIONS)


def library(what):
    """The module h5py. Raises ImportError when it is not installed."""
    try:
        return importlib.import_module("h5py")
    except ImportError:
        raise ImportError(f"`{what}` requires h5py: pip install 'mainstem[hdf5]'") from None


def put_names(group, key, names):
    """Writes a list of names as an attribute, as several where one would be too long. Raises RuntimeError for a name that is."""
    names = [n.encode() if isinstance(n, str) else n for n in names]
    if any(len(n) > HEADER_LIMIT for n in names):
        raise RuntimeError(f"The attribute '{key}' of an HDF5 file cannot hold names of more than {HEADER_LIMIT} bytes.")
    array, parts = np.asarray(names), 1
    pieces = [array]
    while any(p.nbytes > HEADER_LIMIT for p in pieces):
        parts += 1
        pieces = np.array_split(array, parts)
    if parts == 1:
        group.attrs[key] = array
        return
    for i, piece in enumerate(pieces):
        group.attrs[f"{key}{i}"] = piece


def names_in(group, key):
    """The names that `put_names` wrote."""
    if key in group.attrs:
        return [_text(n) for n in group.attrs[key]]
    found, i = [], 0
    while f"{key}{i}" in group.attrs:
        found += [_text(n) for n in group.attrs[f"{key}{i}"]]
        i += 1
    return found


def _text(value):
    return value.decode() if isinstance(value, bytes) else value


def put_arrays(group, names, values):
    """Writes arrays under names, and the names in order as an attribute."""
    put_names(group, "weight_names", names)
    for name, value in zip(names, values, strict=True):
        group.create_dataset(name, data=value)


def arrays_in(group):
    """The arrays that `put_arrays` wrote, in order."""
    return [np.asarray(group[name]) for name in names_in(group, "weight_names")]


def variables_of(layer):
    """A layer's variables in the order of files: those that train first."""
    return [*layer.trainable_weights, *layer.non_trainable_weights]


def save_weights(group, layers):
    """Writes the variables of layers to a group."""
    put_names(group, "layer_names", [layer.name for layer in layers])
    group.attrs["backend"], group.attrs["keras_version"] = backend.backend().encode(), VERSION
    for layer in layers:
        own = variables_of(layer)
        put_arrays(group.create_group(layer.name), [v.name for v in own], backend.batch_get_value(own))


def load_weights(group, layers):
    """Reads the variables of layers in order. Raises ValueError when their number differs, or that of a layer's variables."""
    layers = [layer for layer in layers if variables_of(layer)]
    names = [n for n in names_in(group, "layer_names") if names_in(group[n], "weight_names")]
    if len(names) != len(layers):
        raise ValueError(
            f"You are trying to load a weight file containing {len(names)} layers into a model with {len(layers)} layers."
        )
    pairs = []
    for i, (name, layer) in enumerate(zip(names, layers, strict=True)):
        values, own = _converted(layer, arrays_in(group[name])), variables_of(layer)
        if len(values) != len(own):
            raise ValueError(
                f'Layer #{i} (named "{layer.name}" in the current model) was found to correspond to layer {name} in the save file. '
                f"However the new layer {layer.name} expects {len(own)} weights, but the saved weights have {len(values)} elements."
            )
        pairs += zip(own, values, strict=True)
    _give(pairs)


def load_weights_by_name(group, layers):
    """Reads the variables of layers that the file has a layer of the same name for. Raises ValueError for what does not fit there."""
    by_name, pairs = {}, []
    for layer in layers:
        by_name.setdefault(layer.name, []).append(layer)
    for i, name in enumerate(names_in(group, "layer_names")):
        for layer in by_name.get(name, ()):
            values, own = _converted(layer, arrays_in(group[name])), variables_of(layer)
            if len(values) != len(own):
                raise ValueError(
                    f'Layer #{i} (named "{layer.name}") expects {len(own)} weight(s), but the saved weights have {len(values)} '
                    "element(s)."
                )
            pairs += zip(own, values, strict=True)
    _give(pairs)


def _give(pairs):
    for variable, value in pairs:
        if tuple(variable.shape.as_list()) != value.shape:
            raise ValueError(
                f"Shapes {tuple(variable.shape.as_list())} and {value.shape} are incompatible: the variable {variable.name} and what "
                "the file has for it."
            )
    backend.batch_set_value(pairs)


def _converted(layer, values):
    """The arrays of a layer as this layer takes them; a layer may say how, for files of other versions."""
    convert = getattr(layer, "_weights_from_file", None)
    return values if convert is None else convert(values)
