"""TFRecord and event files."""

import os
import threading
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstem.base.errors import DataLossError, NotFoundError
from mainstem.formats import events, protos, tfrecord
from mainstem.records import Records

FIXTURES = os.path.join(os.path.dirname(__file__), "fixtures")
RECORDS = [b"%d" % i * i * 40 for i in range(5)]
KINDS = {"plain": "", "gzip": "GZIP", "zlib": "ZLIB"}


@pytest.mark.parametrize("version", ["tf1", "tf2"])
@pytest.mark.parametrize("name", KINDS)
def test_reading_tensorflows_files(version, name):
    path = f"{FIXTURES}/{version}/{name}.tfrecord"
    for size in (1, 7, 1 << 20):
        assert list(tfrecord.read_records(path, KINDS[name], buffer_size=size)) == RECORDS


def test_writing_gives_tensorflows_bytes(tmp_path):
    with tfrecord.RecordWriter(tmp_path / "r") as w:
        for r in RECORDS:
            w.write(r)
    with open(FIXTURES + "/tf1/plain.tfrecord", "rb") as f:
        assert (tmp_path / "r").read_bytes() == f.read()


@settings(max_examples=60, deadline=None)
@given(
    records=st.lists(st.binary(max_size=300), max_size=8), kind=st.sampled_from(["", "GZIP", "ZLIB"]), size=st.integers(1, 400)
)
def test_round_trip(tmp_path_factory, records, kind, size):
    path = tmp_path_factory.mktemp("r") / "r"
    with tfrecord.RecordWriter(path, kind) as w:
        for r in records:
            w.write(r)
    found = list(tfrecord.read_with_offsets(path, kind, buffer_size=size))
    assert [r for _, r in found] == records
    for at, record in found:
        assert next(tfrecord.read_records(path, kind, at, size)) == record


