"""Examples read as columns give what the protobuf library gives message by message."""

import contextlib

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mainstem.base.errors import InvalidArgumentError
from mainstem.formats import example_batch, protos

WANTED = {b"f": "float32", b"i": "int64", b"s": "string"}
KIND = {"float32": "float_list", "int64": "int64_list", "string": "bytes_list"}


def by_message(messages, key, kind):
    """(counts, values, wrong) as the library reads them."""
    counts, values, wrong = [], [], None
    for n, m in enumerate(messages):
        features = protos.Example.FromString(m).features.feature
        found = features[key].WhichOneof("kind") if key in features else None
        if found is not None and found != KIND[kind]:
            wrong = wrong or (n, {v: k for k, v in KIND.items()}[found])
        listed = [] if found in (None, KIND[kind]) and found is None else getattr(features[key], KIND[kind]).value
        counts.append(-1 if found is None else len(listed))
        values += listed
    return counts, values, wrong


@pytest.fixture(autouse=True, scope="module")
def walks_few():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(example_batch, "_FEW", 0)
        yield


def same(messages):
    for key, column in example_batch.columns(messages, WANTED).items():
        counts, values, wrong = by_message(messages, key.decode(), WANTED[key])
        assert column.counts.tolist() == counts and column.wrong == wrong
        if WANTED[key] == "float32":
            np.testing.assert_array_equal(column.values, np.array(values, np.float32))
        else:
            assert column.values.tolist() == values


def varint(n):
    out = b""
    while n >= 0x80:
        out, n = out + bytes([n & 0x7F | 0x80]), n >> 7
    return out + bytes([n])


def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


numbers = st.one_of(st.integers(0, 200), st.integers(-(2**63), 2**63 - 1))
values = st.one_of(
    st.tuples(st.just("float_list"), st.lists(st.floats(width=32, allow_nan=False), max_size=20)),
    st.tuples(st.just("int64_list"), st.lists(numbers, max_size=5)),
    st.tuples(st.just("bytes_list"), st.lists(st.binary(max_size=150), max_size=3)),
    st.just((None, [])),
)
usual = st.fixed_dictionaries(
    {"f": st.tuples(st.just("float_list"), st.lists(st.floats(width=32, allow_nan=False), min_size=2, max_size=2))},
    optional={
        "i": st.tuples(st.just("int64_list"), st.lists(numbers, min_size=1, max_size=2)),
        "s": st.tuples(st.just("bytes_list"), st.lists(st.binary(max_size=150), min_size=1, max_size=2)),
    },
)
features = st.one_of(usual, st.dictionaries(st.sampled_from(["f", "i", "s", "other", "é" * 40, "x" * 150, ""]), values))


def message(described):
    made = protos.Example()
    for key, (kind, listed) in described.items():
        feature = made.features.feature[key]
        if kind is not None:
            getattr(feature, kind).SetInParent()
            getattr(feature, kind).value.extend(listed)
    return made.SerializeToString()


@settings(max_examples=150, deadline=None)
@given(st.lists(features, max_size=12))
def test_any_examples(described):
    same([message(d) for d in described])


ODD = {
    "unpacked floats": field(1, field(1, field(1, b"f") + field(2, field(2, b"\x0d\0\0\x80\x3f\x0d\0\0\0\x40")))),
    "unpacked ints": field(1, field(1, field(1, b"i") + field(2, field(3, b"\x08\x05\x08\x80\x01")))),
    "lists in two parts": field(1, field(1, field(1, b"i") + field(2, field(3, field(1, b"\1\2") + field(1, b"\3"))))),
    "value before key": field(1, field(1, field(2, field(3, field(1, b"\7"))) + field(1, b"i"))),
    "key twice": field(1, field(1, field(1, b"i") + field(2, field(3, field(1, b"\7")))) * 2),
    "features twice": field(1, field(1, field(1, b"i") + field(2, field(3, field(1, b"\7"))))) * 2,
    "unknown field": field(1, field(1, field(1, b"i") + field(2, field(3, field(1, b"\7"))))) + field(9, b"abc"),
    "unknown field inside": field(1, field(9, b"abc") + field(1, field(1, b"i") + field(2, field(3, field(1, b"\7"))))),
    "no value": field(1, field(1, field(1, b"i"))),
    "no key": field(1, field(1, field(2, field(3, field(1, b"\7"))))),
    "two kinds": field(1, field(1, field(1, b"i") + field(2, field(3, field(1, b"\7")) + field(1, field(1, b"x"))))),
    "long varints": field(1, field(1, field(1, b"i") + field(2, field(3, field(1, b"\x87\x80\x80\0"))))),
    "empty list of numbers": field(1, field(1, field(1, b"i") + field(2, field(3, field(1, b""))))),
    "empty": b"",
    "no features": field(1, b""),
}


@pytest.mark.parametrize("name", ODD)
def test_what_serializers_do_not_write(name):
    normal = message({"i": ("int64_list", [300]), "s": ("bytes_list", [b"q"]), "f": ("float_list", [1.5])})
    same([ODD[name]])
    same([normal, ODD[name], normal, ODD[name], normal])
    same([*ODD.values(), normal])


