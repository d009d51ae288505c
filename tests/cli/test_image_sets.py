"""`mainstem train --data`: sets by name and from folders, and what it says about those that are not there."""

import re

import numpy as np
import pytest

from mainstem.cli import digits, image_sets, train
from tests.data import keras_rows, mnist_rows


def test_digits_by_name():
    splits, shape, classes = image_sets.load("digits")
    assert [len(s) for s in splits] == [1257, 180, 360] and shape == (8, 8, 1) and classes == 10


@pytest.mark.parametrize("plain", [False, True], ids=["gzipped", "plain"])
def test_a_folder_of_idx_files(tmp_path, plain):
    mnist_rows.write(tmp_path, train=20, test=4)
    if plain:
        for name, array in zip(mnist_rows.FILES, [a for n in (20, 4) for a in (mnist_rows.images(n), mnist_rows.labels(n))]):
            (tmp_path / name).unlink()
            (tmp_path / name.removesuffix(".gz")).write_bytes(mnist_rows.idx(array))
    splits, shape, classes = image_sets.load(str(tmp_path))
    assert [len(s) for s in splits] == [18, 2, 4] and shape == (3, 2, 1) and classes == 10
    assert splits[0].images.dtype == np.uint8 and splits[0].labels.dtype == np.int64
    pixels = splits[0].pixels(slice(None))
    assert pixels.dtype == np.float32 and pixels.max() <= 1
    together = np.concatenate([splits[0].images, splits[1].images])
    assert sorted(together[..., 0].reshape(20, -1).tolist()) == sorted(mnist_rows.images(20).reshape(20, -1).tolist())


@pytest.mark.parametrize("unpacked", [False, True], ids=["archive", "unpacked"])
def test_a_folder_of_cifar(tmp_path, unpacked):
    content = keras_rows.cifar100(30)
    if unpacked:
        (tmp_path / "cifar-100-python").mkdir()
        for name, batch in content.items():
            (tmp_path / "cifar-100-python" / name).write_bytes(batch)
    else:
        keras_rows.archive(str(tmp_path / "cifar-100-python.tar.gz"), "cifar-100-python", content)
    folders = [tmp_path, tmp_path / "cifar-100-python"] if unpacked else [tmp_path]
    for folder in folders:
        splits, shape, classes = image_sets.load(str(folder))
        assert [len(s) for s in splits] == [27, 3, 30] and shape == (32, 32, 3) and classes == 88


def test_what_is_not_there(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    assert train.main(["--data", str(tmp_path / "nowhere")]) == 1
    assert train.main(["--data", str(tmp_path)]) == 1
    assert train.main(["--data", "cifar10"]) == 1
    nowhere, nothing, missing = capsys.readouterr().out.strip().splitlines()
    assert "there is no such folder, and the sets by name are digits, mnist," in nowhere
    assert "train-images-idx3-ubyte.gz" in nothing and "cifar-100-python.tar.gz" in nothing
    assert "cifar-10-batches-py.tar.gz" in missing and "MAINSTEM_DOWNLOAD=1" in missing


def test_trains_on_a_folder(tmp_path, capsys):
    np.savez(
        tmp_path / "mnist.npz",
        **{
            "x_train": keras_rows.images(80),
            "y_train": keras_rows.labels(80),
            "x_test": keras_rows.images(20),
            "y_test": keras_rows.labels(20),
        },
    )
    options = ["--steps", "4", "--validate-every", "2", "--batch-size", "16", "--plain", "--logdir", str(tmp_path / "run")]
    assert train.main(["--data", str(tmp_path), *options]) == 0
    lines = capsys.readouterr().out.strip().splitlines()
    assert lines[0].startswith("step 2:") and re.fullmatch(r"test accuracy \d+\.\d\d%", lines[-1])


def test_the_run_is_called_like_the_data():
    assert train._arguments([]).logdir == "runs/digits" and train._arguments(["--data", "a/faces/"]).logdir == "runs/faces"


def test_evaluation_in_parts_is_that_of_the_whole():
    class Session:
        def run(self, fetches, feed):
            labels = feed["labels"]
            assert len(labels) <= 1000
            return labels.mean(), (labels == 1).mean()

    network = digits.Network("images", "labels", None, "loss", "accuracy", None, None, None)
    trainer = train.Trainer.__new__(train.Trainer)
    trainer.session, trainer.network = Session(), network
    split = digits.Split(np.zeros((2300, 2, 2, 1), np.uint8), np.arange(2300) % 3)
    np.testing.assert_allclose(trainer.evaluate(split), [split.labels.mean(), (split.labels == 1).mean()])
