"""`mainstem.records`: sets of TFRecord files as sequences."""

import os
import pickle
import threading

import pytest

from mainstem.base.errors import DataLossError, InvalidArgumentError, NotFoundError
from mainstem.formats import protos, record_index, tfrecord
from mainstem.records import Records, Writer, open_records


def example(i, key="key"):
    made = protos.Example()
    made.features.feature[key].bytes_list.value.append(b"images/%s/%04d" % (b"train" if i % 2 else b"test", i))
    made.features.feature["label"].int64_list.value.append(i)
    return made.SerializeToString()


@pytest.fixture(params=["", "GZIP", "ZLIB"])
def paths(request, tmp_path):
    """Three shards of four records."""
    made = [str(tmp_path / f"set-{i:05d}-of-00003") for i in range(3)]
    for n, path in enumerate(made):
        with tfrecord.RecordWriter(path, request.param) as w:
            for i in range(4 * n, 4 * n + 4):
                w.write(example(i))
    return made


ALL = [example(i) for i in range(12)]


def test_a_sequence_over_shards(paths, tmp_path):
    for named in (paths, str(tmp_path / "set-*"), tmp_path / "set-?????-of-00003"):
        records = open_records(named)
        assert len(records) == 12 and list(records) == ALL
        assert [records[i] for i in range(-12, 12)] == ALL + ALL
        assert list(records[3:9:2]) == ALL[3:9:2] and list(records[::-1]) == ALL[::-1] and len(records[5:]) == 7
        assert list(records[2:10][1:-1][::3]) == ALL[3:9:3] and records[2:][-1] == ALL[-1]
        for wrong in (12, -13):
            with pytest.raises(IndexError, match=f"record {wrong} of 12"):
                records[wrong]
        with pytest.raises(TypeError):
            records[1.5]
    assert records.place(5) == (paths[1], len(tfrecord.frame(ALL[4])))


def test_keys(paths):
    records = Records(paths)
    assert records["images/train/0007"] == ALL[7] == records[b"images/train/0007"] and records.find("images/test/0008") == 8
    assert "images/train/0007" in records and "images/train/0008" not in records and "" not in records
    assert ALL[3] in records and b"x" not in records
    assert list(records.keys("images/train/")) == [f"images/train/{i:04d}" for i in range(1, 12, 2)]
    assert records.get("no") is None and records.example("images/test/0002").features.feature["label"].int64_list.value == [2]
    with pytest.raises(KeyError, match="nothing"):
        records["nothing"]
    assert record_index.load(paths[0]).key == "key"
    view = records[4:8]
    assert view.find("images/train/0007") == 3 and "images/train/0001" not in view
    other = Records(paths, key="label")  # numbers are no keys
    assert "images/train/0007" not in other and list(other.keys()) == []


def test_pickles_and_threads(paths):
    records = Records(paths)[1:11]
    assert list(pickle.loads(pickle.dumps(records))) == ALL[1:11]
    seen = []

    def read(step):
        seen.append([records[i] for i in range(0, 10, step)])

    threads = [threading.Thread(target=read, args=(s,)) for s in (1, 2, 3, 4) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(map(len, seen)) == sorted([10, 5, 4, 3] * 3) and all(s[0] == ALL[1] for s in seen)
    records.close()
    assert records[0] == ALL[1]


def test_an_index_is_hidden_and_made_anew_when_stale(tmp_path):
    path = str(tmp_path / "a.tfrecord")
    with tfrecord.RecordWriter(path) as w:
        w.write(b"one")
    assert len(Records(path)) == 1
    assert os.listdir(tmp_path).count(".a.tfrecord.records-index") == 1
    with tfrecord.RecordWriter(path) as w:
        w.write(b"one"), w.write(b"two")
    assert list(Records(path)) == [b"one", b"two"] and len(record_index.load(path)) == 2
    index = tmp_path / ".a.tfrecord.records-index"
    raw = index.read_bytes()
    for at in range(len(raw)):
        index.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
        assert record_index.load(path) is None
        index.write_bytes(raw[:at])
        assert record_index.load(path) is None
    assert Records(path)[1] == b"two" and record_index.load(path) is not None
    index.unlink()
    assert len(Records(path, write_index=False)) == 2 and not index.exists()


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    path = str(tmp_path / "a")
    with tfrecord.RecordWriter(path) as w:
        w.write(b"one")

    def refuse(path, index, ops=None):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(record_index, "save", refuse)
    assert Records(path)[0] == b"one"


def test_what_is_not_there(tmp_path, paths):
    with pytest.raises(NotFoundError, match="No such file"):
        Records(tmp_path / "no")
    with pytest.raises(NotFoundError, match="no file matches"):
        Records(str(tmp_path / "no*"))
    os.unlink(paths[1])
    with pytest.raises(InvalidArgumentError, match="1 of the 3 files .* the first is .*set-00001-of-00003"):
        Records(str(tmp_path / "set-*"))
    assert len(Records([paths[0], paths[2]])) == 8


def test_damage(tmp_path):
    path = tmp_path / "a"
    frames = b"".join(map(tfrecord.frame, [b"abc", b"defg", b"hij"]))
    path.write_bytes(frames.replace(b"defg", b"defh"))
    records = Records(path)
    assert records[0] == b"abc" and records[2] == b"hij"
    with pytest.raises(DataLossError, match="corrupted record at 19 in .*a: the checksum of its 4 bytes"):
        records[1]
    path.write_bytes(frames[:-1])
    with pytest.raises(DataLossError, match="changed since it was indexed"):
        records[2]
    with pytest.raises(DataLossError, match="truncated record at 39"):
        Records(path)
    path.write_bytes(frames[:20] + b"\1" + frames[21:])
    with pytest.raises(DataLossError, match="corrupted record at 19"):
        Records(path)


def test_empty_files(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    records = Records(tmp_path / "a")
    assert len(records) == 0 and list(records) == [] and "x" not in records and list(records[:5]) == []


def test_writer(tmp_path):
    path = tmp_path / "a"
    for kind in ("", "GZIP"):
        with Writer(path, kind) as w:
            for i, key in enumerate(["b", "a", None, b"c"]):
                w.write(b"%d" % i, key)
        assert record_index.load(path) is not None
        records = Records(path)
        assert list(records) == [b"0", b"1", b"2", b"3"] and records["a"] == b"1" and list(records.keys()) == ["a", "b", "c"]
    with pytest.raises(RuntimeError), Writer(path) as w:
        w.write(b"new")
        raise RuntimeError
    assert list(Records(path)) == [b"0", b"1", b"2", b"3"] and sorted(os.listdir(tmp_path)) == [".a.records-index", "a"]
