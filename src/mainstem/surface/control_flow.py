"""Branches: `cond`, `case`, `switch_case`.

In eager mode a predicate is concrete and Python decides. In a graph the branches are traced into `FuncGraph`s and become one
`If` or `Case` operation, whose results leave through identities with TensorFlow's names ("cond/Merge").
"""

from mainstem.base import dtypes, nest
from mainstem.core import builder
from mainstem.eager.context import executing_eagerly
from mainstem.graph import fold
from mainstem.graph.func_graph import align
from mainstem.graph.tensor import Tensor
from mainstem.ops import flow
from mainstem.ops import math as math_ops
from mainstem.surface import framework, host, reduce
from mainstem.surface.array import stack
from mainstem.surface.bodies import body_graph, ordered_after, stateful, traced
from mainstem.surface.framework import convert_to_tensor, name_scope
from mainstem.surface.while_loop import while_loop, while_loop_v1  # noqa: F401 - one place for control flow


def _checked(pred, true_fn, false_fn, python_bool):
    for fn, label in ((true_fn, "true_fn"), (false_fn, "false_fn")):
        if not callable(fn):
            raise TypeError(f"'{label}' must be callable. Got {fn!r}.")
    if isinstance(pred, bool) and not python_bool:
        raise TypeError("'pred' must not be a Python bool.")


def cond_v1(pred, true_fn=None, false_fn=None, strict=False, name=None, fn1=None, fn2=None):
    """`true_fn()` when the scalar bool `pred` holds, else `false_fn()`; only what the branch that is taken makes inside runs.

    Args:
        pred: a scalar bool tensor.
        true_fn, false_fn: functions without arguments that give the same nested structure with the same dtypes.
        strict: keep a list or tuple of one tensor; otherwise the tensor alone is given.
        fn1, fn2: old names of the functions.

    Raises TypeError for a predicate that is a Python bool or not bool, or a branch that is no function, ValueError when the
    branches give different structures or dtypes.
    """
    for new, old, label in ((true_fn, fn1, "true_fn"), (false_fn, fn2, "false_fn")):
        if new is not None and old is not None:
            raise TypeError(f"cond(): '{label}' and '{'fn1' if label == 'true_fn' else 'fn2'}' may not be set simultaneously.")
        if new is None and old is None:
            raise TypeError(f"cond(): '{label}' argument required")
    true_fn, false_fn = fn1 if true_fn is None else true_fn, fn2 if false_fn is None else false_fn
    _checked(pred, true_fn, false_fn, python_bool=executing_eagerly())
    if executing_eagerly():
        result = true_fn() if pred else false_fn()
        return result if strict else _alone(result)
    return _cond(pred, true_fn, false_fn, name, strict, old=True)


def cond(pred, true_fn=None, false_fn=None, name=None):
    """`true_fn()` when `pred` holds, else `false_fn()`; only the branch that is taken runs.

    Args:
        pred: a scalar bool tensor.
        true_fn, false_fn: functions without arguments that give the same nested structure with the same dtypes.

    Raises TypeError for a branch that is no function, or when the branches give different structures or dtypes.
    """
    _checked(pred, true_fn, false_fn, python_bool=executing_eagerly())
    if executing_eagerly():
        return true_fn() if pred else false_fn()
    return _cond(pred, true_fn, false_fn, name, strict=True, old=False)


def _alone(result):
    if isinstance(result, (list, tuple)) and not nest.is_namedtuple(result) and len(result) == 1:
        return result[0]
    return result


def _cond(pred, true_fn, false_fn, name, strict, old):
    with name_scope(name, "cond", [pred]) as scope:
        pred = convert_to_tensor(pred)
        if old and pred.dtype.base_dtype is not dtypes.bool:
            raise TypeError(
                f"Input 'pred' of 'cond' must be a bool scalar, but it has type {pred.dtype.base_dtype.name}: {pred}"
            )
        graphs = [body_graph("cond_true", scope), body_graph("cond_false", scope)]
        branches = zip(graphs, (true_fn, false_fn), (True, not old))  # TensorFlow 1 gives the predicate for an operation
        results, leaves = zip(*(traced(g, fn, done=done) for g, fn, done in branches))
        _same(results, leaves, ("true_fn", "false_fn"), old)
        if not strict:
            results = [_alone(r) for r in results]
        made = _branched("If", pred, graphs, leaves, ("then_branch", "else_branch"))
        made = [None if t is None else flow.identity(t, name="Merge") for t in made]
    return (
        nest.pack_sequence_as(results[0], made, expand_composites=True)
        if nest.is_nested(results[0])
        else _packed(results[0], made)
    )


def _packed(result, made):
    if nest.is_composite(result):
        return nest.pack_sequence_as(result, made, expand_composites=True)
    return made[0]


