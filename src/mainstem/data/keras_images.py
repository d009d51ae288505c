"""`tf.keras.datasets` of images: `mnist`, `fashion_mnist`, `cifar10`, `cifar100`.

Each gives ((training images, labels), (test images, labels)). Where the files are looked for, and what happens when one is
missing, `published.find` tells.
"""

import gzip
import os
import tarfile
from dataclasses import dataclass

import numpy as np

from mainstem.data import mnist, pickled, published

_MNIST = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"


def load_mnist(path="mnist.npz"):
    """MNIST: uint8 images [60000, 28, 28] and [10000, 28, 28], uint8 labels [n].

    Args:
        path: the file's name in Keras' folder, or a path.
    """
    return read_npz(published.find([path], published.KERAS_URL + "mnist.npz", _MNIST))


def read_npz(path):
    """The four arrays of a file such as `mnist.npz`. Raises ValueError where one is missing."""
    arrays = pickled.load_npz(path)
    missing = [k for k in ("x_train", "y_train", "x_test", "y_test") if k not in arrays]
    if missing:
        raise ValueError(f"{path} lacks {', '.join(missing)}.")
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def load_fashion_mnist():
    """Fashion-MNIST: uint8 images [60000, 28, 28] and [10000, 28, 28], uint8 labels [n]."""
    folder = os.path.join("datasets", "fashion-mnist")
    return read_idx([published.find([name], published.KERAS_URL + name, subdir=folder) for name in mnist.FILES])


def read_idx(paths):
    """MNIST's four idx files, gzipped or not: training images, training labels, test images, test labels."""
    found = []
    for path, what in zip(paths, ("images", "labels") * 2, strict=True):
        with open(path, "rb") as f:
            zipped = f.read(2) == b"\x1f\x8b"
        with (gzip.open if zipped else open)(path, "rb") as f:
            found.append(mnist.idx(f.read(), what, path))
    for images, labels, path in ((found[0], found[1], paths[1]), (found[2], found[3], paths[3])):
        if len(images) != len(labels):
            raise ValueError(f"{path} has {len(labels)} labels for {len(images)} images.")
    return tuple(found[:2]), tuple(found[2:])


@dataclass(frozen=True)
class Cifar:
    """One of the two CIFAR sets: its folder, its archive and the MD5 of each of its files, training files first."""

    folder: str
    archive: str
    digest: str
    train: dict
    test: dict

    @property
    def url(self):
        return f"https://www.cs.toronto.edu/~kriz/{self.archive}"

    def names(self):
        """What Keras calls the archive: version 3, version 2, its publisher."""
        return [f"{self.folder}-target_archive", f"{self.folder}.tar.gz", self.archive]


CIFAR10 = Cifar(
    "cifar-10-batches-py",
    "cifar-10-python.tar.gz",
    "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    {
        "data_batch_1": "c99cafc152244af753f735de768cd75f",
        "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
        "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
        "data_batch_4": "634d18415352ddfa80567beed471001a",
        "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    },
    {"test_batch": "40351d587109b95175f43aff81a1287e"},
)
CIFAR100 = Cifar(
    "cifar-100-python",
    "cifar-100-python.tar.gz",
    "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
    {"train": "16019d7e3df5f24257cddd939b257f8d"},
    {"test": "f0ef6b0ae62326f3e7ffdfab6717acfc"},
)


def load_cifar10():
    """CIFAR-10: uint8 images [50000, 32, 32, 3] and [10000, 32, 32, 3], uint8 labels [n, 1] from 0 to 9."""
    (x_train, y_train), (x_test, y_test) = _published(CIFAR10, b"labels")
    return (x_train, y_train.astype(np.uint8)), (x_test, y_test.astype(np.uint8))


def load_cifar100(label_mode="fine"):
    """CIFAR-100: uint8 images [50000, 32, 32, 3] and [10000, 32, 32, 3], int64 labels [n, 1].

    Args:
        label_mode: "fine" for 100 classes, "coarse" for the 20 groups of them.

    Raises ValueError for another `label_mode`.
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError(f"`label_mode` must be one of `'fine'`, `'coarse'`. Received: label_mode={label_mode}.")
    return _published(CIFAR100, f"{label_mode}_labels".encode())


def _published(kind, key):
    """Reads the archive, or the folder that an archive was unpacked to when only that is there."""
    try:
        return read_cifar(published.find(kind.names(), kind.url, kind.digest), kind, key)
    except FileNotFoundError:
        for folder in [os.path.join(p, inner) for p in published.places() for inner in (kind.folder, f"{kind.folder}-target")]:
            if os.path.isdir(folder):
                for name, digest in (kind.train | kind.test).items():
                    path = os.path.join(folder, name)
                    if os.path.isfile(path) and (got := published.digest_of(path, digest)) != digest:
                        raise ValueError(f"{path} is not the published file, whose digest is {digest}: it has {got}.") from None
                return read_cifar(folder, kind, key)
        raise


def read_cifar(path, kind, key):
    """Reads a CIFAR set from its archive or the folder with its files. Raises ValueError for damaged or missing files."""
    if os.path.isdir(path):
        contents = {n: os.path.join(path, n) for n in kind.train | kind.test}
        missing = [n for n, where in contents.items() if not os.path.isfile(where)]
        if missing:
            raise ValueError(f"{path} lacks {', '.join(missing)}.")
        loaded = {}
        for name, where in contents.items():
            with open(where, "rb") as f:
                loaded[name] = _batch(f, key, where)
    else:
        loaded = _members(path, kind, key)
    return _joined(loaded, kind.train), _joined(loaded, kind.test)


def _members(path, kind, key):
    """The batches in an archive by name, read in one pass without unpacking it."""
    loaded = {}
    try:
        with tarfile.open(path, "r|*") as archive:
            for member in archive:
                folder, _, name = member.name.rpartition("/")
                if folder == kind.folder and member.isfile() and name in kind.train | kind.test:
                    loaded[name] = _batch(archive.extractfile(member), key, f"{path}: {member.name}")
    except (tarfile.TarError, EOFError, OSError) as e:
        raise ValueError(f"{path} is not the archive of {kind.folder}: {e}") from e
    missing = [n for n in kind.train | kind.test if n not in loaded]
    if missing:
        raise ValueError(f"{path} lacks {', '.join(missing)}.")
    return loaded


def _batch(file, key, name):
    batch = pickled.load(file, name)
    data, labels = (batch.get(b"data"), batch.get(key)) if isinstance(batch, dict) else (None, None)
    if not isinstance(data, np.ndarray) or data.dtype != np.uint8 or data.ndim != 2 or data.shape[1] != 3072:
        raise ValueError(f"{name} holds no images of 32 x 32 pixels in three colours.")
    if not isinstance(labels, list) or len(labels) != len(data):
        raise ValueError(f"{name} has no {key.decode()} for its {len(data)} images.")
    return data, labels


def _joined(loaded, names):
    images = np.concatenate([loaded[n][0] for n in names]).reshape(-1, 3, 32, 32)
    labels = np.array([label for n in names for label in loaded[n][1]], np.int64).reshape(-1, 1)
    return np.ascontiguousarray(images.transpose(0, 2, 3, 1)), labels
