"""What a restore needs and what the checkpoint has: one report of all differences, with a way out."""

import collections
import re

import numpy as np

from mainstem.base import errors, shapes
from mainstem.formats import protos
from mainstem.platform import logging

OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
Row = collections.namedtuple("Row", "key spec dtype shape variable")
Restore = collections.namedtuple("Restore", "names rows")  # the tensor of names (None when not constant), what each output is


# ---- what the graph wants


def restore_ops(graph, restore_op_name):
    """Gives a `Restore` for each RestoreV2 behind an operation: keys, slice specs, dtypes, shapes, names of the variables.

    A shape is None where any fits: unknown consumers, reshaping and variables without a fixed shape.
    """
    root = graph.get_operation_by_name(restore_op_name)
    found, seen, stack = [], {root}, [root]
    while stack:
        op = stack.pop()
        if op.type == "RestoreV2":
            found.append(_restore(op))
            continue
        for before in (*op._control_inputs, *(t._op for t in op._inputs)):
            if before not in seen:
                seen.add(before)
                stack.append(before)
    return found


def _restore(op):
    names, specs = op._inputs[1], op._inputs[2]
    if names._op.type != "Const" or specs._op.type != "Const":
        return Restore(None, [])
    rows = []
    keys, specs = (t._op.attrs["value"].reshape(-1).tolist() for t in (names, specs))
    for out, key, spec, dtype in zip(op._outputs, keys, specs, op.attrs["dtypes"], strict=True):
        variable, shape = _target(out)
        rows.append(Row(key.decode(), spec.decode(), dtype, None if spec else shape, variable))
    return Restore(names.name, rows)


def _target(tensor):
    """The name and static shape of the variable that a restored tensor is assigned to; (None, None) for other uses."""
    for user in tensor._consumers:
        if user.type in ("Identity", "Reshape") and user._inputs[0] is tensor:
            name, shape = _target(user._outputs[0])
            if name is not None:
                return name, None if user.type == "Reshape" else shape
        elif user.type == "Assign":
            variable = user._inputs[0]
            fixed = user.attrs.get("validate_shape", True) and shapes.known(variable._shape)
            return variable._op.name, variable._shape if fixed else None
        elif user.type == "AssignVariableOp":
            handle = user._inputs[0]
            shape = handle._handle[1] if handle._handle is not None else None
            return handle._op.name, shape if shapes.known(shape) else None
    return None, None


# ---- what the checkpoint has


def check(restores, reader, prefix):
    """Compares what `restores` want with the checkpoint of `reader`.

    Gives the feeds with which the restore works: {} normally, names of an object-based checkpoint (of TensorFlow 2) else.

    Raises NotFoundError listing all missing and unused keys, InvalidArgumentError for dtypes and shapes that do not fit.
    """
    rows = [row for r in restores for row in r.rows]
    missing = [row for row in rows if not reader.has(row.key)]
    feeds, keys = {}, {}
    if missing and reader.has(OBJECT_GRAPH):
        keys = object_graph_keys(reader)
        still = [row for row in missing if row.key not in keys]
        if len(still) < len(missing):
            logging.warning(
                "Restoring the object-based checkpoint %s by variable names; tf.train.Checkpoint restores it by objects.",
                prefix,
            )
            for r in restores:
                if any(row.key in keys and not reader.has(row.key) for row in r.rows):
                    names = [row.key if reader.has(row.key) else keys.get(row.key, row.key) for row in r.rows]
                    feeds[r.names] = np.array([n.encode() for n in names], object)
        missing = still
    if missing:
        raise errors.NotFoundError(message=_report(rows, missing, reader, prefix, keys))
    wrong = [text for row in rows for text in _misfit(row, reader.entry(row.key if reader.has(row.key) else keys[row.key]))]
    if wrong:
        raise errors.InvalidArgumentError(
            message=f"Restoring from checkpoint {prefix} failed: {len(wrong)} of {len(rows)} variables do not fit.\n  "
            + "\n  ".join(wrong)
            + "\nGive the variables the shapes and dtypes of the checkpoint, restore without these "
            "(tf.train.Saver(var_list=[...])), or pass reshape=True where only the shape differs."
        )
    return feeds


def object_graph_keys(reader):
    """Gives {variable name when it was saved: key} of an object-based checkpoint. Raises DataLossError when it is damaged."""
    raw = reader.read(OBJECT_GRAPH).reshape(-1)[0]
    try:
        graph = protos.TrackableObjectGraph.FromString(raw)
    except Exception as e:  # the decode error's class depends on protobuf's implementation
        raise errors.DataLossError(message=f"The object graph of the checkpoint is unreadable ({type(e).__name__}).") from None
    return {a.full_name: a.checkpoint_key for node in graph.nodes for a in node.attributes if a.full_name}