def _same(results, leaves, labels, old):
    """Raises ValueError (TypeError in TensorFlow 2) when branches differ in structure or dtype."""
    wrong = ValueError if old else TypeError
    if old:
        for result, label in zip(results, labels):
            if result is None:
                raise ValueError(f"'{label}' must have a return value.")
    for i in range(1, len(results)):
        a, b = labels[0], labels[i]
        rule = f"{a} and {b} must give the same number, type and structure of values"
        try:
            nest.assert_same_structure(results[0], results[i], expand_composites=True)
        except (ValueError, TypeError) as e:
            raise (type(e) if old else wrong)(f"{rule}: {e}") from None
        for x, y in zip(leaves[0], leaves[i], strict=True):
            if (x is None) != (y is None):
                raise wrong(f"{rule}: one of them gives None. Got {x} and {y}.")
            if x is not None and x.dtype.base_dtype is not y.dtype.base_dtype:
                raise wrong(
                    f"Outputs of '{a}' and '{b}' must have the same type(s). Received {x.dtype.base_dtype.name} from '{a}' "
                    f"and {y.dtype.base_dtype.name} from '{b}'."
                )


def _branched(kind, selector, graphs, leaves, attrs):
    """The results (None for a None leaf) of one operation that runs one of `graphs`; `attrs` are the names of two bodies."""
    given = [i for i, t in enumerate(leaves[0]) if t is not None]
    for g, own in zip(graphs, leaves):
        g.outputs = [own[i] for i in given]
    captured = align(graphs)
    bodies = dict(zip(attrs, graphs)) if attrs else {"branches": list(graphs)}
    kinds = [t.dtype.base_dtype for t in graphs[0].outputs]
    with ordered_after(*graphs):
        made = builder.current().apply(
            stateful(kind, *graphs), (selector, captured), {**bodies, "Tout": kinds}, kind if kind != "If" else "cond"
        )
    if not given:  # only effects
        return list(leaves[0])
    out = list(leaves[0])
    for i, t in zip(given, made, strict=True):
        out[i] = t
    return out


def graph_or_parents_in_xla_context(graph):
    """False: TensorFlow's contexts for single parts to be compiled do not exist here, where XLA compiles all of a graph."""
    return False


def smart_cond(pred, true_fn=None, false_fn=None, name=None):
    """`cond`, but for a predicate that is known while building: then only that branch is built.

    Raises TypeError for a branch that is no function.
    """
    for fn, label in ((true_fn, "true_fn"), (false_fn, "false_fn")):
        if not callable(fn):
            raise TypeError(f"'{label}' must be callable. Got {fn!r}.")
    known = smart_constant_value(pred)
    if known is not None:
        return true_fn() if known else false_fn()
    return cond_v1(pred, true_fn, false_fn, name=name)


def smart_constant_value(pred):
    """The bool that `pred` (a bool, 0, 1 or a tensor) is known to be while building, or None.

    Raises TypeError for anything else.
    """
    if isinstance(pred, Tensor):
        value = fold.constant_value(pred)
        return None if value is None else bool(value)
    if isinstance(pred, bool) or pred in (0, 1):
        return bool(pred)
    if hasattr(pred, "_as_graph_tensor"):
        return None
    raise TypeError(f"'pred' must be a Tensor, a Python bool, 1 or 0. Got {pred!r} of type {type(pred).__name__}.")


# ---- case


def _pairs(pred_fn_pairs):
    """The list of (predicate, function) of `case`, checked."""
    if not isinstance(pred_fn_pairs, (list, tuple, dict)):
        raise TypeError(f"'pred_fn_pairs' must be a list, tuple, or dict. Received: {type(pred_fn_pairs)}")
    if isinstance(pred_fn_pairs, dict):
        pairs = list(pred_fn_pairs.items())
        if not executing_eagerly():
            pairs.sort(key=lambda p: p[0].name)
    else:
        pairs = pred_fn_pairs
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError(f"Each entry in 'pred_fn_pairs' must be a 2-tuple. Received {pair}.")
        pred, fn = pair
        if isinstance(pred, Tensor) and pred.dtype.base_dtype is not dtypes.bool:
            raise TypeError(f"pred must be Tensor of type bool: {pred}")
        if not callable(fn):
            raise TypeError(f"fn for pred {pred} must be callable.")
    if not pairs:
        raise ValueError("'pred_fn_pairs' must have at least one (predicate, function) pair. Received none.")
    preds, fns = zip(*pairs)
    return preds, fns


def case(pred_fn_pairs, default=None, exclusive=False, strict=False, name="case"):
    """The result of the function that stands with the first predicate that holds, else of `default()`.

    Args:
        pred_fn_pairs: list of (scalar bool tensor, function), or a dictionary of them.
        default: called when no predicate holds; without it that is an error when it runs.
        exclusive: more than one predicate that holds is an error when it runs.
        strict: keep a list or tuple of one tensor; otherwise the tensor alone is given.

    Raises TypeError for entries that are no such pairs, ValueError when the functions give different structures or dtypes.
    """
    preds, fns = _pairs(pred_fn_pairs)
    if default is not None and not callable(default):
        raise TypeError(f"'default' must be callable. Got {default!r}.")
    with name_scope(name, "case", list(preds)):
        preds, fns = list(preds), list(fns)
        checks = []
        if default is None:
            last_pred, last = preds.pop(), fns.pop()
            others = list(preds)

            def default():
                with framework.control_dependencies(_none_true(last_pred, [*others, last_pred], exclusive)):
                    return last()

        elif exclusive:
            checks = [_at_most_one(preds)]
        with framework.control_dependencies(checks):
            return _chain(preds, fns, default, strict)


