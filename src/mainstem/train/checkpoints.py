"""Checkpoints on disk: the state file, looking up and removing checkpoints, reading their tensors."""

import os
import re
import time

from mainstem.base import errors
from mainstem.formats import bundle, checkpoint_state, protos, stores, v1_checkpoint
from mainstem.formats.files import FILES
from mainstem.platform import logging

_SHARD_SUFFIX = re.compile(r"-[\d?]+-of-\d+$")


# ---- the state file


def generate_checkpoint_state_proto(
    save_dir,
    model_checkpoint_path,
    all_model_checkpoint_paths=None,
    all_model_checkpoint_timestamps=None,
    last_preserved_timestamp=None,
):
    """Gives the CheckpointState of `save_dir`; paths are relative to it when it is relative itself.

    Raises ValueError when there is not one timestamp a path.
    """
    return checkpoint_state.make(
        save_dir, model_checkpoint_path, all_model_checkpoint_paths, all_model_checkpoint_timestamps, last_preserved_timestamp
    )


def update_checkpoint_state(
    save_dir,
    model_checkpoint_path,
    all_model_checkpoint_paths=None,
    latest_filename=None,
    all_model_checkpoint_timestamps=None,
    last_preserved_timestamp=None,
):
    """Writes the state file of `save_dir`, in one step. Raises RuntimeError when it would overwrite the checkpoint itself."""
    update_checkpoint_state_internal(
        save_dir,
        model_checkpoint_path,
        all_model_checkpoint_paths,
        latest_filename,
        False,
        all_model_checkpoint_timestamps,
        last_preserved_timestamp,
    )


def update_checkpoint_state_internal(
    save_dir,
    model_checkpoint_path,
    all_model_checkpoint_paths=None,
    latest_filename=None,
    save_relative_paths=False,
    all_model_checkpoint_timestamps=None,
    last_preserved_timestamp=None,
):
    """Like `update_checkpoint_state`; with `save_relative_paths` the file names paths relative to `save_dir`."""
    save_dir, latest = os.fspath(save_dir), os.fspath(model_checkpoint_path)
    if checkpoint_state.state_path(save_dir, latest_filename) == latest:
        raise RuntimeError(
            f"Save path '{latest}' conflicts with path used for checkpoint state. Please use a different save path."
        )
    paths = list(all_model_checkpoint_paths or ())
    if save_relative_paths:
        latest, *paths = (
            os.path.relpath(p, save_dir) if os.path.isabs(p) == os.path.isabs(save_dir) else p for p in (latest, *paths)
        )
        state = checkpoint_state.make(
            os.path.abspath(save_dir), latest, paths, all_model_checkpoint_timestamps, last_preserved_timestamp
        )
    else:
        state = generate_checkpoint_state_proto(
            save_dir, latest, paths, all_model_checkpoint_timestamps, last_preserved_timestamp
        )
    checkpoint_state.write(save_dir, state, latest_filename)


def get_checkpoint_state(checkpoint_dir, latest_filename=None):
    """Gives the CheckpointState of a directory with usable paths, or None when it has none (or an unreadable one: logged)."""
    try:
        return checkpoint_state.read(checkpoint_dir, latest_filename)
    except errors.DataLossError as e:
        logging.warning("%s Checkpoint ignored.", e)
        return None


def latest_checkpoint(checkpoint_dir, latest_filename=None):
    """Gives the prefix of the newest checkpoint that the state file of a directory names, or None."""
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    if state is None:
        return None
    if not checkpoint_exists(state.model_checkpoint_path):
        logging.error("Couldn't match files for checkpoint %s", state.model_checkpoint_path)
        return None
    return state.model_checkpoint_path


# ---- the files of a checkpoint


def checkpoint_exists(checkpoint_prefix):
    """Whether a checkpoint, V2 or V1, lies at a prefix."""
    return bundle.exists(checkpoint_prefix) or bool(v1_checkpoint.files_at(checkpoint_prefix))


def get_checkpoint_mtimes(checkpoint_prefixes):
    """Gives when each of the checkpoints was written, in seconds; those that do not exist are left out."""
    times = []
    for prefix in checkpoint_prefixes:
        index = bundle.index_path(os.fspath(prefix))
        files = [index] if stores.exists(index) else v1_checkpoint.files_at(prefix)
        if files:
            times.append(stores.mtime(files[0]))
    return times


def remove_checkpoint(checkpoint_prefix, checkpoint_format_version=protos.SaverDef.V2, meta_graph_suffix="meta"):
    """Removes the files of a checkpoint and its meta graph; those that do not exist are no error."""
    prefix = os.fspath(checkpoint_prefix)
    files = [meta_graph_filename(prefix, meta_graph_suffix)]
    if checkpoint_format_version == protos.SaverDef.V2:
        bundle.delete(prefix)
    else:
        files += v1_checkpoint.files_at(prefix)
    for name in files:
        if stores.exists(name):
            FILES.unlink(name)


