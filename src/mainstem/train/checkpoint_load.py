"""The way back: values of a checkpoint to the objects of a program, those that exist and those that appear later."""

import sys

from mainstem.base import errors, shapes
from mainstem.graph import sessions
from mainstem.platform import logging
from mainstem.state import trackable
from mainstem.state.variable import Variable
from mainstem.train import object_graph


def _check(variable, stored, key):
    """Raises the error for a saved value that cannot be the variable's."""
    dtype, shape = stored
    if dtype is not variable.dtype.base_dtype:
        want = variable.dtype.base_dtype.name
        raise errors.InvalidArgumentError(
            None, None, f"tensor_name = {key}; expected dtype {want} does not equal original dtype {dtype.name}"
        )
    if not shapes.compatible(shapes.as_tuple(variable.shape), tuple(shape)):
        raise ValueError(
            f"Received incompatible tensor with shape {shapes.TensorShape(shape)} when attempting to restore variable with "
            f"shape {variable.shape} and name {variable.name}."
        )


class _Status:
    """What `restore` gives: checks on what matched, and in graph mode the restoring itself."""

    def __init__(self, root, reader=None):
        self._root, self._reader, self._waiting, self._later = root, reader, [], None

    def _give(self, variable, key):
        """Restores a variable: at once in eager mode, else when `run_restore_ops` is called."""
        _check(variable, self._reader.entry(key), key)
        if variable._is_eager:
            variable.assign(self._reader.read(key))
        elif self._later is not None:
            self._later(variable, self._reader.read(key))
        else:
            self._waiting.append((variable, key))

    def run_restore_ops(self, session=None):
        """In graph mode: gives the variables of `session` (default: the default session) their values."""
        for variable, key in self._waiting:
            variable.load(self._reader.read(key), sessions.required(session, variable.graph, "run_restore_ops"))

    def run_as_they_come(self, session, later):
        """In graph mode: gives variables their values now, in `session`; `later(variable, value)` is told of those that appear."""
        self.run_restore_ops(session)
        self._waiting, self._later = [], later

    def initialize_or_restore(self, session=None):
        """In graph mode: initializes the variables that the checkpoint does not have, restores the others."""
        restored = {id(v) for v, _ in self._waiting}
        for v in object_graph.ObjectGraph(self._root).objects:
            if isinstance(v, Variable) and not v._is_eager and id(v) not in restored:
                sessions.required(session, v.graph, "initialize_or_restore").run(v.initializer)
        self.run_restore_ops(session)

    def assert_consumed(self):
        """Raises AssertionError unless every saved value was restored and every object has one. Gives the status."""
        raise NotImplementedError(f"{type(self).__name__}.assert_consumed")

    def assert_existing_objects_matched(self):
        """Raises AssertionError unless every variable that exists now got a saved value. Gives the status."""
        raise NotImplementedError(f"{type(self).__name__}.assert_existing_objects_matched")

    def assert_nontrivial_match(self):
        """Raises AssertionError when nothing but the root matched. Gives the status."""
        raise NotImplementedError(f"{type(self).__name__}.assert_nontrivial_match")

    def expect_partial(self):
        """Says that it is no mistake when not everything matches. Gives the status."""
        return self


class InitializationOnlyStatus(_Status):
    """What restoring from None gives: there was nothing to restore."""

    def _refuse(self):
        raise AssertionError("No checkpoint specified (save_path=None); nothing is being restored.")

    assert_consumed = assert_existing_objects_matched = assert_nontrivial_match = _refuse

    def run_restore_ops(self, session=None):
        """Raises AssertionError: there is nothing to restore."""
        self._refuse()

    def initialize_or_restore(self, session=None):
        """In graph mode: initializes all variables."""
        for v in object_graph.ObjectGraph(self._root).objects:
            if isinstance(v, Variable) and not v._is_eager:
                sessions.required(session, v.graph, "initialize_or_restore").run(v.initializer)


