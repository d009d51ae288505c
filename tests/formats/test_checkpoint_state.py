"""The `checkpoint` file."""

import os
import shutil

import numpy as np
import pytest

from mainstem.base.errors import DataLossError, NotFoundError
from mainstem.formats import checkpoint_state
from mainstem.formats.bundle import BundleWriter

FIXTURES = os.path.join(os.path.dirname(__file__), "fixtures")


def save(*prefixes):
    for p in prefixes:
        with BundleWriter(p) as w:
            w.add("x", np.zeros(1))


@pytest.mark.parametrize("version", ["tf1", "tf2"])
def test_tensorflows_file(version):
    directory = f"{FIXTURES}/{version}"
    assert checkpoint_state.latest(directory, "checkpoint_saver") == directory + "/saver"
    assert checkpoint_state.latest(directory, "checkpoint_old") == directory + "/old"
    assert checkpoint_state.latest(directory) is None


def test_bytes_are_those_of_tensorflow(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkdir("d")
    checkpoint_state.write("d", checkpoint_state.make("d", "d/saver"))
    with open(FIXTURES + "/tf1/checkpoint_saver", "rb") as f:
        assert (tmp_path / "d" / "checkpoint").read_bytes() == f.read()


def test_round_trip_with_times(tmp_path):
    save(tmp_path / "m-1", tmp_path / "m-2")
    state = checkpoint_state.make(tmp_path, tmp_path / "m-2", [tmp_path / "m-1"], [1.5, 2.5], 0.5)
    checkpoint_state.write(tmp_path, state, "other")
    got = checkpoint_state.read(tmp_path, "other")
    assert got == state
    assert list(got.all_model_checkpoint_paths) == [str(tmp_path / "m-1"), str(tmp_path / "m-2")]
    assert list(got.all_model_checkpoint_timestamps) == [1.5, 2.5] and got.last_preserved_timestamp == 0.5
    with pytest.raises(ValueError, match="1 timestamps for 2"):
        checkpoint_state.make(tmp_path, tmp_path / "m-2", [tmp_path / "m-1"], [1.5])


def test_a_moved_directory_still_resolves(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    save(old / "m-1", old / "m-2")
    checkpoint_state.write(old, checkpoint_state.make(old, old / "m-2", [old / "m-1"]))
    shutil.move(old, new)
    assert checkpoint_state.latest(new) == str(new / "m-2")
    assert list(checkpoint_state.read(new).all_model_checkpoint_paths) == [str(new / "m-1"), str(new / "m-2")]


def test_relative_paths_are_taken_from_the_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkdir("d")
    save("d/m")
    checkpoint_state.write("d", checkpoint_state.make("d", "d/m"))
    assert checkpoint_state.latest("d") == "d/m"
    assert checkpoint_state.latest(str(tmp_path / "d")) == str(tmp_path / "d" / "m")


def test_absent_empty_and_garbage(tmp_path):
    assert checkpoint_state.read(tmp_path) is None
    assert checkpoint_state.latest(tmp_path / "no") is None
    (tmp_path / "checkpoint").write_bytes(b"")
    assert checkpoint_state.read(tmp_path) is None
    for raw in (b"model_checkpoint_path: 3", b"\xff\xfe", b"nope: 'x'"):
        (tmp_path / "checkpoint").write_bytes(raw)
        with pytest.raises(DataLossError, match="not a checkpoint state file"):
            checkpoint_state.read(tmp_path)
    checkpoint_state.write(tmp_path, checkpoint_state.make(tmp_path, tmp_path / "gone"))
    assert checkpoint_state.latest(tmp_path) is None
    assert checkpoint_state.read(tmp_path).model_checkpoint_path == str(tmp_path / "gone")


def test_every_spelling_of_a_path(tmp_path):
    save(tmp_path / "m-1", tmp_path / "m-20")
    checkpoint_state.write(tmp_path, checkpoint_state.make(tmp_path, tmp_path / "m-20", [tmp_path / "m-1"]))
    want = str(tmp_path / "m-1")
    for end in ("", ".index", ".data-00000-of-00001", ".meta"):
        assert checkpoint_state.prefix_of(want + end) == want
    assert checkpoint_state.prefix_of(tmp_path) == str(tmp_path / "m-20")
    assert checkpoint_state.prefix_of(FIXTURES + "/tf1/old") == FIXTURES + "/tf1/old"
    assert checkpoint_state.prefix_of(FIXTURES + "/tf1/old_sharded-00000-of-00001") == FIXTURES + "/tf1/old_sharded"


def test_a_path_without_checkpoint_is_explained(tmp_path):
    save(tmp_path / "other", tmp_path / "m-1")
    with pytest.raises(NotFoundError, match="m-2'.*lie: m-1, other"):
        checkpoint_state.prefix_of(tmp_path / "m-2")
    with pytest.raises(NotFoundError, match="state file names.*m-1"):
        checkpoint_state.prefix_of(tmp_path)
    with pytest.raises(NotFoundError, match="no directory"):
        checkpoint_state.prefix_of(tmp_path / "no" / "m")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFoundError, match="no checkpoint in"):
        checkpoint_state.prefix_of(tmp_path / "empty" / "m.ckpt")
