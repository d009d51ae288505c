"""What a `Saver` does with variables of eager mode: the same files, without a graph."""

import numpy as np

from mainstem.base import errors, shapes
from mainstem.formats import bundle
from mainstem.ops.checkpoint import open_reader
from mainstem.state.partition import PartitionedVariable
from mainstem.train import missing_keys


def named(var_list):
    """[(name in the checkpoint, variable)] of a Saver's list or dict.

    Raises RuntimeError for None, ValueError when two variables have one name or the list is empty, TypeError for other things.
    """
    if var_list is None:
        raise RuntimeError("When eager execution is enabled, `var_list` must specify a list or dict of variables to save")
    if not var_list:
        raise ValueError("No variables to save")
    given = sorted(var_list.items()) if isinstance(var_list, dict) else [(None, v) for v in var_list]
    pairs, seen = [], {}
    for name, value in given:
        for v in value if isinstance(value, (list, tuple, PartitionedVariable)) else [value]:
            if not getattr(v, "_is_eager", False) or not hasattr(v, "assign"):
                raise TypeError(f"Variable to save is not a Variable of eager mode: {v!r}")
            info = v._get_save_slice_info()
            key = name if name is not None else v._shared_name if info is None else info.full_name
            place = (key, "" if info is None else info.spec)
            if seen.setdefault(place, v) is not v:
                raise ValueError(f"At least two variables have the same name: {key}")
            pairs.append((key, v))
    return pairs


def write(pairs, prefix):
    """Writes the values as a checkpoint."""
    with bundle.BundleWriter(prefix) as writer:
        for name, v in sorted(pairs, key=lambda p: p[0]):
            value, info = np.asarray(v._read_op()._array()), v._get_save_slice_info()
            if info is None:
                writer.add(name, value)
            else:
                writer.add_slice(name, tuple(info.full_shape), list(info.var_offset), list(info.var_shape), value)


def restore(pairs, prefix):
    """Assigns the values of a checkpoint, a name-based one or an object-based one that has the variables' names.

    Raises NotFoundError for missing names, ValueError for shapes and InvalidArgumentError for types that do not fit.
    """
    with open_reader(prefix) as reader:
        by_name = missing_keys.object_graph_keys(reader) if reader.has(missing_keys.OBJECT_GRAPH) else {}
        keys = {name: name if reader.has(name) else by_name.get(name) for name, _ in pairs}
        missing = sorted(name for name, key in keys.items() if key is None)
        if missing:
            raise errors.NotFoundError(
                None,
                None,
                "Restoring from checkpoint failed. This is most likely due to a Variable name or other graph key that is missing "
                f"from the checkpoint {prefix}: it has no {', '.join(missing)}. It has: {', '.join(sorted(reader.entries()))}.",
            )
        values = []
        for name, v in pairs:
            info = v._get_save_slice_info()
            if info is None:
                _check(name, v, reader.entry(keys[name]))
                values.append(reader.read(keys[name]))
            else:
                values.append(reader.read_slice(keys[name], list(info.var_offset), list(info.var_shape)))
    for (_, v), value in zip(pairs, values, strict=True):
        v.assign(value)


def _check(name, variable, stored):
    dtype, shape = stored
    if dtype is not variable.dtype:
        raise errors.InvalidArgumentError(
            None, None, f"tensor_name = {name}; expected dtype {variable.dtype.name} does not equal original dtype {dtype.name}"
        )
    if not shapes.compatible(shapes.as_tuple(variable.shape), tuple(shape)):
        raise ValueError(
            f"Received incompatible tensor with shape {shapes.TensorShape(shape)} when attempting to restore variable with shape "
            f"{variable.shape} and name {name}."
        )
