"""Looking into object-based checkpoints and objects: `CheckpointView` and `TrackableView`."""

import os

from mainstem.base import errors
from mainstem.ops.checkpoint import open_reader
from mainstem.state import trackable
from mainstem.train import object_graph


class TrackableView:
    """The objects below `root` as a checkpoint sees them."""

    def __init__(self, root):
        self._root = root

    @property
    def root(self):
        """The object at the top."""
        return self._root

    @classmethod
    def children(cls, obj, save_type="checkpoint", **kwargs):
        """{local name: child} of an object."""
        return dict(trackable.children_of(obj))

    def descendants(self):
        """The root and all objects below it, breadth first."""
        found = object_graph.ObjectGraph(self._root)
        return found.objects[: len(found.objects) - len(found.slots)]


class CheckpointView:
    """The object graph that a checkpoint holds. Raises NotFoundError when there is no checkpoint or no such graph in it."""

    def __init__(self, save_path):
        path = os.fspath(save_path)
        try:
            with open_reader(path) as reader:
                self._proto = object_graph.read(reader)
        except errors.NotFoundError as e:
            raise errors.NotFoundError(
                None, None, f"Unsuccessful TensorSliceReader constructor: Failed to find any matching files for {path}. {e}"
            ) from None
        if self._proto is None:
            raise errors.NotFoundError(None, None, f"The specified checkpoint {path} is not object-based.")

    def children(self, node_id):
        """{local name: node id} of the children of a node. Raises IndexError for a node that is not there."""
        return {c.local_name: c.node_id for c in self._proto.nodes[node_id].children}

    def descendants(self):
        """The ids of all nodes, breadth first from 0, the root."""
        return list(self._reached())

    def _reached(self):
        found = {0: None}
        todo = [0]
        for at in todo:
            for i in self.children(at).values():
                if i not in found:
                    found[i] = None
                    todo.append(i)
        return found

    def match(self, obj):
        """{node id: object} for the nodes that have an object under the same names below `obj` (or a TrackableView's root)."""
        root = obj.root if isinstance(obj, TrackableView) else obj
        matched, todo = {0: root}, [0]
        for at in todo:
            children = trackable.children_of(matched[at])
            for name, i in self.children(at).items():
                if i not in matched and name in children:
                    matched[i] = children[name]
                    todo.append(i)
        return matched

    def diff(self, obj):
        """(`match`, ids of nodes without an object, objects without a node)."""
        matched = self.match(obj)
        held = {id(v) for v in matched.values()}
        lost = [i for i in self.descendants() if i not in matched]
        root = obj.root if isinstance(obj, TrackableView) else obj
        return matched, lost, [v for v in TrackableView(root).descendants() if id(v) not in held]
