"""Power loss at any moment: every prefix of the recorded file operations is replayed, and the old or the new must load.

The disk of the model keeps a file's bytes only from a `sync` on, and a directory's names only from a `sync_dir` on. What is
not synced may have arrived or not, each on its own: bytes in full, in half, or not at all; names in any subset.
"""

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest

from mainstem.base.errors import DataLossError, NotFoundError
from mainstem.formats import bundle, checkpoint_state, files
from mainstem.formats.bundle import BundleReader, BundleWriter


class _RecordedFile(files.WritableFile):
    def __init__(self, path, log):
        super().__init__(path)
        self._log = log

    def write_at(self, data, offset):
        super().write_at(data, offset)
        self._log.append(("write", self.path, bytes(data), offset))

    def sync(self):
        self._log.append(("sync", self.path))


class RecordingOps(files.FileOps):
    """Carries every operation out, and lists it."""

    def __init__(self):
        self.log = []

    def create(self, path):
        self.log.append(("create", path))
        return _RecordedFile(path, self.log)

    def rename(self, source, target):
        super().rename(source, target)
        self.log.append(("rename", source, target))

    def link(self, source, target):
        super().link(source, target)
        self.log.append(("link", source, target))

    def unlink(self, path):
        super().unlink(path)
        self.log.append(("unlink", path))

    def sync_dir(self, path):
        self.log.append(("sync_dir", path))


class Disk:
    """Files (numbered contents) and names, each as memory sees them and as the medium holds them."""

    def __init__(self, names, contents):
        self.names, self.contents = dict(names), dict(contents)
        self.durable = dict(contents)
        self.pending = []  # changes of names since the last sync_dir: (name, file or None) groups
        self.base = dict(names)

    def apply(self, op):
        kind, *args = op
        if kind == "create":
            number = len(self.contents)
            self.contents[number], self.durable[number] = b"", b""
            self._name([(args[0], number)])
        elif kind == "write":
            path, data, offset = args
            before = self.contents[self.names[path]].ljust(offset, b"\0")
            self.contents[self.names[path]] = before[:offset] + data + before[offset + len(data) :]
        elif kind == "sync":
            self.durable[self.names[args[0]]] = self.contents[self.names[args[0]]]
        elif kind == "rename":
            self._name([(args[1], self.names[args[0]]), (args[0], None)])
        elif kind == "link":
            self._name([(args[1], self.names[args[0]])])
        elif kind == "unlink":
            self._name([(args[0], None)])
        else:
            self.base, self.pending = dict(self.names), []

    def _name(self, changes):
        self.pending.append(changes)
        _apply_names(self.names, changes)

    def states(self):
        """Gives the {path: bytes} that may be on the medium when the power fails now."""
        for chosen in itertools.product((False, True), repeat=len(self.pending)):
            names = dict(self.base)
            for take, changes in zip(chosen, self.pending):
                if take:
                    _apply_names(names, changes)
            for part in (0.0, 0.5, 1.0):
                yield {path: self._arrived(number, part) for path, number in names.items()}

    def _arrived(self, number, part):
        full, safe = self.contents[number], self.durable[number]
        return full[: len(safe) + int(part * (len(full) - len(safe)))]


def _apply_names(names, changes):
    for path, number in changes:
        if number is None:
            names.pop(path, None)
        else:
            names[path] = number


def crashes(before, log):
    """Gives every (number of operations done, {path: bytes}) for a directory that held `before`."""
    paths = sorted(before)
    disk = Disk({p: i for i, p in enumerate(paths)}, {i: before[p] for i, p in enumerate(paths)})
    for done in range(len(log) + 1):
        if done:
            disk.apply(log[done - 1])
        for state in {tuple(sorted(s.items())) for s in disk.states()}:
            yield done, dict(state)


def snapshot(directory):
    return {str(p): p.read_bytes() for p in directory.iterdir()}


