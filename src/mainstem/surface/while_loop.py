"""`while_loop`: a Python loop in eager mode, one `While` operation in a graph, with results named as TensorFlow's ("while/Exit")."""

from collections.abc import Mapping

from mainstem.base import dtypes, nest, shapes
from mainstem.core import builder
from mainstem.eager.context import executing_eagerly
from mainstem.graph.func_graph import align
from mainstem.ops import flow
from mainstem.ops import math as math_ops
from mainstem.surface.bodies import body_graph, ordered_after, stateful, traced
from mainstem.surface.framework import constant_v1, convert_to_tensor, name_scope


def while_loop_v1(
    cond,
    body,
    loop_vars,
    shape_invariants=None,
    parallel_iterations=10,
    back_prop=True,
    swap_memory=False,
    name=None,
    maximum_iterations=None,
    return_same_structure=False,
):
    """Repeats `loop_vars = body(*loop_vars)` as long as `cond(*loop_vars)` holds; gives the last values.

    Args:
        cond: function of the loop variables that gives a bool scalar.
        body: function of the loop variables that gives them renewed, in the same structure.
        loop_vars: a list or tuple of (nested structures of) tensors, or of what can be one.
        shape_invariants: what is known of the variables' shapes in every iteration, in the structure of `loop_vars`; by default
            each keeps the shape with which it starts.
        back_prop: whether gradients flow through.
        maximum_iterations: the loop ends after that many iterations at the latest.
        return_same_structure: keep the list around a single variable.
        parallel_iterations, swap_memory: accepted; the compiler decides.

    Raises TypeError for functions that are none or a variable that changes its dtype, ValueError when there are no variables, or
    when `body` changes a shape or the structure.
    """
    _check_loop(cond, body, loop_vars, parallel_iterations)
    if executing_eagerly():
        return _eager_loop(cond, body, loop_vars, maximum_iterations, len(loop_vars) == 1 and not return_same_structure)
    loop = _Loop(cond, body, loop_vars, shape_invariants, maximum_iterations, back_prop, parallel_iterations, name)
    result = loop.packed(loop.result)
    return result[0] if loop.has_one and not return_same_structure else result


def while_loop(
    cond,
    body,
    loop_vars,
    shape_invariants=None,
    parallel_iterations=10,
    back_prop=True,
    swap_memory=False,
    maximum_iterations=None,
    name=None,
):
    """Repeats `loop_vars = body(*loop_vars)` as long as `cond(*loop_vars)` holds; see `while_loop_v1`.

    Gives the last values in the structure of `loop_vars`, also when it is a single variable.
    """
    _check_loop(cond, body, loop_vars, parallel_iterations)
    if executing_eagerly():
        return _eager_loop(cond, body, loop_vars, maximum_iterations, single=False)
    loop = _Loop(cond, body, loop_vars, shape_invariants, maximum_iterations, back_prop, parallel_iterations, name)
    return loop.packed(loop_vars)


def _check_loop(cond, body, loop_vars, parallel_iterations):
    if not callable(cond):
        raise TypeError(f"'cond' must be callable. Got {cond!r}.")
    if not callable(body):
        raise TypeError(f"'body' must be callable. Got {body!r}.")
    if not nest.is_nested(loop_vars):
        raise TypeError(f"'loop_vars' must be a list or tuple of the loop variables. Got {loop_vars!r}.")
    if len(loop_vars) == 0:
        raise ValueError("'loop_vars' must be provided.")
    if parallel_iterations < 1:
        raise TypeError("'parallel_iterations' must be a positive integer.")


def _eager_loop(cond, body, loop_vars, maximum_iterations, single):
    limit = None if maximum_iterations is None else int(maximum_iterations)
    values, n = loop_vars, 0
    while cond(*values):
        if limit is not None and n >= limit:
            break
        after = body(*values)
        if not isinstance(after, (list, tuple)):
            after = (after,)
        nest.assert_same_structure(list(values), list(after), expand_composites=True)
        values, n = after, n + 1
    values = nest.map_structure(convert_to_tensor, values, expand_composites=True)
    return values[0] if single else values


