"""MNIST as TensorFlow 1's tutorials read it: four `idx` files from a folder, batches shuffled with NumPy's global generator.

Nothing here ever downloads: a file that is missing is named, with the place to get it from.
"""

import collections
import gzip
import math
import os

import numpy as np

from mainstem.base import dtypes
from mainstem.platform import gfile
from mainstem.surface import random

DEFAULT_SOURCE_URL = "https://storage.googleapis.com/cvdf-datasets/mnist/"
FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
_MAGIC = {"images": 0x803, "labels": 0x801}  # the type byte (unsigned) and the rank of an idx file
_CLASSES = 10

Dataset = collections.namedtuple("Dataset", ["data", "target"])
Datasets = collections.namedtuple("Datasets", ["train", "validation", "test"])


def idx(content, what, name):
    """The array in the bytes of an idx file of "images" or "labels".

    Raises ValueError, with the file's name, for another kind of file, or one that is cut short.
    """
    magic = _MAGIC[what]
    found = int.from_bytes(content[:4], "big")
    if found != magic:
        raise ValueError(f"{name} does not hold MNIST {what}: its magic number is {found}, not {magic}.")
    start = 4 + 4 * (magic & 0xFF)
    if len(content) < start:
        raise ValueError(f"{name} is cut short: it ends inside its header.")
    shape = [int.from_bytes(content[i : i + 4], "big") for i in range(4, start, 4)]
    count = math.prod(shape)
    if len(content) < start + count:
        raise ValueError(f"{name} is cut short: its header promises the shape {shape}, it holds {len(content) - start} values.")
    return np.frombuffer(content, np.uint8, count, start).reshape(shape).copy()


def _unzipped(file, what):
    with gzip.GzipFile(fileobj=file) as stream:
        return idx(stream.read(), what, getattr(file, "name", "the given file"))


def extract_images(f):
    """The images of an open gzipped idx file as uint8 of shape [count, rows, columns, 1]. Raises ValueError for another file."""
    print("Extracting", getattr(f, "name", f))
    return _unzipped(f, "images")[..., np.newaxis]


def extract_labels(f, one_hot=False, num_classes=_CLASSES):
    """The labels of an open gzipped idx file: uint8 of shape [count], or one-hot float64 [count, num_classes]."""
    print("Extracting", getattr(f, "name", f))
    labels = _unzipped(f, "labels")
    return dense_to_one_hot(labels, num_classes) if one_hot else labels


def dense_to_one_hot(labels_dense, num_classes):
    """Class numbers of shape [count] as float64 rows [count, num_classes] with a 1 at each class."""
    labels = np.asarray(labels_dense).ravel()
    rows = np.zeros((labels.shape[0], num_classes))
    rows[np.arange(labels.shape[0]), labels] = 1
    return rows


