"""Functional operations as TensorFlow 1's control-flow nodes, where a function cannot hold them.

A TensorFlow function takes values and resources, never a ref variable itself. A branch or loop that changes a ref variable, or asks
whether it is initialized, is exported as `Switch` and `Merge`, or `Enter`, `Exit` and `NextIteration`, as TensorFlow 1 builds it.
"""

from mainstem.base import dtypes
from mainstem.formats import protos
from mainstem.graph.func_graph import FuncGraph, has_effect

MARK = "_mainstem_op"  # type and name of the operation that a Switch or LoopCond stands for: its gradients know it by them
_INITIALIZED = {"InitializedValue": "IsVariableInitialized", "InitializedResourceValue": "VarIsInitializedOp"}


def is_inlined(op):
    """Whether an operation is exported as control-flow nodes."""
    if op.type in _INITIALIZED:
        return True
    if op.type not in ("If", "StatelessIf", "While", "StatelessWhile"):
        return False
    refs = [t for t in op._inputs if t._dtype._is_ref_dtype]
    return bool(refs) and (asks_whether_initialized(op) or any(writes_ref(t) for g in bodies_of(op) for t in g.inputs))


def bodies_of(op):
    """The FuncGraphs among an operation's attrs."""
    out = [v for v in op.attrs.values() if isinstance(v, FuncGraph)]
    return out + [g for v in op.attrs.values() if isinstance(v, list) for g in v if isinstance(g, FuncGraph)]


def asks_whether_initialized(op):
    """Whether a conditional's predicate is that a variable has a value."""
    pred = op._inputs[0]
    while pred._op.type in ("Identity", "LogicalNot"):
        pred = pred._op._inputs[0]
    return pred._op.type in ("IsVariableInitialized", "VarIsInitializedOp")


def writes_ref(t):
    """The operation that changes the variable behind a body's input, or None."""
    if not t._dtype._is_ref_dtype:
        return None
    for op in t._consumers:
        args = [a for a in op.definition.inputs for _ in range(count(op.attrs, a))]
        for i, (a, taken) in enumerate(zip(args, op._inputs, strict=True)):
            if taken is not t:
                continue
            if a.is_ref:
                return op
            skipped = len(op._inputs) - len(bodies_of(op)[0].inputs) if bodies_of(op) else 0
            for g in bodies_of(op):
                found = writes_ref(g.inputs[i - skipped]) if i >= skipped else None
                if found is not None:
                    return found
    return None


def count(attrs, arg):
    """How many tensors an argument of an op stands for."""
    if arg.number:
        return attrs[arg.number]
    return len(attrs[arg.type_list]) if arg.type_list else 1


def needed(graph):
    """The operations of a body that are exported, in order: those that its results need, and those with an effect that count."""
    if not graph.pruned:
        return list(graph._list)
    todo, out = [t._op for t in (*graph.outputs, *graph.inputs)], set()
    while todo:
        op = todo.pop()
        if op not in out and op.graph is graph:
            out.add(op)
            todo += [t._op for t in op._inputs] + op._control_inputs
    return [op for op in graph._list if op in out]


