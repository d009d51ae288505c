"""`Saver`: saving and restoring variables of a session in checkpoints of TensorFlow's own format."""

import os
import time
import uuid

import numpy as np

from mainstem.base import dtypes, errors
from mainstem.core import registry
from mainstem.formats import checkpoint_state, protos, stores
from mainstem.graph import device
from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.ops.checkpoint import open_reader
from mainstem.platform import logging
from mainstem.state import scope as variable_scopes
from mainstem.surface.framework import group
from mainstem.train import checkpoints, collection_proto, eager_saver, meta_graph, missing_keys, saveables


class Saver:
    """Saves variables to checkpoints and restores them; keeps the newest `max_to_keep` and one every
    `keep_checkpoint_every_n_hours`.

    `var_list` is a list of variables or a dict from names in the checkpoint to variables; None means all saveable ones.
    """

    def __init__(
        self,
        var_list=None,
        reshape=False,
        sharded=False,
        max_to_keep=5,
        keep_checkpoint_every_n_hours=10000.0,
        name=None,
        restore_sequentially=False,
        saver_def=None,
        builder=None,
        defer_build=False,
        allow_empty=False,
        write_version=protos.SaverDef.V2,
        pad_step_number=False,
        save_relative_paths=False,
        filename=None,
    ):
        if defer_build and var_list:
            raise ValueError(
                "If `var_list` is provided then build cannot be deferred. Either set defer_build=False or var_list=None."
            )
        if builder is not None:
            raise NotImplementedError("Saver: a `builder` of your own is not supported; pass saveable objects in `var_list`.")
        self._var_list, self._reshape, self._sharded, self._name, self._filename = var_list, reshape, sharded, name, filename
        self._max_to_keep, self._keep_hours = max_to_keep, keep_checkpoint_every_n_hours
        self._allow_empty, self._write_version, self._pad = allow_empty, write_version, pad_step_number
        self._relative, self._is_built, self._is_empty = save_relative_paths, False, False
        self._last_checkpoints, self._to_be_deleted, self._next_kept = (
            [],
            [],
            time.time() + keep_checkpoint_every_n_hours * 3600,
        )
        self._saveables = self._eager = None
        if write_version == protos.SaverDef.V1:
            logging.warning("Saver: checkpoints are written in the V2 format; V1 is read only.")
            self._write_version = protos.SaverDef.V2
        self.saver_def = saver_def
        if saver_def is not None:
            self._max_to_keep, self._keep_hours = saver_def.max_to_keep, saver_def.keep_checkpoint_every_n_hours
            self._next_kept = time.time() + self._keep_hours * 3600
            self._sharded, self._write_version, self._is_built = saver_def.sharded, saver_def.version, True
        elif not defer_build:
            self.build()

    # ---- building

    def build(self):
        """Adds the saving and restoring operations to the graph. Raises ValueError when there is nothing to save."""
        if self._is_built:
            return
        self._is_built = True
        if variable_scopes.eager():
            self._eager = eager_saver.named(self._var_list)
            return
        if self._var_list is None:
            self._var_list = all_saveable_objects()
        if not self._var_list:
            if not self._allow_empty:
                raise ValueError("No variables to save")
            self._is_empty = True
            return
        self._saveables = saveables.collect(self._var_list)
        self.saver_def = self._build()

    def _build(self):
        graph = get_default_graph()
        with graph.name_scope(self._name or "save") as scope, graph.name_scope(scope):
            default = _strings(graph, (self._filename or "model").encode(), "filename/input")
            filename = graph.apply(registry.lookup("PlaceholderWithDefault"), (default,), {"shape": []}, "filename")
            filename = graph.apply(registry.lookup("PlaceholderWithDefault"), (filename,), {"shape": []}, "Const")
            if self._sharded:
                groups = _by_device(self._saveables)
                save, restore = self._add_sharded(graph, filename, groups), self._add_sharded_restore(graph, filename, groups)
            else:
                save = _after(graph, self._save_op(graph, filename, self._saveables), filename)
                restore = self._add_restore(graph, filename, self._saveables, "restore_all")
        return protos.SaverDef(
            filename_tensor_name=filename.name,
            save_tensor_name=save.name,
            restore_op_name=restore.name,
            max_to_keep=self._max_to_keep or 0,
            sharded=bool(self._sharded),
            keep_checkpoint_every_n_hours=self._keep_hours,
            version=self._write_version,
        )

    @staticmethod
    def _save_op(graph, filename, items):
        specs = [s for item in items for s in item.specs]
        tensors = [s.tensor() if callable(s.tensor) else s.tensor for s in specs]
        with graph.name_scope("SaveV2") as scope:
            names = _names(graph, specs)
            return graph.apply(registry.lookup("SaveV2"), (filename, *names, tensors), {}, scope)

    def _add_sharded(self, graph, filename, groups):
        suffix = _strings(graph, f"_temp_{uuid.uuid4().hex}/part".encode(), "StringJoin/inputs_1")
        base = graph.apply(registry.lookup("StringJoin"), ([filename, suffix],), {}, "StringJoin")
        count = graph.constant(np.array(len(groups), np.int32), dtypes.int32, "num_shards")
        shards, after = [], []
        for i, (place, items) in enumerate(groups):
            with graph.device(_on_cpu(place)):
                with graph.name_scope("ShardedFilename") as scope:
                    shard = graph.constant(np.array(i, np.int32), dtypes.int32, "shard")
                    shards.append(graph.apply(registry.lookup("ShardedFilename"), (base, shard, count), {}, scope))
                after.append(_after(graph, self._save_op(graph, shards[-1], items), shards[-1]))
        with graph.device(_on_cpu(groups[-1][0])):
            with graph.control_dependencies(after), graph.name_scope("MergeV2Checkpoints") as scope:
                prefixes = graph.apply(registry.lookup("Pack"), (shards,), {"axis": 0}, "checkpoint_prefixes")
                arguments = (prefixes, filename)
                merge = graph.apply(registry.lookup("MergeV2Checkpoints"), arguments, {"delete_old_dirs": True}, scope)
            with graph.control_dependencies([merge, *after]):
                return graph.apply(registry.lookup("Identity"), (filename,), {}, "Identity")

    def _add_restore(self, graph, filename, items, name):
        specs = [s for item in items for s in item.specs]
        with graph.device("/device:CPU:0"), graph.name_scope("RestoreV2") as scope:
            kinds = {"dtypes": [s.dtype for s in specs]}
            tensors = graph.apply(registry.lookup("RestoreV2"), (filename, *_names(graph, specs)), kinds, scope)
        ops, i = [], 0
        for item in items:
            part = tensors[i : i + len(item.specs)]
            i += len(item.specs)
            ops.append(item.restore(part, self._shapes(graph, item) if self._reshape else None))
        return group(*ops, name=name)

    @staticmethod
    def _shapes(graph, item):
        out = []
        for s in item.specs:
            known = s.tensor.shape.is_fully_defined()
            out.append(s.tensor.shape.as_list() if known else graph.apply(registry.lookup("Shape"), (s.tensor,), {}))
        return out

    def _add_sharded_restore(self, graph, filename, groups):
        parts = []
        for place, items in groups:
            with graph.device(place):
                parts.append(self._add_restore(graph, filename, items, "restore_shard"))
        return group(*parts, name="restore_all")

    # ---- saving and restoring

    def save(
        self,
        sess,
        save_path,
        global_step=None,
        latest_filename=None,
        meta_graph_suffix="meta",
        write_meta_graph=True,
        write_state=True,
        strip_default_attrs=False,
        save_debug_info=False,
    ):
        """Writes a checkpoint; gives its prefix (`save_path`, with "-<global_step>" when that is given).

        Raises TypeError when `sess` is no session, ValueError when `latest_filename` collides or the directory is missing.
        """
        self._ready(sess)
        latest_filename = latest_filename or "checkpoint"
        if os.path.split(latest_filename)[0]:
            raise ValueError("'latest_filename' must not contain path components")
        if os.path.basename(save_path) == latest_filename and not self._sharded and global_step is None:
            raise ValueError(f"'latest_filename' collides with 'save_path': '{latest_filename}' and '{save_path}'")
        path = os.fspath(save_path) + self._step_suffix(sess, global_step)
        directory = os.path.dirname(path)
        if not self._is_empty:
            path = self._write(sess, path)
        if write_meta_graph and self._eager is None:
            self.export_meta_graph(
                checkpoints.meta_graph_filename(path, meta_graph_suffix),
                graph=sess.graph,
                strip_default_attrs=strip_default_attrs,
            )
        if write_state and not self._is_empty:
            self._record(path)
            checkpoints.update_checkpoint_state_internal(
                directory,
                path,
                self.last_checkpoints,
                latest_filename,
                self._relative,
            )
            self._delete_old(meta_graph_suffix)
        return None if self._is_empty else path

    def _write(self, sess, path):
        if self._eager is not None:
            eager_saver.write(self._eager, path)
            return path
        try:
            written = sess.run(self.saver_def.save_tensor_name, {self.saver_def.filename_tensor_name: path})
        except (FileNotFoundError, NotADirectoryError) as e:
            if stores.isdir(os.path.dirname(path) or "."):
                raise
            raise ValueError(f"Parent directory of {path} doesn't exist, can't save.") from e
        return written.decode() if isinstance(written, bytes) else str(written)

    def _step_suffix(self, sess, global_step):
        if global_step is None:
            return ""
        if not isinstance(global_step, (int, np.integer)):
            global_step = sess.run(global_step) if self._eager is None else global_step.numpy()
        return f"-{int(global_step):08d}" if self._pad else f"-{int(global_step)}"

    def _ready(self, sess):
        if not self._is_built:
            raise RuntimeError("`build()` should be called before save if defer_build==True")
        if self._eager is not None:
            return
        if not callable(getattr(sess, "run", None)) or not hasattr(sess, "graph"):
            raise TypeError(f"'sess' must be a Session; {sess}")

    def restore(self, sess, save_path):
        """Gives the variables their values from the checkpoint at `save_path` (any spelling of its path).

        Raises ValueError for None and where no checkpoint lies, NotFoundError for missing keys (with all missing, all unused
        and the nearest keys), InvalidArgumentError for shapes and dtypes that do not fit, DataLossError for damaged files.
        """
        if self._is_empty:
            return
        if save_path is None:
            raise ValueError("Can't load save_path when it is None.")
        self._ready(sess)
        logging.info("Restoring parameters from %s", os.fspath(save_path))
        try:
            prefix = checkpoint_state.prefix_of(save_path)
        except errors.NotFoundError as e:
            raise ValueError(f"The passed save_path is not a valid checkpoint: {os.fspath(save_path)}. {e}") from None
        if self._eager is not None:
            eager_saver.restore(self._eager, prefix)
            return
        feed = {self.saver_def.filename_tensor_name: prefix}
        feed.update(self._renamed(sess.graph, prefix))
        sess.run(self.saver_def.restore_op_name, feed)

    def _renamed(self, graph, prefix):
        """Feeds that restore from an object-based checkpoint of TensorFlow 2; checks names and shapes on the way."""
        restores = missing_keys.restore_ops(graph, self.saver_def.restore_op_name)
        with open_reader(prefix) as reader:
            return missing_keys.check(restores, reader, prefix)

    # ---- bookkeeping

    @property
    def last_checkpoints(self):
        """Prefixes of the checkpoints not deleted yet, oldest first."""
        return [p for p, _ in self._last_checkpoints]

    def set_last_checkpoints(self, last_checkpoints):
        """Sets the list of `last_checkpoints` without times."""
        self._last_checkpoints = [(p, np.inf) for p in last_checkpoints]

    def set_last_checkpoints_with_time(self, last_checkpoints_with_time):
        """Sets the list of (prefix, time in seconds)."""
        self._last_checkpoints = list(last_checkpoints_with_time)

    def recover_last_checkpoints(self, checkpoint_paths):
        """Takes over checkpoints of an earlier process, so that they count for `max_to_keep`; missing ones are dropped."""
        with_time = []
        for p in checkpoint_paths:
            times = checkpoints.get_checkpoint_mtimes([p])
            if times:
                with_time.append((p, times[0]))
        self.set_last_checkpoints_with_time(with_time)

    def _record(self, path):
        if not self._max_to_keep:
            return
        self._last_checkpoints = [c for c in self._last_checkpoints if c[0] != path]
        self._last_checkpoints.append((path, time.time()))
        if len(self._last_checkpoints) > self._max_to_keep:
            self._to_be_deleted.append(self._last_checkpoints.pop(0))

    def _delete_old(self, meta_graph_suffix):
        """Deletes what fell out of the list, after the state file names the newer ones."""
        while self._to_be_deleted:
            path, written = self._to_be_deleted.pop(0)
            if written > self._next_kept:
                self._next_kept += self._keep_hours * 3600
                continue
            checkpoints.remove_checkpoint(path, meta_graph_suffix=meta_graph_suffix)

    def as_saver_def(self):
        """The SaverDef protocol buffer of this saver."""
        return self.saver_def

    def to_proto(self, export_scope=None):
        """The SaverDef, with names relative to `export_scope`; None when they lie outside it."""
        if export_scope is None:
            return self.saver_def
        if not (
            self.saver_def.filename_tensor_name.startswith(export_scope)
            and self.saver_def.save_tensor_name.startswith(export_scope)
        ):
            return None
        out = protos.SaverDef()
        out.CopyFrom(self.saver_def)
        for field in ("filename_tensor_name", "save_tensor_name", "restore_op_name"):
            setattr(out, field, getattr(out, field)[len(export_scope) :].lstrip("/"))
        return out

    @staticmethod
    def from_proto(saver_def, import_scope=None):
        """Gives the Saver of a SaverDef whose operations are in the graph (under `import_scope`)."""
        if import_scope:
            out = protos.SaverDef()
            out.CopyFrom(saver_def)
            for field in ("filename_tensor_name", "save_tensor_name", "restore_op_name"):
                setattr(out, field, f"{import_scope}/{getattr(out, field)}")
            saver_def = out
        return Saver(saver_def=saver_def, name=import_scope)

    def export_meta_graph(
        self,
        filename=None,
        collection_list=None,
        as_text=False,
        export_scope=None,
        clear_devices=False,
        clear_extraneous_savers=False,
        strip_default_attrs=False,
        save_debug_info=False,
        graph=None,
    ):
        """Gives the MetaGraphDef of the graph with this saver, written to `filename` when that is given."""
        return meta_graph.export_meta_graph(
            filename=filename,
            graph=graph,
            saver_def=self.saver_def,
            collection_list=collection_list,
            as_text=as_text,
            export_scope=export_scope,
            clear_devices=clear_devices,
            clear_extraneous_savers=clear_extraneous_savers,
            strip_default_attrs=strip_default_attrs,
        )