def restore(directory, state):
    for p in directory.iterdir():
        p.unlink()
    for path, content in state.items():
        with open(path, "wb") as f:
            f.write(content)


OLD = {"a": np.arange(5.0), "b": np.array([b"old"], object)}
NEW = {"a": np.arange(5.0) + 100, "b": np.array([b"new"], object)}  # the same sizes: nothing but checksums tells
OTHER = {"a": np.arange(9.0), "c": np.arange(3)}


def save(prefix, tensors, ops=files.FILES):
    with BundleWriter(prefix, ops) as w:
        for name, value in tensors.items():
            w.add(name, value)


def load(prefix):
    with BundleReader(prefix) as r:
        return {name: r.read(name).tolist() for name in r.entries()}


def plain(tensors):
    return {name: value.tolist() for name, value in tensors.items()}


@pytest.mark.parametrize("new", [NEW, OTHER], ids=["same_sizes", "other_sizes"])
def test_overwriting_a_bundle_leaves_old_or_new(tmp_path, new):
    prefix = str(tmp_path / "m")
    save(prefix, OLD)
    before, ops = snapshot(tmp_path), RecordingOps()
    save(prefix, new, ops)
    assert load(prefix) == plain(new)
    assert sorted(os.listdir(tmp_path)) == ["m.data-00000-of-00001", "m.index"]
    seen, last = [], None
    for done, state in crashes(before, ops.log):
        restore(tmp_path, state)
        found = load(prefix)
        assert found in (plain(OLD), plain(new)), (done, ops.log[done - 1][:2])
        seen.append(found)
        last = (done, found)
    assert plain(OLD) in seen and last == (len(ops.log), plain(new))


def test_a_crash_while_overwriting_after_a_crash(tmp_path):
    """From every state that the first crash leaves, a second save is done and interrupted everywhere."""
    prefix = str(tmp_path / "m")
    save(prefix, OLD)
    before, ops = snapshot(tmp_path), RecordingOps()
    save(prefix, NEW, ops)
    starts = {tuple(sorted(s.items())) for _, s in crashes(before, ops.log)}
    kinds = {}
    for start in starts:  # states that differ only in what a temporary file holds are alike here
        key = tuple((p.split("tempstate")[0], "" if "tempstate" in p else c) for p, c in start)
        kinds.setdefault(key, dict(start))
    assert len(kinds) > 5
    for start in kinds.values():
        restore(tmp_path, start)
        found, ops = load(prefix), RecordingOps()
        save(prefix, OTHER, ops)
        assert load(prefix) == plain(OTHER)
        for done, state in crashes(start, ops.log):
            restore(tmp_path, state)
            assert load(prefix) in (found, plain(OTHER)), (done, ops.log[done - 1][:2])


def test_a_first_save_is_there_in_full_or_not_at_all(tmp_path):
    prefix, ops = str(tmp_path / "m"), RecordingOps()
    save(prefix, NEW, ops)
    for _, state in crashes({}, ops.log):
        restore(tmp_path, state)
        if bundle.exists(prefix):
            assert load(prefix) == plain(NEW)


def test_deleting_never_leaves_an_index_without_data(tmp_path):
    prefix = str(tmp_path / "m")
    save(prefix, OLD)
    before, ops = snapshot(tmp_path), RecordingOps()
    bundle.delete(prefix, ops)
    assert os.listdir(tmp_path) == []
    for _, state in crashes(before, ops.log):
        restore(tmp_path, state)
        if bundle.exists(prefix):
            assert load(prefix) == plain(OLD)


def test_merging_shards_over_an_old_bundle_leaves_old_or_new(tmp_path):
    prefix = str(tmp_path / "m")
    save(prefix, OLD)
    for name, value in NEW.items():
        save(str(tmp_path / f"part-{name}"), {name: value})
    before, ops = snapshot(tmp_path), RecordingOps()
    bundle.merge_bundles([tmp_path / "part-a", tmp_path / "part-b"], prefix, ops)
    assert load(prefix) == plain(NEW)
    for done, state in crashes(before, ops.log):
        restore(tmp_path, state)
        assert load(prefix) in (plain(OLD), plain(NEW)), (done, ops.log[done - 1][:2])


