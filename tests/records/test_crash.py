"""Power loss while a set's file is replaced: every prefix of the recorded file operations leaves the old file or the new, with its keys.

The disk is that of the checkpoints' tests: bytes and names that were not synced may have arrived or not.
"""

import os

import pytest

from mainstem.base.errors import DataLossError, NotFoundError
from mainstem.formats import files, record_index
from mainstem.records import Records, Writer
from tests.formats.test_crash import RecordingOps, crashes, restore, snapshot

OLD = {"a": b"old one", "b": b"old", "c": b"old  three"}
NEW = {"b": b"new", "c": b"new one", "a": b"new  three"}  # the same size: only an index can mix them up
OTHER = {"x": b"1", "y": b"22"}


def write(path, content, compression="", ops=files.FILES):
    with Writer(path, compression, ops=ops) as w:
        for key, record in content.items():
            w.write(record, key)


def load(path):
    """{key: record}, by the index that is there or a new one; without keys in the records, numbers stand for them."""
    records = Records(path, write_index=False)
    index = record_index.load(path)
    listed = list(records)
    assert [records[i] for i in range(len(records))] == listed
    keys = list(records.keys()) if index is not None and index.key else None
    return listed if keys is None else {k: records[k] for k in keys}


def fits(found, content):
    return found in (content, list(content.values()))


@pytest.fixture(params=[True, False], ids=["one_time", "times"])
def times(request, monkeypatch):
    """File times that tell nothing, as on a file system that counts in seconds; and ones that do."""
    if request.param:
        real = record_index.stat
        monkeypatch.setattr(record_index, "stat", lambda path: (real(path)[0], 0))


@pytest.mark.parametrize("new", [NEW, OTHER], ids=["same_size", "other_size"])
@pytest.mark.parametrize("compression", ["", "GZIP"])
def test_replacing_leaves_old_or_new(tmp_path, new, compression, times):
    path = str(tmp_path / "set")
    write(path, OLD, compression)
    before, ops = snapshot(tmp_path), RecordingOps()
    write(path, new, compression, ops)
    assert fits(load(path), new)
    seen, last = [], None
    for done, state in crashes(before, ops.log):
        restore(tmp_path, state)
        found = load(path)
        assert fits(found, OLD) or fits(found, new), (done, ops.log[done - 1][:2])
        seen.append(fits(found, OLD))
        last = done, fits(found, new)
    assert any(seen) and not all(seen) and last == (len(ops.log), True)


def test_a_first_file_is_there_in_full_or_not_at_all(tmp_path, times):
    path, ops = str(tmp_path / "set"), RecordingOps()
    write(path, NEW, ops=ops)
    kinds = set()
    for _, state in crashes({}, ops.log):
        restore(tmp_path, state)
        try:
            assert fits(load(path), NEW)
            kinds.add("whole")
        except NotFoundError:
            kinds.add("none")
    assert kinds == {"whole", "none"}


def test_an_index_made_later_is_whole_or_not_there(tmp_path):
    path = str(tmp_path / "set")
    write(path, OLD)
    os.unlink(record_index.index_path(path))
    before, ops = snapshot(tmp_path), RecordingOps()
    record_index.save(path, record_index.build(path), ops)
    for _, state in crashes(before, ops.log):
        restore(tmp_path, state)
        assert fits(load(path), OLD)


def test_the_model_finds_a_missing_sync(tmp_path):
    """The replay itself is able to fail."""
    path = str(tmp_path / "set")
    write(path, OLD)
    before, ops = snapshot(tmp_path), RecordingOps()
    write(path, NEW, ops=ops)
    broken = 0
    for _, state in crashes(before, [op for op in ops.log if op[0] != "sync"]):
        restore(tmp_path, state)
        try:
            found = load(path)
            broken += not (fits(found, OLD) or fits(found, NEW))
        except DataLossError:
            broken += 1
    assert broken


def test_a_failed_operation_leaves_the_old_file(tmp_path):
    path, ops = str(tmp_path / "set"), RecordingOps()
    write(path, OLD)
    before = snapshot(tmp_path)
    write(path, NEW, ops=ops)
    for failing in range(len(ops.log)):
        restore(tmp_path, before)

        class Failing(RecordingOps):
            def __getattribute__(self, name):
                if name in ("create", "rename", "unlink", "sync_dir") and len(self.log) >= failing:  # noqa: B023
                    raise OSError(28, "No space left on device")
                return super().__getattribute__(name)

        try:
            write(path, NEW, ops=Failing())
        except OSError:
            found = load(path)
            assert fits(found, OLD) or fits(found, NEW)


def test_an_empty_file(tmp_path):
    path = str(tmp_path / "set")
    write(path, {})
    assert load(path) == [] and len(record_index.load(path)) == 0
