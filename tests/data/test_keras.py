"""`tf.keras.datasets`, against TensorFlow 1.15's and 2.21's (golden/record_datasets.py); what is missing, damaged or forged."""

import functools
import hashlib
import http.server
import importlib
import io
import json
import os
import pathlib
import pickle
import threading

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

import mainstem
import mainstem.v1
import mainstem.v2
from mainstem.data import keras_images, pickled, published
from tests.data import keras_rows

GOLDEN = {
    w: json.loads((pathlib.Path(__file__).parents[1] / "golden" / f"datasets_{w}.json").read_text()) for w in ("v1", "v2")
}
ROWS = [(world, row) for world, rows in GOLDEN.items() for row in rows]


@functools.cache
def outcomes(world, home):
    folder = home / "datasets"
    if not folder.exists():
        keras_rows.write(str(folder), 9)
    with pytest.MonkeyPatch.context() as m:
        m.setenv("KERAS_HOME", str(home))
        for name in ("sha256", "md5"):
            m.setattr(hashlib, name, keras_rows.patched(keras_rows.aliases(str(folder)), getattr(hashlib, name)))
        found = keras_rows.outcomes(getattr(mainstem, world).keras.datasets)
    return json.loads(json.dumps(found))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("keras")


@pytest.mark.parametrize("world,row", ROWS, ids=[" ".join(r) for r in ROWS])
def test_what_keras_gives(world, row, home):
    assert outcomes(world, home)[row] == GOLDEN[world][row]


@pytest.fixture
def empty(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv(published.DOWNLOAD, raising=False)
    return tmp_path / "datasets"


def test_a_missing_file_is_named_and_nothing_is_downloaded(empty):
    with pytest.raises(FileNotFoundError) as e:
        mainstem.v2.keras.datasets.mnist.load_data()
    for words in (f"there is no {empty / 'mnist.npz'}", "MAINSTEM_DOWNLOAD=1", "tf-keras-datasets/mnist.npz"):
        assert words in str(e.value)
    with pytest.raises(FileNotFoundError, match=r"there is no .*cifar-10-batches-py-target_archive and no .*\.tar\.gz"):
        mainstem.v2.keras.datasets.cifar10.load_data()
    assert not empty.exists()


def test_another_file_under_the_name_is_refused(empty):
    empty.mkdir()
    np.savez(empty / "mnist.npz", x_train=np.zeros(3))
    with pytest.raises(
        ValueError, match=r"mnist.npz is not the published file, whose digest is 731c5ac.*: .*mnist.npz has [0-9a-f]{64}"
    ):
        mainstem.v2.keras.datasets.mnist.load_data()


def test_a_path_of_ones_own(home, empty, monkeypatch):
    outcomes("v2", home)
    path = home / "datasets" / "mnist.npz"
    monkeypatch.setitem(keras_rows.PUBLISHED, "mnist.npz", hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setattr(keras_images, "_MNIST", keras_rows.PUBLISHED["mnist.npz"])
    (x, y), _ = mainstem.v2.keras.datasets.mnist.load_data(path=str(path))
    assert x.shape == (12, 28, 28) and y.dtype == np.uint8


@pytest.fixture
def server(tmp_path):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(tmp_path))

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}/"
        running.shutdown()
        thread.join()


def test_downloads_when_asked(empty, server, tmp_path, monkeypatch, capsys):
    (tmp_path / "data.bin").write_bytes(b"published")
    digest = hashlib.sha256(b"published").hexdigest()
    with pytest.raises(FileNotFoundError):
        published.find(["here.bin"], server + "data.bin", digest)
    monkeypatch.setenv(published.DOWNLOAD, "1")
    path = published.find(["here.bin"], server + "data.bin", digest)
    assert path == str(empty / "here.bin") and pathlib.Path(path).read_bytes() == b"published"
    pathlib.Path(path).write_bytes(b"cut sh")
    assert published.find(["here.bin"], server + "data.bin", digest) == path  # fetched anew
    assert capsys.readouterr().out.count("Downloading data from") == 2
    assert pathlib.Path(path).read_bytes() == b"published" and os.listdir(empty) == ["here.bin"]
    with pytest.raises(ValueError, match="its digest is"):
        published.find(["b.bin"], server + "data.bin", "0" * 64)
    with pytest.raises(ConnectionError, match="cannot be fetched: .*Put the file at"):
        published.find(["c.bin"], server + "nothing.bin", digest)
    assert os.listdir(empty) == ["here.bin"]


def test_an_unpacked_folder(empty, monkeypatch):
    folder = empty / "cifar-100-python"
    folder.mkdir(parents=True)
    for name, content in keras_rows.cifar100(6).items():
        (folder / name).write_bytes(content)
    with pytest.raises(ValueError, match="is not the published file"):
        keras_images.load_cifar100()
    known = {
        hashlib.md5((folder / n).read_bytes()).hexdigest(): d
        for n, d in (keras_images.CIFAR100.train | keras_images.CIFAR100.test).items()
    }
    monkeypatch.setattr(hashlib, "md5", keras_rows.patched(known, hashlib.md5))
    (x, y), _ = keras_images.load_cifar100("coarse")
    assert x.shape == (6, 32, 32, 3) and y.tolist() == [[0], [3], [6], [9], [12], [15]]
    (folder / "test").unlink()
    with pytest.raises(ValueError, match="lacks test"):
        keras_images.load_cifar100()


class Forged:
    def __reduce__(self):
        return os.mkdir, ("made-by-a-pickle",)


def test_forged_pickles_run_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="mkdir has no place in a data set"):
        pickled.load(io.BytesIO(pickle.dumps([Forged()])), "batch")
    objects = np.empty(1, object)
    objects[0] = Forged()
    np.savez("forged.npz", x=objects)
    with pytest.raises(ValueError, match="mkdir has no place in a data set"):
        pickled.load_npz("forged.npz")
    assert os.listdir() == ["forged.npz"]


@hypothesis.given(st.data())
@hypothesis.settings(max_examples=60, deadline=None)
def test_damaged_archives_are_refused(data):
    with io.BytesIO() as f:
        np.savez(
            f, x_train=keras_rows.images(1), y_train=np.array([[1, 2], None], object), x_test=np.zeros(2), y_test=np.zeros(2)
        )
        content = bytearray(f.getvalue())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)) | st.just(len(content)))]
    folder = pathlib.Path(os.environ.get("TMPDIR", "/tmp"))
    path = folder / f"damaged-{os.getpid()}.npz"
    path.write_bytes(bytes(content))
    try:
        keras_images.read_npz(str(path))
    except ValueError:
        pass
    finally:
        path.unlink()


@hypothesis.given(st.integers(0, 40000), st.integers(0, 255))
@hypothesis.settings(max_examples=40, deadline=None)
def test_damaged_pickles_are_refused(place, byte):
    content = bytearray(keras_rows.cifar100(2)["train"])
    content[place % len(content)] = byte
    try:
        keras_images._batch(io.BytesIO(bytes(content)), b"fine_labels", "train")
    except ValueError as e:
        assert "train" in str(e)


def test_imports_as_programs_write_them():
    for world in ("v1", "v2"):
        module = importlib.import_module(f"mainstem.{world}.keras.datasets")
        assert module.mnist.load_data is keras_images.load_mnist
        assert importlib.import_module(f"mainstem.{world}.keras.datasets.cifar10").load_data is keras_images.load_cifar10
    assert not hasattr(mainstem.v1.keras.datasets, "california_housing")