def test_gzip_files_put_one_after_another(tmp_path):
    with tfrecord.RecordWriter(tmp_path / "r", "GZIP") as w:
        w.write(b"one")
    raw = (tmp_path / "r").read_bytes()
    (tmp_path / "r").write_bytes(raw * 3)
    assert list(tfrecord.read_records(tmp_path / "r", "GZIP", buffer_size=5)) == [b"one"] * 3


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damage_is_found_or_harmless(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("r") / "r"
    kind = data.draw(st.sampled_from(["", "GZIP", "ZLIB"]))
    with tfrecord.RecordWriter(path, kind) as w:
        for r in RECORDS:
            w.write(r)
    raw = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    if data.draw(st.booleans()):
        raw[at] ^= data.draw(st.integers(1, 255))
    else:
        del raw[at:]
    path.write_bytes(raw)
    got = []
    try:
        for r in tfrecord.read_records(path, kind, buffer_size=64):
            got.append(r)
    except DataLossError as e:
        assert str(path) in str(e)
    else:
        whole = [len(b"".join(map(tfrecord.frame, RECORDS[:i]))) for i in range(6)]
        assert kind or at in whole  # only a cut between two records goes unseen; gzip's header has unchecked bytes
    assert got == RECORDS[: len(got)]


def test_errors_name_file_and_offset(tmp_path):
    path = tmp_path / "r"
    frames = b"".join(map(tfrecord.frame, [b"abc", b"defg"]))
    path.write_bytes(frames[:-1])
    with pytest.raises(DataLossError, match=r"truncated record at 19 in .*r"):
        list(tfrecord.read_records(path))
    path.write_bytes(frames[:25])
    with pytest.raises(DataLossError, match="truncated record at 19"):
        list(tfrecord.read_records(path))
    path.write_bytes(frames.replace(b"defg", b"defh"))
    with pytest.raises(DataLossError, match="corrupted record at 19"):
        list(tfrecord.read_records(path))
    huge = (2**62).to_bytes(8, "little")
    path.write_bytes(huge + tfrecord._FOOTER.pack(tfrecord.mask(tfrecord.google_crc32c.value(huge))) + bytes(50))
    with pytest.raises(DataLossError, match="truncated record at 0"):
        list(tfrecord.read_records(path))
    with pytest.raises(NotFoundError, match="no such|No such"):
        list(tfrecord.read_records(tmp_path / "absent"))
    with pytest.raises(ValueError, match="compression"):
        list(tfrecord.read_records(path, "LZ4"))
    with pytest.raises(DataLossError, match="not GZIP"):
        list(tfrecord.read_records(FIXTURES + "/tf1/plain.tfrecord", "GZIP"))


def test_a_length_that_no_file_has_takes_no_memory(tmp_path):
    """The length of a record is believed only as far as there are bytes: up to 2 GiB and beyond, at both edges of what C counts with."""
    for length in (2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**63 - 17, 2**63, 2**64 - 1):
        raw = length.to_bytes(8, "little")
        header = raw + tfrecord._FOOTER.pack(tfrecord.mask(tfrecord.google_crc32c.value(raw)))
        (tmp_path / "r").write_bytes(tfrecord.frame(b"whole") + header + bytes(100))
        tracemalloc.start()
        found = tfrecord.read_records(tmp_path / "r")
        assert next(found) == b"whole"
        with pytest.raises(DataLossError, match="truncated record at 21 in .*r: 100 of"):
            next(found)
        assert tracemalloc.get_traced_memory()[1] < 1 << 27  # a piece that is read at once, twice
        tracemalloc.stop()


@pytest.mark.slow
def test_a_record_of_more_than_a_gibibyte(tmp_path):
    """Written, read through, and reached by its number, beside small ones; the file lies in holes and one byte value."""
    size = (1 << 30) + (1 << 29) + 3
    large = bytes(size)
    with tfrecord.RecordWriter(tmp_path / "r") as w:
        w.write(b"before"), w.write(large), w.write(b"after")
    assert (tmp_path / "r").stat().st_size == size + len(b"beforeafter") + 3 * tfrecord.OVERHEAD
    sizes = []
    for record in tfrecord.read_records(tmp_path / "r"):
        sizes.append(len(record))
        assert len(record) < 10 or record == large
    assert sizes == [6, size, 5]
    del record
    records = Records(tmp_path / "r")
    assert len(records) == 3 and records[2] == b"after" and records[1] == large
    records.close()
    with open(tmp_path / "r", "r+b") as f:  # a byte in the midst
        f.seek(1 << 30)
        f.write(b"x")
    with pytest.raises(DataLossError, match=f"corrupted record at 22 in .*: the checksum of its {size} bytes"):
        list(tfrecord.read_records(tmp_path / "r"))
    with pytest.raises(DataLossError, match="corrupted record at 22"):
        Records(tmp_path / "r")[1]


def test_a_closed_writer_refuses(tmp_path):
    w = tfrecord.RecordWriter(tmp_path / "r")
    w.close()
    w.close()
    w.flush()
    with pytest.raises(ValueError, match="closed"):
        w.write(b"")


def test_flushed_records_can_be_read(tmp_path):
    for kind in ("", "GZIP"):
        w = tfrecord.RecordWriter(tmp_path / "r", kind)
        w.write(b"abc")
        w.flush(sync=True)
        assert next(tfrecord.read_records(tmp_path / "r", kind)) == b"abc"
        w.close()


@pytest.mark.parametrize("version", ["tf1", "tf2"])
def test_reading_tensorflows_events(version):
    found = list(events.read_events(f"{FIXTURES}/{version}/events.bin"))
    assert found[0].file_version == "brain.Event:2"
    assert protos.GraphDef.FromString(next(e.graph_def for e in found if e.graph_def)).node[0].name == "a"
    (scalar,) = [e for e in found if e.HasField("summary")]
    assert scalar.step == 3 and scalar.summary.value[0].tag == "loss" and scalar.summary.value[0].simple_value == 0.25


def test_the_first_record_is_tensorflows(tmp_path):
    with events.EventFileWriter(tmp_path / "logs") as w:
        w.write_event(protos.Event(step=1))
    first, second = events.read_events(w.path)
    (theirs, *_) = events.read_events(FIXTURES + "/tf1/events.bin")
    first.wall_time = theirs.wall_time
    assert first == theirs and second.step == 1
    assert os.path.basename(w.path).startswith("events.out.tfevents.1") or "tfevents.0" in w.path


def test_writers_never_share_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr(events.time, "time", lambda: 1234.5)
    monkeypatch.setattr(events.socket, "gethostname", lambda: "host")
    writers = [events.EventFileWriter(tmp_path, ".x") for _ in range(3)]
    assert [os.path.basename(w.path) for w in writers] == [
        "events.out.tfevents.0000001234.host.x" + end for end in ("", ".1", ".2")
    ]
    for w in writers:
        w.close()
        assert len(list(events.read_events(w.path))) == 1


def test_threads_may_write_together(tmp_path):
    w = events.EventFileWriter(tmp_path)
    threads = [threading.Thread(target=lambda: [w.write_event(protos.Event(step=i)) for i in range(200)]) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    w.flush()
    assert sorted(e.step for e in events.read_events(w.path)) == sorted([0, *list(range(200)) * 4])
    w.close()


def test_a_record_that_is_no_event(tmp_path):
    with tfrecord.RecordWriter(tmp_path / "e") as w:
        w.write(b"\xff\xff")
    with pytest.raises(DataLossError, match="no event at offset 0"):
        list(events.read_events(tmp_path / "e"))
