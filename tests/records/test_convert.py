"""`mainstem records`: other formats to TFRecord files, in parallel, and again after kill -9."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from mainstem.base.errors import InvalidArgumentError
from mainstem.cli import records as cli
from mainstem.formats import tfrecord
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


def test_killed_and_run_again(npz, tmp_path):
    """kill -9 at any moment, then the same command: complete, and byte for byte what one run gives."""
    path, _ = npz
    (tmp_path / "whole").mkdir()
    convert.convert(path, tmp_path / "whole" / "set", shards=20)
    command = [sys.executable, "-m", "mainstem", "records", "convert", str(path), "--target", str(tmp_path / "killed" / "set")]
    command += ["--shards", "20", "--processes", "1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    until = time.time() + 60
    while time.time() < until and len(os.listdir(tmp_path / "killed") if (tmp_path / "killed").exists() else []) < 6:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=60)
    assert content(tmp_path / "killed") == content(tmp_path / "whole")


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
