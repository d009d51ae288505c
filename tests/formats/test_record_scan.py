"""What is left of damaged TFRecord files, and their offsets found fast."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstem.base.errors import DataLossError
from mainstem.formats import record_index, record_scan, tfrecord

RECORDS = [b"%d" % i * i * 40 for i in range(9)]
FRAMES = list(map(tfrecord.frame, RECORDS))
STARTS = np.cumsum([0, *map(len, FRAMES)]).tolist()


def written(folder, data):
    (folder / "r").write_bytes(data)
    return folder / "r"


@pytest.mark.parametrize("kind", ["", "GZIP", "ZLIB"])
def test_offsets(tmp_path, kind):
    with tfrecord.RecordWriter(tmp_path / "r", kind) as w:
        for r in RECORDS:
            w.write(r)
    assert record_scan.compression(tmp_path / "r") == kind
    index = record_index.build(tmp_path / "r")
    assert index.offsets.tolist() == STARTS and index.compression == kind
    assert list(record_scan.recover(tmp_path / "r", kind)) == list(zip(STARTS, RECORDS))


def test_each_kind_of_damage_costs_its_own_record(tmp_path):
    for i in range(len(FRAMES)):
        for at in (0, 9, 12, len(FRAMES[i]) - 1):  # length, its checksum, data (or checksum), checksum
            bad = bytearray(b"".join(FRAMES))
            bad[STARTS[i] + at] ^= 0x10
            lost = []
            found = [r for _, r in record_scan.recover(written(tmp_path, bad), damage=lost.append)]
            assert found == RECORDS[:i] + RECORDS[i + 1 :]
            assert len(lost) == 1 and f"corrupted record at {STARTS[i]} in {tmp_path}" in str(lost[0])
        cut = b"".join(FRAMES[:i]) + FRAMES[i][:-5] + b"".join(FRAMES[i + 1 :])
        assert [r for _, r in record_scan.recover(written(tmp_path, cut))] == RECORDS[:i] + RECORDS[i + 1 :]
        added = b"".join(FRAMES[:i]) + b"junk!" * 9 + b"".join(FRAMES[i:])
        assert [r for _, r in record_scan.recover(written(tmp_path, added))] == RECORDS


def test_a_header_at_the_edge_of_a_search(tmp_path, monkeypatch):
    monkeypatch.setattr(record_scan, "_WINDOW", 64)
    for length in range(40, 200):
        data = b"\xff" * length + FRAMES[2] + bytes(90) + FRAMES[3]
        assert [r for _, r in record_scan.recover(written(tmp_path, data))] == RECORDS[2:4]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_damage(tmp_path_factory, data):
    """Random bytes, flips, cuts: never anything but the records that were written, and all of those that are untouched."""
    folder = tmp_path_factory.mktemp("r")
    raw, touched = bytearray(b"".join(FRAMES)), set()
    for _ in range(data.draw(st.integers(0, 4))):
        at, size = data.draw(st.integers(0, len(raw) - 1)), data.draw(st.integers(1, 200))
        size = min(size, len(raw) - at)
        raw[at : at + size] = data.draw(st.one_of(st.just(bytes(size)), st.binary(min_size=size, max_size=size)))
        touched |= {i for i in range(len(FRAMES)) if STARTS[i] < at + size and at < STARTS[i + 1]}
    if data.draw(st.booleans()):
        end = data.draw(st.integers(0, len(raw)))
        touched |= {i for i in range(len(FRAMES)) if STARTS[i + 1] > end}
        del raw[end:]
    path = written(folder, raw)
    found = list(record_scan.recover(path))
    assert set(found) <= set(zip(STARTS, RECORDS))
    assert {(STARTS[i], RECORDS[i]) for i in range(len(FRAMES)) if i not in touched} <= set(found)
    try:
        index = record_index.build(path, "")
    except DataLossError as e:
        assert str(path) in str(e)
    else:
        assert len(index) == index.offsets.searchsorted(len(raw)) and index.offsets[-1] == len(raw)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_random_files(tmp_path_factory, raw):
    path = written(tmp_path_factory.mktemp("r"), raw)
    for kind in ("", "GZIP", "ZLIB"):
        try:
            assert list(tfrecord.read_records(path, kind)) == [] and raw == b""
        except DataLossError as e:
            assert str(path) in str(e)
        assert list(record_scan.recover(path, kind)) == []


def test_damaged_streams_give_their_start(tmp_path):
    for kind in ("GZIP", "ZLIB"):
        with tfrecord.RecordWriter(tmp_path / "r", kind, level=0) as w:
            for r in RECORDS:
                w.write(r)
        raw = (tmp_path / "r").read_bytes()
        lost = []
        found = [r for _, r in record_scan.recover(written(tmp_path, raw[:-600]), kind, lost.append)]
        assert found == RECORDS[: len(found)] and len(lost) >= 1
        with pytest.raises(DataLossError, match="cut short"):
            record_index.build(tmp_path / "r", kind)
