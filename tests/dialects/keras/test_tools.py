"""Files of `tf.keras.utils`."""

import hashlib
import pathlib
import tarfile

import numpy as np
import pytest

import mainstem.v1 as tf


def test_files_lie_in_keras_s_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("MAINSTEM_DOWNLOAD", raising=False)
    get_file = tf.keras.utils.get_file
    with pytest.raises(FileNotFoundError, match="a.txt is missing"):
        get_file("a.txt", "https://example.org/a.txt")
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "a.txt").write_text("hello")
    digest = hashlib.md5(b"hello").hexdigest()
    assert get_file("a.txt", "https://example.org/a.txt", md5_hash=digest) == str(tmp_path / "datasets" / "a.txt")
    with tarfile.open(tmp_path / "datasets" / "b.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "datasets" / "a.txt", arcname="b/a.txt")
    unpacked = get_file("b", "https://example.org/b.tar.gz", untar=True)
    assert pathlib.Path(unpacked, "a.txt").read_text() == "hello"


def test_parts_of_hdf5_files(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "x.h5", "w") as f:
        f["x"] = np.arange(20.0).reshape(10, 2)
    matrix = tf.keras.utils.HDF5Matrix(str(tmp_path / "x.h5"), "x", start=2, end=8, normalizer=lambda v: v * 10)
    assert (len(matrix), matrix.shape, matrix.ndim, matrix.size) == (6, (6, 2), 2, 12)
    assert (
        matrix[0].tolist() == [40, 50]
        and matrix[1:3].tolist() == [[60, 70], [80, 90]]
        and matrix[[0, 5]][1].tolist() == [140, 150]
    )
    with pytest.raises(IndexError):
        matrix[6]


def test_what_is_missing_says_so():
    with pytest.raises(NotImplementedError, match="pydot"):
        tf.keras.utils.plot_model(None)
    with pytest.raises(NotImplementedError, match="MirroredStrategy"):
        tf.keras.utils.multi_gpu_model(None, 2)
