"""What a functional operation (a branch, loop or call) does to the world: found by walking through its bodies."""

import dataclasses

from mainstem.base import dtypes
from mainstem.graph.func_graph import FuncGraph
from mainstem.lower import prune, trips


@dataclasses.dataclass(frozen=True)
class Effects:
    """The effects of bodies that take the same inputs; numbers are positions among those inputs.

    Attributes:
        reads, writes: inputs that are variables whose content is needed, or replaced.
        streams: (name, op definition, attrs) of the random streams inside; names are unique within the operation.
        statics: inputs whose value must be known when compiling.
        host: the first operation inside that cannot be compiled, or None.
        callbacks: whether Python is called back from inside.
    """

    reads: tuple = ()
    writes: tuple = ()
    streams: tuple = ()
    statics: tuple = ()
    host: object = None
    callbacks: bool = False


def bodies_in(attrs):
    """(name, FuncGraph) of every body among attrs."""
    out = []
    for key, value in attrs.items():
        if isinstance(value, FuncGraph):
            out.append((key, value))
        elif isinstance(value, list) and value and isinstance(value[0], FuncGraph):
            out += [(f"{key}{i}", g) for i, g in enumerate(value)]
    return out


def is_functional(op):
    """Whether an operation runs bodies."""
    return op.type in OFFSET


OFFSET = {  # how many inputs stand before those that the bodies take
    "If": 1, "StatelessIf": 1, "Case": 1, "StatelessCase": 1, "While": 0, "StatelessWhile": 0, "PartitionedCall": 0,
    "StatefulPartitionedCall": 0, "_LoopCount": 0, "_VectorizedCall": 0,
}  # fmt: skip
LOOPS = ("While", "StatelessWhile")
SHAPE_OPS = ("Shape", "Size", "Rank", "ShapeN", "VariableShape")  # need no value of their input, whose shape is always known


def of(op):
    """The Effects of a functional operation, positions among its own inputs; streams are named after the body's attr."""
    key = tuple((g, g.version, g._mutations) for _, g in bodies_in(op.attrs))
    known = op.__dict__.get("_effects")
    if known is None or known[0] != key:
        known = op._effects = (key, of_attrs(op.type, op.attrs))
    return known[1]


def of_attrs(op_type, attrs):
    """The Effects of an operation of this type with these attrs."""
    offset = OFFSET[op_type]
    reads, writes, streams, statics, host, callbacks = {}, {}, [], {}, None, False
    for attr, graph in bodies_in(attrs):
        e = of_graph(graph)
        reads.update(dict.fromkeys(i + offset for i in e.reads))
        writes.update(dict.fromkeys(i + offset for i in e.writes))
        statics.update(dict.fromkeys(i + offset for i in e.statics))
        streams += [(f"{attr}/{name}", definition, given) for name, definition, given in e.streams]
        host, callbacks = host or e.host, callbacks or e.callbacks
    if attrs.get("_apart") and offset:
        statics[0] = None
    growing = _growing(attrs["body"]) if op_type in LOOPS else None
    if growing or attrs.get("_grows"):
        wanted = trips.depends(attrs["cond"], attrs["body"])
        statics.update(dict.fromkeys(wanted or ()))
        host = host or (growing if wanted is None else None)
    return Effects(tuple(reads), tuple(sorted(writes)), tuple(streams), tuple(statics), host, callbacks)


def _growing(graph):
    """The first operation in a body by which a list may grow, or None: a loop around it must know how often it runs."""
    for op in graph._list:
        if op.attrs.get("resize_if_index_out_of_bounds") or op.type == "TensorListPushBack":
            return op
        inner = next(filter(None, (_growing(g) for _, g in bodies_in(op.attrs))), None)
        if inner is not None:
            return inner
    return None


def needed(graph):
    """The operations of a body that run: what its outputs need, and what has an effect."""
    return prune.needed({t._op for t in graph.outputs} | set(graph.targets), frozenset(graph.inputs))


def of_graph(graph):
    """The Effects of one body."""
    position = {t: i for i, t in enumerate(graph.inputs)}
    handles = {t: i for t, i in position.items() if t._dtype is dtypes.resource or t._dtype._is_ref_dtype}
    reads, writes, streams, host, callbacks = {}, {}, [], None, False
    for op in needed(graph):
        d = op.definition
        if d.state is not None and not d.host:
            streams.append((op.name, d, op.attrs))
        for t in op._outputs:
            if t._dtype is dtypes.resource or t._dtype._is_ref_dtype:
                source = next((handles[i] for i in op._inputs if i in handles), None)
                if source is not None:
                    handles[t] = source
        if is_functional(op):
            e = of(op)
            reads.update(dict.fromkeys(handles[op._inputs[i]] for i in e.reads if op._inputs[i] in handles))
            writes.update(dict.fromkeys(handles[op._inputs[i]] for i in e.writes if op._inputs[i] in handles))
            streams += [(f"{op.name}/{name}", definition, attrs) for name, definition, attrs in e.streams]
            host, callbacks = host or e.host or (op if op.attrs.get("_apart") else None), callbacks or e.callbacks
            continue
        callbacks = callbacks or d.host
        if host is None and not compilable(op):
            host = op
        names = [a.name for a in d.inputs for _ in range(_count(op, a))] if d.writes else ()
        for i, t in enumerate(op._inputs):
            if t in handles:
                if d.writes and names[i] in d.writes:
                    writes[handles[t]] = None
                    if names[i] in d.unread:
                        continue
                reads[handles[t]] = None
    statics, stuck = _statics(graph, position)
    return Effects(tuple(reads), tuple(writes), tuple(streams), statics, host or stuck, callbacks)


def _statics(graph, position):
    """Inputs of a body that an operation inside needs to know when compiling, when nothing but identities stands between; and the
    first operation that needs to know what the body itself computes, or None.
    """
    found, stuck = {}, None
    for op in needed(graph):
        if is_functional(op):
            wanted = [op._inputs[i] for i in of(op).statics]
        else:
            wanted, i = [], 0
            for arg in op.definition.inputs:
                n = _count(op, arg)
                if arg.name in op.definition.static:
                    wanted += op._inputs[i : i + n]
                i += n
        todo, seen = list(wanted), set()
        while todo:
            t = todo.pop()
            if t in seen:
                continue
            seen.add(t)
            if t in position:
                found[position[t]] = None
            elif t._op.type == "Const" or t._op.type in SHAPE_OPS or t._op.definition.owner:
                continue
            elif t._op.definition.fold is not None:
                todo += t._op._inputs
            else:
                stuck = stuck or op
    return tuple(found), stuck


def _count(op, arg):
    if arg.number:
        return op.attrs[arg.number]
    return len(op.attrs[arg.type_list]) if arg.type_list else 1


def compilable(op):
    """Whether an operation may stand inside a compiled body: device ops, and host ops that a callback can run."""
    d = op.definition
    if op.type in ("Const", "Placeholder", "NoOp"):
        return True
    strings = any(t._dtype.base_dtype is dtypes.string for t in (*op._inputs, *op._outputs))
    if not d.host:
        return not strings
    if d.slots or d.writes or d.owner or d.store is not None:
        return False
    return all(t._dtype is dtypes.string or (t._shape is not None and None not in t._shape) for t in op._outputs)
