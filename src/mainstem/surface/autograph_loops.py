"""AutoGraph's `while` and `for`: Python loops over Python values, a `while_loop` over tensors.

The variables that a loop changes are the loop variables; one without a value before the loop starts as zeros of the kind that the
body gives it, which tracing the body once more finds out.
"""

from mainstem.base import nest, shapes
from mainstem.core import builder
from mainstem.graph.func_graph import FuncGraph
from mainstem.graph.graph import Graph
from mainstem.graph.tensor import Tensor
from mainstem.ops import math as math_ops
from mainstem.run import autograph
from mainstem.surface import array, host, index, masking, math, while_loop
from mainstem.surface.autograph_branches import here, missing, predicate, staged, tensors, unset
from mainstem.surface.framework import convert_to_tensor

_ITERATIONS = []  # (type, function that runs a for statement over it)
_OPTIONS = ("parallel_iterations", "back_prop", "swap_memory", "maximum_iterations")


def register_iteration(kind, function):
    """Makes `for x in value` of a `kind` call `function(value, extra_test, body, get_state, set_state, names, opts)` in a graph."""
    _ITERATIONS.append((kind, function))


class Enumerated:
    """`enumerate(tensor, start)` in a graph."""

    def __init__(self, values, start=0):
        self.values, self.start = values, start


class Zipped:
    """`zip(tensor, ...)` in a graph."""

    def __init__(self, *parts):
        self.parts = parts


# ---- while


def while_stmt(test, body, get_state, set_state, symbol_names, opts):
    """`while test(): body()`; a `while_loop` when the test is on a tensor.

    Raises NotImplementedError when the test only becomes a tensor later; for loop variables see `Loop`.
    """
    if not isinstance(builder.current(), Graph):
        while test():
            body()
        return
    with FuncGraph("while_test").as_default():
        first = test()
    if staged(first):
        loop = Loop(test, body, get_state, set_state, symbol_names, opts)
        loop.run()
        return
    while first:
        body()
        first = test()
        if staged(first):
            raise NotImplementedError(
                "The condition of while loop started as non-Tensor, then changed to Tensor. This may happen either because "
                "variables changed type, or when a break or return statement inside the loop depends on a Tensor condition. In "
                f"both cases, changing to a TF loop should remove the error. (at {here()})"
            )


