"""Functional control flow: ops whose attrs are functions. The lowering binds each to a function of arrays.

A bound function takes the values of its inputs (for a variable its content) followed by what the lowering carries for it
(random streams), and gives its outputs, then the new contents of variables that it writes, then the streams. `trips(values)` of a
bound loop condition tells how often the loop runs, when that is known while compiling.
"""

import jax
import jax.numpy as jnp
import numpy as np

from mainstem.base import dtypes, errors, shapes
from mainstem.core.registry import op
from mainstem.ops import repeat
from mainstem.ops.tensor_list import Row, TensorList

UNROLLED = 512  # iterations at most of a loop that is unrolled because its variables change their shapes


class ShapesDiffer(errors.InvalidArgumentError):
    """What XLA cannot compile whole: branches that give other shapes, a loop variable that changes its shape."""


def _branched(choose, branches, dynamic):
    try:
        return list(choose(*branches, *dynamic))
    except TypeError as e:
        if "output types" not in str(e):
            raise
        shown = [[f"{v.dtype}{list(v.shape)}" for v in jax.tree.leaves(jax.eval_shape(b, *dynamic))] for b in branches]
        text = " and ".join(", ".join(s) for s in shown)
        raise ShapesDiffer(None, None, f"The branches give values of different types or shapes: {text}") from None


def _merged(bodies):
    """Output shapes of several branches: what they agree on."""
    out = []
    for several in zip(*([t._shape for t in b.outputs] for b in bodies), strict=True):
        first = several[0]
        for other in several[1:]:
            first = shapes.agreed(first, other)
        out.append(first)
    return out


def _branch_shapes(inputs, attrs):
    return attrs["output_shapes"] or _merged([attrs["then_branch"], attrs["else_branch"]])


def truth(value):
    """Whether a predicate that may be of any type holds: non-zero, a non-empty string, a non-empty tensor."""
    value = np.asarray(value) if not isinstance(value, jax.Array) else value
    if value.ndim:
        return value.size > 0
    if value.dtype == object:
        return len(value[()]) > 0
    return value if value.dtype == bool else value != 0


def _split(values):
    """(positions of arrays that are computed, function that puts such arrays among the others)."""
    dynamic = [i for i, v in enumerate(values) if not isinstance(v, np.ndarray)]

    def join(given):
        full = list(values)
        for i, v in zip(dynamic, given, strict=True):
            full[i] = v
        return full

    return [values[i] for i in dynamic], join


def if_(cond, input, *, then_branch: "func", else_branch: "func", output_shapes: "list(shape)" = ()):
    """`then_branch(*input)` when `cond` holds, else `else_branch(*input)`; only the one that is taken runs."""
    holds = truth(cond)
    if isinstance(cond, np.ndarray):
        return list((then_branch if holds else else_branch)(*input))
    dynamic, join = _split(input)
    branches = _alike([then_branch, else_branch], join, dynamic)
    return _branched(lambda *v: jax.lax.cond(holds, *v), branches, dynamic)


def case(branch_index, input, *, branches: "list(func)", output_shapes: "list(shape)" = ()):
    """`branches[branch_index](*input)`; an index out of range takes the last branch."""
    count = len(branches)
    if isinstance(branch_index, np.ndarray):
        i = int(branch_index)
        return list(branches[i if 0 <= i < count else count - 1](*input))
    dynamic, join = _split(input)
    index = jnp.where((branch_index < 0) | (branch_index >= count), count - 1, branch_index)
    return _branched(lambda *v: jax.lax.switch(index, v[:count], *v[count:]), _alike(branches, join, dynamic), dynamic)


def _alike(branches, join, dynamic):
    """The branches as functions of the computed arrays; a list that only some of them write to is zeros in the others."""
    plain = [lambda *v, b=b: _arrays(b(*join(v))) for b in branches]
    if not any(isinstance(v, TensorList) for v in jax.tree.leaves(join(dynamic), is_leaf=lambda v: isinstance(v, TensorList))):
        return plain
    forms = list(zip(*(jax.eval_shape(b, *dynamic) for b in plain)))
    wanted = [next((f for f in several if isinstance(f, TensorList) and not f.is_empty), None) for several in forms]

    def filled(branch):
        def run(*v):
            out = branch(*v)
            return [
                jax.tree.map(lambda a: jnp.zeros(a.shape, a.dtype), w) if w is not None and o.is_empty else o
                for o, w in zip(out, wanted)
            ]

        return run

    return [filled(b) for b in plain]


