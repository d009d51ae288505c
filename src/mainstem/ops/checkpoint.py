"""Saving and restoring tensors: host ops over the bundle format."""

import os

import numpy as np

from mainstem.base import errors
from mainstem.core.families import no_outputs
from mainstem.core.registry import op
from mainstem.formats import bundle, checkpoint_state, tensor_slice, v1_checkpoint


def text_of(x):
    """The str in a string tensor of one element."""
    return np.asarray(x, object).reshape(-1)[0].decode()


def _texts(x):
    return [v.decode() for v in np.asarray(x, object).reshape(-1)]


def _parse_slice(spec):
    """Reads "4 6 0,2:-" into (shape, starts, lengths); lengths of -1 take the whole dimension."""
    *shape, parts = spec.split(" ")
    pairs = [(0, -1) if p == "-" else tuple(map(int, p.split(","))) for p in parts.split(":")]
    return tuple(map(int, shape)), [s for s, _ in pairs], [n for _, n in pairs]


@op(
    "SaveV2",
    "prefix:string, tensor_names:string, shape_and_slices:string, *dtypes ->",
    host=True,
    borrows=True,
    stateful=True,
    shape=no_outputs,
)
def save_v2(prefix, tensor_names, shape_and_slices, tensors):
    """Writes `tensors` under `tensor_names` as the bundle `prefix`; a name with a slice spec is a part of a larger tensor."""
    with bundle.BundleWriter(text_of(prefix)) as writer:
        for name, spec, value in zip(_texts(tensor_names), _texts(shape_and_slices), tensors, strict=True):
            if spec:
                writer.add_slice(name, *_parse_slice(spec), value)
            else:
                writer.add(name, value)


def open_reader(prefix):
    """Gives the reader of a V2 or V1 checkpoint. Raises NotFoundError."""
    prefix = checkpoint_state.prefix_of(prefix)
    return bundle.BundleReader(prefix) if bundle.exists(prefix) else v1_checkpoint.V1Reader(prefix)


@op(
    "RestoreV2",
    "prefix:string, tensor_names:string, shape_and_slices:string -> tensors:*dtypes",
    host=True,
    stateful=True,
    shape=lambda inputs, attrs: [None] * len(attrs["dtypes"]),
)
def restore_v2(prefix, tensor_names, shape_and_slices, *, dtypes: "list(type)"):
    """Reads `tensor_names` of the bundle `prefix`, whole or the slices that `shape_and_slices` name."""
    names, specs = _texts(tensor_names), _texts(shape_and_slices)
    with open_reader(text_of(prefix)) as reader:
        whole = reader.read_many([n for n, s in zip(names, specs) if not s])
        out = []
        for name, spec, kind in zip(names, specs, dtypes, strict=True):
            value = whole[name] if not spec else _read_slice(reader, name, spec)
            if value.dtype != kind.np:
                raise errors.InvalidArgumentError(
                    message=f"Tensor {name!r} has type {value.dtype} in the checkpoint {text_of(prefix)}, the program asks for {kind.name}."
                )
            out.append(value)
        return out


def _read_slice(reader, name, spec):
    shape, starts, lengths = _parse_slice(spec)
    _, stored = reader.entries()[name]
    if tuple(stored) != shape:
        raise errors.InvalidArgumentError(
            message=f"Tensor {name!r} has shape {stored} in the checkpoint, the program asks for {shape}."
        )
    tensor_slice.resolve(tuple(starts), tuple(lengths), shape)
    return reader.read_slice(name, starts, lengths)


@op("ShardedFilename", "basename:string, shard:int32, num_shards:int32 -> filename:string", host=True, shape=lambda i, a: [()])
def sharded_filename(basename, shard, num_shards):
    """The name of one shard: `basename-00001-of-00004`."""
    return f"{text_of(basename)}-{int(shard):05d}-of-{int(num_shards):05d}".encode()


@op(
    "MergeV2Checkpoints", "checkpoint_prefixes:string, destination_prefix:string ->", host=True, stateful=True, shape=no_outputs
)
def merge_v2_checkpoints(checkpoint_prefixes, destination_prefix, *, delete_old_dirs=True):
    """Makes one sharded bundle of several bundles."""
    prefixes = _texts(checkpoint_prefixes)
    bundle.merge_bundles(prefixes, text_of(destination_prefix))
    if delete_old_dirs:
        for directory in {os.path.dirname(p) for p in prefixes}:
            if os.path.isdir(directory) and not os.listdir(directory):
                os.rmdir(directory)