@st.composite
def lists(draw, tag):
    """A list of numbers or strings, as any serializer may write it: packed, unpacked, in parts, with unknown fields."""
    out = b""
    for _ in range(draw(st.integers(0, 3))):
        if tag == 1:
            out += field(1, draw(st.binary(max_size=9)))
        elif draw(st.booleans()):
            some = draw(
                st.lists(st.binary(min_size=4, max_size=4) if tag == 2 else st.integers(0, 2**64 - 1).map(varint), max_size=4)
            )
            out += field(1, b"".join(some))
        elif tag == 2:
            out += b"\x0d" + draw(st.binary(min_size=4, max_size=4))
        else:
            out += b"\x08" + varint(draw(st.integers(0, 2**64 - 1)))
        out += draw(st.sampled_from([b"", b"", b"", varint(13 << 3) + b"\x05", field(9, b"unknown")]))
    return out


@st.composite
def entries(draw):
    """An entry of the map: a key and a Feature, in any order, twice or not at all."""
    parts = []
    for _ in range(draw(st.sampled_from([1, 1, 1, 1, 0, 2]))):
        parts.append(field(1, draw(st.sampled_from([b"f", b"i", b"s", b"other"]))))
    for _ in range(draw(st.sampled_from([1, 1, 1, 1, 0, 2]))):
        tag = draw(st.integers(1, 3))
        parts.append(field(2, field(tag, draw(lists(tag)))))
    if draw(st.integers(0, 5)) == 0:
        parts.append(field(7, b"?"))
    return field(1, b"".join(draw(st.permutations(parts))))


anything = st.lists(entries(), max_size=4).map(b"".join).map(lambda body: field(1, body))
alike = st.builds(
    lambda f, i, s: message({"f": ("float_list", f), "i": ("int64_list", i), "s": ("bytes_list", [s])}),
    st.lists(st.floats(width=32, allow_nan=False), min_size=2, max_size=2), st.lists(numbers, min_size=1, max_size=4), st.binary(max_size=40),
)  # fmt: skip


TWO_KEYS = field(1, field(1, field(1, b"other") + field(1, b"f") + field(2, field(1, b""))))  # the last one counts


@settings(max_examples=200, deadline=None)
@example([message({"f": ("float_list", [0.0, 0.0]), "i": ("int64_list", [0]), "s": ("bytes_list", [b""])}), TWO_KEYS], 4)
@given(st.lists(st.one_of(alike, alike, alike, anything), max_size=20), st.sampled_from([4, 1 << 13]))
def test_any_encoding_among_ordinary_ones(messages, block):
    """What is read in step and what is left to the library give the same, whatever stands beside it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(example_batch, "_BLOCK", block)
        same(messages)


@settings(max_examples=50, deadline=None)
@given(st.lists(alike, min_size=1, max_size=30))
def test_the_short_way_and_the_library(messages):
    """Messages of one build, walked and (`_FEW` of them being too many) read by the library alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(example_batch, "_FEW", 1 << 20)
        wanted = example_batch.columns(messages, WANTED)
    for key, column in example_batch.columns(messages, WANTED).items():
        np.testing.assert_array_equal(column.counts, wanted[key].counts)
        np.testing.assert_array_equal(column.values, wanted[key].values)


def test_blocks_of_many_builds():
    rng = np.random.RandomState(0)
    described = [
        {
            "s": ("bytes_list", [rng.bytes(rng.randint(0, 300)) for _ in range(rng.randint(0, 3))]),
            "i": ("int64_list", rng.randint(-(2**40), 2**40, rng.randint(0, 4)).tolist()),
            "f": ("float_list", rng.rand(rng.randint(0, 40)).tolist()),
        }
        for _ in range(300)
    ]
    messages = [message(dict(sorted(d.items(), key=lambda _: rng.rand()))) for d in described]
    same(messages)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(example_batch, "_BLOCK", 7)
        same(messages)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damaged_messages(data):
    """The walk takes no message that the library refuses, where it reads it; and it never crashes."""
    raw = bytearray(message(data.draw(features)))
    if raw:
        at = data.draw(st.integers(0, len(raw) - 1))
        if data.draw(st.booleans()):
            raw[at] ^= data.draw(st.integers(1, 255))
        else:
            del raw[at:]
    try:
        by_message([bytes(raw)], "f", "float32")
    except Exception:
        try:
            example_batch.columns([bytes(raw)], WANTED)
        except InvalidArgumentError as e:
            assert "Could not parse example input" in str(e)
    else:
        same([bytes(raw)])


def test_random_bytes():
    rng = np.random.RandomState(1)
    for size in range(0, 60):
        with contextlib.suppress(InvalidArgumentError):
            example_batch.columns([rng.bytes(size)] * 3, WANTED)


def test_the_context_of_sequences():
    context = protos.Features.FromString(message({"i": ("int64_list", [3, 4])})[2:]).SerializeToString()
    assert example_batch.feature_columns([context, b"", context], WANTED)[b"i"].values.tolist() == [3, 4, 3, 4]


def test_first_values():
    assert example_batch.first_bytes(
        [message({"s": ("bytes_list", [b"a", b"b"])}), b"", message({"s": ("int64_list", [1])})], "s"
    ) == [b"a", b"", b""]
