"""Initial values from a checkpoint: `init_from_checkpoint` and `warm_start`."""

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.core import registry
from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.platform import logging
from mainstem.state.partition import PartitionedVariable
from mainstem.state.store import variable_store
from mainstem.state.variable import Variable
from mainstem.train import checkpoints, missing_keys


def init_from_checkpoint(ckpt_dir_or_file, assignment_map):
    """Makes variables start from the tensors of a checkpoint: their initializers restore instead.

    Args:
        ckpt_dir_or_file: a checkpoint's path, or a directory whose newest is meant.
        assignment_map: {name in the checkpoint: variable, list of a variable's parts, or name of a variable}; or scopes,
            {"scope in the checkpoint/": "scope of the graph/"}, "/" standing for the root.

    Raises ValueError when a tensor or variable is not there or their shapes differ.
    """
    reader = checkpoints.load_checkpoint(ckpt_dir_or_file)
    prefix, stored = reader._prefix, reader.get_variable_to_shape_map()
    held = variable_store()._vars
    for key, target in sorted(assignment_map.items(), key=lambda item: item[0]):
        parts = _variables_of(target, held)
        if parts:
            if key not in stored:
                raise ValueError(_not_found(key, parts, stored, prefix))
            _start_from(parts, key, stored[key], prefix)
            continue
        if not isinstance(target, str):
            raise TypeError(f"init_from_checkpoint: {key!r} must map to a variable, a list of parts or a name. Got {target!r}.")
        _from_scope(key, target, held, stored, prefix)


def _from_scope(key, target, held, stored, prefix):
    scope = target.rpartition("/")[0]
    if not key.endswith("/"):
        close = ", ".join(repr(n) for n in held if n.rpartition("/")[2] == target.rpartition("/")[2])
        raise ValueError(
            f"Assignment map with scope only name {scope} should map to scope only {key}. Should be 'scope/': 'other_scope/'. "
            f"(There is no variable {target!r}.{f' Did you mean {close}?' if close else ''})"
        )
    for name in sorted({n.partition("/part_")[0] for n in held if not scope or n.startswith(scope + "/")}):
        inner = name[len(scope) :].lstrip("/")
        full = inner if key == "/" else key + inner
        if full not in stored:
            raise ValueError(
                f"Tensor {full} ({inner} in {key}) is not found in {prefix} checkpoint. It has: {', '.join(sorted(stored))}."
            )
        _start_from(_variables_of(name, held), full, stored[full], prefix)


def _variables_of(target, held):
    """The variable, or the parts of one, that somebody means; [] for a name that is no variable's."""
    if isinstance(target, PartitionedVariable):
        return list(target)
    if isinstance(target, Variable):
        return [target]
    if isinstance(target, (list, tuple)) and target and all(isinstance(v, Variable) for v in target):
        return list(target)
    if not isinstance(target, str):
        return []
    name = target.removesuffix(":0")
    if name in held:
        return [held[name]]
    parts = []
    while f"{name}/part_{len(parts)}" in held:
        parts.append(held[f"{name}/part_{len(parts)}"])
    return parts


def _not_found(key, parts, stored, prefix):
    row = missing_keys.Row(key, "", None, parts[0]._shape_tuple() if len(parts) == 1 else None, parts[0].op.name)
    near = missing_keys.nearest([row], {n: tuple(s) for n, s in stored.items()}).get(key, ())
    return (
        f"Tensor {key} is not found in {prefix} checkpoint."
        + (f" Nearest: {', '.join(near)}." if near else "")
        + f" It has: {', '.join(f'{n} {s}' for n, s in sorted(stored.items()))}."
    )


def _start_from(parts, key, stored_shape, prefix):
    info = parts[0]._get_save_slice_info()
    whole = list(info.full_shape) if info is not None else parts[0]._shape_tuple()
    if len(parts) == 1 and info is not None and list(parts[0].shape.as_list()) == stored_shape:
        whole = stored_shape
    if not shapes.compatible(tuple(whole) if whole is not None else None, tuple(stored_shape)):
        raise ValueError(
            f"Shape of variable {parts[0].name} ({tuple(whole)}) doesn't match with shape of tensor {key} ({stored_shape}) from "
            f"checkpoint reader."
        )
    for v in parts:
        info = v._get_save_slice_info()
        _set_initializer(v, key, info.spec if info is not None else "", prefix)
    logging.info("Initialize variable %s from checkpoint %s with %s", parts[0].name, prefix, key)


def _set_initializer(v, key, spec, prefix):
    graph = v.graph
    with graph.as_default(), graph.device(v.device), graph.device("/cpu:0"):
        with graph.name_scope("checkpoint_initializer") as scope:
            texts = ((prefix.encode(), "prefix"), ([key.encode()], "tensor_names"), ([spec.encode()], "shape_and_slices"))
            arguments = [graph.constant(np.array(value, object), dtypes.string, name) for value, name in texts]
            kinds = {"dtypes": [v.dtype.base_dtype]}
            value = graph.apply(registry.lookup("RestoreV2"), tuple(arguments), kinds, scope)[0]
        value.set_shape(v.shape)
    with graph.as_default():
        if v._is_resource:
            made = v.assign(graph.apply(registry.lookup("Identity"), (value,), {}), read_value=False)
        else:
            made = graph.apply(registry.lookup("Assign"), (v._ref(), value), {})
    v._initializer = getattr(made, "op", made)
    v._initial_value = value


def warm_start(ckpt_to_initialize_from, vars_to_warm_start=".*", var_name_to_vocab_info=None, var_name_to_prev_var_name=None):
    """Makes the variables that match start from a checkpoint, under the names that they have there.

    Args:
        ckpt_to_initialize_from: a checkpoint's path or a directory.
        vars_to_warm_start: a regular expression over names of trainable variables; a list of such expressions or of variables
            (then of all global variables); None for none.
        var_name_to_prev_var_name: {name of a variable: its name in the checkpoint} where they differ.

    Raises NotImplementedError for vocabularies, ValueError for names in the map that match no variable.
    """
    if var_name_to_vocab_info:
        raise NotImplementedError("warm_start: var_name_to_vocab_info (rows by vocabulary) is not implemented.")
    previous = dict(var_name_to_prev_var_name or {})
    groups = _grouped(vars_to_warm_start)
    mapping = {}
    for name, parts in groups.items():
        mapping[previous.pop(name, name)] = parts
    if previous:
        raise ValueError(f"warm_start: no variable to warm-start is called {', '.join(sorted(previous))}.")
    init_from_checkpoint(ckpt_to_initialize_from, mapping)


def _grouped(wanted):
    graph = get_default_graph()
    if wanted is None:
        return {}
    if isinstance(wanted, str):
        found = graph.get_collection(GraphKeys.TRAINABLE_VARIABLES, scope=wanted)
    elif all(isinstance(w, str) for w in wanted):
        found = [v for w in wanted for v in graph.get_collection(GraphKeys.GLOBAL_VARIABLES, scope=w)]
    elif all(isinstance(w, (Variable, PartitionedVariable)) for w in wanted):
        found = [part for w in wanted for part in (w if isinstance(w, PartitionedVariable) else [w])]
    else:
        raise ValueError("If `vars_to_warm_start` is a list, it must be all `Variable` or all `str`.")
    groups = {}
    for v in dict.fromkeys(found):
        info = v._get_save_slice_info()
        groups.setdefault(info.full_name if info is not None else v.op.name, []).append(v)
    return groups
