"""AutoGraph's `if`, `and`, `or`, `not`, `==`, `assert`: Python on Python values, nodes of the graph on tensors.

`staged(value)` decides. The state of a statement is what `get_state` gives: the values of the variables that the statement may
change, by the names in `symbol_names`; a `cond` passes those that are tensors, or can be, and keeps all others as they are.
"""

from mainstem.base import dtypes, nest, shapes, source
from mainstem.core import builder
from mainstem.graph.graph import Graph
from mainstem.graph.tensor import Tensor
from mainstem.ops import math as math_ops
from mainstem.run import autograph
from mainstem.run.autograph import Undefined, UndefinedReturnValue
from mainstem.surface import array, control_flow, host
from mainstem.surface.framework import convert_to_tensor

_RETURNS = ("do_return", "retval_")  # the variables that stand for a return statement


def staged(value):
    """Whether a statement on `value` belongs into the graph: it is a tensor or a variable, and a graph is being built."""
    return (isinstance(value, Tensor) or hasattr(value, "_as_graph_tensor")) and isinstance(builder.current(), Graph)


def predicate(value, statement):
    """`value` as a bool scalar tensor. Raises ValueError for any other dtype or shape."""
    value = convert_to_tensor(value)
    if value.dtype.base_dtype is not dtypes.bool or not shapes.compatible(value._shape, ()):
        cast = "; to use as boolean Tensor, use `tf.cast`" if value.dtype.base_dtype is not dtypes.bool else ""
        raise ValueError(
            f"condition of {statement} expected to be `tf.bool` scalar, got {value}{cast}; to check for None, use `is not None` "
            f"(at {here()})"
        )
    return value


def here():
    """The user's line that runs now, as `file.py:12`."""
    return source.show(source.user_line())


def missing(value):
    """Whether a variable has no value."""
    return isinstance(value, (Undefined, UndefinedReturnValue))


def unset(value):
    """Whether a variable has no value or None."""
    return value is None or missing(value)


def tensors(value, name, where):
    """The leaves of a variable's value as tensors of the current graph. Raises TypeError naming the variable."""
    made = []
    for leaf in nest.flatten(value, expand_composites=True):
        try:
            made.append(convert_to_tensor(leaf))
        except (TypeError, ValueError) as e:
            if isinstance(leaf, Tensor):
                raise
            raise TypeError(
                f"'{name}' is a {type(leaf).__name__} {where}, which cannot be a tensor: a statement on tensors can only change "
                f"variables that hold tensors (at {here()}; {e})"
            ) from None
    return made


class _Branches:
    """The two branches of an `if` on a tensor, traced one after the other, and what they leave in the variables.

    `passed` has, for each branch, the tensors of the variables that pass the `cond`. The first branch passes all that can be
    tensors, since what the second does is not known yet.
    """

    def __init__(self, get_state, set_state, names, before):
        self.get_state, self.set_state, self.names, self.before = get_state, set_state, names, before
        self.after, self.passed = {}, {}

    def function(self, statements, label):
        """The branch as a function that gives its outputs as a flat list of tensors."""

        def run():
            self.set_state(self.before)
            statements()
            self.after[label] = self.get_state()[: len(self.names)]
            self.passed[label] = self._first() if label == "main" else self._second()
            return [t for passed in self.passed[label].values() for t in passed]

        return run

    def _first(self):
        passed = {}
        for i, (name, value) in enumerate(zip(self.names, self.after["main"])):
            if unset(value):
                continue
            try:
                passed[i] = tensors(value, name, "in the main branch")
            except TypeError:
                if value is not self.before[i]:
                    raise
        return passed

    def _second(self):
        passed = {}
        for i, (name, main, other) in enumerate(zip(self.names, self.after["main"], self.after["else"])):
            if name == "retval_" and autograph.inside_loop() and missing(other) and not missing(main):
                # the loop goes on: what is returned is decided by a later iteration or after the loop
                other = nest.pack_sequence_as(main, [_zeros(t) for t in self.passed["main"][i]], expand_composites=True)
            self._check(name, main, other)
            if i in self.passed["main"]:
                passed[i] = tensors(other, name, "in the else branch")
                self._check_dtypes(name, self.passed["main"][i], passed[i])
            elif other is not main and not unset(main):
                tensors(main, name, "in the main branch")  # says why it cannot
        return passed

    @staticmethod
    def _check(name, main, other):
        for value, label, its in ((main, "main", other), (other, "else", main)):
            if missing(value) and not missing(its):
                if name in _RETURNS:
                    raise ValueError(f"the {label} branch must also have a return statement. (at {here()})")
                raise ValueError(f"'{name}' must also be initialized in the {label} branch (at {here()})")
            if value is None and not unset(its):
                raise ValueError(f"'{name}' is None at the end of the {label} branch. (at {here()})")
        if unset(main):
            return
        try:
            nest.assert_same_structure(main, other, expand_composites=True)
        except (ValueError, TypeError) as e:
            raise TypeError(
                f"'{name}' must have the same nested structure in the main and else branches (at {here()}):\n\n{e}"
            ) from None

    @staticmethod
    def _check_dtypes(name, main, other):
        for a, b in zip(main, other):
            if a.dtype.base_dtype != b.dtype.base_dtype:
                raise TypeError(
                    f"'{name}' has dtype {a.dtype.base_dtype.name} in the main branch, but dtype {b.dtype.base_dtype.name} in the "
                    f"else branch (at {here()})"
                )

    def results(self, flat):
        """The variables after the statement, from the outputs of the `cond`."""
        flat, out = list(flat), []
        for i, (main, other) in enumerate(zip(self.after["main"], self.after["else"])):
            if i not in self.passed["main"]:
                out.append(main)
                continue
            count = len(self.passed["main"][i])
            made, flat = flat[:count], flat[count:]
            same = main is self.before[i] and other is self.before[i]
            out.append(main if same else nest.pack_sequence_as(main, made, expand_composites=True))
        return out