class _Loop:
    """One `While` operation being built: first values, the condition's and the step's bodies, and the results.

    `result` is what `body` gave, as the user structured it.
    """

    def __init__(self, cond, body, loop_vars, invariants, limit, back_prop, parallel, name):
        self.loop_vars, self.limit, self.counted = loop_vars, None, 0
        with name_scope(name, "while", nest.flatten(loop_vars)) as scope:
            self.first = [convert_to_tensor(v) for v in nest.flatten(loop_vars, expand_composites=True)]
            self.kinds = self._invariants(invariants)
            if limit is not None:
                self._count(limit)
            graphs = [body_graph("while_cond", scope), body_graph("while_body", scope)]
            self._trace_condition(graphs[0], cond)
            self._trace_step(graphs[1], body)
            captured = align(graphs)
            graphs[1].outputs += graphs[1].inputs[len(self.first) :]
            with ordered_after(*graphs):
                made = builder.current().apply(
                    stateful("While", *graphs),
                    ([*self.first, *captured],),
                    {
                        "cond": graphs[0],
                        "body": graphs[1],
                        "output_shapes": [*self.kinds, *(t._shape for t in captured)],
                        "parallel_iterations": parallel,
                    },
                    "while",
                )
            made[0]._op.attrs["_grows"] = any(
                k != t._shape and t._dtype is not dtypes.variant for k, t in zip(self.kinds, self.first)
            )
            leave = flow.identity if back_prop else flow.stop_gradient
            self.exits = [leave(t, name="Exit") for t in made[: len(self.first)]]

    def packed(self, structure):
        """The results in the form of `structure`."""
        return nest.pack_sequence_as(structure, self.exits[self.counted :], expand_composites=True)

    @property
    def has_one(self):
        """Whether there is one tensor that goes round."""
        return len(self.exits) == self.counted + 1

    def _invariants(self, invariants):
        """The shapes (tuples or None) that the variables keep; raises ValueError for one that the first value does not have."""
        if invariants is None:
            return [t._shape for t in self.first]
        flat = _flat_shapes(self.loop_vars, invariants)
        for t, kind in zip(self.first, flat, strict=True):
            if not _covers(kind, t._shape):
                raise ValueError(
                    f"The shape invariant specified for {_named(t)} is not compatible with the initial shape of the loop "
                    f"variable. It enters the loop with shape {shapes.TensorShape(t._shape)}, but the specified shape invariant is "
                    f"{shapes.TensorShape(kind)}."
                )
        return flat

    def _count(self, limit):
        limit = convert_to_tensor(limit, name="maximum_iterations")
        if limit._shape is not None and limit._shape != ():
            raise ValueError(f"'maximum_iterations' must be a scalar. Received shape: {limit.shape}")
        self.limit, self.counted = limit, 1
        self.first.insert(0, constant_v1(0, limit.dtype.base_dtype, name="iteration_counter"))
        self.kinds.insert(0, ())

    def _arguments(self, graph):
        """The body's own variables, in the user's structure; the counter among them stands apart."""
        made = [
            _like(graph.add_input(t.dtype.base_dtype, kind, f"loop_var_{i}", t._handle), t)
            for i, (t, kind) in enumerate(zip(self.first, self.kinds))
        ]
        return made[: self.counted], nest.pack_sequence_as(self.loop_vars, made[self.counted :], expand_composites=True)

    def _trace_condition(self, graph, cond):
        counter, values = self._arguments(graph)
        with graph.as_default():
            holds = cond(*values)
            holds = convert_to_tensor(holds)
            if holds.dtype.base_dtype is not dtypes.bool:
                raise TypeError(f"'cond' must give a bool, but it has type {holds.dtype.base_dtype.name}: {holds} (while_loop)")
            if holds._shape is not None and holds._shape != ():
                raise ValueError(f"'cond' must give a scalar. Shape must be rank 0 but is rank {len(holds._shape)}: {holds}")
            if counter:
                holds = math_ops.logical_and(math_ops.less(counter[0], self.limit), holds)
        graph.outputs = [holds]

    def _trace_step(self, graph, body):
        counter, values = self._arguments(graph)

        def step():
            result = body(*values)
            if not nest.is_nested(result):
                result = [result]
            return result

        self.result, leaves = traced(graph, step)
        nest.assert_same_structure(list(values), list(self.result), expand_composites=True)
        if counter:
            with graph.as_default():
                leaves.insert(0, math_ops.add(counter[0], 1))
        for t, kind, after in zip(self.first, self.kinds, leaves, strict=True):
            _check_after(t, kind, after)
        graph.outputs = leaves


def _like(inner, first):
    """Marks a list of tensors that goes round as one of the kind with which it starts."""
    if inner._dtype is dtypes.variant:
        inner._like = first
    return inner


def _check_after(first, kind, after):
    """Raises when a loop variable leaves an iteration as another dtype, or as a shape that `kind` does not cover."""
    if after is None:
        raise ValueError(f"The loop variable {_named(first)} is None after one iteration.")
    if after.dtype.base_dtype is not first.dtype.base_dtype:
        raise TypeError(
            f"Loop var {_named(first)} enters the loop with type {first.dtype.base_dtype.name} but has type "
            f"{after.dtype.base_dtype.name} after 1 iteration. Its type should remain constant."
        )
    if not _covers(kind, after._shape):
        raise ValueError(
            f"Input tensor '{_named(first)}' enters the loop with shape {shapes.TensorShape(kind)}, but has shape "
            f"{shapes.TensorShape(after._shape)} after one iteration. To allow the shape to vary across iterations, use the "
            "`shape_invariants` argument of tf.while_loop to specify a less-specific shape."
        )


def _named(t):
    return t.name if not t._is_eager else repr(t)


def _covers(kind, shape):
    """Whether every array of `shape` has the (less specific) shape `kind`."""
    if kind is None:
        return True
    return shape is not None and len(shape) == len(kind) and all(k is None or k == n for k, n in zip(kind, shape))


def _flat_shapes(loop_vars, invariants):
    """The invariants as a flat list of tuples; a shape, or None, may stand for each leaf of `loop_vars`."""
    flat = []

    def walk(value, given):
        if nest.is_nested(value):
            if isinstance(given, shapes.TensorShape) or not nest.is_nested(given) or len(given) != len(value):
                nest.assert_same_structure(loop_vars, invariants)
                raise ValueError(f"'shape_invariants' must have the structure of 'loop_vars'. Got {given} for {value}.")
            keys = sorted(value) if isinstance(value, Mapping) else range(len(value))
            for k in keys:
                walk(value[k], given[k])
        elif nest.is_composite(value):
            flat.extend(t._shape for t in value._nest_parts())
        else:
            flat.append(shapes.as_tuple(getattr(given, "shape", given)))

    walk(loop_vars, invariants)
    return flat
