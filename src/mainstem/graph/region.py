"""Nodes on their way into a graph: in an order that works, branches and loops as bodies of functional operations."""

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.core import registry
from mainstem.graph import node_record, tf1_control, tf1_export
from mainstem.graph.func_graph import FuncGraph, align
from mainstem.graph.tensor import Operation


class Values:
    """What stands for a node that is no operation here: the variable of a loop, an argument, a mapped input."""

    def __init__(self, *outputs):
        self._outputs = outputs


class Region:
    """Where nodes are built: a graph, the loops and conditions that it stands for, and the nodes made so far."""

    def __init__(self, graph, parent=None, frame=(), state=()):
        self.graph, self.parent, self.frame, self.state, self.made = graph, parent, frame, state, {}

    def find(self, name):
        """What was made of a node here or further out; None when nothing."""
        region = self
        while region is not None:
            found = region.made.get(name)
            if found is not None:
                return found
            region = region.parent
        return None


class RegionBuilder:
    """Builds the nodes of a `tf1_control.Structure` (`flow`) region by region.

    Who inherits gives `root` (the Region of the whole), `nodes`, `flow`, `indices` (outputs that are taken, other than the first),
    `prefix`, `line`, and `_node(region, node)`, which makes one plain operation.
    """

    def ensure(self, region, name):
        """Makes a node, after what it needs; iterative, since imported graphs are deeper than Python's stack."""
        stack = [name]
        entered = set()
        while stack:
            current = stack[-1]
            if region.find(current) is not None:
                stack.pop()
                continue
            item = self._item(region, current)
            needed = item.outside if isinstance(item, tf1_control.Conditional) else self.flow.needs(current)
            pending = [s for s in needed if region.find(s) is None]
            if not pending:
                self._make(region, item, current)
                stack.pop()
            elif current in entered:
                raise NotImplementedError(
                    f"import_graph_def: node '{current}' (op {self.nodes[current].op}) needs itself through several conditionals."
                )
            else:
                entered.add(current)
                stack += pending

    def _item(self, region, name):
        """What makes a node: a Conditional, a Loop, or the node alone."""
        flow = self.flow
        if flow.flat:
            return name
        conditional = flow.holder.get((name, len(region.state)))
        if conditional is not None and conditional.prefix == region.state and conditional.frame == region.frame:
            return conditional
        if flow.op(name) in tf1_control.EXITS:
            return flow.loop_of_exit(name)
        return name

    def _make(self, region, item, name):
        if isinstance(item, tf1_control.Conditional):
            self._conditional(region, item)
            if name not in region.made:
                raise NotImplementedError(
                    f"import_graph_def: node '{name}' (op {self.nodes[name].op}) is used outside of its branch."
                )
        elif isinstance(item, tf1_control.Loop):
            self._loop(region, item)
        else:
            region.made[name] = self._node(region, self.nodes[name])

    def tensor(self, region, name, index):
        """The tensor of `region`'s graph for an output of a node."""
        return region.graph.accept(self._raw(region, name, index))

    def _raw(self, region, name, index):
        """The tensor for an output of a node, in whatever graph around `region` it was made."""
        flow = self.flow
        while True:
            found = region.find(name)
            if found is not None:
                break
            if flow.is_switch(name) and flow.is_pivot(name):
                case = flow.op(name) == "_SwitchN"
                return region.graph.constant(
                    np.asarray(index, np.int32 if case else bool), dtypes.int32 if case else dtypes.bool
                )
            if not (flow.is_switch(name) or flow.op(name) in tf1_control.ENTERS):
                raise NotImplementedError(
                    f"import_graph_def: node '{name}' (op {flow.op(name)}) is used outside of its branch or loop."
                )
            name, index, _ = flow.edges[name][0]
        if index >= len(found._outputs):
            raise ValueError(f"An input is output {index} of '{name}', which has {len(found._outputs)}.")
        return found._outputs[index]

    # ---- one node

    def _name(self, region, name):
        if region is not self.root or isinstance(region.graph, FuncGraph):
            return name
        full = self.prefix + name
        if full in region.graph._by_name:
            raise ValueError(f"Node '{full}' is already in the graph; import under another `name`.")
        region.graph._names.setdefault(full.lower(), 1)
        return full + "/"

    def _free_name(self, region, name):
        """A name for an operation that the GraphDef does not have."""
        base, n = name, 0
        while name in self.nodes or (region is self.root and self.prefix + name in region.graph._by_name):
            n += 1
            name = f"{base}_{n}"
        return self._name(region, name)

    def _conditional(self, region, c):
        graph = region.graph
        pred = self.tensor(region, *c.key)
        names_ = [str(i) for i in range(c.cases)] if c.cases else ["false", "true"]
        scope = (c.merges or c.roots)[0].rpartition("/")[0] or "cond"
        mark, taken = self._marked_branches(region, c)
        if mark is not None:  # what it was given, not the name beside the Switch
            pred = self.tensor(region, *self.flow.edges[mark[1] + "/Switch"][1][:2])
        results = [m for m in c.merges if mark is None or m != mark[1] + "/executed"]
        bodies = [self._branch(region, c, i, f"{scope}_{n}", taken, results) for i, n in enumerate(names_)]
        captured = [graph.accept(t) for t in align(bodies)]
        kinds = [[t._dtype.base_dtype for t in b.outputs] for b in bodies]
        if any(k != kinds[0] for k in kinds):
            raise ValueError(f"import_graph_def: the branches that '{c.merges[0]}' joins give different types.")
        attrs = {"Tin": [t._dtype.base_dtype for t in captured], "Tout": kinds[0], "output_shapes": []}
        if c.cases:
            kind, attrs["branches"] = "Case", bodies
        else:
            kind, attrs["Tcond"] = "If", pred._dtype.base_dtype
            attrs["else_branch"], attrs["then_branch"] = bodies
        kind, label = mark or (kind, f"{scope}/{kind}")
        made = self._create(region, kind, label, [pred, *captured], attrs)
        for name in [*c.roots, *(m for m in c.merges if m not in results)]:
            region.made.setdefault(name, made)
        outputs = iter(made._outputs)
        for name in results:
            result = self._identity(region, name, next(outputs))
            region.made[name] = Values(result._outputs[0], next(outputs)) if (name, 1) in self.indices else result
        region.made.update({name: Values(next(outputs)) for name in c.extras})

    def _mark(self, name):
        """(type, name) of the operation that we wrote as these nodes; None for others."""
        node = self.nodes.get(name)
        if node is None or tf1_export.MARK not in node.attr:
            return None
        mark = tuple(node.attr[tf1_export.MARK].s.decode().split(" ", 1))
        return mark if name.rpartition("/")[0] == mark[1] else None  # the nodes were renamed since

    def _marked_branches(self, region, c):
        """The mark of a conditional, and what it takes in the order that it had."""
        mark = self._mark(c.key[0].rpartition("/")[0] + "/Switch")
        taken, i = [], 1
        while mark is not None and f"{mark[1]}/Switch_{i}" in self.nodes:
            name, index, _ = self.flow.edges[f"{mark[1]}/Switch_{i}"][0]
            origin = self.flow.origin(name)
            if origin is not None:
                self.ensure(region, origin)
            taken.append(self._raw(region, name, index))
            i += 1
        return (mark, taken) if len(set(map(id, taken))) == len(taken) else (None, [])

    def _branch(self, region, c, number, label, taken, results):
        graph = FuncGraph(label.replace("/", "_"), region.graph)
        inner = Region(graph, region, c.frame, (*c.prefix, (c.key, number)))
        flow, depth = self.flow, len(inner.state)
        for t in taken:
            graph.take(t)
        with graph.as_default():
            for name in sorted(c.members, key=flow.rank.get):
                state = flow.state[name]
                if (state == inner.state and flow.gives_a_value(name)) or (name in c.roots and state[:depth] == inner.state):
                    self.ensure(inner, name)
            for merge in results:
                for position, edge in enumerate(flow.live_inputs(merge)):
                    if flow.joins[merge][2][position] == number:
                        graph.outputs.append(self._result(inner, *edge[:2]))
                        if (merge, 1) in self.indices:
                            graph.outputs.append(graph.constant(np.asarray(position, np.int32), dtypes.int32))
            graph.outputs += [self._extra(inner, name, flow.state[name][depth - 1][1] == number) for name in c.extras]
        return graph

    def _extra(self, region, name, is_here):
        """The random numbers that a later conditional takes; zeros of their shape from a branch that does not draw them."""
        if is_here:
            return self._result(region, name, 0)
        shape = self._result(region, *self.flow.edges[name][0][:2])
        kind = node_record.plain_attrs(self.nodes[name])["dtype"]
        zero = region.graph.constant(np.zeros((), kind.np), kind)
        return region.graph.apply(registry.lookup("Fill"), (shape, zero), {}, "unused")

    def _result(self, region, name, index):
        """A tensor as the result of a body: of a variable, its value."""
        source_ = self.flow.origin(name)
        if source_ is not None:
            self.ensure(region, source_)
        t = self.tensor(region, name, index)
        if t._dtype._is_ref_dtype:
            t = region.graph.create(registry.lookup("Identity"), "read", [t], {"T": t._dtype.base_dtype})._outputs[0]
        return t

    # ---- loops

    def _loop(self, region, loop):
        graph = region.graph
        mark, slots = self._slots(loop)
        first = [(self._result if s[1] else self.tensor)(region, *self.flow.edges[s[0]][0][:2]) for s in slots]
        known = [t._shape for t in first]
        while True:  # until the shapes that enter an iteration are those that leave it
            cond, body = self._test(region, loop, slots, first, known), self._step(region, loop, slots, first, known)
            after = [shapes.agreed(s, t._shape) for s, t in zip(known, body.outputs, strict=True)]
            if after == known:
                break
            known = after
        captured = [graph.accept(t) for t in align([cond, body])]
        body.outputs = body.outputs + body.internal_captures
        inputs = first + captured
        attrs = {
            "T": [t._dtype.base_dtype for t in inputs],
            "cond": cond,
            "body": body,
            "output_shapes": known + [t._shape for t in captured],
            "parallel_iterations": 10,
        }
        scope = next(iter(loop.exits)).rpartition("/")[0] or "while"
        kind, label = mark or ("While", f"{scope}/While")
        made = self._create(region, kind, label, inputs, attrs)
        for name, i in loop.exits.items():
            region.made[name] = self._identity(region, name, made._outputs[slots.index(loop.variables[i])])

    def _slots(self, loop):
        """The mark of a loop, and (Enter, Merge, Switch, NextIteration) of what it carries, in the order that it had.

        What never changes has no Merge; it is carried only where the mark asks for the same inputs.
        """
        mark = self._mark(loop.condition)
        if mark is None:
            return None, loop.variables
        variables = {v[0]: v for v in loop.variables}
        enters = [f"{mark[1]}/Enter_{i}" for i in range(len(self.nodes))]
        slots = []
        for enter in enters:
            if enter not in self.nodes:
                break
            slots.append(variables.get(enter, (enter, None, None, None)))
        return (mark, slots) if all(v in slots for v in loop.variables) else (None, loop.variables)

    def _inside(self, region, loop, slots, first, known, what):
        graph = FuncGraph(f"{loop.frame[-1].replace('/', '_')}_{what}", region.graph)
        inner = Region(graph, region, loop.frame)
        with graph.as_default():
            for (enter, merge, switch, _), t, shape in zip(slots, first, known, strict=True):
                given = graph.add_input(t._dtype, shape, enter.rpartition("/")[2].lstrip("_") or "variable", t._handle)
                given._like = t
                inner.made[merge or enter] = Values(given)
                if switch is not None:
                    inner.made[switch] = Values(given, given)
        return graph, inner

    def _test(self, region, loop, slots, first, known):
        graph, inner = self._inside(region, loop, slots, first, known, "cond")
        with graph.as_default():
            for name in loop.nodes:
                if name in self.flow.before_switch and self.flow.runs_alone(name):
                    self.ensure(inner, name)
            graph.outputs = [self._result(inner, *self.flow.edges[loop.condition][0][:2])]
        return graph

    def _step(self, region, loop, slots, first, known):
        graph, inner = self._inside(region, loop, slots, first, known, "body")
        flow = self.flow
        with graph.as_default():
            wanted = flow.body_of(loop)
            for name in loop.nodes:
                if name in wanted or (name not in flow.before_switch and flow.runs_alone(name)):
                    self.ensure(inner, name)
            graph.outputs = [
                self._result(inner, *flow.edges[after][0][:2]) if merge else inner.made[enter]._outputs[0]
                for enter, merge, _, after in slots
            ]
        return graph

    def _create(self, region, kind, name, inputs, attrs):
        graph = region.graph
        control = graph._control_inputs(inputs)
        return graph.create(
            registry.lookup(kind), self._free_name(region, name), inputs, attrs, control_inputs=control, line=self.line
        )

    def _identity(self, region, name, tensor):
        """The operation under the name that a Merge or Exit had."""
        control = [region.find(c) for c in self.flow.controls(name)]
        return region.graph.create(
            registry.lookup("Identity"),
            self._name(region, name),
            [tensor],
            {"T": tensor._dtype.base_dtype},
            control_inputs=[c for c in control if isinstance(c, Operation) and c.graph is region.graph],
            line=self.line,
        )

    def _keep_pivots(self):
        """`cond/switch_t` and `cond/switch_f` stay, with the value of the predicate."""
        flow = self.flow
        for name in self.nodes:
            if flow.op(name) != "Identity" or flow.frame[name] or len(flow.state[name]) != 1:
                continue
            switch = flow.edges[name][0][0]
            pred = flow.key(switch) if flow.is_switch(switch) and flow.is_pivot(switch) else None
            if pred is not None and self.root.find(pred[0]) is not None:
                self.root.made[name] = self._identity(self.root, name, self.tensor(self.root, *pred))

    def _keep_targets(self):
        """An operation without outputs inside a branch can be asked for by name."""
        for c in self.flow.conditionals.values():
            for name in c.roots:
                found = self.root.made.get(name)
                definition = registry.REGISTRY.get(self.nodes[name].op)
                if isinstance(found, Operation) and found.name != self.prefix + name and definition and not definition.outputs:
                    made = found.graph.create(
                        registry.lookup("NoOp"), self._name(self.root, name), [], {}, control_inputs=[found], line=self.line
                    )
                    self.root.made[name] = made
