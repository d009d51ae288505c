"""`mainstem train`: it learns, it goes on after Ctrl-C and after kill -9, and it says what the last line promises."""

import pathlib
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import mainstem.v1 as tf
from mainstem.cli import digits, train


def _steps(folder):
    """Step numbers of the loss in every event file of a folder, a list a file."""
    found = []
    for path in sorted(pathlib.Path(folder).glob("events.out.tfevents.*")):
        events = list(tf.train.summary_iterator(str(path)))
        found.append([e.step for e in events if any(v.tag == "loss" for v in e.summary.value)])
    return found


def test_twenty_steps(tmp_path, capsys):
    arguments = ["--steps", "20", "--validate-every", "10", "--logdir", str(tmp_path), "--plain"]
    assert train.main(arguments) == 0
    lines = capsys.readouterr().out.strip().splitlines()
    assert [re.match(r"step (\d+): loss .*; validation loss ", line).group(1) for line in lines[:2]] == ["10", "20"]
    assert lines[2].startswith("full validation: loss ")
    assert re.fullmatch(r"test accuracy \d?\d\.\d\d%", lines[-1])
    assert float(lines[-1].split()[-1][:-1]) > 30  # a guess is right in 10%
    assert _steps(tmp_path) == [[1, 10, 20]] and _steps(tmp_path / "validation") == [[10, 20]]
    events = [e for p in tmp_path.glob("events*") for e in tf.train.summary_iterator(str(p))]
    kinds = {v.tag.split("/")[0]: v.WhichOneof("value") for e in events for v in e.summary.value}
    assert kinds["digits"] == "image" and kinds["conv1"] == "histo" and any(e.graph_def for e in events)

    assert train.main(arguments) == 0  # everything is done already: only the results are shown again
    again = capsys.readouterr().out.strip().splitlines()
    assert again[0].endswith("at step 20") and again[-1] == lines[-1]
    assert tf.train.get_checkpoint_state(str(tmp_path)).all_model_checkpoint_paths == [
        str(tmp_path / "model-10"), str(tmp_path / "model-20")
    ]  # fmt: skip


def _resumed(folder, saved, capsys):
    """Goes on for two validations; checks what that run prints and the events that it writes to its own file."""
    last = (saved // 10 + 2) * 10
    assert train.main(["--plain", "--validate-every", "10", "--logdir", str(folder), "--steps", str(last)]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0] == f"resumed from {folder}/model-{saved} at step {saved}"
    assert [line.partition(":")[0] for line in out[1:3]] == [f"step {last - 10}", f"step {last}"]
    before, after = _steps(folder)
    assert before[:3] == [1, 10, 20] and after == [last - 10, last]
    newest = sorted(folder.glob("events*"))[-1]
    starts = [e.step for e in tf.train.summary_iterator(str(newest)) if e.session_log.status == tf.SessionLog.START]
    assert starts == [saved]  # what TensorBoard drops the killed run's later events by


def test_resume_after_kill(tmp_path, capsys):
    command = [sys.executable, "-u", "-m", "mainstem", "train", "--plain", "--validate-every", "10", "--logdir", str(tmp_path)]
    child = subprocess.Popen([*command, "--steps", "100000"], stdout=subprocess.PIPE, text=True)
    for line in child.stdout:
        if line.startswith("step 20:"):
            break
    time.sleep(0.05)
    child.kill()
    child.stdout.close()
    assert child.wait(60) == -signal.SIGKILL
    saved = int(tf.train.latest_checkpoint(str(tmp_path)).rpartition("-")[2])
    assert saved >= 20 and saved % 10 == 0
    _resumed(tmp_path, saved, capsys)


def test_resume_after_an_interrupt(tmp_path, capsys, monkeypatch):
    def step(self, step, record):
        if step == 24:
            signal.raise_signal(signal.SIGINT)  # in the middle of a step: it is finished and saved
        return plain(self, step, record)

    plain = train.Trainer.train_step
    handler = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as m:
        m.setattr(train.Trainer, "train_step", step)
        arguments = ["--plain", "--validate-every", "10", "--logdir", str(tmp_path), "--steps", "100"]
        assert train.main(arguments) == 130
    assert signal.getsignal(signal.SIGINT) is handler
    assert capsys.readouterr().out.strip().endswith(f"goes on from the checkpoint in {tmp_path}")
    _resumed(tmp_path, 25, capsys)


def test_the_same_seed_gives_the_same_batches():
    data = digits.load()
    assert [len(split) for split in data] == [1257, 180, 360]
    images, labels = data[0].batch(25, 64, seed=1)
    again, _ = data[0].batch(25, 64, seed=1)
    np.testing.assert_array_equal(images, again)
    assert images.shape == (64, 8, 8, 1) and images.dtype == np.float32 and labels.dtype == np.int64
    assert not np.array_equal(images, data[0].batch(26, 64, seed=1)[0])
    epoch = np.concatenate([data[0].batch(i, 419, seed=0)[1] for i in range(3)])
    np.testing.assert_array_equal(np.bincount(epoch), np.bincount(data[0].labels))


def test_images_move_by_a_pixel_at_most():
    image = np.zeros((200, 8, 8, 1), np.float32)
    image[:, 3, 4] = 1
    moved = digits._moved(image, np.random.default_rng(0))
    places = {tuple(p) for p in np.argwhere(moved[..., 0])[:, 1:].tolist()}
    assert places == {(r, c) for r in (2, 3, 4) for c in (3, 4, 5)} and moved.sum() == 200


def test_bad_arguments(capsys):
    for arguments, words in ((["--steps", "0"], "--steps must be at least 1"), (["--batch-size", "-3"], "--batch-size")):
        with pytest.raises(SystemExit):
            train.main(arguments)
        assert words in capsys.readouterr().err