def _arrays(values):
    """A branch's results as arrays; both branches must give the same kinds."""
    return [jnp.asarray(v) if isinstance(v, (np.ndarray, np.generic)) else v for v in values]


def _carried(input, body, apart=()):
    """What goes round in a loop: positions and first values of what a step changes, all values from these, and the step."""
    changing = [i for i in range(len(input)) if i not in apart and not body.passes(i)]
    first = [_array(input[i]) for i in changing]

    def full(carry):
        values = list(input)
        for i, v in zip(changing, carry, strict=True):
            values[i] = v
        return values

    def step(carry):
        after = body(*full(carry))
        return [_array(after[i]) for i in changing]

    return changing, first, full, step


def while_(input, *, cond: "func", body: "func", output_shapes: "list(shape)" = (), parallel_iterations=10):
    """Runs `input = body(*input)` as long as `cond(*input)`; gives the last values.

    With a trip count that is known when compiling it is a `lax.scan`, else a `lax.while_loop` with a gradient of its own.
    """
    count = cond.trips(input)
    if count is not None:
        return list(input) if count == 0 else _counted(input, cond, body, count)
    changing, first, full, step = _carried(input, body)
    first = _guarded(body, body.settled(step, first, changing))
    if cond.counted is not None:  # a scan over the counted length, rounded up; steps past the end do nothing
        n, length = cond.counted
        steps = jnp.arange(int(length), dtype=jnp.int32)
        last = jax.lax.scan(lambda c, i: (jax.lax.cond(i < n, step, list, c), None), first, steps)[0]
    elif body.effects.callbacks:  # running steps again for a gradient would call Python again
        last = jax.lax.while_loop(lambda c: truth(cond(*full(c))[0]), step, first)
    else:
        last = _repeated(input, cond, body, changing, first)
    return full(last)


def _guarded(body, first):
    if body.effects.callbacks:  # XLA 0.12 takes a loop that starts from constants and calls Python for one without end
        return jax.lax.optimization_barrier(first)
    return first


def _counted(input, cond, body, count):
    """A loop of known length, as a scan; iteration by iteration when its variables change their shapes.

    Lists of which an iteration reads or writes one element are scanned, and not carried: their gradients would be added up whole in
    every iteration (measured: the gradient of a map over 100 matrices of 16 KiB takes 69 ms then).
    """
    reads, writes = cond.rows(input, count)
    for p, at in reads.items():
        _inside(at, input[p].size, "Tried to read from index {} but array size is: {}")
    for p, at in writes.items():
        _inside(
            at,
            None if body.resizes(p) else input[p].size,
            "Tried to write to index {} but array is not resizeable and size is: {}",
        )
    reads = {p: at for p, at in reads.items() if input[p].buffer is not None}
    writes = {p: at for p, at in writes.items() if input[p].items is None}
    changing, first, _, _ = _carried(input, body, writes)
    rows = [_taken(input[p].buffer, at) for p, at in reads.items()]

    def step(carry, items):
        values = list(input)
        for p, item in zip(reads, items, strict=True):
            values[p] = Row(item)
        for p in writes:
            values[p] = Row()
        for i, v in zip(changing, carry, strict=True):
            values[i] = v
        after = body(*values)
        return [_array(after[i]) for i in changing], [after[p].item for p in writes]

    try:
        first = _guarded(body, body.settled(lambda c: step(c, [r[0] for r in rows])[0], first, changing))
    except errors.OpError:  # a variable that changes its shape, a list that grows
        if count > UNROLLED:
            raise
        return _unrolled(body, input, count)
    last, written = jax.lax.scan(step, first, rows, length=count)
    values = list(input)
    for i, v in zip(changing, last, strict=True):
        values[i] = v
    for (p, at), items in zip(writes.items(), written, strict=True):
        values[p] = _placed(input[p], at, items)
    return values


def _inside(at, size, text):
    wrong = at[(at < 0) | (at >= (np.inf if size is None else size))]
    if wrong.size:
        raise ValueError(text.format(wrong[0], size))


