"""The text file `checkpoint` beside the checkpoints: which is the latest, and which are kept."""

import os
import re

from google.protobuf import text_format

from mainstem.base.errors import DataLossError, NotFoundError
from mainstem.formats import protos, stores, v1_checkpoint
from mainstem.formats.bundle import exists
from mainstem.formats.files import FILES, write_atomic

STATE_FILE = "checkpoint"


def state_path(directory, latest_filename=None):
    """Gives the state file's name in `directory`."""
    return os.path.join(os.fspath(directory), latest_filename or STATE_FILE)


def make(directory, latest, all_paths=None, timestamps=None, last_preserved=None):
    """Gives a CheckpointState; paths below `directory` become relative to it when the directory itself is relative.

    Args:
        directory: where the state file will lie.
        latest: the prefix of the newest checkpoint.
        all_paths: the prefixes that are kept, oldest first; `latest` is added at the end when it is not the last one.
        timestamps: when each was written, in seconds, or None.
        last_preserved: when the last checkpoint was kept for good, or None.

    Raises ValueError when there is not one timestamp a path.
    """
    directory, latest = os.fspath(directory), os.fspath(latest)
    paths = [os.fspath(p) for p in all_paths or ()]
    if not paths or paths[-1] != latest:
        paths.append(latest)
    if timestamps and len(timestamps) != len(paths):
        raise ValueError(f"{len(timestamps)} timestamps for {len(paths)} checkpoints: {paths}")
    if not os.path.isabs(directory):
        kept = [os.path.isabs(p) or stores.scheme(p) != stores.scheme(directory) for p in paths]
        paths = [p if keep else os.path.relpath(p, directory) for p, keep in zip(paths, kept)]
    state = protos.CheckpointState(model_checkpoint_path=paths[-1], all_model_checkpoint_paths=paths)
    state.all_model_checkpoint_timestamps.extend(timestamps or ())
    if last_preserved is not None:
        state.last_preserved_timestamp = last_preserved
    return state


def write(directory, state, latest_filename=None, ops=FILES):
    """Writes a CheckpointState to `directory`, replacing the old one in one step."""
    write_atomic(state_path(directory, latest_filename), text_format.MessageToString(state).encode(), ops)


def read(directory, latest_filename=None):
    """Gives the CheckpointState of `directory` with usable paths, or None when there is none.

    A relative path is taken from `directory`. When a checkpoint is not where its path says, but one of the same name lies
    beside the state file (the directory was moved), that one is meant.

    Raises DataLossError when the file is no CheckpointState.
    """
    path = state_path(directory, latest_filename)
    try:
        with stores.opened(path) as f:
            raw = f.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    state = protos.CheckpointState()
    try:
        text_format.Parse(raw.decode(), state)
    except (text_format.ParseError, UnicodeDecodeError) as e:
        raise DataLossError(message=f"{path} is not a checkpoint state file: {e}. Delete it or restore by prefix.") from None
    if not state.model_checkpoint_path:
        return None
    directory = os.fspath(directory)
    state.model_checkpoint_path = _resolve(directory, state.model_checkpoint_path)
    state.all_model_checkpoint_paths[:] = [_resolve(directory, p) for p in state.all_model_checkpoint_paths]
    return state


def _resolve(directory, path):
    full = path if os.path.isabs(path) or stores.is_remote(path) else os.path.join(directory, path)
    if not _is_there(full):
        beside = os.path.join(directory, os.path.basename(path.replace("\\", "/")))
        if _is_there(beside):
            return beside
    return full


def prefix_of(path, latest_filename=None):
    """Gives the prefix that somebody means who passes any file of a checkpoint, its prefix or its directory.

    Understood are `P`, `P.index`, `P.data-00000-of-00001`, `P.meta`, a shard or the file of a V1 checkpoint, and a
    directory, whose newest checkpoint is meant.

    Raises NotFoundError saying what lies there instead.
    """
    path = os.fspath(path)
    shorter = _PART.sub("", path)
    if shorter != path and _is_there(shorter):
        return shorter
    if _is_there(path):
        return path
    if stores.isdir(path):
        found = latest(path, latest_filename)
        if found is None:
            raise NotFoundError(
                message=f"The directory {path!r} has no checkpoint that its state file names. {_nearby(path, '')}"
            )
        return found
    raise NotFoundError(message=f"No checkpoint at {path!r}. {_nearby(os.path.dirname(shorter), os.path.basename(shorter))}")


_PART = re.compile(r"(\.index|\.meta|\.data-\d{5}-of-\d{5}|-\d{5}-of-\d{5})$")


def _nearby(directory, name):
    """Tells which checkpoints lie in a directory, those first that begin as `name` does."""
    try:
        files = stores.listdir(directory or ".")
    except OSError:
        return f"There is no directory {directory!r}."
    prefixes = sorted(f[: -len(".index")] for f in files if f.endswith(".index"))
    if not prefixes:
        return f"There is no checkpoint in {directory or '.'!r}."
    prefixes.sort(key=lambda p: -len(os.path.commonprefix((p, name))))
    return f"In {directory or '.'!r} lie: {', '.join(prefixes[:5])}{', ...' if len(prefixes) > 5 else ''}."


def _is_there(prefix):
    return exists(prefix) or bool(v1_checkpoint.files_at(prefix))


def latest(directory, latest_filename=None):
    """Gives the prefix of the newest checkpoint of `directory` that is there, or None."""
    state = read(directory, latest_filename)
    if state is None or not _is_there(state.model_checkpoint_path):
        return None
    return state.model_checkpoint_path