def _zeros(t):
    if not shapes.known(t._shape):
        raise ValueError(
            f"A return statement in a loop needs a value of known shape, not {shapes.TensorShape(t._shape)} (at {here()})"
        )
    return array.zeros(t._shape, t.dtype.base_dtype)


def if_stmt(cond, body, orelse, get_state, set_state, symbol_names, nouts):
    """`if cond: body() else: orelse()`; on a tensor, both are traced and the variables are what the branch that runs leaves.

    Raises ValueError for a variable that only one branch sets, TypeError for one whose type or structure differs between them.
    """
    if not staged(cond):
        return body() if cond else orelse()
    before = get_state()
    branches = _Branches(get_state, set_state, symbol_names[:nouts], before)
    made = control_flow.cond(
        predicate(cond, "if statement"), branches.function(body, "main"), branches.function(orelse, "else")
    )
    set_state((*branches.results(_flat(made)), *before[nouts:]))


def _flat(made):
    """The outputs of `cond` as a list, however it gives one or none."""
    return list(made) if isinstance(made, (list, tuple)) else [made] if isinstance(made, Tensor) else []


def if_exp(cond, if_true, if_false, expr_repr):
    """`if_true() if cond else if_false()`."""
    if not staged(cond):
        return if_true() if cond else if_false()
    holder = []

    def value(thunk, label):
        def run():
            made = thunk()
            holder.append(made)
            return tensors(made, expr_repr, f"in the {label} branch")

        return run

    flat = control_flow.cond(predicate(cond, "conditional expression"), value(if_true, "main"), value(if_false, "else"))
    return nest.pack_sequence_as(holder[0], _flat(flat), expand_composites=True)


def not_(a):
    """`not a`."""
    return math_ops.logical_not(convert_to_tensor(a)) if staged(a) else not a


def _lazy(first, second, stop):
    """`and` or `or`: the first operand when it is `stop`, else the second, which is evaluated only then."""

    def evaluated():
        return [convert_to_tensor(second())]

    def known():
        return [convert_to_tensor(first)]

    holds = predicate(first, "boolean expression")
    made = control_flow.cond(holds, known, evaluated) if stop else control_flow.cond(holds, evaluated, known)
    return _flat(made)[0]


def and_(a, b):
    """`a() and b()`."""
    first = a()
    return _lazy(first, b, stop=False) if staged(first) else first and b()


def or_(a, b):
    """`a() or b()`."""
    first = a()
    return _lazy(first, b, stop=True) if staged(first) else first or b()


def eq(a, b):
    """`a == b`, of tensors by value."""
    return math_ops.equal(a, b) if staged(a) or staged(b) else a == b


def not_eq(a, b):
    """`a != b`, of tensors by value."""
    return math_ops.not_equal(a, b) if staged(a) or staged(b) else a != b


def assert_stmt(test, message):
    """`assert test, message()`; on a tensor an `Assert` op, which raises InvalidArgumentError when it runs."""
    if staged(test):
        host.assert_op(test, [message()])
    elif not test:
        raise AssertionError(message())


autograph.OPERATORS.update(
    and_=and_, assert_stmt=assert_stmt, eq=eq, if_exp=if_exp, if_stmt=if_stmt, not_=not_, not_eq=not_eq, or_=or_
)
