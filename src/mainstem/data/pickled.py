"""Pickles and `.npz` files that hold arrays, read so that a forged file cannot run code."""

import io
import pickle
import zipfile

import numpy as np

_ARRAYS = {("numpy", "ndarray"), ("numpy", "dtype")} | {
    (f"numpy.{core}.multiarray", name) for core in ("core", "_core") for name in ("_reconstruct", "scalar")
}


class _ArraysOnly(pickle.Unpickler):
    """Refuses every global but those that arrays are rebuilt with."""

    def find_class(self, module, name):
        if (module, name) not in _ARRAYS:
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a data set: the file is damaged or forged.")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


def load(file, name):
    """The object in an open pickle file made of containers, strings, numbers and arrays. Raises ValueError for any other file."""
    try:
        return _ArraysOnly(file, encoding="bytes").load()
    except Exception as e:  # a damaged pickle may raise nearly anything
        raise ValueError(f"{name} is not a data set's pickle: {e}") from e


def load_npz(path):
    """The arrays of an `.npz` file by name; those of objects hold lists. Raises ValueError for another kind of file."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [n for n in archive.namelist() if n.endswith(".npy")]
            return {n.removesuffix(".npy"): _array(archive.read(n), f"{path}: {n}") for n in members}
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as e:
        raise ValueError(f"{path} is not an .npz file: {e}") from e


def _array(content, name):
    file = io.BytesIO(content)
    try:
        return np.lib.format.read_array(file, allow_pickle=False)
    except ValueError as e:
        if "allow_pickle" not in str(e):
            raise ValueError(f"{name}: {e}") from e
    file.seek(0)
    read = (
        np.lib.format.read_array_header_1_0 if np.lib.format.read_magic(file) == (1, 0) else np.lib.format.read_array_header_2_0
    )
    read(file)
    return load(file, name)
