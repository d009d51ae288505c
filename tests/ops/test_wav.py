"""DecodeWav and EncodeWav against TensorFlow 2.21."""

import json
import pathlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mainstem as tf
import mainstem.v1 as tf1
from mainstem.base import errors
from mainstem.ops import wav
from mainstem.run import behavior
from tests.ops import wav_rows as rows

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "wav.json").read_text())


@pytest.fixture(scope="module")
def found():
    behavior.enable_v2_behavior()
    yield json.loads(json.dumps(rows.results(tf)))
    behavior.disable_v2_behavior()


@pytest.mark.parametrize("name", sorted(set(GOLDEN) - {"vector"}))
def test_as_tensorflow(found, name):
    assert found[name] == GOLDEN[name]


def test_shapes_in_a_graph():
    with tf1.Graph().as_default(), tf1.Session() as session:
        audio, rate = tf1.audio.decode_wav(rows.FILES["stereo"], desired_samples=2)
        assert audio.shape.as_list() == [2, None] and rate.shape == ()
        assert session.run(tf1.audio.encode_wav(audio, rate)) == rows.file(rows.SAMPLES[:4], 2, 44100)
        with pytest.raises(ValueError, match="Shape must be rank 0"):
            tf1.audio.decode_wav([rows.FILES["mono"]])


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 60), st.binary(max_size=6), st.sampled_from(sorted(rows.FILES)))
def test_damaged_files(at, put, name):
    """A damaged file is refused, or read; nothing else happens."""
    data, given = rows.FILES[name], np.empty((), object)
    given[()] = data[:at] + put + data[at + len(put) :]
    try:
        audio, _ = wav.decode_wav.kernel(given)
    except errors.InvalidArgumentError:
        return
    assert audio.dtype == np.float32 and audio.ndim == 2


def test_rates_that_are_large():
    given = np.empty((), object)
    given[()] = rows.file([1, 2], rate=2**31 - 1)[:28] + b"\xfe\xff\xff\xff" + rows.file([1, 2])[32:]
    assert wav.decode_wav.kernel(given)[1] == 2**31 - 1
    with pytest.raises(errors.InvalidArgumentError, match="num_channels must be in"):
        wav.encode_wav.kernel(np.zeros((1, 0), np.float32), 8)
