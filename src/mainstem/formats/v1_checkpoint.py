"""Reading of V1 checkpoints: sorted tables (one file, or shards `P-0000i-of-0000n`) whose values are SavedTensorSlices."""

import glob
import os

import numpy as np

from mainstem.base import dtypes
from mainstem.base.errors import DataLossError, InvalidArgumentError, NotFoundError
from mainstem.formats import bundle, ordered_code, protos, stores, table, tensor_proto, tensor_slice


def files_at(prefix):
    """Gives the files of a V1 checkpoint at `prefix`, or [] when there is none."""
    prefix = os.fspath(prefix)
    if stores.isfile(prefix):
        return [prefix]
    return stores.glob(f"{glob.escape(prefix)}-?????-of-?????")


def open_checkpoint(prefix):
    """Gives a reader of the checkpoint at `prefix`, be it a V2 bundle or a V1 file. Raises NotFoundError for neither."""
    if bundle.exists(prefix) or not files_at(prefix):
        return bundle.BundleReader(prefix)
    return V1Reader(prefix)


class V1Reader:
    """Reads the tensors of a V1 checkpoint; the methods are those of `bundle.BundleReader`."""

    def __init__(self, prefix):
        """Raises NotFoundError when there is no file, DataLossError when one is damaged."""
        self._prefix = os.fspath(prefix)
        self._tensors, self._data = {}, {}
        names = files_at(prefix)
        if not names:
            raise NotFoundError(message=f"No checkpoint at {self._prefix!r}.")
        for name in names:
            self._read_file(name)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        """Forgets the file's contents. Arrays that were read stay valid."""
        self._data = {}

    def _read_file(self, path):
        with stores.opened(path) as f:
            items = dict(table.Table(f.read(), path).items)
        meta = _parse(protos.SavedTensorSlices, items.pop(b"", None), path, "the list of its tensors").meta
        for tensor in meta.tensor:
            dtype, shape = _described(tensor, path)
            known = self._tensors.setdefault(tensor.name, (dtype, shape, []))
            if known[:2] != (dtype, shape):
                raise DataLossError(message=f"Checkpoint tensor {tensor.name!r} has two shapes or types in {self._prefix}.")
            known[2].extend(tensor.slice)
        self._data.update((key, (path, raw)) for key, raw in items.items())

    def keys(self):
        """Gives the tensors' names, sorted."""
        return sorted(self._tensors)

    def has(self, name):
        """Whether there is a tensor of that name."""
        return name in self._tensors

    def entries(self):
        """Gives {name: (DType, shape tuple)} of all tensors."""
        return {name: self._tensors[name][:2] for name in self.keys()}

    def entry(self, name):
        """Gives (DType, shape tuple) of one tensor. Raises NotFoundError when it is not there."""
        if name not in self._tensors:
            raise NotFoundError(message=f"Key {name} not found in checkpoint {self._prefix}")
        return self._tensors[name][:2]

    def read(self, name, copy=True):
        """Gives a tensor as an array. Raises NotFoundError when it is not there, DataLossError when it is damaged."""
        shape = self.entry(name)[1]
        return self._assemble(name, ((0,) * len(shape), shape))

    def read_many(self, names, workers=None):
        """Gives {name: array}. Raises what `read` raises."""
        return {name: self.read(name) for name in names}

    def read_slice(self, name, starts, lengths):
        """Gives a part of a tensor. Raises InvalidArgumentError when it leaves the tensor, and what `read` raises."""
        try:
            wanted = tensor_slice.resolve(tuple(starts), tuple(lengths), self.entry(name)[1])
        except ValueError as e:
            raise InvalidArgumentError(message=f"Cannot read from tensor {name!r} of {self._prefix}: {e}.") from None
        return self._assemble(name, wanted)

    def _assemble(self, name, wanted):
        dtype, shape, slices = self._tensors[name]
        try:
            pieces = [tensor_slice.from_proto(s, shape) for s in slices]
            parts = tensor_slice.assemble(wanted, pieces)
            arrays = [self._piece(name, dtype, slices[i], pieces[i][1]) for i, _, _ in parts]
        except ValueError as e:
            raise DataLossError(message=f"Checkpoint tensor {name!r} is damaged in {self._prefix}: {e}.") from None
        out = np.empty(wanted[1], dtype.np)
        for array, (_, source, target) in zip(arrays, parts):
            out[target] = array[source]
        return out

    def _piece(self, name, dtype, proto, shape):
        path, raw = self._data.get(ordered_code.slice_key(name, tensor_slice.pairs_of(proto)), (self._prefix, None))
        saved = _parse(protos.SavedTensorSlices, raw, path, f"a slice of {name!r}").data
        value = _parse(protos.TensorProto, saved.data, path, f"a slice of {name!r}")
        value.dtype = dtype.as_datatype_enum
        if tensor_proto.value_count(value, dtype) != int(np.prod(shape, dtype=object)):
            raise ValueError(f"{tensor_proto.value_count(value, dtype)} values for a slice of shape {list(shape)}")
        del value.tensor_shape.dim[:]
        for d in shape:
            value.tensor_shape.dim.add(size=d)
        return tensor_proto.to_array(value)


def _described(tensor, path):
    shape = tuple(d.size for d in tensor.shape.dim)
    try:
        dtype = dtypes.as_dtype(tensor.type)
    except TypeError:
        dtype = None
    if dtype is None or dtype in (dtypes.resource, dtypes.variant) or dtype._is_ref_dtype or not tensor_slice.possible(shape):
        raise DataLossError(message=f"Checkpoint tensor {tensor.name!r} has type {tensor.type}, shape {list(shape)} in {path}.")
    return dtype, shape


def _parse(kind, raw, path, what):
    if raw is None:
        raise DataLossError(message=f"{path} is damaged: {what} is not there.")
    try:
        return kind.FromString(raw)
    except Exception as e:  # the decode error's class depends on protobuf's implementation
        raise DataLossError(message=f"{path} is damaged: {what} is unreadable ({type(e).__name__}).") from None
