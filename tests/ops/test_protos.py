"""DecodeProtoV2 and EncodeProto against TensorFlow 2.21, and where descriptors come from."""

import json
import pathlib

import numpy as np
import pytest
from google.protobuf import descriptor_pb2
from hypothesis import given, settings
from hypothesis import strategies as st

import mainstem as tf
import mainstem.v1 as tf1
from mainstem.base import dtypes, errors
from mainstem.ops import proto_codec
from mainstem.run import behavior
from tests.ops import proto_rows as rows

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "protos.json").read_text())


@pytest.fixture(scope="module")
def found():
    behavior.enable_v2_behavior()
    yield json.loads(json.dumps(rows.results(tf)))
    behavior.disable_v2_behavior()


@pytest.mark.parametrize("name", GOLDEN)
def test_as_tensorflow(found, name):
    assert found[name] == GOLDEN[name]


def test_a_file_with_descriptors(tmp_path):
    path = tmp_path / "set"
    path.write_bytes(descriptor_pb2.FileDescriptorSet(file=[rows.FILE]).SerializeToString())
    with tf1.Graph().as_default(), tf1.Session() as session:
        made = tf1.io.decode_proto(rows.messages(), "t.M", ["pk"], [tf1.int32], descriptor_source=str(path))
        again = tf1.io.encode_proto(made.sizes, made.values, ["pk"], "t.M", descriptor_source=str(path))
        assert made.sizes.shape.as_list() == [1, 2, 1] and made.values[0].shape.as_list() == [1, 2, None]
        assert again.shape.as_list() == [1, 2]
        assert session.run(again).tolist() == [[b"\xba\x01\x03\x07\x08\x09", b""]]


@pytest.mark.parametrize("source", [b"bytes://junk", "/no/such/file"])
def test_sources_that_are_none(source):
    with pytest.raises(errors.InvalidArgumentError, match="Source does not represent serialized file descriptor set proto"):
        proto_codec.decode_proto.kernel(
            rows.messages(), message_type="t.M", field_names=["fl"], output_types=[dtypes.float32], descriptor_source=source
        )


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes(data):
    """Damaged messages are refused, others decoded, and nothing else happens."""
    names, kinds = ["fl", "s", "sub"], [dtypes.float32, dtypes.string, dtypes.string]
    given = np.empty((), object)
    given[()] = data
    try:
        sizes, values = proto_codec.decode_proto.kernel(
            given, message_type="t.M", field_names=names, output_types=kinds, descriptor_source=rows.SOURCE
        )
    except errors.DataLossError:
        return
    assert [len(v) for v in values] == [max(1, n) for n in sizes.tolist()]
