"""What `mainstem records convert` reads: folders of images, CSV, npz, HDF5, idx and TFRecord files, as numbered records with keys."""

import csv
import functools
import glob
import gzip
import importlib
import io
import math
import os
import re

import numpy as np

from mainstem.base.errors import DataLossError, InvalidArgumentError
from mainstem.formats import example_batch, protos, stores, tfrecord
from mainstem.formats.crc import masked
from mainstem.records.reading import KEY, Records

IMAGES = {".jpg": b"jpeg", ".jpeg": b"jpeg", ".png": b"png", ".gif": b"gif", ".bmp": b"bmp"}
_IDX = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def _example(features):
    made = protos.Example()
    for name, value in features.items():
        feature = made.features.feature[name]
        value = [value] if isinstance(value, bytes) else np.asarray(value).reshape(-1)
        if isinstance(value, list):
            feature.bytes_list.value.extend(value)
        elif value.dtype.kind in "iub":
            feature.int64_list.value.extend(value.astype(np.int64).tolist())
        elif value.dtype.kind == "f":
            feature.float_list.value.extend(value.astype(np.float32).tolist())
        else:
            feature.bytes_list.value.extend(v if isinstance(v, bytes) else str(v).encode() for v in value.tolist())
    return made.SerializeToString(deterministic=True)  # the same bytes in every process


class ImageFolder:
    """A folder with a subfolder of image files for each class, as the features that slim's readers know."""

    def __init__(self, path, damage=None):
        """With `damage`, images are decoded, and one that is not whole raises InvalidArgumentError."""
        self._path, self._decode = path, damage is not None
        classes = sorted(e.name for e in os.scandir(path) if e.is_dir() and not e.name.startswith("."))
        self._files = [
            (label, name, file)
            for label, name in enumerate(classes)
            for file in sorted(os.listdir(os.path.join(path, name)))
            if os.path.splitext(file)[1].lower() in IMAGES
        ]
        if not self._files:
            raise InvalidArgumentError(message=f"{path}: no image files in folders of it, one folder a class.")

    def __len__(self):
        return len(self._files)

    def __getitem__(self, number):
        label, name, file = self._files[number]
        with open(os.path.join(self._path, name, file), "rb") as f:
            encoded = f.read()
        if self._decode:
            _decoded(encoded, f.name)
        key = f"{name}/{file}"
        features = {
            "image/encoded": encoded,
            "image/format": IMAGES[os.path.splitext(file)[1].lower()],
            "image/filename": key.encode(),
            "image/class/label": label,
            "image/class/text": name.encode(),
        }
        return key, _example({"key": key.encode(), **features})


def _decoded(encoded, path):
    image = importlib.import_module("PIL.Image")
    try:
        with image.open(io.BytesIO(encoded)) as opened:
            opened.load()
    except Exception as e:  # whatever a decoder raises for a file that is none
        raise InvalidArgumentError(message=f"{path}: the image is damaged, or none: {e}") from None


class RecordSet:
    """TFRecord files, with the keys of those records that are Examples and have one."""

    def __init__(self, path, damage=None):
        self._records = Records(path, damage=damage)

    def __len__(self):
        return len(self._records)

    def __getitem__(self, number):
        record = self._records[number]
        try:
            return example_batch.first_bytes([record], KEY)[0], record
        except InvalidArgumentError:
            return b"", record


class Arrays:
    """Named arrays of one length: a record is a row of each. Bytes and images (uint8 of two dimensions and more) become raw bytes."""

    def __init__(self, path, arrays):
        self._stem, self._arrays = os.path.basename(path).split(".")[0], arrays
        sizes = {name: len(a) if a.ndim else None for name, a in arrays.items()}
        if not sizes or None in sizes.values() or len(set(sizes.values())) != 1:
            raise InvalidArgumentError(message=f"{path}: its arrays must have one length, that of the set. Found {sizes}.")
        self._size = next(iter(sizes.values()))

    def __len__(self):
        return self._size

    def __getitem__(self, number):
        key, features = f"{self._stem}/{number:08d}", {}
        for name, array in self._arrays.items():
            row = np.asarray(array[number])
            features[name] = row.tobytes() if row.dtype == np.uint8 and row.ndim >= 2 else row
        return key, _example({"key": key.encode(), **features})


def _number(kind, column):
    try:
        return [kind(v) for v in column]
    except ValueError:
        return None


