"""`mainstem records`: other formats to TFRecord files, in parallel, and again after kill -9."""

import os
import signal
import subprocess
import sys
import time
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from mainstem.base.errors import DataLossError, InvalidArgumentError
from mainstem.cli import records as cli
from mainstem.formats import protos, tfrecord
from mainstem.records import Records, convert, sources


@pytest.fixture
def npz(tmp_path):
    rng = np.random.RandomState(0)
    arrays = {"image": rng.randint(0, 256, (40, 4, 4)).astype("u1"), "label": np.arange(40), "w": rng.rand(40, 3)}
    np.savez(tmp_path / "set.npz", name=np.array([f"n{i}" for i in range(40)]), **arrays)
    return tmp_path / "set.npz", arrays


def content(folder):
    return {n: (folder / n).read_bytes() for n in sorted(os.listdir(folder)) if not n.startswith(".")}


def test_arrays(npz, tmp_path):
    path, arrays = npz
    made = convert.convert(path, tmp_path / "out" / "set", shards=3)
    records = Records(str(tmp_path / "out" / "set-*"))
    assert len(made) == 3 and len(records) == 40
    features = records.example("set/00000017").features.feature
    assert features["image"].bytes_list.value == [arrays["image"][17].tobytes()] and features["label"].int64_list.value == [17]
    np.testing.assert_allclose(features["w"].float_list.value, arrays["w"][17], rtol=1e-6)
    assert features["name"].bytes_list.value == [b"n17"]
    assert convert.convert(path, tmp_path / "out" / "set", shards=3) == made
    with pytest.raises(InvalidArgumentError, match="made of something else"):
        convert.convert(path, tmp_path / "out" / "set", shards=3, compression="GZIP")


def test_images_csv_idx(tmp_path):
    for i, name in enumerate(["cat", "dog"]):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for k in range(2):
            (tmp_path / "pets" / name / f"{k}.png").write_bytes(b"png%d%d" % (i, k))
    convert.convert(tmp_path / "pets", tmp_path / "p")
    features = Records(str(tmp_path / "p-*")).example("dog/1.png").features.feature
    assert features["image/encoded"].bytes_list.value == [b"png11"] and features["image/class/label"].int64_list.value == [1]
    (tmp_path / "t.csv").write_text('a,b,c\n1,2.5,x\n3,4,"y, z"\n')
    convert.convert(tmp_path / "t.csv", tmp_path / "t")
    features = Records(str(tmp_path / "t-*")).example(1).features.feature
    assert (
        features["a"].int64_list.value == [3]
        and features["b"].float_list.value == [4]
        and features["c"].bytes_list.value == [b"y, z"]
    )
    images = b"\0\0\x08\3" + b"".join(n.to_bytes(4, "big") for n in (2, 2, 2)) + bytes(range(8))
    (tmp_path / "x-images-idx3-ubyte").write_bytes(images)
    (tmp_path / "x-labels-idx1-ubyte").write_bytes(b"\0\0\x08\1\0\0\0\2\7\3")
    _, record = sources.opened(tmp_path / "x-images-idx3-ubyte")[1]
    assert record.count(bytes(range(4, 8))) == 1 and b"label" in record
    (tmp_path / "x-images-idx3-ubyte").write_bytes(images[:-1])
    for wrong in ("x-images-idx3-ubyte", "t.csv~"):
        with pytest.raises(InvalidArgumentError):
            sources.opened(tmp_path / wrong)


def test_shuffle(npz, tmp_path):
    convert.convert(npz[0], tmp_path / "a", shards=2)
    before = Records(str(tmp_path / "a-*"))
    convert.shuffle(str(tmp_path / "a-*"), tmp_path / "b", seed=3, shards=2)
    after = Records(str(tmp_path / "b-*"))
    assert list(after) != list(before) and sorted(after) == sorted(before) and after["set/00000007"] == before[7]


def test_hdf5(npz, tmp_path):
    h5py = pytest.importorskip("h5py")
    _, arrays = npz
    with h5py.File(tmp_path / "set.h5", "w") as f:
        for name, array in arrays.items():
            f.create_dataset(f"train/{name}", data=array)
    made = convert.convert(tmp_path / "set.h5", tmp_path / "h", shards=3, processes=2)
    features = Records(made).example("set/00000017").features.feature
    assert features["train/image"].bytes_list.value == [arrays["image"][17].tobytes()]
    assert features["train/label"].int64_list.value == [17] and len(Records(made)) == 40
    (tmp_path / "no.h5").write_bytes(b"no")
    with pytest.raises(InvalidArgumentError, match="no HDF5 file"):
        sources.opened(tmp_path / "no.h5")


