"""The real TensorBoard server shows what we write: asked over HTTP, on the loopback interface."""

import io
import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import numpy as np
import PIL.Image
import pytest

from mainstem.base import dtypes
from mainstem.formats import protos
from mainstem.graph.graph import Graph
from mainstem.run.session import Session
from mainstem.surface.framework import constant_v1, name_scope, placeholder
from mainstem.train import summary
from mainstem.train.writer import FileWriter


def write(directory):
    """Two runs: `train` with everything, by two writers; `test` with a scalar, whose writer is never closed."""
    with name_scope("model"):
        x = placeholder(dtypes.float32, [None, 4, 4, 1], name="x")
        summary.scalar("loss", x[0, 0, 0, 0])
        summary.histogram("weights", x)
        summary.image("digits", x, max_outputs=2)
        summary.text("notes", constant_v1("some *words*"))
    merged, metadata = summary.merge_all(), protos.RunMetadata()
    test = FileWriter(directory / "test")
    with Session() as sess, FileWriter(directory / "train", sess.graph) as writer, FileWriter(directory / "train") as second:
        for step in range(3):
            options = protos.RunOptions(trace_level=protos.RunOptions.FULL_TRACE) if step == 1 else None
            pixels = np.full((2, 4, 4, 1), step, np.float32)
            data = sess.run(merged, {x: pixels}, options=options, run_metadata=metadata if step == 1 else None)
            writer.add_summary(data, step)
            second.add_summary(protos.Summary(value=[protos.Summary.Value(tag="second", simple_value=step)]), step)
            test.add_summary(protos.Summary(value=[protos.Summary.Value(tag="model/loss", simple_value=step)]), step)
        writer.add_run_metadata(metadata, "step 1", 1)
    return test


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """A function that asks a running server: `ask("scalars/scalars", run="train", tag="s")` gives the bytes of the answer."""
    directory = tmp_path_factory.mktemp("logs")
    with Graph().as_default():  # made before the first test gets its empty graph
        kept = write(directory)
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(directory), "--host", "127.0.0.1", "--port", "0"]
    server = subprocess.Popen(
        [*command, "--load_fast", "false", "--reload_interval", "1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        address = None
        for line in server.stderr:
            if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
                address = found.group()
                break
        assert address, "TensorBoard did not start"

        def get(path, **query):
            url = f"{address}data/plugin/{path}?{urllib.parse.urlencode(query)}"
            with urllib.request.urlopen(url, timeout=20) as answer:
                return answer.read()

        wait_for(get)
        yield get
    finally:
        server.terminate()
        server.wait(20)
        server.stderr.close()
        kept.close()


def wait_for(get):
    """Waits until the server has read both runs to their ends."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            if json.loads(get("graphs/info"))["train"]["tags"] and len(json.loads(get("scalars/tags"))["train"]) == 2:
                return
        except (KeyError, urllib.error.HTTPError):
            pass
        time.sleep(0.1)
    raise AssertionError("TensorBoard has not loaded the runs")


def test_scalars(ask):
    assert {run: sorted(tags) for run, tags in json.loads(ask("scalars/tags")).items()} == {
        "train": ["model/loss", "second"],
        "test": ["model/loss"],
    }
    for run, tag in (("train", "model/loss"), ("train", "second"), ("test", "model/loss")):
        found = json.loads(ask("scalars/scalars", run=run, tag=tag))
        assert [[step, value] for _, step, value in found] == [[0, 0.0], [1, 1.0], [2, 2.0]]
        assert all(abs(wall - time.time()) < 600 for wall, _, _ in found)


def test_histograms(ask):
    found = json.loads(ask("histograms/histograms", run="train", tag="model/weights"))
    assert [step for _, step, _ in found] == [0, 1, 2]
    for (_, _, buckets), value in zip(found, (0.0, 1.0, 2.0), strict=True):
        assert sum(count for _, _, count in buckets) == 32
        assert all(low <= value <= high for low, high, count in buckets if count)


def test_images(ask):
    tags = json.loads(ask("images/tags"))["train"]
    assert sorted(tags) == ["model/digits/image/0", "model/digits/image/1"]
    (*_, last) = json.loads(ask("images/images", run="train", tag="model/digits/image/1", sample=0))
    assert last["step"] == 2
    picture = ask("images/individualImage", **dict(urllib.parse.parse_qsl(last["query"])))
    assert np.array_equal(PIL.Image.open(io.BytesIO(picture)), np.full((4, 4), 255))


def test_text(ask):
    assert json.loads(ask("text/tags")) == {"train": ["model/notes"]}
    found = json.loads(ask("text/text", run="train", tag="model/notes"))
    assert "<em>words</em>" in found[0]["text"] and [f["step"] for f in found] == [0, 1, 2]


def test_graph_and_run_metadata(ask):
    info = json.loads(ask("graphs/info"))["train"]
    assert info["run_graph"] and list(info["tags"]) == ["step 1"] and info["tags"]["step 1"]["profile"]
    graph = ask("graphs/graph", run="train").decode()
    assert 'name: "model/loss"' in graph and 'op: "HistogramSummary"' in graph and 'name: "model/x"' in graph
    profile = ask("graphs/run_metadata", run="train", tag="step 1").decode()
    assert "dev_stats" in profile and 'node_name: "model/' in profile
