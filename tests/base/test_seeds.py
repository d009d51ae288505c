"""Seed pairs against those recorded from TensorFlow 1.15 and, for eager mode, 2.21."""

import json
import pathlib

import pytest

from mainstem.base import seeds

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "random_names.json").read_text())


@pytest.mark.parametrize("graph_seed, op_seed, automatic, want", GOLDEN["seeds"])
def test_pairs(graph_seed, op_seed, automatic, want):
    assert seeds.get_seed(graph_seed, op_seed, automatic) == tuple(want)


def test_automatic_seed_is_asked_only_when_needed():
    def fail():
        raise AssertionError

    assert seeds.get_seed(3, 5, fail) == (3, 5)
    assert seeds.get_seed(3, None, lambda: 9) == (3, 9)


def test_eager_seeds():
    eager = seeds.EagerSeeds()
    eager.set(5)
    assert [eager.automatic_seed() for _ in range(3)] == [1097127993, 1539898300, 124576495]
    eager.set(None)
    assert eager.seed is None
