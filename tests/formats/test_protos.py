"""Messages: field numbers of TensorFlow, and no clash with it."""

import json
import os
import subprocess
import sys

import pytest
from google.protobuf import descriptor_pool

from mainstem.formats import protos

FIXTURES = os.path.join(os.path.dirname(__file__), "fixtures")


@pytest.mark.parametrize("version", ["tf1", "tf2"])
def test_examples_of_tensorflow(version):
    with open(f"{FIXTURES}/{version}/facts.json") as f:
        facts = json.load(f)
    example = protos.Example.FromString(bytes.fromhex(facts["Example"]))
    feature = example.features.feature
    assert list(feature["n"].int64_list.value) == [1, -2]
    assert list(feature["x"].float_list.value) == [0.5]
    assert list(feature["s"].bytes_list.value) == [b"\x00a"]
    assert feature["n"].WhichOneof("kind") == "int64_list"
    sequence = protos.SequenceExample.FromString(bytes.fromhex(facts["SequenceExample"]))
    assert sequence.context == example.features
    assert list(sequence.feature_lists.feature_list["l"].feature[0].int64_list.value) == [3]
    for name, message in (("Example", example), ("SequenceExample", sequence)):
        again = type(message).FromString(bytes.fromhex(facts[name]))
        assert again == message and len(message.SerializeToString()) == len(facts[name]) // 2


def test_every_name_gives_a_message_or_an_enum():
    for name in dir(protos):
        if name[0].isupper():
            assert hasattr(getattr(protos, name), "DESCRIPTOR"), name
    with pytest.raises(AttributeError, match="NoSuchMessage"):
        _ = protos.NoSuchMessage


def test_nothing_of_tensorflows_names_enters_the_common_pool():
    assert protos.Example.DESCRIPTOR.full_name == "tensorflow.Example"
    assert protos.BundleEntryProto and protos.SavedModel and protos.CheckpointState
    with pytest.raises(KeyError):
        descriptor_pool.Default().FindMessageTypeByName("tensorflow.Example")


def test_a_program_can_build_an_example_from_keywords():
    int64 = protos.Feature(int64_list=protos.Int64List(value=[3]))
    example = protos.Example(features=protos.Features(feature={"label": int64}))
    assert example.SerializeToString() == b"\n\x10\n\x0e\n\x05label\x12\x05\x1a\x03\n\x01\x03"


def test_importing_the_formats_brings_no_jax():
    code = (
        "import sys, mainstem.formats.bundle, mainstem.formats.graphdef, mainstem.formats.events, mainstem.formats.v1_checkpoint,"
        "mainstem.formats.checkpoint_state; print('jax' in sys.modules, 'tensorflow' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["False", "False"]
