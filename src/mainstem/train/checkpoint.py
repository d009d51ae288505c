"""`Checkpoint`: saves and restores what objects hold, found by attribute names from a root, as TensorFlow 2 does."""

import os

import numpy as np

from mainstem.base import dtypes, errors
from mainstem.formats import bundle, checkpoint_state, stores
from mainstem.graph import sessions
from mainstem.ops.checkpoint import open_reader
from mainstem.state import trackable
from mainstem.state.variable import Variable
from mainstem.surface.framework import init_scope
from mainstem.train import checkpoints, object_graph
from mainstem.train.checkpoint_load import InitializationOnlyStatus, Load, NameLoad


class CheckpointOptions:
    """Accepted: checkpoints are written by this process, at once."""

    def __init__(
        self,
        experimental_io_device=None,
        experimental_enable_async_checkpoint=False,
        experimental_write_callbacks=None,
        enable_async=False,
        experimental_skip_slot_variables=False,
        experimental_sharding_callback=None,
    ):
        self.experimental_io_device, self.enable_async = experimental_io_device, enable_async
        self.experimental_enable_async_checkpoint = experimental_enable_async_checkpoint
        self.experimental_write_callbacks = experimental_write_callbacks
        self.experimental_sharding_callback = experimental_sharding_callback
        self.experimental_skip_slot_variables = experimental_skip_slot_variables


def values_of(variables, session=None):
    """{key: NumPy array} for {key: variable}. In graph mode a session holds the values.

    Raises FailedPreconditionError for a variable without a value.
    """
    out = {k: v._read_op()._array() for k, v in variables.items() if v._is_eager}
    rest = {k: v for k, v in variables.items() if not v._is_eager}
    if rest:
        graph = next(iter(rest.values())).graph
        out.update(sessions.required(session, graph, "save").run({k: v._as_graph_element() for k, v in rest.items()}))
    return out


def _bytes(text):
    return text.encode() if isinstance(text, str) else text


class Checkpoint(trackable.AutoTrackable):
    """Groups objects to be saved: `Checkpoint(model=model, optimizer=optimizer, step=step)`.

    Args:
        root: an object whose attributes are saved as if they were this object's.
        kwargs: objects by the names that they have in the checkpoint; attributes set later count too.

    Values that have no place yet when a checkpoint is restored wait until their object appears. Raises ValueError for an
    argument that has nothing to save.
    """

    def __init__(self, root=None, **kwargs):
        if root is not None and not trackable.is_trackable(root):
            raise ValueError(f"Expected root argument to be a trackable object. Received {root!r}.")
        self._save_counter, self._root = None, root
        for name, value in sorted(kwargs.items()):
            if not trackable.is_trackable(value) and not (isinstance(value, (list, tuple, dict)) and not value):
                raise ValueError(
                    "`Checkpoint` was expecting a trackable object (an object derived from `Trackable`), got "
                    f"{value!r} for {name!r}. If you believe this object should be trackable, make it a tf.Module or a tf.Variable."
                )
            setattr(self, name, value)

    def _trackable_children(self, save_type=None, **kwargs):
        own = {k: v for k, v in super()._trackable_children().items() if k not in ("_root", "_save_counter")}
        if self._root is not None:
            own = {**trackable.children_of(self._root), **own}
        return own if self._save_counter is None else {**own, "save_counter": self._save_counter}

    def _restore_later(self, name, restore):
        if isinstance(self._root, trackable.Trackable):
            self._root._restore_later(name, restore)
        super()._restore_later(name, restore)

    @property
    def save_counter(self):
        """The variable that counts `save` calls; part of every checkpoint."""
        if self._save_counter is None:
            with init_scope():
                self._save_counter = Variable(0, name="save_counter", dtype=dtypes.int64, trainable=False)
            self._appeared("save_counter", self._save_counter)
        return self._save_counter

    # ---- saving

    def write(self, file_prefix, options=None):
        """Writes a checkpoint at exactly this prefix; gives the prefix. Nothing is counted, no state file is written."""
        return self._write(file_prefix, None)

    def _write(self, file_prefix, session):
        found = object_graph.ObjectGraph(self)
        values = values_of(found.variables, session)
        values.update((k, np.array(_bytes(v.serialize()), object)) for k, v in found.states.items())
        prefix = os.fspath(file_prefix)
        stores.makedirs(os.path.dirname(prefix) or ".")
        with bundle.BundleWriter(prefix) as writer:
            for key in sorted(values):
                writer.add(key, np.asarray(values[key]))
            writer.add(object_graph.KEY, np.array(found.to_proto().SerializeToString(deterministic=True), object))
        return prefix

    def save(self, file_prefix, options=None):
        """Writes a checkpoint `file_prefix-<number of saves>` and the state file beside it; gives its prefix."""
        return self._save(file_prefix, None)

    def _save(self, file_prefix, session):
        number = self._count(session)
        path = self._write(f"{os.fspath(file_prefix)}-{number}", session)
        checkpoints.update_checkpoint_state_internal(os.path.dirname(path), path, [path], save_relative_paths=True)
        return path

    def _count(self, session=None):
        """Adds one to the counter; gives it."""
        counter = self.save_counter
        if counter._is_eager:
            return int(counter.assign_add(1).numpy())
        session = sessions.required(session, counter.graph, "save")
        if not session.run(counter.is_initialized()):
            session.run(counter.initializer)
        counter.load(int(session.run(counter)) + 1, session)
        return int(session.run(counter))

    # ---- restoring

    def read(self, save_path, options=None):
        """Restores what `write` wrote; gives a status whose `assert_consumed` and the like check what matched.

        Raises NotFoundError when nothing lies there, ValueError or InvalidArgumentError for shapes and types that do not fit.
        """
        if save_path is None:
            return InitializationOnlyStatus(self)
        try:
            reader = open_reader(os.fspath(save_path))
        except errors.NotFoundError as e:
            raise errors.NotFoundError(
                None,
                None,
                f"Unsuccessful TensorSliceReader constructor: Failed to find any matching files for {save_path}. {e}",
            ) from None
        proto = object_graph.read(reader)
        made = NameLoad(self, reader) if proto is None else Load(self, reader, proto)
        return made.start()

    def restore(self, save_path, options=None):
        """`read` for what `save` wrote, also from a directory (its newest checkpoint); the counter goes on from there."""
        if save_path is not None and stores.isdir(save_path):
            save_path = checkpoint_state.latest(save_path) or save_path
        status = self.read(save_path)
        counter = self.save_counter
        if isinstance(status, NameLoad):
            status.optional.append(counter)
        return status

    def sync(self):
        """Waits for checkpoints that are being written: they are written at once."""


class CheckpointV1(Checkpoint):
    """`Checkpoint` with TensorFlow 1's signatures: in graph mode `session` holds the values."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)

    def write(self, file_prefix, session=None):
        """As `Checkpoint.write`, with the values of `session` (default: the default session) in graph mode."""
        return self._write(file_prefix, session)

    def save(self, file_prefix, session=None):
        """As `Checkpoint.save`, with the values of `session` (default: the default session) in graph mode."""
        return self._save(file_prefix, session)

    def restore(self, save_path):
        """As `Checkpoint.restore`; in graph mode call `run_restore_ops` or `initialize_or_restore` of the status."""
        return super().restore(save_path)