def meta_graph_filename(checkpoint_filename, meta_graph_suffix="meta"):
    """The name of the meta graph beside a checkpoint (one file for all shards of a V1 checkpoint)."""
    return f"{_SHARD_SUFFIX.sub('', os.fspath(checkpoint_filename))}.{meta_graph_suffix}"


# ---- reading


class CheckpointReader:
    """Reads tensors of a checkpoint, V2 or V1, given by any spelling of its path.

    Raises NotFoundError when there is none, DataLossError when its index is damaged.
    """

    def __init__(self, filepattern):
        filepattern = filepattern.decode() if isinstance(filepattern, bytes) else os.fspath(filepattern)
        self._prefix = checkpoint_state.prefix_of(filepattern)
        self._reader = v1_checkpoint.open_checkpoint(self._prefix)

    def get_variable_to_shape_map(self):
        """Gives {name: shape as a list}."""
        return {name: list(shape) for name, (_, shape) in self._reader.entries().items()}

    def get_variable_to_dtype_map(self):
        """Gives {name: DType}."""
        return {name: dtype for name, (dtype, _) in self._reader.entries().items()}

    def has_tensor(self, tensor_str):
        """Whether the checkpoint has a tensor of that name."""
        return self._reader.has(_text(tensor_str))

    def get_tensor(self, tensor_str):
        """Gives a tensor as an array (a NumPy scalar for rank 0).

        Raises NotFoundError when there is no such tensor, DataLossError naming it when it is damaged.
        """
        value = self._reader.read(_text(tensor_str))
        return value if value.ndim else value[()]

    def debug_string(self):
        """Gives one line a tensor: `name (DT_FLOAT) [2,3]`, as bytes."""
        rows = []
        for name, (dtype, shape) in self._reader.entries().items():
            kind = protos.DataType.Name(dtype.as_datatype_enum)
            rows.append(f"{name} ({kind}) [{','.join(map(str, shape))}]\n")
        return "".join(rows).encode()


def _text(name):
    return name.decode() if isinstance(name, bytes) else name


def NewCheckpointReader(filepattern):  # noqa: N802 - TensorFlow's name
    """Gives the `CheckpointReader` of a checkpoint. Raises NotFoundError when there is none."""
    return CheckpointReader(filepattern)


def load_checkpoint(ckpt_dir_or_file):
    """Gives the `CheckpointReader` of a checkpoint or of the newest one of a directory.

    Raises ValueError for a directory without checkpoints, NotFoundError for a path where nothing lies.
    """
    path = os.fspath(ckpt_dir_or_file)
    if stores.isdir(path) and not checkpoint_exists(path):
        found = latest_checkpoint(path)
        if found is None:
            raise ValueError(f"Couldn't find 'checkpoint' file or checkpoints in given directory {path}")
        path = found
    return CheckpointReader(path)


def load_variable(ckpt_dir_or_file, name):
    """Gives the tensor `name` (with or without ":0") of a checkpoint. Raises what `load_checkpoint` and `get_tensor` raise."""
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name.removesuffix(":0"))


def list_variables(ckpt_dir_or_file):
    """Gives [(name, shape as a list)] of all tensors of a checkpoint, sorted by name."""
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())


# ---- waiting for checkpoints of another process


def wait_for_new_checkpoint(checkpoint_dir, last_checkpoint=None, seconds_to_sleep=1, timeout=None):
    """Waits until a directory has a newest checkpoint other than `last_checkpoint`; gives None after `timeout` seconds."""
    logging.info("Waiting for new checkpoint at %s", checkpoint_dir)
    stop = time.time() + timeout if timeout is not None else None
    while True:
        found = latest_checkpoint(checkpoint_dir)
        if found is not None and found != last_checkpoint:
            logging.info("Found new checkpoint at %s", found)
            return found
        if stop is not None and time.time() + seconds_to_sleep > stop:
            return None
        time.sleep(seconds_to_sleep)


def checkpoints_iterator(checkpoint_dir, min_interval_secs=0, timeout=None, timeout_fn=None):
    """Yields each new newest checkpoint of a directory, at most one every `min_interval_secs`.

    After `timeout` seconds without one it ends, or calls `timeout_fn` and ends when that gives True.
    """
    found = None
    while True:
        new = wait_for_new_checkpoint(checkpoint_dir, found, timeout=timeout)
        if new is None:
            if not timeout_fn:
                logging.info("Timed-out waiting for a checkpoint.")
                return
            if timeout_fn():
                return
            continue
        start, found = time.time(), new
        yield found
        rest = start + min_interval_secs - time.time()
        if rest > 0:
            time.sleep(rest)