class Loop:
    """One loop on tensors.

    `test()` and `body()` work on the program's variables. With `counter`, a tensor, they get it as argument, and `step` is added
    to it after each iteration. Raises ValueError or TypeError naming the variable that ends an iteration without a value, as
    another structure, dtype or shape than it began with.
    """

    def __init__(self, test, body, get_state, set_state, names, opts, counter=None, step=None):
        self.test, self.body, self.get_state, self.set_state, self.names = test, body, get_state, set_state, names
        self.opts, self.counter, self.step = opts, counter, step
        self.before = get_state()

    def run(self, runs_at_least_once=False):
        """Builds the loop and sets the variables to what it leaves."""
        invariants = self._invariants()
        first, given = self._first_values()
        self.structures = first
        self.flat = {i: tensors(v, self.names[i], "before the loop") for i, v in first.items()}
        loop_vars = [t for flat in self.flat.values() for t in flat]
        kinds = [self._invariant(t, v, invariants) for i in first for t, v in zip(self.flat[i], self._leaves(first[i]))]
        self.declared = kinds
        if self.counter is not None:
            loop_vars, kinds = [self.counter, *loop_vars], [shapes.TensorShape(()), *kinds]
        if not loop_vars:  # only effects: something must go round
            loop_vars, kinds = [convert_to_tensor(0)], [shapes.TensorShape(())]
        options = {k: v for k, v in self.opts.items() if k in _OPTIONS}
        made = while_loop.while_loop(self._condition, self._iteration, loop_vars, shape_invariants=kinds, **options)
        made = list(made) if isinstance(made, (list, tuple)) else [made]
        after = self._unpacked(made)
        if given and not runs_at_least_once:
            self._assert_ran(made, given)
        self._mark_return(after)
        self.set_state(after)

    def _mark_return(self, after):
        """Notes that the function may not have come to a return statement in this loop; see `autograph.Scope.ret`."""
        if "do_return" in self.names:
            flag = after[self.names.index("do_return")]
            if isinstance(flag, Tensor):
                flag._may_not_return = True

    # ---- variables

    @staticmethod
    def _leaves(value):
        return nest.flatten(value, expand_composites=True)

    def _invariants(self):
        pairs = self.opts.get("shape_invariants") or ()
        return [(id(leaf), shape) for value, shape in pairs for leaf in self._leaves(value)]

    @staticmethod
    def _invariant(tensor, value, invariants):
        found = next((s for key, s in invariants if key == id(value)), None)
        return shapes.TensorShape(tensor._shape) if found is None else shapes.TensorShape(shapes.as_tuple(found))

    def _first_values(self):
        """({position: first value} of the variables that go round, positions of those that got zeros for want of a value)."""
        first, given = {}, []
        unknown = [i for i, v in enumerate(self.before) if unset(v)]
        traced = self._traced(unknown) if unknown else {}
        for i, value in enumerate(self.before):
            if not unset(value):
                if self._goes_round(i, value):
                    first[i] = value
            elif i in traced:
                structure, kinds = traced[i]
                flat = [self._zeros(self.names[i], *kind) for kind in kinds]
                first[i] = nest.pack_sequence_as(structure, flat, expand_composites=True)
                given.append(i)
        return first, given

    def _goes_round(self, i, value):
        try:
            with FuncGraph("probe").as_default():
                tensors(value, self.names[i], "before the loop")
        except TypeError:
            return False  # a Python object: it may be used in the loop, but not changed
        return True

    def _traced(self, unknown):
        """What one iteration, traced into a graph that is thrown away, leaves in variables: {position: (value, kinds)}."""
        with FuncGraph("while_first").as_default() as graph, autograph.in_loop():
            try:
                arguments = [graph.add_input(self.counter.dtype, (), "counter")] if self.counter is not None else []
                self.body(*arguments)
                after, found = self.get_state(), {}
                for i in unknown:
                    if not unset(after[i]):
                        flat = tensors(after[i], self.names[i], "after one iteration")
                        found[i] = (after[i], [(t._shape, t.dtype.base_dtype) for t in flat])
                return found
            finally:
                self.set_state(self.before)

    @staticmethod
    def _zeros(name, shape, dtype):
        if not shapes.known(shape):
            raise ValueError(
                f"'{name}' gets its first value in a loop, with a shape that is not known: {shapes.TensorShape(shape)}. Give it a value "
                f"before the loop (at {here()})"
            )
        return array.zeros(shape, dtype)

    def _unpacked(self, made):
        made = made[1:] if self.counter is not None else made
        state, position = list(self.before), 0
        for i, value in self.structures.items():
            count = len(self.flat[i])
            state[i] = nest.pack_sequence_as(value, made[position : position + count], expand_composites=True)
            position += count
        return tuple(state)

    # ---- what is traced

    def _condition(self, *made):
        self.set_state(self._unpacked(list(made)))
        return predicate(self.test(*made[:1]) if self.counter is not None else self.test(), "while loop")

    def _iteration(self, *made):
        self.set_state(self._unpacked(list(made)))
        with autograph.in_loop():
            self.body(*made[:1] if self.counter is not None else ())
        flat, position = [], 0
        for i, value in enumerate(self.get_state()):
            if i in self.structures:
                flat += self._checked(i, value, position)
                position += len(self.flat[i])
            elif value is not self.before[i] and not (unset(value) and unset(self.before[i])):
                tensors(self.before[i], self.names[i], "before the loop")  # says why it cannot change
        if self.counter is not None:
            return [math_ops.add(made[0], self.step), *flat]
        return flat or [made[0]]

    def _checked(self, i, value, position):
        """The leaves of variable `i` after an iteration as tensors that go round."""
        name = self.names[i]
        if missing(value):
            raise ValueError(f"'{name}' must also be defined at the end of the iteration (at {here()})")
        if value is None:
            raise ValueError(f"'{name}' is None at the end of the iteration. (at {here()})")
        try:
            nest.assert_same_structure(self.structures[i], value, expand_composites=True)
        except (ValueError, TypeError) as e:
            raise TypeError(
                f"'{name}' does not have the same nested structure after one iteration (at {here()}).\n\n{e}"
            ) from None
        flat = tensors(value, name, "after one iteration")
        for before, after, kind in zip(self.flat[i], flat, self.declared[position:]):
            self._check_leaf(name, before, after, shapes.as_tuple(kind))
        return flat

    @staticmethod
    def _check_leaf(name, before, after, declared):
        if before.dtype.base_dtype != after.dtype.base_dtype:
            raise TypeError(
                f"'{name}' has dtype {before.dtype.base_dtype.name} before the loop, but dtype {after.dtype.base_dtype.name} after "
                f"one iteration (at {here()})"
            )
        if not _covers(declared, after._shape):
            raise ValueError(
                f"'{name}' has shape {shapes.TensorShape(before._shape)} before the loop, but shape {shapes.TensorShape(after._shape)} after one "
                f"iteration. Use tf.autograph.experimental.set_loop_options to set shape invariants. (at {here()})"
            )

    def _assert_ran(self, made, given):
        """Where the loop may not have run once, a variable that it should have set has no value."""
        names = ", ".join(self.names[i] for i in given if self.names[i] not in ("do_return", "retval_"))
        if not names or self.counter is None:
            return
        host.assert_op(math_ops.not_equal(made[0], self.counter), [f"loop must iterate at least once to initialize {names}"])


