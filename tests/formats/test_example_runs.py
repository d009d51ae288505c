"""Runs of entries that all messages of a block have alike: what they read, and when they are given up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstem.base.errors import InvalidArgumentError
from mainstem.formats import example_batch, example_walk, protos, varints
from tests.formats.test_example_batch import WANTED, message, numbers, same


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(example_batch, "_FEW", 0)
    monkeypatch.setattr(example_batch, "_BLOCK", 4)
    monkeypatch.setattr(example_batch, "_THREADS", 1)


@pytest.fixture
def matched(monkeypatch):
    """Whether each run that was tried was that of all messages."""
    seen, match = [], example_walk.runs.__globals__["Run"].match
    monkeypatch.setattr(
        example_walk.runs.__globals__["Run"], "match", lambda *a: seen.append((r := match(*a)) is not None) or r
    )
    return seen


def alike(n, size=100, ids=3):
    """Messages with an image of one length, numbers that vary in length, and four floats."""
    rng = np.random.RandomState(n)
    return [
        message({
            "s": ("bytes_list", [rng.bytes(size)]),
            "i": ("int64_list", rng.randint(0, 3000, rng.randint(1, ids + 1)).tolist()),
            "other": ("bytes_list", [b"name%d" % (10**i)]),
            "f": ("float_list", rng.rand(4).tolist()),
        })
        for i in range(n)
    ]  # fmt: skip


@pytest.mark.parametrize(("size", "ids"), [(100, 3), (0, 1), (5, 1), (90, 30), (110, 3), (126, 3), (300, 5)])
def test_messages_of_one_build(matched, size, ids):
    same(alike(13, size, ids))
    assert all(matched) and len(matched) >= 3


def test_an_odd_block_is_no_reason_to_give_up_and_two_are(matched):
    odd = message({"s": ("bytes_list", [b"short"]), "f": ("float_list", [1.0, 2.0])})
    messages = alike(40)
    messages[6] = odd
    same(messages)
    assert matched.count(False) and matched[-1]
    messages[10] = messages[17] = odd
    matched.clear()
    same(messages)
    tried = len(matched)
    assert tried < 40
    same(messages + alike(9))


def outcome(messages):
    """What columns hold, or which error there is."""
    try:
        return repr([(c.counts.tolist(), c.values.tolist(), c.wrong) for c in example_batch.columns(messages, WANTED).values()])
    except InvalidArgumentError as e:
        return str(e)


@settings(max_examples=100, deadline=None)
@given(st.integers(4, 12), st.integers(1, 40), st.binary(min_size=1, max_size=4))
def test_messages_cut_short_or_changed_in_a_later_block(where, cut, put):
    """A damaged message among alike ones is what it is without runs: cut short or too long it is refused."""
    messages = alike(13)
    whole = messages[where]
    for damaged in (whole[:-cut], whole[:-1] + b"", whole + put[:1], whole[:cut] + put + whole[cut + len(put) :]):
        messages[where] = damaged
        found = outcome(messages)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(example_walk, "runs", lambda raw, found: {})
            assert outcome(messages) == found
        if len(damaged) < len(whole):
            assert "Could not parse example input" in found


def test_a_key_that_comes_again_after_a_run(matched):
    """The last entry of a key counts, so that messages with two are left to the library."""
    messages = alike(9)
    twice = protos.Example.FromString(messages[0]).features.SerializeToString()
    example = message({"s": ("bytes_list", [b"last"])})
    inner = twice + protos.Example.FromString(example).features.SerializeToString()
    messages[5] = b"\x0a" + bytes([len(inner) & 0x7F | 0x80, len(inner) >> 7]) + inner
    same(messages)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(numbers, max_size=3), min_size=1, max_size=8), st.booleans())
def test_numbers_of_rows(lists, cut):
    """The numbers of rows are those of all their bytes in one."""
    raw = []
    for values in lists:
        packed = protos.Int64List(value=values).SerializeToString()
        raw.append(packed[1 + (1 if len(packed) < 130 else 2) :] if values else b"")
    if cut and raw[-1]:
        raw[-1] = raw[-1][:-1] + b"\x80"
    wide = -(-max(map(len, raw)) // 8) * 8 or 8
    block = np.frombuffer(b"".join(r.ljust(wide, b"\x05") for r in raw) + bytes(8), np.uint8)
    found = varints.numbers_of_rows(block, wide, np.array([len(r) for r in raw]))
    if cut and raw[-1]:
        assert found is None
    else:
        assert found[0].tolist() == [v for values in lists for v in values]
        assert found[1].tolist() == [len(values) for values in lists]


def test_strings_are_made_when_somebody_asks():
    messages = alike(11)
    column = example_batch.columns(messages, {b"s": "string"})[b"s"]
    wanted = [protos.Example.FromString(m).features.feature["s"].bytes_list.value[0] for m in messages]
    assert column.found.shape == (11,) and column.found.some(np.array([9, 0, 4])).tolist() == [wanted[i] for i in (9, 0, 4)]
    assert column.found.kept().array().tolist() == wanted == column.values.tolist()


def test_short_strings_do_not_keep_the_bytes_between_them():
    messages = alike(11)
    found = example_batch.columns(messages, {b"other": "string"})[b"other"].found
    before = sum(len(b.raw) for b in found._blocks.values())
    wanted = [b"name%d" % (10**i) for i in range(11)]
    assert found.kept().array().tolist() == wanted and found.kept().array().tolist() == wanted
    assert sum(len(b.raw) for b in found._blocks.values()) < before / 4
    mixed = [b"" if i % 2 else b"long" * 20 for i in range(11)]
    messages = [message({"other": ("bytes_list", [m]), "s": ("bytes_list", [bytes(600)])}) for m in mixed]
    found = example_batch.columns(messages, {b"other": "string"})[b"other"].found
    assert found.kept().array().tolist() == mixed and found.kept().kept().array().tolist() == mixed
