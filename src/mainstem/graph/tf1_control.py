"""What TensorFlow 1's control-flow nodes mean: which nodes of a GraphDef form the bodies of loops and the branches of conditionals.

TensorFlow 1 has no bodies: `Switch` sends a value one of two ways, nodes behind it are dead or alive, `Merge` gives the value that
arrives; a loop is a frame of nodes between `Enter` and `Exit`. Here every node gets its *frame* (the loops around it) and its *state*:
the conditions, outermost first, under which it runs. Merges of one predicate that do not rest on each other form one `Conditional`,
frames become `Loop`s. `graph.importer` builds functional operations from them.
"""

from mainstem.formats import protos

SWITCHES, MERGES = ("Switch", "RefSwitch", "_SwitchN"), ("Merge", "RefMerge")
ENTERS, EXITS, NEXTS = ("Enter", "RefEnter"), ("Exit", "RefExit"), ("NextIteration", "RefNextIteration")
NODES = frozenset((*SWITCHES, *MERGES, *ENTERS, *EXITS, *NEXTS, "LoopCond"))
DEAD = "dead"
RANDOM = ("Random", "TruncatedNormal")  # ops whose first input is the shape of what they draw


def read_input(text):
    """Gives (node name, output index, whether it is a control input) of an input of a NodeDef."""
    if text.startswith("^"):
        return text[1:], 0, True
    name, sep, index = text.rpartition(":")
    return (name, int(index), False) if sep and index.isdigit() else (text, 0, False)


class Conditional:
    """Merges of one predicate, and nodes with effects behind it: one `If` or `Case`.

    Attributes:
        frame, prefix: the frame and the state around it.
        key: the predicate, as (node name, output index).
        merges: names of the Merge nodes, its results.
        roots: nodes with effects that run in a branch, whether or not a result needs them.
        members: names of nodes inside.
        outside: names of nodes that must exist before.
        extras: nodes inside whose first output a later Conditional takes.
        cases: how many branches an integer chooses from; None where a bool chooses.
    """

    def __init__(self, frame, prefix, key, cases):
        self.frame, self.prefix, self.key, self.cases = frame, prefix, key, cases
        self.merges, self.roots, self.members, self.outside, self.extras = [], [], {}, {}, []


class Loop:
    """A frame: one `While`.

    Attributes:
        frame: names of the frames, outermost first.
        variables: (Enter, Merge, Switch or None, NextIteration) of every loop variable; names.
        exits: {name of the Exit: position of its variable}.
        condition: name of the LoopCond.
        nodes: names of the nodes in this frame, in file order.
        outside: names of nodes that must exist before; None until asked for.
        effects: whether a node inside has an effect.
    """

    def __init__(self, frame):
        self.frame, self.variables, self.exits, self.condition = frame, [], {}, None
        self.nodes, self.outside, self.effects = [], None, False


