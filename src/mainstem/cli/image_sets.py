"""The data of `mainstem train --data`: scikit-learn's digits, Keras' image sets by name, or a folder with the files of one."""

import os

import numpy as np

from mainstem.cli import digits
from mainstem.data import keras_images, mnist

_NAMED = {
    "mnist": keras_images.load_mnist,
    "fashion_mnist": keras_images.load_fashion_mnist,
    "cifar10": keras_images.load_cifar10,
    "cifar100": keras_images.load_cifar100,
}
_CIFAR = ((keras_images.CIFAR10, b"labels"), (keras_images.CIFAR100, b"fine_labels"))
HELP = f"digits (default), {', '.join(_NAMED)} or a folder with the files of MNIST or CIFAR"


def load(data, seed=0):
    """Gives ((training, validation, test), shape of an image, number of classes).

    The validation set is a tenth of the training images, 5,000 at most, drawn by `seed`.
    Raises FileNotFoundError for a set or folder that is not there, ValueError for damaged files.
    """
    if data == "digits":
        return digits.load(), (8, 8, 1), 10
    (images, labels), test = _NAMED[data]() if data in _NAMED else _folder(data)
    order = np.random.default_rng(seed).permutation(len(images))
    held_out = min(5000, len(images) // 10)
    splits = [_split(images[rows], labels[rows]) for rows in (order[held_out:], order[:held_out])] + [_split(*test)]
    if not all(len(split) for split in splits):
        raise ValueError(f"{data} has {len(images)} training and {len(test[0])} test images: too few.")
    return splits, splits[0].images.shape[1:], int(max(split.labels.max() for split in splits)) + 1


def _split(images, labels):
    return digits.Split(images[..., None] if images.ndim == 3 else images, labels.reshape(-1).astype(np.int64))


def _folder(folder):
    if not os.path.isdir(folder):
        raise FileNotFoundError(
            f"--data {folder}: there is no such folder, and the sets by name are digits, {', '.join(_NAMED)}."
        )
    for plain in (False, True):
        paths = [os.path.join(folder, name.removesuffix(".gz") if plain else name) for name in mnist.FILES]
        if all(map(os.path.isfile, paths)):
            return keras_images.read_idx(paths)
    if os.path.isfile(os.path.join(folder, "mnist.npz")):
        return keras_images.read_npz(os.path.join(folder, "mnist.npz"))
    for kind, key in _CIFAR:
        inside = [os.path.join(folder, n) for n in (kind.folder, *kind.names())]
        for path in [p for p in inside if os.path.exists(p)] + [folder]:
            if path != folder or all(os.path.isfile(os.path.join(folder, n)) for n in kind.train | kind.test):
                return keras_images.read_cifar(path, kind, key)
    raise FileNotFoundError(
        f"--data {folder}: the folder has neither MNIST's four files ({', '.join(mnist.FILES)}, gzipped or not), nor mnist.npz, "
        f"nor {' or '.join(f'{kind.folder} or {kind.archive}' for kind, _ in _CIFAR)}."
    )