def csv_arrays(path, damage=None):
    """The columns of a CSV file with a header: int64 or float32 where every field is a number, else text.

    With `damage`, it is called with a DataLossError for every row that has not as many fields as the header.
    """
    with open(path, newline="", encoding="utf-8") as f:
        reader = csv.reader(f)
        rows = []
        for row in reader:
            if damage is None or not rows or len(row) == len(rows[0]):
                rows.append(row)
            else:
                what = (
                    f"{path}: line {reader.line_num} has {len(row)} fields where the header has {len(rows[0])}: it is left out."
                )
                damage(DataLossError(message=what))
    if not rows or any(len(r) != len(rows[0]) for r in rows):
        raise InvalidArgumentError(message=f"{path}: a header and rows with as many fields are expected.")
    out = {}
    for name, *column in zip(*rows):
        numbers = _number(int, column)
        numbers = _number(float, column) if numbers is None else numbers
        if numbers is None:
            out[name] = np.array([v.encode() for v in column], object)
        else:
            out[name] = np.array(numbers, np.int64 if all(isinstance(n, int) for n in numbers) else np.float32)
    return out


def idx_array(path):
    """The array of an idx file, gzipped or not. Raises InvalidArgumentError."""
    with gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb") as f:
        content = f.read()
    rank = content[3] if len(content) > 3 else 0
    start = 4 + 4 * rank
    if content[:2] != b"\0\0" or content[2:3] == b"" or content[2] not in _IDX or len(content) < start:
        raise InvalidArgumentError(message=f"{path} is no idx file, or cut short.")
    kind = np.dtype(_IDX[content[2]])
    shape = [int.from_bytes(content[i : i + 4], "big") for i in range(4, start, 4)]
    if len(content) - start != math.prod(shape) * kind.itemsize:
        raise InvalidArgumentError(message=f"{path} is cut short: its header promises the shape {shape}.")
    return np.frombuffer(content, kind, offset=start).reshape(shape).astype(kind.newbyteorder("="))


def _idx_arrays(path):
    arrays = {"image" if "-images-" in path else "value": idx_array(path)}
    labels = path.replace("-images-idx3-", "-labels-idx1-")
    if labels != path and os.path.exists(labels):
        arrays["label"] = idx_array(labels)
    return arrays


def _hdf5_arrays(path):
    try:
        h5py = importlib.import_module("h5py")
    except ImportError:
        raise NotImplementedError("Reading HDF5 files needs h5py: pip install 'mainstem[hdf5]'") from None
    found = {}
    try:
        file = h5py.File(path, "r")
    except OSError as e:
        raise InvalidArgumentError(message=f"{path} is no HDF5 file, or damaged: {e}") from None
    file.visititems(lambda name, d: found.update({name: d}) if isinstance(d, h5py.Dataset) else None)
    return found


def _is_records(path):
    if glob.has_magic(path) or re.search(r"\.tfrec(ords?)?$|-\d{5}-of-\d{5}", os.path.basename(path)):
        return True
    if not stores.isfile(path):
        return False
    with stores.opened(path) as f:
        head = f.read(tfrecord.HEADER)
    return len(head) == tfrecord.HEADER and masked(head[:8]) == int.from_bytes(head[8:], "little")


def opened(path, damage=None):
    """The source at a path, told by its name: a sequence of (key, record). Raises InvalidArgumentError.

    With `damage`, what cannot be read is left out: a function that is called with a DataLossError for it, unless it is an item, which
    then raises when it is asked for.
    """
    path = stores.text(path)
    if os.path.isdir(path):
        return ImageFolder(path, damage)
    name = os.path.basename(path).lower()
    if name.endswith(".csv"):
        return Arrays(path, csv_arrays(path, damage))
    if name.endswith(".npz"):
        with np.load(path, allow_pickle=False) as f:
            return Arrays(path, {k: f[k] for k in f.files})
    if name.endswith((".h5", ".hdf5")):
        return Arrays(path, _hdf5_arrays(path))
    if "-idx" in name or name.removesuffix(".gz").endswith(".idx"):
        return Arrays(path, _idx_arrays(path))
    if _is_records(path):
        return RecordSet(path, damage)
    raise InvalidArgumentError(
        message=f"{path}: a folder of images, or a .csv, .npz, .h5, .hdf5, idx or TFRecord file is expected."
    )


cached = functools.lru_cache(maxsize=1)(opened)  # a worker writes many shards of one source