def _covers(declared, shape):
    """Whether every tensor of `shape` has the declared shape."""
    if declared is None:
        return True
    return shape is not None and len(shape) == len(declared) and all(d is None or d == n for d, n in zip(declared, shape))


# ---- for


def for_stmt(iter_, extra_test, body, get_state, set_state, symbol_names, opts):
    """`for target in iter_: body(target)`, as long as `extra_test()`; a `while_loop` over a tensor.

    Raises NotImplementedError for a `break` or `return` that hangs on a tensor in a Python loop, ValueError for a scalar tensor.
    """
    if isinstance(builder.current(), Graph):
        if isinstance(iter_, (Enumerated, Zipped)) or staged(iter_):
            return _for_tensor(iter_, extra_test, body, get_state, set_state, symbol_names, opts)
        for kind, function in _ITERATIONS:
            if isinstance(iter_, kind):
                return function(iter_, extra_test, body, get_state, set_state, symbol_names, opts)
    for target in iter_ if extra_test is None or _goes_on(extra_test) else ():
        body(target)
        if extra_test is not None and not _goes_on(extra_test):
            break
    return None


def _goes_on(extra_test):
    holds = extra_test()
    if staged(holds):
        raise NotImplementedError(
            "break and return statements which depend on a TF condition are not supported in Python for loops. Did you intend to "
            f"make it a TF loop? Loop over a tensor, e.g. tf.range(n). (at {here()})"
        )
    return holds


def _for_tensor(iter_, extra_test, body, get_state, set_state, names, opts):
    start, step, goes_on, item, known = _walk(iter_)

    def test(counter):
        holds = goes_on(counter)
        if extra_test is None:
            return holds
        extra = extra_test()
        return math_ops.logical_and(holds, convert_to_tensor(extra)) if staged(extra) or not extra else holds

    def iteration(counter):
        body(item(counter))

    loop = Loop(test, iteration, get_state, set_state, names, opts, counter=start, step=step)
    loop.run(runs_at_least_once=bool(known))


def _walk(iter_):
    """How to go over an iterable: (first counter, step, test of a counter, item at a counter, length or None)."""
    if isinstance(iter_, Enumerated):
        inner, offset = _indexed(iter_.values), convert_to_tensor(iter_.start)
        return _counted(inner[0], lambda i: (math.cast(i, offset.dtype) + offset, inner[1](i)))
    if isinstance(iter_, Zipped):
        parts = [_indexed(p) for p in iter_.parts]
        lengths = [p[0] for p in parts]
        if all(isinstance(n, int) for n in lengths):
            length = min(lengths)
        else:
            length = convert_to_tensor(lengths[0])
            for n in lengths[1:]:
                length = math_ops.minimum(length, convert_to_tensor(n))
        return _counted(length, lambda i: tuple(p[1](i) for p in parts))
    values = convert_to_tensor(iter_)
    if not values._is_eager and values._op.type == "Range":
        return _over_range(*(convert_to_tensor(t) for t in values._op._inputs), values._shape[0] if values._shape else None)
    return _counted(*_indexed(values))


def _counted(length, item):
    known = length if isinstance(length, int) else None
    length, zero, one = convert_to_tensor(length), convert_to_tensor(0), convert_to_tensor(1)
    return zero, one, lambda i: math_ops.less(i, length), item, known


def _indexed(values):
    """(length, function from an index to an item) of a tensor; the length is an int where it is known."""
    values = convert_to_tensor(values)
    if values._shape == ():
        raise ValueError(f"Cannot iterate over a scalar tensor: {values} (at {here()})")
    length = values._shape[0] if values._shape else None
    return (array.shape(values)[0] if length is None else length), lambda i: index.gather(values, i)


def _over_range(start, limit, delta, length):
    """The counter is the item itself: the range need not exist."""
    sign = _constant_sign(delta)
    if sign is None:
        forward = math_ops.greater(delta, math.cast(0, delta.dtype))

        def goes_on(i):
            return masking.where(forward, math_ops.less(i, limit), math_ops.greater(i, limit))

    else:

        def goes_on(i):
            return math_ops.less(i, limit) if sign > 0 else math_ops.greater(i, limit)

    return start, delta, goes_on, lambda i: i, length


def _constant_sign(delta):
    value = (
        delta._op.attrs["value"] if isinstance(delta, Tensor) and not delta._is_eager and delta._op.type == "Const" else None
    )
    return None if value is None else (1 if value > 0 else -1)


autograph.OPERATORS.update(for_stmt=for_stmt, while_stmt=while_stmt)
