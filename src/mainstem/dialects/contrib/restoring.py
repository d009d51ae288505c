"""Fine-tuning: values from checkpoints or from memory into variables of a graph that need not be the one that was saved."""

import math

import numpy as np

from mainstem.dialects.contrib.variables import get_variables
from mainstem.platform import logging
from mainstem.state.partition import PartitionedVariable
from mainstem.surface import framework, variables
from mainstem.surface.framework import group
from mainstem.train import checkpoints, warm_start
from mainstem.train.saver import Saver


def _feed(variable, value):
    """(the operation that sets a variable to `value`, its placeholder, the array to feed)."""
    wanted = tuple(variable.shape.as_list())
    placeholder = framework.placeholder(variable.dtype.base_dtype, shape=wanted, name=f"placeholder/{variable.op.name}")
    return variables.assign(variable, placeholder, validate_shape=False), placeholder, np.asarray(value).reshape(wanted)


def _assignments(pairs):
    ops, feeds = [], {}
    for variable, value in pairs:
        op, placeholder, array = _feed(variable, value)
        ops.append(op)
        feeds[placeholder] = array
    return group(*[getattr(op, "op", op) for op in ops]), feeds


def _parts(variable):
    return (
        list(variable) if isinstance(variable, PartitionedVariable) else variable if isinstance(variable, list) else [variable]
    )


def _grouped(var_list):
    """{name in the checkpoint: the variable, or the parts of it, as a list}."""
    if isinstance(var_list, dict):
        return {name: _parts(v) for name, v in var_list.items()}
    found = {}
    for variable in var_list:
        for part in _parts(variable):
            info = getattr(part, "_save_slice_info", None)
            found.setdefault(part.op.name if info is None else info.full_name, []).append(part)
    return found


def assign_from_checkpoint(model_path, var_list, ignore_missing_vars=False):
    """(operation, feeds) that set variables to values of a checkpoint: `session.run(operation, feeds)`.

    Args:
        model_path: of the checkpoint, without the ending of its files.
        var_list: a list of variables, or a dict from names in the checkpoint to variables (or lists of their parts).
        ignore_missing_vars: pass over what the checkpoint lacks, with a warning.

    Raises ValueError for a variable that is missing or of another shape, naming it and both
    shapes.
    """
    reader, pairs = checkpoints.NewCheckpointReader(model_path), []
    for name, parts in _grouped(var_list).items():
        if not reader.has_tensor(name):
            text = f"Checkpoint is missing variable [{name}]"
            if not ignore_missing_vars:
                raise ValueError(text)
            logging.warning(text)
            continue
        value = reader.get_tensor(name)
        pairs += [(part, _slice(part, name, value)) for part in parts]
    return _assignments(pairs)


def _slice(part, name, value):
    """What a variable gets of the array `value`: the slice that it is, where it is a part of a partitioned variable."""
    info = getattr(part, "_save_slice_info", None)
    if info is None:
        wanted = tuple(part.shape.as_list())
        if wanted != value.shape:
            raise ValueError(
                f"Total size of new array must be unchanged for {name} lh_shape: [{value.shape}], rh_shape: [{wanted}]"
            )
        return value
    if tuple(info.full_shape) != value.shape:
        raise ValueError(
            f"The variable {name} has shape {value.shape} in the checkpoint and {tuple(info.full_shape)} in the graph."
        )
    return value[tuple(slice(o, o + n) for o, n in zip(info.var_offset, info.var_shape, strict=True))]


def assign_from_checkpoint_fn(model_path, var_list, ignore_missing_vars=False, reshape_variables=False):
    """A function of a session that restores variables from a checkpoint; None when there is nothing to restore.

    Args:
        model_path, var_list: as of `assign_from_checkpoint`.
        ignore_missing_vars: pass over what the checkpoint lacks, with a warning.
        reshape_variables: whether shapes may differ where sizes agree.

    Raises ValueError for an empty `var_list`. The function raises NotFoundError for missing variables and InvalidArgumentError
    for other shapes, naming both.
    """
    if not var_list:
        raise ValueError("var_list cannot be empty")
    if ignore_missing_vars:
        reader = checkpoints.NewCheckpointReader(model_path)
        given = var_list if isinstance(var_list, dict) else {v.op.name: v for v in var_list}
        var_list = {}
        for name, variable in given.items():
            if reader.has_tensor(name):
                var_list[name] = variable
            else:
                logging.warning("Variable %s missing in checkpoint %s", name, model_path)
    if not var_list:
        logging.warning("No Variables to restore")
        return None
    saver = Saver(var_list, reshape=reshape_variables, write_version=1)

    def callback(session):
        saver.restore(session, model_path)

    return callback


def assign_from_values(var_names_to_values):
    """(operation, feeds) that set variables, given by name, to arrays. Raises ValueError for an unknown name or another size."""
    pairs = []
    for name, value in var_names_to_values.items():
        found = [v for v in get_variables(name) if v.op.name == name]
        if not found:
            raise ValueError(f"Variable {name} wasn't found")
        if len(found) > 1:
            raise ValueError(f"Variable {name} found multiple times")
        wanted, given = tuple(found[0].shape.as_list()), np.asarray(value)
        if given.size != math.prod(wanted):
            raise ValueError(
                f"cannot reshape array of size {given.size} into shape {wanted}: variable {name}, given {given.shape}"
            )
        pairs.append((found[0], value))
    return _assignments(pairs)


def assign_from_values_fn(var_names_to_values):
    """A function of a session that sets variables to arrays; see `assign_from_values`."""
    operation, feeds = assign_from_values(var_names_to_values)

    def callback(session):
        return session.run(operation, feeds)

    return callback


def list_variables(checkpoint_dir):
    """The [(name, shape)] of a checkpoint, or of the newest one of a folder."""
    return checkpoints.list_variables(checkpoint_dir)


def load_variable(checkpoint_dir, name):
    """The array of a variable in a checkpoint, or in the newest one of a folder."""
    return checkpoints.load_variable(checkpoint_dir, name)


def load_checkpoint(filepattern):
    """The reader of a checkpoint, or of the newest one of a folder. Raises ValueError when there is none."""
    return checkpoints.load_checkpoint(filepattern)


def init_from_checkpoint(checkpoint_dir, assignment_map):
    """Variables start from values of a checkpoint; see `tf.train.init_from_checkpoint`."""
    return warm_start.init_from_checkpoint(checkpoint_dir, assignment_map)