def test_the_state_file_names_a_checkpoint_that_loads(tmp_path):
    """Data, index, then the state file: whatever it names is there."""
    save(str(tmp_path / "m-1"), OLD)
    checkpoint_state.write(tmp_path, checkpoint_state.make(tmp_path, tmp_path / "m-1"))
    before, ops = snapshot(tmp_path), RecordingOps()
    save(str(tmp_path / "m-2"), NEW, ops)
    checkpoint_state.write(tmp_path, checkpoint_state.make(tmp_path, tmp_path / "m-2"), ops=ops)
    bundle.delete(tmp_path / "m-1", ops)
    for _, state in crashes(before, ops.log):
        restore(tmp_path, state)
        latest = checkpoint_state.latest(tmp_path)
        assert load(latest) == plain(OLD if latest.endswith("m-1") else NEW)


def test_write_atomic_leaves_old_or_new(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"old")
    before, ops = snapshot(tmp_path), RecordingOps()
    files.write_atomic(path, [b"ne", b"w"], ops)
    for _, state in crashes(before, ops.log):
        assert state[str(path)] in (b"old", b"new")


def test_the_model_finds_a_missing_sync(tmp_path):
    """The replay itself is able to fail: without the syncs it does."""
    prefix = str(tmp_path / "m")
    save(prefix, OLD)
    before, ops = snapshot(tmp_path), RecordingOps()
    save(prefix, NEW, ops)
    broken = 0
    for _, state in crashes(before, [op for op in ops.log if op[0] != "sync"]):
        restore(tmp_path, state)
        try:
            broken += load(prefix) not in (plain(OLD), plain(NEW))
        except (DataLossError, NotFoundError):
            broken += 1
    assert broken


def test_what_killed_writers_left_is_swept(tmp_path):
    code = (
        "import sys, os, numpy as np; from mainstem.formats.bundle import BundleWriter\n"
        "w = BundleWriter(sys.argv[1]); w.add('a', np.zeros(2_000_000)); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path / "m-1")]).returncode == -9
    (left,) = os.listdir(tmp_path)
    assert left.startswith("m-1.data-00000-of-00001.tempstate")
    other_host = tmp_path / "m-1.index.tempstate-00000000-1-0"
    strange = tmp_path / "m-1.index.tempstate123"
    other_host.touch()
    strange.touch()
    first = BundleWriter(tmp_path / "m-2")
    save(tmp_path / "m-3", OLD)
    first.add("x", np.ones(1))
    first.finish()
    names = {p.name for p in tmp_path.iterdir() if "tempstate" in p.name}
    assert names == {other_host.name, strange.name}
    assert load(tmp_path / "m-2") == {"x": [1.0]} and load(tmp_path / "m-3") == plain(OLD)


def test_a_failed_operation_leaves_the_old_bundle(tmp_path):
    """A disk that refuses an operation (full, read-only) raises, and the old bundle loads."""
    prefix, ops = str(tmp_path / "m"), RecordingOps()
    save(prefix, OLD)
    before = snapshot(tmp_path)
    save(prefix, NEW, ops)
    for failing in range(len(ops.log)):
        restore(tmp_path, before)

        class Failing(RecordingOps):
            def __getattribute__(self, name):
                if name in ("create", "rename", "link", "unlink", "sync_dir") and len(self.log) >= failing:  # noqa: B023
                    raise OSError(28, "No space left on device")
                return super().__getattribute__(name)

        try:
            save(prefix, NEW, Failing())
        except OSError:
            assert load(prefix) in (plain(OLD), plain(NEW))
