"""The networks against TensorFlow 1.15 (golden/record_nets.py): variables, end points, operations, starts, losses, scores."""

import gzip
import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.dialects import net_programs

GOLDEN = pathlib.Path(__file__).parents[1] / "golden"
RECORD = json.loads(gzip.decompress((GOLDEN / "nets.json.gz").read_bytes()))
VALUES = np.load(GOLDEN / "nets.npz")
WHERE = {"contrib": "mainstem.v1.contrib.slim.nets", "zoo": "mainstem.dialects.nets"}
FAST = (
    "zoo:lenet",
    "zoo:cifarnet",
    "zoo:mobilenet_v1_025",
    "zoo:mobilenet_v2_035",
    "contrib:inception_v2 base",
    "zoo:resnet_v1_50 thin",
)
SMALL = {"zoo:" + n for n in net_programs.ZOO} - {f"zoo:resnet_v{v}_{n}" for v in (1, 2) for n in (50, 101, 152, 200)}


def _marked(names, fast):
    return [n if n in fast else pytest.param(n, marks=pytest.mark.slow) for n in names]


def _case(name):
    table, _, key = name.partition(":")
    return WHERE[table], net_programs.TABLES[table][key]


@pytest.mark.parametrize("name", _marked(RECORD, SMALL))
def test_networks_are_what_they_are_in_tensorflow(name):
    where, one = _case(name)
    with tf.Graph().as_default():
        _, result, points = net_programs.build(tf, where, one)
        found = json.loads(json.dumps(net_programs.facts(tf, result, points)))
    for fact, wanted in RECORD[name].items():
        if fact == "operations":
            found[fact], wanted = _without_dilation(found[fact], wanted)
        assert found[fact] == wanted, fact


def _without_dilation(found, wanted):
    """Where TensorFlow 1.15 cuts an image into parts for a dilated convolution, here the convolution itself is dilated."""
    dilated = {name for name, _, attrs in found if "dilations" in attrs}

    def plain(operations):
        for name, kind, attrs in operations:
            if kind != "SpaceToBatchND":
                yield [name, kind, {"strides": attrs["strides"]} if name in dilated else attrs]

    return list(plain(found)), list(plain(wanted))


@pytest.mark.parametrize("name", _marked(VALUES, FAST))
def test_scores_are_those_of_tensorflow(name):
    where, one = _case(name)
    with tf.Graph().as_default():
        images, result, _ = net_programs.build(tf, where, one)
        got, wanted = net_programs.logits(tf, images, result), VALUES[name]
    np.testing.assert_allclose(got, wanted, rtol=2e-4, atol=2e-5 * np.abs(wanted).max())
