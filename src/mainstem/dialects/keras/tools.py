"""`tf.keras.utils`: targets as vectors, norms, files from the web, tables of HDF5 files, and what Mainstem does not have."""

import os
import shutil
import tarfile
import zipfile

import numpy as np

from mainstem.data import published
from mainstem.dialects.keras import hdf5


def to_categorical(y, num_classes=None, dtype="float32"):
    """Numbers of classes as vectors with a 1 at the class's place: [.., num_classes]; a last dimension of size 1 goes away."""
    y = np.array(y, dtype="int")
    shape = y.shape[:-1] if y.ndim > 1 and y.shape[-1] == 1 else y.shape
    y = y.ravel()
    num_classes = num_classes or int(np.max(y)) + 1
    made = np.zeros((len(y), num_classes), dtype=dtype)
    made[np.arange(len(y)), y] = 1
    return made.reshape((*shape, num_classes))


def normalize(x, axis=-1, order=2):
    """An array divided by its norms of an order along an axis; zeros stay."""
    norms = np.atleast_1d(np.linalg.norm(x, order, axis))
    norms[norms == 0] = 1
    return x / np.expand_dims(norms, axis)


def get_file(
    fname,
    origin,
    untar=False,
    md5_hash=None,
    file_hash=None,
    cache_subdir="datasets",
    hash_algorithm="auto",
    extract=False,
    archive_format="auto",
    cache_dir=None,
):
    """The path of a file of the web in Keras's folder, `~/.keras/datasets`.

    Args:
        fname: its name there; an absolute path is taken as it is.
        origin: its address.
        untar: unpack a `.tar.gz` of this name; gives the folder.
        md5_hash, file_hash: the digest it must have: MD5 by 32 digits, SHA-256 by 64.
        cache_subdir: the folder below Keras's.
        hash_algorithm: accepted; the digest's length tells.
        extract: unpack it beside itself, where it is an archive.
        archive_format: "auto", "tar", "zip", None, or a list of them.
        cache_dir: another folder than `~/.keras`.

    Mainstem downloads only with MAINSTEM_DOWNLOAD=1 in the environment; raises FileNotFoundError where the file is missing.
    """
    digest = md5_hash if file_hash is None else file_hash
    folder = cache_subdir if cache_dir is None else os.path.join(os.path.expanduser(cache_dir), cache_subdir)
    name = os.path.basename(origin) if fname is None else fname
    path = published.find([name + ".tar.gz" if untar else name], origin, digest, folder)
    if untar:
        target = path[: -len(".tar.gz")]
        if not os.path.exists(target):
            _unpack(path, os.path.dirname(path), "tar")
        return target
    if extract:
        _unpack(path, os.path.dirname(path), archive_format)
    return path


def _unpack(path, folder, archive_format):
    """Unpacks an archive into a folder; gives whether the file is one. Raises ValueError for members that lie outside."""
    kinds = (
        ["tar", "zip"] if archive_format == "auto" else [archive_format] if isinstance(archive_format, str) else archive_format
    )
    for kind in kinds or ():
        if kind == "tar" and tarfile.is_tarfile(path):
            with tarfile.open(path) as archive:
                archive.extractall(folder, filter="data")
            return True
        if kind == "zip" and zipfile.is_zipfile(path):
            shutil.unpack_archive(path, folder, "zip")
            return True
    return False


def plot_model(model, to_file="model.png", show_shapes=False, show_layer_names=True, rankdir="TB", expand_nested=False, dpi=96):
    """Raises NotImplementedError: drawing needs pydot and Graphviz. `model.summary()` prints the layers."""
    raise NotImplementedError(
        "keras.utils.plot_model draws with pydot and Graphviz, which Mainstem does not use. Use model.summary()."
    )


def model_to_dot(
    model,
    show_shapes=False,
    show_layer_names=True,
    rankdir="TB",
    expand_nested=False,
    dpi=96,
    subgraph=False,
):
    """Raises NotImplementedError; see `plot_model`."""
    raise NotImplementedError("keras.utils.model_to_dot needs pydot, which Mainstem does not use. Use model.summary().")


def multi_gpu_model(model, gpus, cpu_merge=True, cpu_relocation=False):
    """Raises NotImplementedError: `tf.distribute.MirroredStrategy` spreads batches over devices."""
    raise NotImplementedError(
        "keras.utils.multi_gpu_model is not implemented. Use tf.distribute.MirroredStrategy, or train on one device."
    )


def convert_all_kernels_in_model(model):
    """Turns the kernels of all convolutions of a model by half a turn, as models of Theano need."""
    for layer in model.layers:
        if type(layer).__name__ in ("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose"):
            kernel, *rest = layer.get_weights()
            turned = np.flip(kernel, axis=tuple(range(kernel.ndim - 2)))
            layer.set_weights([np.copy(turned), *rest])


class HDF5Matrix:
    """A data set of an HDF5 file from `start` to `end`, read as it is asked for; `normalizer` is applied to what is read."""

    def __init__(self, datapath, dataset, start=0, end=None, normalizer=None):
        self._file = hdf5.library("HDF5Matrix").File(datapath, "r")
        self.data = self._file[dataset]
        self.start, self.end = start, self.data.shape[0] if end is None else end
        self.normalizer = normalizer

    def __len__(self):
        return self.end - self.start

    def __getitem__(self, key):
        size, plus = len(self), self.start
        if isinstance(key, slice):
            first, last = key.start or 0, size if key.stop is None else key.stop
            if last > size:
                raise IndexError(f"{last} is past the {size} rows of the matrix")
            found = self.data[slice(first + plus, last + plus)]
        elif isinstance(key, (int, np.integer)):
            if key >= size:
                raise IndexError(f"{key} is past the {size} rows of the matrix")
            found = self.data[key + plus]
        else:
            rows = np.asarray(key)
            if rows.max() >= size:
                raise IndexError(f"{rows.max()} is past the {size} rows of the matrix")
            found = self.data[(rows + plus).tolist()]
        return found if self.normalizer is None else self.normalizer(found)

    shape = property(lambda self: (len(self), *self.data.shape[1:]), doc="The shape of the part.")
    dtype = property(lambda self: self.data.dtype, doc="The data set's dtype.")
    ndim = property(lambda self: self.data.ndim, doc="The number of dimensions.")
    size = property(lambda self: int(np.prod(self.shape)), doc="The number of entries.")
