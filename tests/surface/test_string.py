"""String functions through graph and session: names, static shapes and arguments as in TensorFlow 1.15."""

import pytest

from mainstem.base import dtypes, errors
from mainstem.graph.graph import Graph
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.ops import math
from mainstem.run.session import Session
from mainstem.surface import framework, string


@pytest.fixture
def session():
    graph = Graph()
    with graph.as_default(), Session(graph=graph) as s:
        yield s


def test_names_and_static_shapes(session):
    text = framework.placeholder(dtypes.string, [2, 3], name="text")
    made = [
        (string.join([text, "x"]), "StringJoin:0", [2, 3]),
        (string.reduce_join_v1(text, 1), "ReduceJoin/ReduceJoin:0", [2]),
        (string.reduce_join_v1(text, 1, keep_dims=True), "ReduceJoin_1/ReduceJoin:0", [2, 1]),
        (string.reduce_join(text), "ReduceJoin_2/ReduceJoin:0", []),
        (string.regex_replace(text, "b", "c"), "StaticRegexReplace:0", [2, 3]),
        (string.regex_replace(text, framework.constant("b"), "c"), "RegexReplace:0", [2, 3]),
        (string.regex_full_match(text, "b"), "StaticRegexFullMatch:0", [2, 3]),
        (string.substr(text, 1, 1), "Substr:0", [2, 3]),
        (string.length(text), "StringLength:0", [2, 3]),
        (string.to_hash_bucket_fast(text, 5), "StringToHashBucketFast:0", [2, 3]),
        (string.decode_raw(text, dtypes.uint8), "DecodeRaw:0", [2, 3, None]),
        (string.decode_csv(text, [[1.0], ["a"]])[1], "DecodeCSV:1", [2, 3]),
        (string.to_number(text), "StringToNumber:0", [2, 3]),
        (string.as_string(framework.constant([1.5])), "AsString:0", [1]),
    ]
    for tensor, name, shape in made:
        assert (tensor.name, tensor.shape.as_list()) == (name, shape)


def test_split(session):
    made = string.string_split(["a  b,c", ";x;"])
    assert isinstance(made, SparseTensor) and made.indices.name == "StringSplit/StringSplit:0"
    value = session.run([made.indices, made.values, made.dense_shape])
    assert value[0].tolist() == [[0, 0], [0, 1], [1, 0]] and value[1].tolist() == [b"a", b"b,c", b";x;"]
    assert value[2].tolist() == [2, 2] and made.indices.shape.as_list() == [None, 2]
    made = string.split_v1("a b c", maxsplit=1)
    assert made.values.name.startswith("StringSplit_1/StringSplitV2:")
    assert session.run(made.values).tolist() == [b"a", b"b c"]
    with pytest.raises(NotImplementedError, match="RaggedTensor"):
        string.split(["a"])
    with pytest.raises(ValueError, match="rank"):
        string.string_split("scalar")


def test_strings_and_numbers_in_one_run(session):
    lines = framework.placeholder(dtypes.string, [None])
    x, label = string.decode_csv_v1(lines, [[0.0], [""]])
    hashed = string.to_hash_bucket_fast(string.join([label, "!"]), 1000)
    got = session.run([math.mul(x, 2.0), math.add(hashed, 1), string.reduce_join(label, separator="|")], {lines: ["1,a", ",b"]})
    assert got[0].tolist() == [2, 0] and got[1].dtype.name == "int64" and got[2] == b"a|b"
    unknown = framework.placeholder(dtypes.string)
    assert session.run(string.reduce_join(unknown), {unknown: [["a", "b"], ["c", "d"]]}) == b"abcd"


def test_arguments(session):
    assert session.run(string.to_number_v1(input="7", out_type=dtypes.int64)) == 7
    assert session.run(string.decode_raw_v1(bytes="ab", out_type=dtypes.uint8)).tolist() == [97, 98]
    with pytest.raises(ValueError, match="exactly one"):
        string.to_number_v1()
    with pytest.raises(ValueError, match="strictly increasing"):
        string.decode_csv(["1,2"], [[1], [1]], select_cols=[1, 0])
    with pytest.raises(errors.InvalidArgumentError, match="could not correctly convert string: x"):
        session.run(string.to_number("x"))
    with pytest.raises(TypeError, match="list of allowed values"):
        string.as_string(framework.constant("text"))