class Load(_Status):
    """The loading of an object-based checkpoint into the objects below a root."""

    def __init__(self, root, reader, proto):
        super().__init__(root, reader)
        self._proto, self._bound, self._slots, self._partial = proto, {}, [], False

    def expect_partial(self):
        """Says that it is no mistake when not everything matches: nobody is warned. Gives the status."""
        self._partial = True
        return self

    def _unresolved(self):
        return [i for i, node in enumerate(self._proto.nodes) if node.attributes and i not in self._bound]

    def __del__(self):
        """Nothing can appear any more that values wait for."""
        if sys.is_finalizing() or self._partial or not self._unresolved():
            return
        lost = [object_graph.described(self._proto, i) for i in self._unresolved()]
        logging.warning(
            "Values of the checkpoint found no place in the restored object: %s. If that is meant, call `status.expect_partial()`.",
            ", ".join(lost),
        )

    def start(self):
        """Restores what exists, lets the rest wait; gives this status."""
        self._bind(0, self._root)
        return self

    def _bind(self, node_id, value):
        """The object of a node appeared: it and all that is below, breadth first."""
        todo = [(node_id, value, None)]
        for node_id, value, put in todo:
            known = self._bound.get(node_id)
            if known is not None:
                if known is not value:
                    logging.warning(
                        "Inconsistent references when loading the checkpoint into this object graph: %s leads to two objects.",
                        object_graph.described(self._proto, node_id),
                    )
                continue
            self._bound[node_id] = value
            node = self._proto.nodes[node_id]
            if isinstance(value, Variable):
                for a in node.attributes:
                    self._give(value, a.checkpoint_key)
                continue
            if isinstance(value, trackable.PythonState):
                for a in node.attributes:
                    value.deserialize(self._reader.read(a.checkpoint_key).reshape(-1)[0])
            children = trackable.children_of(value)
            if put is not None and any(c.local_name not in children for c in node.children):
                waiting = trackable.waiting_container(value)
                if waiting is not None:
                    put(waiting)
                    self._bound[node_id] = value = waiting
            for child in node.children:
                name = child.local_name
                if name in children:
                    todo.append((child.node_id, children[name], _putting(value, name)))
                elif isinstance(value, trackable.Trackable):
                    value._restore_later(name, lambda found, i=child.node_id: self._bind(i, found))
            self._slots += [(node_id, s) for s in node.slot_variables]
        self._bind_slots()

    def _bind_slots(self):
        """Slots whose optimizer and variable are both there now."""
        waiting, self._slots = self._slots, []
        for at, s in waiting:
            optimizer, variable = self._bound.get(at), self._bound.get(s.original_variable_node_id)
            if optimizer is None or variable is None:
                self._slots.append((at, s))
                continue
            slot = optimizer.get_slot(variable, s.slot_name) if hasattr(optimizer, "get_slot") else None
            if slot is not None:
                self._bind_slot(s.slot_variable_node_id, slot)
            elif hasattr(optimizer, "_restore_slot_later"):
                i = s.slot_variable_node_id
                optimizer._restore_slot_later(variable, s.slot_name, lambda found, i=i: self._bind_slot(i, found))

    def _bind_slot(self, node_id, slot):
        self._bound[node_id] = slot
        for a in self._proto.nodes[node_id].attributes:
            self._give(slot, a.checkpoint_key)

    # ---- checks

    def assert_consumed(self):
        """Raises AssertionError unless every saved value was restored and every object has one. Gives the status."""
        for i in self._unresolved():
            names = [a.full_name or a.checkpoint_key for a in self._proto.nodes[i].attributes]
            raise AssertionError(f"Unresolved object in checkpoint {object_graph.described(self._proto, i)}: {names}")
        self._all_matched(lambda value: True)
        return self

    def assert_existing_objects_matched(self):
        """Raises AssertionError unless every variable that exists now got a saved value. Gives the status."""
        self._all_matched(lambda value: isinstance(value, Variable))
        return self

    def assert_nontrivial_match(self):
        """Raises AssertionError when nothing but the root matched. Gives the status."""
        if len(self._bound) < 2 and object_graph.ObjectGraph(self._root).edges[0]:
            raise AssertionError(
                "Nothing except the root object matched a checkpointed value. Typically this means that the checkpoint does "
                f"not match the Python program. The root has: {sorted(trackable.children_of(self._root))}; the checkpoint has: "
                f"{sorted(c.local_name for c in self._proto.nodes[0].children)}."
            )
        return self

    def _all_matched(self, counts):
        matched = {id(v) for v in self._bound.values()}
        found = object_graph.ObjectGraph(self._root)
        lost = [p for p, v in zip(found.paths, found.objects, strict=True) if id(v) not in matched and counts(v)]
        lost = [p for p in lost if p != "save_counter" or any(c.local_name == p for c in self._proto.nodes[0].children)]
        if lost:
            raise AssertionError(f"Some Python objects were not bound to checkpointed values: {lost}")


def _putting(owner, name):
    """A function that puts another object in the place of the child `name` of `owner`; None where nothing can be put."""
    if isinstance(owner, list):
        return lambda value: list.__setitem__(owner, int(name), value)
    if isinstance(owner, dict):
        return lambda value: dict.__setitem__(owner, name, value)
    if isinstance(owner, trackable.AutoTrackable) and name in vars(owner):
        return lambda value: vars(owner).__setitem__(name, value)
    return None


class NameLoad(_Status):
    """The loading of a checkpoint of a Saver, by the names of variables."""

    def __init__(self, root, reader):
        super().__init__(root, reader)
        self.optional, self._restored = [], set()

    def start(self):
        """Restores the variables that are there under their names; gives this status."""
        for v in object_graph.ObjectGraph(self._root).objects:
            if isinstance(v, Variable) and self._reader.has(v._shared_name):
                self._restored.add(v._shared_name)
                self._give(v, v._shared_name)
        return self

    def assert_consumed(self):
        """As `assert_existing_objects_matched`: nobody knows what the other values were for."""
        return self.assert_existing_objects_matched()

    def assert_existing_objects_matched(self):
        """Raises AssertionError unless every variable that exists now got a saved value. Gives the status."""
        optional = {id(v) for v in self.optional}
        for v in object_graph.ObjectGraph(self._root).objects:
            if isinstance(v, Variable) and v._shared_name not in self._restored and id(v) not in optional:
                raise AssertionError(f"Object not found in checkpoint: {v.name}")
        return self

    def assert_nontrivial_match(self):
        """Raises AssertionError when nothing matched. Gives the status."""
        if not self._restored:
            raise AssertionError("Nothing in the checkpoint has the name of a variable.")
        return self