def _chain(preds, fns, default, strict):
    run = default
    for pred, fn in reversed(list(zip(preds, fns))):
        run = _link(pred, fn, run, strict)
    result = run()
    return result if strict or preds else _alone(result)


def _link(pred, fn, otherwise, strict):
    return lambda: cond_v1(pred, fn, otherwise, strict=strict)


def _none_true(last, preds, exclusive):
    checks = [host.assert_op(last, ["Input error: None of conditions evaluated as True:", stack(preds)])]
    return [*checks, _at_most_one(preds)] if exclusive else checks


def _at_most_one(preds):
    names = "?" if executing_eagerly() else ", ".join(p.name for p in preds)
    counted = reduce.reduce_sum([math_ops.cast(p, DstT=dtypes.int32) for p in preds])
    text = f"Input error: exclusive=True: more than 1 conditions ({names}) evaluated as True:"
    return host.assert_op(math_ops.less_equal(counted, 1), [text, stack(list(preds))])


def smart_case(pred_fn_pairs, default=None, exclusive=False, name="smart_case"):
    """`case`, but a predicate that is known while building decides then: the functions that cannot be taken are not built.

    Raises as `case` does.
    """
    preds, fns = _pairs(pred_fn_pairs)
    left = []
    for pred, fn in zip(preds, fns):
        known = smart_constant_value(pred)
        if known and not left:
            return fn()
        if known is not False:
            left.append((pred if known is None else framework.constant_v1(True), fn))
    if left:
        return case(left, default, exclusive, name=name)
    if default is None:
        raise ValueError("None of the predicates holds, and there is no default.")
    return default()


def switch_case(branch_index, branch_fns, default=None, name="switch_case"):
    """The result of the function number `branch_index`; of `default` (the last one without it) for any other index.

    Args:
        branch_index: a scalar integer tensor.
        branch_fns: a list of functions, or of (number, function), or a dictionary of them; numbers are 0, 1, 2 …

    Raises TypeError for an index that is no integer or entries that are no functions, ValueError for no functions, for numbers
    with gaps, or when the functions give different structures or dtypes.
    """
    branches = _numbered(branch_fns)
    if default is not None:
        if not callable(default):
            raise TypeError(f"'default' must be callable. Got {default!r}.")
        branches.append(default)
    with name_scope(name, "switch_case", [branch_index]):
        index = convert_to_tensor(branch_index, name="branch_index")
        if not index.dtype.base_dtype.is_integer:
            raise TypeError(f"'branch_index' must be an integer Tensor, got {index.dtype!r}")
        if executing_eagerly():
            i = int(index)
            return branches[i if 0 <= i < len(branches) else -1]()
        with name_scope(None, "indexed_case", [index]) as scope:
            graphs = [body_graph(f"case_branch{i}", scope) for i in range(len(branches))]
            results, leaves = zip(*(traced(g, fn) for g, fn in zip(graphs, branches)))
            _same(results, leaves, [f"branch {i}" for i in range(len(branches))], old=False)
            if index.dtype.base_dtype is not dtypes.int32:
                index = math_ops.cast(index, DstT=dtypes.int32)
            made = [None if t is None else flow.identity(t) for t in _branched("Case", index, graphs, leaves, None)]
    result = results[0]
    return nest.pack_sequence_as(result, made, expand_composites=True) if nest.is_nested(result) else _packed(result, made)


def _numbered(branch_fns):
    if not isinstance(branch_fns, (list, tuple, dict)):
        raise TypeError(f"'branch_fns' must be a list, tuple or dict. Received {type(branch_fns)}.")
    pairs = list(branch_fns.items()) if isinstance(branch_fns, dict) else list(branch_fns)
    if not pairs:
        raise ValueError("Must provide at least one item in 'branch_fns'")
    if all(callable(p) for p in pairs):
        return pairs
    for p in pairs:
        if not isinstance(p, tuple) or len(p) != 2 or not isinstance(p[0], int) or not callable(p[1]):
            raise TypeError(f"Each entry in 'branch_fns' must be a function or an (int, function) pair. Received {p!r}.")
    numbers = sorted(n for n, _ in pairs)
    if numbers != list(range(len(pairs))):
        shown = ",".join(map(str, numbers))
        raise ValueError(f"branch indices (keys) must form contiguous range of [0 to {len(pairs) - 1}) but found {{{shown}}}")
    return [fn for _, fn in sorted(pairs, key=lambda p: p[0])]