def _strings(graph, value, name):
    return graph.constant(np.array(value, object), dtypes.string, name)


def _names(graph, specs):
    rows = ([s.name.encode() for s in specs], "tensor_names"), ([s.slice_spec.encode() for s in specs], "shape_and_slices")
    return [_strings(graph, values, label) for values, label in rows]


def _after(graph, op, tensor):
    """The tensor, after an operation has run."""
    with graph.control_dependencies([op]), graph.colocate_with(tensor.op):
        return graph.apply(registry.lookup("Identity"), (tensor,), {}, "control_dependency")


def _by_device(items):
    groups = {}
    for item in items:
        groups.setdefault(device.merge("", item.device), []).append(item)
    return sorted(groups.items())


def _on_cpu(place):
    """The CPU of the machine of a device."""
    return device.merge(place, "/device:CPU:0")


def all_saveable_objects(scope=None):
    """Global variables and saveable objects of the default graph."""
    graph = get_default_graph()
    return graph.get_collection(GraphKeys.GLOBAL_VARIABLES, scope) + graph.get_collection(GraphKeys.SAVEABLE_OBJECTS, scope)


def import_meta_graph(meta_graph_or_file, clear_devices=False, import_scope=None, **kwargs):
    """Adds the graph of a `.meta` file (or MetaGraphDef) to the default graph with its collections; gives its Saver.

    Gives None when the graph has no variables. Keyword arguments are those of `meta_graph.import_scoped`.
    Raises OSError for a missing file and one that holds something else, ValueError for nodes that cannot be made.
    """
    read = meta_graph.read(meta_graph_or_file)
    variables, _ = meta_graph.import_scoped(read, clear_devices, import_scope, **kwargs)
    if read.HasField("saver_def"):
        scope = import_scope
        if scope and variables:  # the scope may have been made unique: take it from a variable's name
            relative, sample = next(iter(variables.items()))
            scope = sample.name[: -len(relative)].rstrip("/")
        return Saver.from_proto(read.saver_def, scope)
    if variables or all_saveable_objects(import_scope):
        return Saver()
    return None


collection_proto.register_defaults(Saver.from_proto)