def test_hdf5_without_its_library(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(NotImplementedError, match=r"pip install 'mainstem\[hdf5\]'"):
        sources.opened(tmp_path / "a.h5")


def damaged(tmp_path):
    """A file of 50 records, of which the 7th has another byte, the 20th another length, and the last is cut; and what is whole."""
    examples = [_keyed(i) for i in range(50)]
    frames = [bytearray(tfrecord.frame(e)) for e in examples]
    frames[7][20] ^= 1
    frames[20][1] ^= 1
    path = tmp_path / "bad.tfrecord"
    path.write_bytes(b"".join(frames)[:-3])
    return str(path), [e for i, e in enumerate(examples) if i not in (7, 20, 49)]


def _keyed(i):
    made = protos.Example()
    made.features.feature["key"].bytes_list.value.append(b"k%02d" % i)
    made.features.feature["label"].int64_list.value.append(i)
    return made.SerializeToString(deterministic=True)


@pytest.mark.parametrize("compression", ["", "GZIP"])
def test_records_again_without_what_is_damaged(tmp_path, compression):
    path, whole = damaged(tmp_path)
    with pytest.raises(DataLossError, match="20|bad.tfrecord"):
        convert.convert(path, tmp_path / "a")
    for processes in (1, 2):
        lost = []
        made = convert.convert(path, tmp_path / f"b{processes}", 3, compression, processes, damage=lost.append)
        assert list(Records(made)) == whole and Records(made)["k33"] == whole[31] and len(lost) == 3
        assert all("bad.tfrecord" in str(e) for e in lost)
    lost = []
    made = convert.shuffle(path, tmp_path / "c", 5, 3, compression, 2, damage=lost.append)
    assert sorted(Records(made)) == whole and list(Records(made)) != whole and len(lost) == 3
    assert convert.convert(made[0], tmp_path / "d") == [str(tmp_path / "d-00000-of-00001")]  # told by its name
    assert len(Records(str(tmp_path / "d-*"))) == len(Records(made[0]))


def test_images_and_rows_that_cannot_be_read(tmp_path):
    (tmp_path / "pets" / "cat").mkdir(parents=True)
    for i in range(3):
        Image.fromarray(np.random.RandomState(i).randint(0, 256, (32, 32, 3)).astype("u1")).save(
            tmp_path / "pets" / "cat" / f"{i}.png"
        )
    whole = (tmp_path / "pets" / "cat" / "1.png").read_bytes()
    (tmp_path / "pets" / "cat" / "1.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "pets" / "cat" / "x.jpg").write_bytes(b"")
    lost = []
    made = convert.convert(tmp_path / "pets", tmp_path / "p", 2, processes=2, damage=lost.append)
    assert list(Records(made).keys()) == ["cat/0.png", "cat/2.png"] and sorted("1.png" in str(e) for e in lost) == [False, True]
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3\n5,6\n")
    with pytest.raises(InvalidArgumentError):
        convert.convert(tmp_path / "t.csv", tmp_path / "t")
    lost = []
    assert len(Records(convert.convert(tmp_path / "t.csv", tmp_path / "t", damage=lost.append))) == 2
    assert "line 3 has 1 fields" in str(lost[0])


def test_commands_go_on_behind_damage(tmp_path, capsys):
    path, whole = damaged(tmp_path)
    assert cli.main(["info", path]) == 1
    told = capsys.readouterr()
    assert (
        "47 records in 1 files" in told.out
        and "label: int64 [1] in 47 records" in told.out
        and told.err.count("record at") == 3
    )
    assert cli.main(["info", path, "--skip-damaged"]) == 0 and "47 records" in capsys.readouterr().out
    assert cli.main(["get", path, "--key", "k33"]) == 1 and "bad.tfrecord" in capsys.readouterr().err
    assert cli.main(["get", path, "--key", "k33", "--skip-damaged"]) == 0
    told = capsys.readouterr()
    assert "label: int64_list [1] 33" in told.out and told.err.count("record at") == 3
    assert cli.main(["get", path, "--key", "46", "--number", "--skip-damaged"]) == 0 and "48" in capsys.readouterr().out
    assert cli.main(["get", path, "--key", "k07", "--skip-damaged"]) == 1
    assert cli.main(["verify", path]) == 1 and "47 records are whole, 3 stretches" in capsys.readouterr().out
    assert cli.main(["index", path]) == 1
    for command in ("convert", "shuffle"):
        arguments = [command, path, "--target", str(tmp_path / command), "--processes", "1"]
        assert cli.main(arguments) == 1
        capsys.readouterr()
        assert cli.main([*arguments, "--skip-damaged"]) == 0 and capsys.readouterr().err.count("record at") == 3
        assert sorted(Records(str(tmp_path / f"{command}-*"))) == whole
    assert not os.path.exists(tmp_path / ".bad.tfrecord.records-index")  # it would be taken for that of a whole file


def test_shuffling_holds_places_not_records(tmp_path):
    """Sixteen bytes a record, as the docstring says, while the records have three hundred."""
    count = 20_000
    with tfrecord.RecordWriter(tmp_path / "a") as w:
        for i in range(count):
            w.write(b"%08d" % i * 37)
    Records(tmp_path / "a").close()  # the index
    convert.shuffle(tmp_path / "a", tmp_path / "warm", shards=10)
    tracemalloc.start()
    made = convert.shuffle(tmp_path / "a", tmp_path / "b", seed=1, shards=10)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    kept = tfrecord.TOGETHER * 300 + (1 << 18)  # what a writer keeps, a block of numbers
    assert len(made) == 10 and peak < count * 24 + kept < count * 60


def _npz(folder, arrays):
    np.savez(folder / "set.npz", **arrays)
    return folder / "set.npz"


def _hdf5(folder, arrays):
    with pytest.importorskip("h5py").File(folder / "set.h5", "w") as f:
        for name, array in arrays.items():
            f.create_dataset(name, data=array)
    return folder / "set.h5"


def _csv(folder, arrays):
    rows = "".join(f"{label},{w[0]},line {label}\n" for label, w in zip(arrays["label"], arrays["w"]))
    (folder / "set.csv").write_text("label,w,name\n" + rows)
    return folder / "set.csv"


def _idx(folder, arrays):
    images, labels = arrays["image"], arrays["label"].astype("u1")
    shape = b"".join(n.to_bytes(4, "big") for n in images.shape)
    (folder / "x-images-idx3-ubyte").write_bytes(b"\0\0\x08\3" + shape + images.tobytes())
    (folder / "x-labels-idx1-ubyte").write_bytes(b"\0\0\x08\1" + len(labels).to_bytes(4, "big") + labels.tobytes())
    return folder / "x-images-idx3-ubyte"


def _pets(folder, arrays):
    for i, image in enumerate(arrays["image"]):
        (folder / "pets" / f"kind{i % 2}").mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / "pets" / f"kind{i % 2}" / f"{i:02}.png")
    return folder / "pets"


def _records(folder, arrays):
    with tfrecord.RecordWriter(folder / "set.tfrecord") as writer:
        for i in range(len(arrays["label"])):
            writer.write(_keyed(i))
    return folder / "set.tfrecord"


slow = pytest.mark.slow


@pytest.mark.parametrize(
    ("source", "processes"),
    [(_npz, 1), (_pets, 2), *(pytest.param(s, n, marks=slow) for s in (_hdf5, _csv, _idx, _records) for n in (1, 2))],
)
def test_killed_and_run_again(npz, tmp_path, source, processes):
    """kill -9 at any moment, then the same command: complete, byte for byte what one run gives, and no process stays."""
    path = source(tmp_path, npz[1])
    (tmp_path / "whole").mkdir()
    convert.convert(path, tmp_path / "whole" / "set", shards=20)
    command = [sys.executable, "-m", "mainstem", "records", "convert", str(path), "--target", str(tmp_path / "killed" / "set")]
    command += ["--shards", "20", "--processes", str(processes)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    until = time.time() + 60
    while time.time() < until and len(os.listdir(tmp_path / "killed") if (tmp_path / "killed").exists() else []) < 6:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    while _any_left(process.pid):  # those that it started
        assert time.time() < until
        time.sleep(0.02)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=60)
    assert content(tmp_path / "killed") == content(tmp_path / "whole")


def _any_left(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_commands(npz, tmp_path, capsys):
    target = str(tmp_path / "c")
    assert cli.main(["convert", str(npz[0]), "--target", target, "--shards", "2", "--processes", "1"]) == 0
    pattern = target + "-*"
    assert cli.main(["info", pattern]) == 0
    out = capsys.readouterr().out
    assert "40 records in 2 files" in out and "label: int64 [1] in 40 records" in out and "w: float32 [3]" in out
    assert cli.main(["show", pattern, "-n", "1"]) == 0 and "label: int64_list [1] 0" in capsys.readouterr().out
    assert cli.main(["get", pattern, "--key", "set/00000033"]) == 0 and "label: int64_list [1] 33" in capsys.readouterr().out
    assert cli.main(["get", pattern, "--key", "no"]) == 1
    assert cli.main(["verify", pattern]) == 0 and cli.main(["index", pattern, "--key-feature", "key"]) == 0
    capsys.readouterr()
    path = target + "-00000-of-00002"
    with open(path, "r+b") as f:
        f.seek(100)
        f.write(b"????")
    assert cli.main(["verify", pattern]) == 1
    told = capsys.readouterr()
    assert "39 records are whole, 1 stretches are damaged" in told.out and f"corrupted record at 0 in {path}" in told.err
    assert cli.main(["show", path, "-n", "50", "--skip-damaged"]) == 0 and capsys.readouterr().out.count("label:") == 19
    assert cli.main(["info", str(tmp_path / "no")]) == 1 and cli.main(["nothing"]) == 2
    assert list(tfrecord.read_records(target + "-00001-of-00002"))
