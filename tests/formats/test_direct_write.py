"""Large files written by a thread: order, checksums, and what goes wrong there."""

import numpy as np
import pytest

from mainstem.formats import crc, direct_write
from mainstem.formats.bundle import BundleWriter
from mainstem.formats.files import FileOps, WritableFile


@pytest.mark.parametrize("direct", [True, False])
def test_pieces_of_all_sizes_arrive_in_their_order(tmp_path, monkeypatch, direct):
    monkeypatch.setattr(direct_write, "BUFFER", 1 << 14)
    if not direct:
        monkeypatch.setattr(WritableFile, "set_direct", lambda self, on: False)
    rng = np.random.default_rng(0)
    pieces = [rng.integers(0, 256, n, np.uint8).tobytes() for n in (5, 1 << 14, 100_000, 0, 1, 50_000, 16_379, 70_000)]
    file = WritableFile(tmp_path / "file")
    appender = direct_write.Appender(file)
    sums = [appender.append(memoryview(p)) for p in pieces]
    appender.finish()
    appender.close()
    file.close()
    assert (tmp_path / "file").read_bytes() == b"".join(pieces)
    assert sums == [crc.extend(0, p) for p in pieces]


def test_a_write_that_fails_in_the_thread_is_raised_and_leaves_no_file(tmp_path):
    class Full(WritableFile):
        def write(self, data):
            if len(data) == direct_write.BUFFER:
                raise OSError(28, "No space left on device")
            super().write(data)

    class Ops(FileOps):
        def create(self, path):
            return Full(path)

    with pytest.raises(OSError, match="No space left"), BundleWriter(tmp_path / "model", Ops()) as writer:
        writer.add("w", np.zeros(3 * direct_write.BUFFER // 4, np.float32))
    assert list(tmp_path.iterdir()) == []
