"""Properties of decoders: what was written is read back, and arbitrary bytes give a value or InvalidArgumentError."""

import contextlib
import csv
import io

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstem.base import dtypes, errors
from mainstem.core.registry import lookup
from mainstem.ops import decode, example, hashing, image_codec, string  # noqa: F401 - registers the ops

FEW = settings(max_examples=60, deadline=None)


def run(name, *inputs, **attrs):
    return lookup(name).kernel(*inputs, **attrs)


def scalar(data):
    out = np.empty((), object)
    out[()] = data
    return out


@FEW
@given(st.binary(max_size=200), st.booleans())
def test_base64_round_trip(data, pad):
    assert run("DecodeBase64", run("EncodeBase64", scalar(data), pad=pad))[()] == data


@FEW
@given(
    st.lists(
        st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00\r\n"), max_size=8), min_size=1, max_size=5
    )
)
def test_csv_reads_what_python_writes(fields):
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerow(fields)
    line = out.getvalue().rstrip("\r\n").encode()
    kinds = [dtypes.string] * len(fields)
    defaults = [scalar(b"")] * len(fields)
    made = run("DecodeCSV", np.array([line], object), defaults, OUT_TYPE=kinds)
    assert [m[0].decode() for m in made] == fields


@FEW
@given(st.binary(max_size=60))
def test_arbitrary_bytes_are_read_or_refused(data):
    calls = [
        ("DecodeBase64", (scalar(data),), {}),
        (
            "DecodeCSV",
            (np.array([data], object), [scalar(b"x"), np.float32([0])]),
            {"OUT_TYPE": [dtypes.string, dtypes.float32]},
        ),
        ("StringToNumber", (scalar(data),), {"out_type": dtypes.float32}),
        ("StringToNumber", (scalar(data),), {"out_type": dtypes.int64}),
        ("DecodeRaw", (scalar(data),), {"out_type": dtypes.int32}),
        ("DecodeCompressed", (scalar(data),), {"compression_type": "ZLIB"}),
        ("ParseTensor", (scalar(data),), {"out_type": dtypes.float32}),
        ("DecodeImage", (scalar(data),), {}),
        ("DecodePng", (scalar(b"\x89PNG\r\n\x1a\n" + data),), {}),
        ("DecodeGif", (scalar(b"GIF89a" + data),), {}),
        ("DecodeJpeg", (scalar(b"\xff\xd8\xff" + data),), {}),
        ("DecodeBmp", (scalar(b"BM" + data),), {}),
    ]
    for name, inputs, attrs in calls:
        with contextlib.suppress(errors.InvalidArgumentError):
            run(name, *inputs, **attrs)


@FEW
@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_png_round_trip(height, width, channels, seed):
    image = np.random.RandomState(seed).randint(0, 256, (height, width, channels)).astype(np.uint8)
    np.testing.assert_array_equal(run("DecodePng", run("EncodePng", image)), image)
    np.testing.assert_array_equal(run("DecodePng", scalar(image_codec.to_png(image))), image)


@FEW
@given(st.binary(max_size=300))
def test_hashes_are_64_bit_and_depend_on_every_byte(data):
    for fn in (hashing.farm, hashing.legacy, lambda s: hashing.sip(s, (1, 2))):
        assert 0 <= fn(data) < 1 << 64
        if data:
            assert fn(data) != fn(bytes([data[0] ^ 1]) + data[1:]) and fn(data) != fn(data[:-1] + bytes([data[-1] ^ 1]))


@FEW
@given(st.floats(width=32, allow_nan=False))
def test_numbers_as_text_are_read_back(value):
    text = run("AsString", np.array(value, np.float32), T=dtypes.float32, shortest=True, precision=9)
    assert run("StringToNumber", text)[()] == np.float32(value)
