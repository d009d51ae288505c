"""Every data set of `dataset_rows` gives the elements, in the order, of the real TensorFlow, and fails with its errors."""

import json
import pathlib

import numpy as np
import pytest

import mainstem as tf2
import mainstem.v1 as tf1
from mainstem.eager.context import context
from tests.golden import dataset_rows as rows

GOLDEN = pathlib.Path(__file__).parents[1] / "golden"
V1, V2 = (json.loads((GOLDEN / f"dataset_v{n}.json").read_text()) for n in (1, 2))


def _raises(kind):
    def check(made, wanted):
        assert made["error"][0] == kind

    return check


OTHER_IN_V1 = {"list_files_none": _raises("InvalidArgumentError")}  # 1.15 loses the assertion in a one-shot iterator
OTHER_IN_V2 = {"flat_map_wrong": _raises("TypeError")}  # an AttributeError there


@pytest.fixture(scope="module")
def at(tmp_path_factory):
    return rows.write_files(str(tmp_path_factory.mktemp("files")))


def _close(ours, theirs):
    if isinstance(theirs, dict):
        return set(ours) == set(theirs) and all(_close(ours[k], theirs[k]) for k in theirs)
    if isinstance(theirs, list):
        return isinstance(ours, list) and len(ours) == len(theirs) and all(map(_close, ours, theirs))
    if isinstance(theirs, float):
        return bool(np.isclose(ours, theirs, rtol=2e-5, atol=2e-6, equal_nan=True))
    return ours == theirs


def _compare(made, wanted, name, others):
    if name in others:
        others[name](made, wanted)
        return
    assert _close(made["elements"], wanted["elements"]), (made, wanted)
    assert made.get("error", [None])[0] == wanted.get("error", [None])[0], (made, wanted)


@pytest.mark.parametrize("name", [*rows.BOTH, *rows.V1])
def test_graph(name, at):
    _compare(rows.run_graph(tf1, {**rows.BOTH, **rows.V1}[name], at), V1[name], name, OTHER_IN_V1)


@pytest.mark.parametrize("name", [*rows.BOTH, *rows.V2])
def test_eager(name, at):
    with context().as_default():
        made = rows.run_eager(tf2, {**rows.BOTH, **rows.V2}[name], at)
    _compare(made, V2[name], name, OTHER_IN_V2)
