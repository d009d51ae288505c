"""Large files written by threads: order, checksums, and what goes wrong there."""

import os

import numpy as np
import pytest

from mainstem.formats import crc, write_behind
from mainstem.formats.bundle import BundleReader, BundleWriter
from mainstem.formats.files import FileOps, WritableFile


@pytest.mark.parametrize("waiting", [1, 16])
def test_pieces_of_all_sizes_arrive_in_their_order(tmp_path, monkeypatch, waiting):
    monkeypatch.setattr(write_behind, "CHUNK", 1 << 14)
    monkeypatch.setattr(write_behind, "_SMALL", 1 << 10)
    monkeypatch.setattr(write_behind, "_WAITING", waiting)
    rng = np.random.default_rng(0)
    sizes = (5, 1 << 14, 100_000, 0, 1, *[1000] * 40, 50_000, 16_379, 70_000, 3)
    pieces = [rng.integers(0, 256, n, np.uint8).tobytes() for n in sizes]
    file = WritableFile(tmp_path / "file")
    appender = write_behind.Appender(file)
    sums = [appender.append(memoryview(p)) for p in pieces]
    appender.finish()
    appender.close()
    file.close()
    assert (tmp_path / "file").read_bytes() == b"".join(pieces)
    assert sums == [crc.extend(0, p) for p in pieces]


@pytest.mark.parametrize("fails_at", [0, 40])
def test_a_write_that_fails_in_a_thread_is_raised_and_leaves_no_file(tmp_path, fails_at):
    class Full(WritableFile):
        def write_at(self, data, offset):
            if offset >= fails_at * write_behind.CHUNK:
                raise OSError(28, "No space left on device")

    class Ops(FileOps):
        def create(self, path):
            return Full(path)

    with pytest.raises(OSError, match="No space left"), BundleWriter(tmp_path / "model", Ops()) as writer:
        writer.add("w", np.zeros(42 * write_behind.CHUNK // 4, np.float32))
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_that_writes_less_at_a_time_and_takes_no_advice(tmp_path, monkeypatch):
    pwrite = os.pwrite

    def refuse(*args):
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr("os.pwrite", lambda fd, data, offset: pwrite(fd, data[:300_001], offset))
    monkeypatch.setattr("os.posix_fadvise", refuse)
    value = np.random.default_rng(0).random(1_300_000)
    with BundleWriter(tmp_path / "model") as writer:
        writer.add("x", value)
        writer.add("y", value[:7])
    with BundleReader(tmp_path / "model") as reader:
        np.testing.assert_array_equal(reader.read("x"), value)
        np.testing.assert_array_equal(reader.read("y"), value[:7])


def test_the_next_large_bundle_gets_the_memory_of_the_last_one(tmp_path):
    class Ops(FileOps):
        forgotten = []

        def forget(self, path):
            super().forget(path)
            self.forgotten.append(os.path.basename(path))

    for name, size in (("a", write_behind.CHUNK), ("b", 5), ("c", write_behind.CHUNK), ("d", 5)):
        with BundleWriter(tmp_path / name, Ops()) as writer:
            writer.add("x", np.arange(size // 4 + 1, dtype=np.int32))
    assert Ops.forgotten[-2:] == ["a.data-00000-of-00001", "c.data-00000-of-00001"]
    with BundleReader(tmp_path / "a") as reader:
        assert reader.read("x")[-1] == write_behind.CHUNK // 4