class DataSet:
    """Images with labels that hand out batches, shuffled anew in every epoch.

    Args:
        images: uint8 [count, rows, columns, depth].
        labels: [count] or one-hot [count, 10].
        fake_data: hand out constant images and no data at all (10000 examples).
        one_hot: whether fake labels are one-hot.
        dtype: uint8 leaves the pixels, float32 divides them by 255.
        reshape: whether an image becomes one row of pixels; needs depth 1.
        seed: of NumPy's generator, which the constructor seeds; combined with the graph's seed as an op's is.

    Raises TypeError for another dtype, AssertionError where images and labels do not fit.
    """

    def __init__(self, images, labels, fake_data=False, one_hot=False, dtype=dtypes.float32, reshape=True, seed=None):
        of_graph, of_op = random.get_seed(seed)
        np.random.seed(of_graph if seed is None else of_op)
        dtype = dtypes.as_dtype(dtype).base_dtype
        if dtype not in (dtypes.uint8, dtypes.float32):
            raise TypeError(f"DataSet: 'dtype' must be uint8 or float32. Got {dtype!r}.")
        self.one_hot, self._epochs_completed, self._index_in_epoch = one_hot, 0, 0
        if fake_data:
            self._num_examples = 10000
        else:
            if images.shape[0] != labels.shape[0]:
                raise AssertionError(f"images.shape: {images.shape} labels.shape: {labels.shape}")
            self._num_examples = images.shape[0]
            if reshape:
                if images.shape[3] != 1:
                    raise AssertionError(f"reshape=True needs images of depth 1. Got images of shape {images.shape}.")
                images = images.reshape(images.shape[0], images.shape[1] * images.shape[2])
            if dtype == dtypes.float32:
                images = np.multiply(images.astype(np.float32), np.float32(1.0 / 255.0))
        self._images, self._labels = images, labels

    @property
    def images(self):
        """The images in the order of this epoch."""
        return self._images

    @property
    def labels(self):
        """The labels in the order of this epoch."""
        return self._labels

    @property
    def num_examples(self):
        """How many examples there are."""
        return self._num_examples

    @property
    def epochs_completed(self):
        """How often all examples were handed out."""
        return self._epochs_completed

    def next_batch(self, batch_size, fake_data=False, shuffle=True):
        """The next `batch_size` examples: (images, labels). A batch over the end of an epoch goes on in the next one."""
        if fake_data:
            label = [1] + [0] * (_CLASSES - 1) if self.one_hot else 0
            return [[1] * 784 for _ in range(batch_size)], [label for _ in range(batch_size)]
        start = self._index_in_epoch
        if shuffle and start == 0 and self._epochs_completed == 0:
            self._shuffle()
        if start + batch_size <= self._num_examples:
            self._index_in_epoch += batch_size
            return self._images[start : self._index_in_epoch], self._labels[start : self._index_in_epoch]
        self._epochs_completed += 1
        images, labels = self._images[start:], self._labels[start:]
        if shuffle:
            self._shuffle()
        # one epoch at most is begun: a larger batch is shorter than asked for, as TensorFlow's
        self._index_in_epoch = batch_size - (self._num_examples - start)
        new = slice(0, self._index_in_epoch)
        return np.concatenate((images, self._images[new])), np.concatenate((labels, self._labels[new]))

    def _shuffle(self):
        order = np.arange(self._num_examples)
        np.random.shuffle(order)
        self._images, self._labels = self._images[order], self._labels[order]


def _open_all(folder, source_url):
    """The four files of a folder, open for reading. Raises FileNotFoundError naming every one that is missing."""
    paths = [os.path.join(folder, name) for name in FILES]
    missing = [name for name, path in zip(FILES, paths, strict=True) if not gfile.exists_v2(path)]
    if missing:
        raise FileNotFoundError(
            f"read_data_sets: {os.path.abspath(folder)} lacks {', '.join(missing)}. Mainstem does not download data: put the "
            f"four MNIST files there, from {source_url or DEFAULT_SOURCE_URL} or another mirror, as they are (gzipped)."
        )
    return [gfile.GFile(path, "rb") for path in paths]


def read_data_sets(
    train_dir,
    fake_data=False,
    one_hot=False,
    dtype=dtypes.float32,
    reshape=True,
    validation_size=5000,
    seed=None,
    source_url=DEFAULT_SOURCE_URL,
):
    """Reads MNIST from a folder that holds its four gzipped files.

    Args:
        train_dir: the folder.
        fake_data: constant data instead; nothing is read.
        one_hot: labels as rows of ten.
        dtype, reshape, seed: as for `DataSet`.
        validation_size: how many of the first training examples become the validation set.
        source_url: named in the error when a file is missing; nothing is downloaded.

    Returns `Datasets(train, validation, test)`, each a `DataSet`.
    Raises FileNotFoundError naming the missing files, ValueError for a validation size that does not fit.
    """
    options = {"dtype": dtype, "reshape": reshape, "seed": seed}
    if fake_data:
        sets = [DataSet([], [], fake_data=True, one_hot=one_hot, dtype=dtype, seed=seed) for _ in range(3)]
        return Datasets(*sets)
    images, labels, test_images, test_labels = _open_all(train_dir, source_url)
    with images, labels, test_images, test_labels:
        images, labels = extract_images(images), extract_labels(labels, one_hot=one_hot)
        test_images, test_labels = extract_images(test_images), extract_labels(test_labels, one_hot=one_hot)
    if not 0 <= validation_size <= len(images):
        raise ValueError(f"read_data_sets: 'validation_size' must be between 0 and {len(images)}. Got {validation_size}.")
    n = validation_size
    train, validation = DataSet(images[n:], labels[n:], **options), DataSet(images[:n], labels[:n], **options)
    return Datasets(train=train, validation=validation, test=DataSet(test_images, test_labels, **options))


def load_mnist(train_dir="MNIST-data"):
    """`read_data_sets` with its defaults."""
    return read_data_sets(train_dir)