class Inliner:
    """The nodes of inlined operations. `renamed` says what stands for their outputs ("cond/If:1") and for them ("^cond/If")."""

    def __init__(self, node_def):
        self._node_def, self.nodes, self.renamed = node_def, [], {}

    def add(self, op):
        """Writes one operation of the graph; its nodes join `nodes`."""
        inputs = [t._as_node_def_input() for t in op._inputs]
        control = sorted("^" + c.name for c in op._control_inputs)
        self._inlined(op, op.name, inputs, control)

    def take(self):
        """Gives the nodes written since the last call."""
        out, self.nodes = self.nodes, []
        return out

    def text(self, name):
        """An input of a node after renaming."""
        return self.renamed.get(name, name)

    def _node(self, kind, name, inputs, dtype=None, **attrs):
        node = protos.NodeDef(name=name, op=kind, input=[self.text(i) for i in inputs])
        if dtype is not None:
            node.attr["T"].type = dtype.base_dtype.as_datatype_enum
        for key, value in attrs.items():
            setattr(node.attr[key], {bool: "b", int: "i", bytes: "s"}[type(value)], value)
        self.nodes.append(node)
        return name

    def _rename(self, name, outputs, done):
        for i, text in enumerate(outputs):
            self.renamed[f"{name}:{i}" if i else name] = text
        self.renamed[f"^{name}"] = f"^{done}"

    def _inlined(self, op, name, inputs, control):
        if op.type in _INITIALIZED:
            self._initialized(op, name, inputs, control)
        elif "While" in op.type:
            self._loop(op, name, inputs, control)
        else:
            self._conditional(op, name, inputs, control)

    def _body(self, graph, scope, known, pivot, invariant=()):
        """Writes the nodes of a body; `known`: {tensor: text}. Gives the texts of its outputs."""
        operations = needed(graph)
        for op in operations:
            if op in (t._op for t in graph.inputs):
                continue
            name = f"{scope}/{op.name}"
            inputs = [known[t] for t in op._inputs]
            control = sorted(f"^{scope}/{c.name}" for c in op._control_inputs if c.graph is graph)
            if all(i in invariant for i in inputs):
                control.append("^" + pivot)
            if is_inlined(op):
                self._inlined(op, name, inputs, control)
            else:
                node = self._node_def(op)
                node.name = name
                del node.input[:]
                node.input.extend(self.text(i) for i in (*inputs, *control))
                if "_class" in node.attr:
                    del node.attr["_class"]
                if node.attr["_forward"].s if "_forward" in node.attr else False:
                    node.attr["_forward"].s = f"{scope}/{node.attr['_forward'].s.decode()}".encode()
                self.nodes.append(node)
            for t in op._outputs:
                known[t] = f"{name}:{t._index}" if t._index else name
        outputs = [known[t] for t in graph.outputs]
        if graph.pruned:
            return outputs
        effects = [f"^{scope}/{op.name}" for op in operations if has_effect(op)]
        if not effects:
            return outputs
        return [
            text if t._dtype._is_ref_dtype else self._node("Identity", f"{scope}/result_{i}", [text, *effects], t._dtype)
            for i, (t, text) in enumerate(zip(graph.outputs, outputs, strict=True))
        ]

    def _pivots(self, name, pred, control, **mark):
        switch = self._node("Switch", f"{name}/Switch", [pred, pred, *control], dtypes.bool, **mark)
        true = self._node("Identity", f"{name}/switch_t", [f"{switch}:1"], dtypes.bool)
        false = self._node("Identity", f"{name}/switch_f", [switch], dtypes.bool)
        return [false, true], self._node("Identity", f"{name}/pred_id", [pred], dtypes.bool)

    def _switch(self, name, tensor, text, pred):
        return self._node("RefSwitch" if tensor._dtype._is_ref_dtype else "Switch", name, [text, pred], tensor._dtype)

    def _conditional(self, op, name, inputs, control):
        pivots, pred = self._pivots(name, inputs[0], control, **{MARK: f"{op.type} {name}".encode()})
        branches = [op.attrs["else_branch"], op.attrs["then_branch"]]
        switches = [
            self._switch(f"{name}/Switch_{i}", t, text, pred)
            for i, (t, text) in enumerate(zip(op._inputs[1:], inputs[1:], strict=True), 1)
        ]
        results, done = [], []
        for which, (graph, pivot, label) in enumerate(zip(branches, pivots, ("false", "true"), strict=True)):
            known = {t: f"{s}:{which}" if which else s for t, s in zip(graph.inputs, switches, strict=True)}
            results.append(self._body(graph, f"{name}/{label}", known, pivot))
            effects = [f"^{name}/{label}/{o.name}" for o in needed(graph) if has_effect(o)]
            done.append(self._node("Identity", f"{name}/{label}/done", [pivot, *effects], dtypes.bool))
        merges = [
            self._node("Merge", f"{name}/Merge_{i}", texts, t._dtype, N=2)
            for i, (t, texts) in enumerate(zip(op._outputs, zip(*results, strict=True), strict=True))
        ]
        executed = self._node("Merge", f"{name}/executed", done, dtypes.bool, N=2)
        self._rename(name, merges, executed)

    def _initialized(self, op, name, inputs, control):
        """The variable's value if it has one, else another, as `initialized_value()` in TensorFlow 1 chooses."""
        variable, other = op._inputs
        kind = _INITIALIZED[op.type]
        is_ref = kind == "IsVariableInitialized"
        asked = self._node(kind, f"{name}/{kind}", [inputs[0], *control])
        if is_ref:
            self.nodes[-1].attr["dtype"].type = variable._dtype.base_dtype.as_datatype_enum
        _, pred = self._pivots(name, asked, [])
        given = self._switch(f"{name}/Switch_1", other, inputs[1], pred)
        owned = self._switch(f"{name}/read/Switch", variable, inputs[0], pred)
        if is_ref:
            read = self._node("Identity", f"{name}/read", [f"{owned}:1"], other._dtype)
        else:
            read = self._node("ReadVariableOp", f"{name}/read", [f"{owned}:1"])
            self.nodes[-1].attr["dtype"].type = other._dtype.base_dtype.as_datatype_enum
        self._node("Merge", name, [given, read], other._dtype, N=2)

    def _loop(self, op, name, inputs, control):
        cond, body = op.attrs["cond"], op.attrs["body"]
        settled = [out is t for out, t in zip(body.outputs, body.inputs, strict=True)]
        enters, merges = [], {}
        for i, (t, text, stays) in enumerate(zip(op._inputs, inputs, settled, strict=True)):
            kind = "RefEnter" if t._dtype._is_ref_dtype else "Enter"
            enters.append(
                self._node(
                    kind, f"{name}/Enter_{i}", [text, *control], t._dtype,
                    frame_name=name.encode(), is_constant=stays, parallel_iterations=10,
                )
            )  # fmt: skip
            if not stays:
                merges[i] = self._node("Merge", f"{name}/Merge_{i}", [enters[i], f"{name}/NextIteration_{i}"], t._dtype, N=2)
        invariant = {e for e, stays in zip(enters, settled, strict=True) if stays}
        if not merges:
            raise NotImplementedError(f"'{op.name}' (op {op.type}) has no loop variable that changes. {op.where()}")
        now = [merges.get(i, e) for i, e in enumerate(enters)]
        (holds,) = self._body(
            cond, f"{name}/cond", dict(zip(cond.inputs, now, strict=True)), next(iter(merges.values())), invariant
        )
        test = self._node("LoopCond", f"{name}/LoopCond", [holds], **{MARK: f"{op.type} {name}".encode()})
        outputs, inside = list(inputs), list(enters)
        for i, merge in merges.items():
            switch = self._switch(f"{name}/Switch_{i}", op._outputs[i], merge, test)
            inside[i] = self._node("Identity", f"{name}/Identity_{i}", [f"{switch}:1"], op._outputs[i]._dtype)
            outputs[i] = self._node("Exit", f"{name}/Exit_{i}", [switch], op._outputs[i]._dtype)
        pivot = inside[next(iter(merges))]
        after = self._body(body, f"{name}/body", dict(zip(body.inputs, inside, strict=True)), pivot, invariant)
        for i in merges:
            self._node("NextIteration", f"{name}/NextIteration_{i}", [after[i]], op._outputs[i]._dtype)
        self._rename(name, outputs, outputs[next(iter(merges))])