def _misfit(row, stored):
    dtype, shape = stored
    name = row.variable or row.key
    if dtype != row.dtype.base_dtype:
        yield f"{name}: {row.dtype.base_dtype.name} in the program, {dtype.name} in the checkpoint (key {row.key})"
    elif row.spec:
        whole = tuple(map(int, row.spec.split(" ")[:-1]))
        if whole != tuple(shape):
            yield f"{name}: a part of shape {list(whole)} in the program, {list(shape)} in the checkpoint (key {row.key})"
    elif row.shape is not None and tuple(row.shape) != tuple(shape):
        yield f"{name}: shape {list(row.shape)} in the program, {list(shape)} in the checkpoint (key {row.key})"


# ---- the report


def _report(rows, missing, reader, prefix, keys):
    stored = {n: e[1] for n, e in reader.entries().items() if n != OBJECT_GRAPH}
    if keys:  # the names that variables had, not the paths of objects
        stored = {name: stored[key] for name, key in keys.items() if key in stored}
    wanted = {row.key for row in rows}
    unused = {n: s for n, s in stored.items() if n not in wanted}
    near = nearest(missing, unused)
    missing_keys = list(dict.fromkeys(row.key for row in missing))
    lines = [
        f"Key {missing_keys[0]} not found in checkpoint {prefix}",
        f"Missing in the checkpoint ({len(missing_keys)} of {len(wanted)} keys):",
    ]
    seen = set()
    for row in missing:
        if row.key not in seen:
            seen.add(row.key)
            close = ", ".join(f"{n} {list(unused[n])}" for n in near.get(row.key, ()))
            shape = "" if row.shape is None else f" {list(row.shape)}"
            lines.append(f"  {row.key}{shape}" + (f"  nearest: {close}" if close else ""))
    lines.append(f"In the checkpoint but not used ({len(unused)}):" if unused else "All keys of the checkpoint are used.")
    lines += [f"  {n} {list(s)}" for n, s in sorted(unused.items())]
    return "\n".join(lines + _remedy(missing, unused, near, prefix))


def _remedy(missing, unused, near, prefix):
    pairs, taken = [], set()
    for row in missing:
        fitting = [n for n in near.get(row.key, ()) if n not in taken and (row.shape is None or tuple(row.shape) == unused[n])]
        if fitting and row.variable is not None and not row.spec:
            taken.add(fitting[0])
            pairs.append((fitting[0], row.variable))
    renamed = {name for _, name in pairs}
    alone = sorted({row.variable for row in missing if row.variable is not None} - renamed)
    lines = []
    if pairs:
        left_out = sorted(renamed.union(alone))
        lines += ["If these are the same variables under other names, restore by an assignment map:"]
        lines += ["  v = {v.op.name: v for v in tf.global_variables()}", "  tf.train.Saver({"]
        lines += [f"      {key!r}: v[{name!r}]," for key, name in pairs]
        lines += [f"      **{{k: x for k, x in v.items() if k not in {left_out!r}}},"]
        lines += [f"  }}).restore(sess, {str(prefix)!r})", "or, before the variables are initialized:"]
        lines += [f"  tf.train.init_from_checkpoint({str(prefix)!r}, {{"]
        lines += [f"      {key!r}: {name!r}," for key, name in pairs] + ["  })"]
        lines += [f"Not in the checkpoint under any name, to be initialized: {', '.join(alone)}"] if alone else []
    elif alone:
        lines += ["To restore without the variables that the checkpoint does not have, and initialize those:"]
        lines += [f"  new = {alone!r}", "  tf.train.Saver([v for v in tf.global_variables() if v.op.name not in new])"]
    return lines


def nearest(missing, unused, limit=3):
    """Gives {missing key: up to `limit` unused keys}, best first: by equal last parts of the name, then by equal shape."""
    by_last = collections.defaultdict(list)
    for name in unused:
        by_last[_parts(name)[-1]].append(name)
    out = {}
    for row in missing:
        parts = _parts(row.key)
        shape = None if row.shape is None else tuple(row.shape)
        scored = []
        for name in by_last.get(parts[-1], ()):
            same = shape is None or tuple(unused[name]) == shape
            scored.append((not same, -_common_end(parts, _parts(name)), abs(len(name) - len(row.key)), name))
        if not any(not s[0] for s in scored) and shape:  # the last part was renamed: kernel for weights
            alike = [
                n for n, s in unused.items() if tuple(s) == shape and _common_start(parts, _parts(n)) >= max(1, len(parts) - 1)
            ]
            scored += [(False, 0, abs(len(n) - len(row.key)), n) for n in alike]
        if scored:
            out[row.key] = [s[-1] for s in sorted(scored)[:limit]]
    return out


def _parts(name):
    """The parts of a name without the numbers that make names unique."""
    return [re.sub(r"_\d+$", "", p) for p in name.split("/")]


def _common_end(a, b):
    n = 0
    while n < min(len(a), len(b)) and a[-1 - n] == b[-1 - n]:
        n += 1
    return n


def _common_start(a, b):
    n = 0
    while n < min(len(a), len(b)) and a[n] == b[n]:
        n += 1
    return n