def _array(v):
    return jnp.asarray(v) if isinstance(v, (np.ndarray, np.generic)) else v


def _placed(value, at, items):
    """A list after a loop that wrote `items` to the elements `at`."""
    size = max(value.size, int(at.max()) + 1)
    if len(at) == size and np.array_equal(at, np.arange(size)):
        return TensorList(items)
    if len(at) == size and np.array_equal(at, np.arange(size)[::-1]):
        return TensorList(jnp.flip(items, 0))
    buffer = value.grown(size).filled(items.shape[1:])
    return TensorList(buffer.at[at].set(items, unique_indices=True))


def _taken(buffer, at):
    """The rows `at` of an array."""
    n = buffer.shape[0]
    if np.array_equal(at, np.arange(n)):
        return buffer
    return jnp.flip(buffer, 0) if np.array_equal(at, np.arange(n)[::-1]) else jnp.take(buffer, at, axis=0)


def _repeated(input, cond, body, changing, first):
    """A loop of unknown length, with all traced values handed over, as its gradient wants it."""
    fixed = [i for i, v in enumerate(input) if i not in changing and isinstance(v, jax.Array | TensorList)]
    known = [None if i in changing or i in fixed else v for i, v in enumerate(input)]

    def full(consts, carry):
        values = list(known)
        for i, v in zip(fixed, consts):
            values[i] = v
        for i, v in zip(changing, carry):
            values[i] = v
        return values

    def step(consts, carry):
        after = body(*full(consts, carry))
        return [_array(after[i]) for i in changing]

    return repeat.loop(lambda k, c: truth(cond(*full(k, c))[0]), step, [input[i] for i in fixed], first)


def _unrolled(body, input, count):
    """The iterations one by one: every one may have its own shapes."""
    values = list(input)
    for _ in range(count):
        values = list(body(*values))
    return values


def _loop_shapes(inputs, attrs):
    if attrs["output_shapes"]:
        return list(attrs["output_shapes"])
    return [t._shape for t in attrs["body"].inputs]


def rounded(n):
    """The length of the scan for `n` iterations: few lengths, so that few programs are compiled; at most an eighth is wasted."""
    step = jnp.maximum(1, 2 ** (jnp.ceil(jnp.log2(jnp.maximum(n, 1))).astype(n.dtype) - 3))
    return ((n + step - 1) // step * step).astype(n.dtype)


@op(
    "_LoopCount",
    "*T -> count:int32, length:int32",
    static_if_possible=("input",),
    shape=lambda inputs, attrs: [(), ()],
    stateful=True,
)
def loop_count(input, *, cond: "func", body: "func", _loop: "string"):
    """How often a `While` with these inputs runs, and that rounded up."""

    changing, first, full, step = _carried(input, body)
    first = (jnp.int32(0), body.settled(step, first, changing))
    n = jax.lax.while_loop(lambda c: truth(cond(*full(c[1]))[0]), lambda c: (c[0] + 1, step(c[1])), first)[0]
    return n, rounded(n)


def call(args, *, f: "func", config="", config_proto="", executor_type=""):
    """`f(*args)`."""
    return list(f(*args))


def _call_shapes(inputs, attrs):
    return [t._shape for t in attrs["f"].outputs]


COND = dtypes.ANY
for _name, _stateful in (("If", True), ("StatelessIf", False)):
    op(
        _name,
        "Tcond, *Tin -> *Tout",
        Tcond=COND,
        static_if_possible=("cond", "input"),
        shape=_branch_shapes,
        stateful=_stateful,
    )(if_)
for _name, _stateful in (("Case", True), ("StatelessCase", False)):
    op(
        _name, "branch_index:int32, *Tin -> *Tout", static_if_possible=("branch_index", "input"), stateful=_stateful,
        shape=lambda inputs, attrs: attrs["output_shapes"] or _merged(attrs["branches"]),
    )(case)  # fmt: skip
for _name, _stateful in (("While", True), ("StatelessWhile", False)):
    op(_name, "*T -> *T", static_if_possible=("input",), shape=_loop_shapes, stateful=_stateful)(while_)
for _name, _stateful in (("StatefulPartitionedCall", True), ("PartitionedCall", False)):
    op(_name, "*Tin -> *Tout", static_if_possible=("args",), shape=_call_shapes, stateful=_stateful)(call)
