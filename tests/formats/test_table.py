"""Sorted tables, Snappy blocks and order-preserving keys."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstem.base.errors import DataLossError
from mainstem.formats import crc, ordered_code, snappy, table


def test_masked_crc32c_of_known_bytes():
    assert crc.value(b"123456789") == 0xE3069283  # the check value of CRC-32C
    assert crc.masked(b"") == 0xA282EAD8
    assert crc.value(memoryview(b"123456789")) == crc.value(bytearray(b"123456789")) == 0xE3069283


@given(st.integers(0, 2**32 - 1))
def test_unmask_undoes_mask(n):
    assert crc.unmask(crc.mask(n)) == n


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.binary(max_size=30), st.binary(max_size=2000), max_size=60))
def test_round_trip(entries):
    items = sorted(entries.items())
    assert table.Table(table.build(items), "t").items == items


def test_many_blocks():
    items = [(b"%06d" % i, bytes([i % 251]) * 3000) for i in range(500)]
    data = table.build(items)
    assert table.Table(data, "t").items == items


def test_keys_must_rise():
    with pytest.raises(ValueError, match="does not come after"):
        table.build([(b"b", b""), (b"a", b"")])


def test_compressed_blocks(monkeypatch):
    def append(out, block):
        data = compress(block.finish()) + b"\1"
        handle = table.varint(len(out)) + table.varint(len(data) - 1)
        out += data + crc.masked(data).to_bytes(4, "little")
        block.clear()
        return handle

    monkeypatch.setattr(table, "_append_block", append)
    items = [(b"key%04d" % i, b"abcd" * (i % 50)) for i in range(300)]
    raw = bytearray(table.build(items))
    assert len(raw) < 15_000 and table.Table(raw, "t").items == items


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damage_is_data_loss(data):
    items = [(b"k%03d" % i, b"v" * i) for i in range(40)]
    raw = bytearray(table.build(items))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    try:
        assert table.Table(raw, "some/file").items == items  # the padding of the footer is not checked by anything
        assert len(raw) - 48 <= at
    except DataLossError as e:
        assert "some/file is damaged at offset" in str(e)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_garbage_is_data_loss(raw):
    with pytest.raises(DataLossError, match="f is damaged at offset"):
        table.Table(raw, "f")
    with pytest.raises(DataLossError, match="f is damaged at offset"):
        table.Table(raw + table.MAGIC.to_bytes(8, "little"), "f")


@pytest.mark.parametrize("size", [0, 1, 47, 48, 60, -1])
def test_cut_short(size):
    raw = table.build([(b"a", b"b" * 100)])
    with pytest.raises(DataLossError, match="f is damaged"):
        table.Table(raw[:size], "f")


def compress(data):
    """Snappy by the format's description: literals, and copies of the last four bytes where they repeat."""
    out, pos = bytearray(table.varint(len(data))), 0
    while pos < len(data):
        run = 0
        while run < 60 and pos >= 4 and pos + run < len(data) and data[pos + run] == data[pos + run - 4]:
            run += 1
        if 4 <= run <= 11:
            out += bytes([(run - 4) << 2 | 1, 4])
        elif run > 11:
            out += bytes([(run - 1) << 2 | 2, 4, 0])
        else:
            run = 1
            out += bytes([0, data[pos]])
        pos += run
    return bytes(out)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([b"abcd" * 9, b"x", b"yz", bytes(70), b"abcd"]), max_size=20))
def test_snappy_round_trip(parts):
    data = b"".join(parts)
    assert snappy.decompress(compress(data)) == data


def test_snappy_long_literals():
    for size in (60, 61, 256, 300, 70000):
        n = 0 if size <= 60 else (1 if size <= 256 else 2 if size <= 65536 else 3)
        head = bytes([(size - 1) << 2]) if n == 0 else bytes([(59 + n) << 2]) + (size - 1).to_bytes(n, "little")
        data = bytes(i % 256 for i in range(size))
        assert snappy.decompress(table.varint(size) + head + data) == data


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x05", b"\xff" * 12, b"\x04\x01\x00", b"\x04\x00a\x01\x05", b"\x04\x0cab", b"\x01\x04ab", b"\x08\x03\x01\0\0"],
)
def test_snappy_damage(raw):
    with pytest.raises(ValueError, match="Snappy"):
        snappy.decompress(raw)


@given(st.binary(max_size=60))
def test_snappy_garbage_never_crashes(raw):
    try:
        snappy.decompress(raw)
    except ValueError as e:
        assert "Snappy" in str(e)


_INT64 = st.integers(-(2**63), 2**63 - 1)


@given(_INT64, _INT64)
def test_signed_order(a, b):
    assert (ordered_code.encode_int(a) < ordered_code.encode_int(b)) == (a < b)


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_string_order(a, b):
    assert (ordered_code.encode_string(a) < ordered_code.encode_string(b)) == (a < b)


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_unsigned_order(a, b):
    assert (ordered_code.encode_uint(a) < ordered_code.encode_uint(b)) == (a < b)


def test_a_slice_key_of_tensorflow():
    assert ordered_code.slice_key("p", [(3, 7), (0, -1)]) == b"\x00p\x00\x01\x01\x02\x83\x87\x80\x7f"