class Structure:
    """The frames, states, Conditionals and Loops of `nodes` ({name: NodeDef}).

    `given` are inputs ("name:0", "^name", or the bare name of a function's argument) that stand for something outside; they become
    nodes of op `_Given`. `effect(node)` tells whether a node must run though nobody needs its outputs, `once(node)` whether it must
    not run twice. Raises ValueError for graphs that make no sense, NotImplementedError for those that have no functional form.
    """

    def __init__(self, nodes, given, effect, once):
        self.nodes, self.effect, self.once = {k: protos.NodeDef(name=k, op="_Given") for k in given}, effect, once
        self.nodes.update(nodes)
        self.edges = {name: [self._edge(name, text) for text in node.input] for name, node in self.nodes.items()}
        for name, node in self.nodes.items():
            wanted = 2 if node.op in SWITCHES else int(node.op in NODES or node.op == "Identity")
            if wanted and sum(not control for _, _, control in self.edges[name]) < wanted:
                raise ValueError(f"NodeDef '{name}' (op {node.op}) lacks inputs: it takes {wanted}.")
        self.flat = not any(node.op in NODES for node in nodes.values())
        self.frame, self.state = dict.fromkeys(self.nodes, ()), dict.fromkeys(self.nodes, ())
        self.loops, self.conditionals, self.holder, self.joins = {}, {}, {}, {}
        if not self.flat:
            self._find()

    def _edge(self, name, text):
        source, index, control = read_input(text)
        key = f"^{source}" if control else f"{source}:{index}"
        if key in self.nodes:
            return key, 0, control
        if source not in self.nodes:
            raise ValueError(f"Node '{name}' has the input '{text}', which is not in the graph_def.")
        return source, index, control

    def _find(self):
        self.rank = {name: i for i, name in enumerate(self.nodes)}
        self._find_frames(self._sorted({}))
        self._find_loops()
        self.order = self._sorted({e: [v[0] for v in loop.variables] for loop in self.loops.values() for e in loop.exits})
        self._find_tests()
        self._find_states()
        self._group()

    def op(self, name):
        return self.nodes[name].op

    def is_back_edge(self, name, source):
        return self.op(name) in MERGES and self.op(source) in NEXTS

    def _sorted(self, more):
        """Names, sources first, as near to the file's order as can be; `more`: further sources. Raises ValueError for a cycle."""
        out, done, entered = [], set(), set()
        for first in self.nodes:
            stack = [first]
            while stack:
                name = stack[-1]
                if name in done:
                    stack.pop()
                    continue
                sources = [s for s, _, _ in self.edges[name] if not self.is_back_edge(name, s)] + more.get(name, [])
                pending = [s for s in sources if s not in done]
                if not pending:
                    done.add(name)
                    out.append(name)
                    stack.pop()
                elif name in entered:
                    raise ValueError(
                        f"import_graph_def: node '{name}' (op {self.op(name)}) is part of a cycle that is no while loop."
                    )
                else:
                    entered.add(name)
                    stack += pending
        return out

    # ---- loops

    def _find_frames(self, order):
        for name in order:
            inside = max((self.frame[s] for s, _, _ in self.edges[name] if not self.is_back_edge(name, s)), key=len, default=())
            if self.op(name) in ENTERS:
                inside = (*inside, self.nodes[name].attr["frame_name"].s.decode())
            elif self.op(name) in EXITS:
                if not inside:
                    raise ValueError(f"import_graph_def: node '{name}' (op Exit) leaves a loop that has no Enter.")
                inside = inside[:-1]
            self.frame[name] = inside

    def _find_loops(self):
        switches, position = {}, {}
        for name in self.nodes:
            frame = self.frame[name]
            if frame and frame not in self.loops:
                self.loops[frame] = Loop(frame)
            if frame:
                self.loops[frame].nodes.append(name)
            if not frame and (self.op(name) in ("LoopCond", *NEXTS) or self.is_loop_merge(name)):
                raise ValueError(f"import_graph_def: node '{name}' (op {self.op(name)}) is in no loop: no Enter leads to it.")
            if self.op(name) == "LoopCond":
                self.loops[frame].condition = name
            if self.is_loop_switch(name):
                switches[self.edges[name][0][0]] = name
        for name in self.nodes:
            if not self.is_loop_merge(name):
                continue
            sources = [s for s, _, control in self.edges[name] if not control]
            enter = next((s for s in sources if self.op(s) in ENTERS), None)
            after = next(s for s in sources if self.op(s) in NEXTS)
            if enter is None or len(sources) != 2:
                raise ValueError(
                    f"import_graph_def: loop variable '{name}' needs one Enter and one NextIteration. It has {sources}."
                )
            loop = self.loops[self.frame[name]]
            position[name] = len(loop.variables)
            loop.variables.append((enter, name, switches.get(name), after))
        for name in self.nodes:
            if self.op(name) in EXITS:
                switch, index, _ = next(e for e in self.edges[name] if not e[2])
                merge = self.edges[switch][0][0] if self.is_loop_switch(switch) and index == 0 else None
                if merge not in position:
                    raise NotImplementedError(
                        f"import_graph_def: node '{name}' (op Exit) does not leave the loop by its condition."
                    )
                self.loops[self.frame[switch]].exits[name] = position[merge]
        for name, frame in self.frame.items():
            if frame and self.effect(self.nodes[name]):
                for depth in range(len(frame)):
                    self.loops[frame[: depth + 1]].effects = True
        for loop in self.loops.values():
            if loop.condition is None or not loop.exits:
                raise NotImplementedError(f"import_graph_def: the loop '{loop.frame[-1]}' has no LoopCond or no Exit.")

    def _find_tests(self):
        """Nodes of loops that no Switch of their loop comes before run once more than the body: they belong to the condition."""
        after = set()
        for name in self.order:
            if self.frame[name] and (
                self.is_loop_switch(name)
                or any(s in after for s, _, _ in self.edges[name] if self.frame[s] == self.frame[name])
            ):
                after.add(name)
        self.before_switch = {name for name, frame in self.frame.items() if frame and name not in after}

    def is_loop_switch(self, name):
        return self.op(name) in SWITCHES and self.op(self.edges[name][1][0]) == "LoopCond"

    def is_loop_merge(self, name):
        return self.op(name) in MERGES and any(self.op(s) in NEXTS for s, _, control in self.edges[name] if not control)

    def is_switch(self, name):
        """Whether a node is a Switch of a conditional."""
        return self.op(name) in SWITCHES and not self.is_loop_switch(name)

    def is_merge(self, name):
        """Whether a node is a Merge of a conditional."""
        return self.op(name) in MERGES and not self.is_loop_merge(name)

    def loop_of_exit(self, name):
        switch = next(s for s, _, control in self.edges[name] if not control)
        return self.loops[self.frame[switch]]

    def outside(self, loop):
        """Names of the nodes that must exist before a loop: what enters it."""
        if loop.outside is None:
            loop.outside, depth = {}, len(loop.frame)
            for name, frame in self.frame.items():
                if frame[:depth] != loop.frame or self.op(name) in EXITS:
                    continue
                enters = self.op(name) in ENTERS
                found = [self.origin(s) for s, _, control in self.edges[name] if not control] if enters else self.needs(name)
                found = [s for s in found if s is not None and self.frame[s][:depth] != loop.frame]
                loop.outside.update(dict.fromkeys(found))
        return loop.outside

    # ---- conditions

    def canonical(self, name, index):
        """The tensor behind identities."""
        while self.op(name) == "Identity":
            name, index, _ = self.edges[name][0]
        return name, index

    def is_pivot(self, name):
        """Whether a Switch sends the predicate itself, as a sign of which branch runs."""
        (data, i, _), (pred, k, _) = [e for e in self.edges[name] if not e[2]][:2]
        return self.canonical(data, i) == self.canonical(pred, k)

    def key(self, name):
        """The predicate of a Switch; that of a pivot is the `pred_id` beside it, which the other Switches take."""
        pred, index, _ = self.edges[name][1]
        if self.is_pivot(name):
            beside = f"{name.rpartition('/')[0]}/pred_id"
            if beside in self.nodes and self.canonical(beside, 0) == self.canonical(pred, index):
                return beside, 0
        return pred, index

    def _state_of(self, source, index, control):
        """The state of one output."""
        state = self.state[source]
        if control or state == DEAD or not self.is_switch(source):
            return state
        return _both(state, ((self.key(source), index),))

    def _find_states(self):
        loop_states = {}
        for name in self.order:
            if self.op(name) in ENTERS:
                frame = self.frame[name]
                loop_states[frame] = self._joint(self.edges[name], loop_states.get(frame, ()))
            elif self.op(name) in EXITS:
                self.state[name] = loop_states[self.loop_of_exit(name).frame]
            elif self.is_loop_merge(name) or self.is_loop_switch(name) or self.op(name) in ("LoopCond", "ControlTrigger"):
                continue
            elif self.is_merge(name):
                self.state[name] = self._merged_state(name)
            else:
                self.state[name] = self._joint(self.edges[name], ())

    def _joint(self, edges, state):
        for e in edges:
            state = _both(state, self._state_of(*e))
        return state

    def _merged_state(self, name):
        live = self.live_inputs(name)
        if not live:
            return DEAD
        if len(live) == 1:
            return self._state_of(*live[0])
        self.joins[name] = prefix, _, _ = self._sides(name, live)
        return prefix

    def _sides(self, name, live):
        """(state around a Merge, predicate, the branch of each live input).

        One of two inputs may run in any case, as constants do in TensorFlow's gradients: it stands for the branch that is left.
        """
        states = [self._state_of(*e) for e in live]
        longest = max(states, key=len)
        prefix, key = longest[:-1], longest[-1][0] if longest else None
        sides = [s[-1][1] if s[:-1] == prefix and s and s[-1][0] == key else None for s in states]
        free = [s for s, side in zip(states, sides, strict=True) if side is None]
        if len(live) == 2 and len(free) == 1 and free[0] == prefix[: len(free[0])]:
            sides = [1 - sides[1 - i] if side is None else side for i, side in enumerate(sides)]
        if None in sides or len(set(sides)) != len(sides):
            shown = [s for s, _, _ in live]
            raise NotImplementedError(
                f"import_graph_def: node '{name}' (op Merge) joins {shown}, which are not the branches of one conditional."
            )
        return prefix, key, sides

    # ---- conditionals

    def _group(self):
        self._before = self._ancestors()
        merges = {}
        self._cases = {self.key(n): self.nodes[n].attr["num_outs"].i for n in self.nodes if self.op(n) == "_SwitchN"}
        for name in self.order:
            if name in self.joins:
                prefix, key, _ = self.joins[name]
                merges.setdefault((self.frame[name], prefix, key), []).append(name)
        self._levels = {}
        for place, names in merges.items():
            for name in names:
                level = self._level(place, names, name)
                self._levels[name] = level
                self._conditional(place, level).merges.append(name)
        self._merges = merges
        for c in list(self.conditionals.values()):
            c.merges.sort(key=self.rank.get)
            for name in c.merges:
                self.holder[name, len(c.prefix)] = c
                self._include(c, self.needs(name))
        self._hold_effects()
        self._share_what_runs_once()

    def live_inputs(self, name):
        """The edges of a Merge that can carry a value."""
        return [e for e in self.edges[name] if not e[2] and self._state_of(*e) != DEAD]

    def _ancestors(self):
        """{name: bits of the Merges that it rests on}."""
        bit, out = {}, {}
        for name in self.order:
            bits = 0
            for s, _, _ in self.edges[name]:
                if not self.is_back_edge(name, s):
                    bits |= out[s] | bit.get(s, 0)
            if self.op(name) in EXITS:
                for v in self.loop_of_exit(name).variables:
                    bits |= out[v[0]]
            if self.is_merge(name):
                bit[name] = 1 << len(bit)
            out[name] = bits
        self._bit = bit
        return out

    def _level(self, place, merges, name):
        """How many rounds of this predicate come before a node."""
        return 1 + max((self._levels[m] for m in merges if m in self._levels and self._before[name] & self._bit[m]), default=-1)

    def _conditional(self, place, level):
        found = self.conditionals.get((place, level))
        if found is None:
            found = self.conditionals[place, level] = Conditional(*place, self._cases.get(place[2]))
        return found

    def _include(self, c, names):
        """Adds nodes, and what they need, to a Conditional; what runs in any case stays outside."""
        todo, depth = list(names), len(c.prefix)
        while todo:
            name = todo.pop()
            if name in c.members or name in c.outside:
                continue
            state = self.state[name]
            if self.frame[name] != c.frame or self._is_variable(name) or state == c.prefix[: len(state)]:
                c.outside[name] = None
                continue
            if state[:depth] == c.prefix and len(state) > depth and state[depth][0] == c.key:
                self.holder.setdefault((name, depth), c)
            c.members[name] = None
            todo += self.needs(name)

    def _is_variable(self, name):
        return self.is_loop_merge(name) or self.is_loop_switch(name)

    def _hold_effects(self):
        """Nodes with effects, and NoOps that somebody may ask for by name, run in their branches though no Merge needs them."""
        used = {s for edges in self.edges.values() for s, _, _ in edges}
        for name in self.order:
            state = self.state[name]
            ends = self.op(name) == "NoOp" and name not in used
            if not state or state == DEAD or not (ends or self._has_effect(name)):
                continue
            for depth in range(len(state)):
                c = self.holder.get((name, depth))
                if c is None:
                    place = (self.frame[name], state[:depth], state[depth][0])
                    c = self._conditional(place, self._level(place, self._merges.get(place, ()), name))
                    self._include(c, [name])
                    c.outside.setdefault(self.origin(c.key[0]))
                if name not in c.roots:
                    c.roots.append(name)

    def _has_effect(self, name):
        if self.op(name) in EXITS:
            return self.loop_of_exit(name).effects
        return self.gives_a_value(name) and self.effect(self.nodes[name])

    def _share_what_runs_once(self):
        """A second conditional of the same branch takes a node that must not run twice from the first, as its extra result.

        So gradients of a branch take the random numbers that its forward part drew. Raises NotImplementedError for other nodes.
        """
        owner = {}
        for _, c in sorted(self.conditionals.items(), key=lambda item: item[0][1]):
            for name in [n for n in c.members if self.once(self.nodes[n])]:
                first = owner.setdefault((name, len(c.prefix), c.prefix), c)
                if first is c:
                    continue
                if not self.op(name).startswith(RANDOM):
                    raise NotImplementedError(
                        f"import_graph_def: node '{name}' (op {self.op(name)}) runs in a branch of predicate '{c.key[0]}' and is "
                        "used by a second conditional that depends on the first."
                    )
                if name not in first.extras:
                    first.extras.append(name)
                del c.members[name]
                c.outside[name] = None

    # ---- for the importer

    def gives_a_value(self, name):
        """Whether a node is more than a sign post of control flow."""
        return self.op(name) not in NODES or self.is_merge(name) or self.op(name) in EXITS

    def is_free(self, name):
        """Whether a node runs under no condition."""
        return self.flat or (self.state[name] == () and self.gives_a_value(name))

    def runs_alone(self, name):
        """Whether a node has an effect: it runs though nobody needs its outputs."""
        return (
            not self.flat
            and self.state[name] != DEAD
            and (self.state[name] == () or (name, 0) in self.holder)
            and self._has_effect(name)
        )

    def body_of(self, loop):
        """Names of the nodes in a loop's own frame that its next iteration needs."""
        out = set()
        todo = [self.origin(self.edges[v[3]][0][0]) for v in loop.variables]
        todo += [s for v in loop.variables for s in self.controls(v[3])]
        while todo:
            name = todo.pop()
            if name is None or name in out or self.frame[name] != loop.frame or self._is_variable(name) or self.state[name]:
                continue
            out.add(name)
            c = self.holder.get((name, 0))
            todo += c.outside if c is not None else self.needs(name)
        return out

    def origin(self, name):
        """The node whose value arrives through Switch and Enter nodes; None for a sign of a branch or loop that has no value."""
        while True:
            if self.is_switch(name):
                if self.is_pivot(name):
                    return None
                name = self.edges[name][0][0]
            elif self.op(name) in ENTERS and not self._enters_variable(name):
                name = self.edges[name][0][0]
            elif self.op(name) == "LoopCond":
                return None
            else:
                return name

    def _enters_variable(self, name):
        return any(v[0] == name for v in self.loops[self.frame[name]].variables)

    def controls(self, name):
        """Names of the nodes whose running a node waits for; a sign of the branch or iteration that it is in is none."""
        if self.flat:
            return [s for s, _, control in self.edges[name] if control]
        out = [self.origin(s) for s, _, control in self.edges[name] if control and not self._is_sign(s)]
        return [s for s in dict.fromkeys(out) if s is not None]

    def _is_sign(self, name):
        if self.is_switch(name) or self._is_variable(name):
            return True
        if self.op(name) != "Identity":
            return False
        source = self.edges[name][0][0]
        return self.is_loop_switch(source) or (self.is_switch(source) and self.is_pivot(source))

    def needs(self, name):
        """Names of the nodes that must exist before a node does."""
        if self.flat:
            return [s for s, _, _ in self.edges[name]]
        if self.op(name) in EXITS:
            return list(self.outside(self.loop_of_exit(name)))
        if self.is_merge(name):
            live = self.live_inputs(name)
            out = [self.origin(s) for s, _, _ in live]
            if live[1:]:
                out.append(self.origin(self.joins[name][1][0]))
        else:
            out = [self.origin(s) for s, _, control in self.edges[name] if not control]
        return [s for s in dict.fromkeys(out + self.controls(name)) if s is not None]


def _both(a, b):
    """The state of a node that needs values of two states."""
    if a == DEAD or b == DEAD:
        return DEAD
    if len(a) < len(b):
        a, b = b, a
    if a[: len(b)] == b:
        return a
    for key, branch in b:
        other = next((k for n, k in a if n == key), None)
        if other is None:
            a = (*a, (key, branch))
        elif other != branch:
            return DEAD
    return a
