"""WAV files with 16-bit samples to tensors and back."""

import struct

import numpy as np

from mainstem.core.families import scalar_shape
from mainstem.core.registry import op
from mainstem.ops.host import invalid

_LEVELS, _MOST = 1 << 15, 2**31 - 1


class _Reader:
    """Bytes that are taken one piece after the other."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if self.at + count > len(self.data):
            raise invalid("Data too short when trying to read string")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, kind):
        return struct.unpack("<" + kind, self.take(struct.calcsize("<" + kind)))[0]

    def expect(self, text):
        found = self.take(4)
        if found != text:
            raise invalid(f"Header mismatch: Expected {text.decode()} but found {found.decode('latin-1')}")


def _samples(data):
    """(the samples [n, channels] of a file, int16; its rate)."""
    reader = _Reader(data)
    reader.expect(b"RIFF")
    reader.take(4)
    reader.expect(b"WAVE")
    if (name := reader.take(4)) != b"fmt ":
        raise invalid(f"Unexpected field {name.decode('latin-1')}")
    channels, rate, step = _format(reader)
    found = None
    while reader.at < len(data):
        name, size = reader.take(4), reader.number("I")
        if name != b"data":
            if size > _MOST:
                raise invalid(f"WAV data chunk '{name.decode('latin-1')}' is too large: {size} bytes, but the limit is {_MOST}")
            reader.at += size
        elif found is not None:
            raise invalid("More than one data chunk found in WAV")
        else:
            count = size // step
            found = np.frombuffer(reader.take(count * step), "<i2").reshape(count, channels)
    if found is None:
        raise invalid("No data chunk found in WAV")
    return found, rate


def _format(reader):
    size = reader.number("I")
    if size not in (16, 18):
        raise invalid(f"Bad format chunk size for WAV: Expected 16 or 18, but got{size}")
    kind, channels, rate, speed, step, bits = (reader.number(k) for k in "HHIIHH")
    if kind != 1:
        raise invalid(f"Bad audio format for WAV: Expected 1 (PCM), but got{kind}")
    if channels < 1:
        raise invalid(f"Bad number of channels for WAV: Expected at least 1, but got {channels}")
    if bits != 16:
        raise invalid(f"Can only read 16-bit WAV files, but received {bits}")
    if step != channels * 2:
        raise invalid(f"Bad bytes per sample in WAV header: Expected {channels * 2} but got {step}")
    if speed != step * rate:
        raise invalid(
            f"Bad bytes per second in WAV header: Expected {step * rate} but got {speed} (sample_rate={rate}, bytes_per_sample={step})"
        )
    reader.take(size - 16)
    return channels, rate, step


def _decoded_shapes(inputs, attrs):
    if inputs[0].shape not in (None, ()):
        raise ValueError(f"Shape must be rank 0 but is rank {len(inputs[0].shape)}")
    return [tuple(None if attrs[k] < 0 else attrs[k] for k in ("desired_samples", "desired_channels")), ()]


@op("DecodeWav", "contents:string -> audio:float32, sample_rate:int32", host=True, shape=_decoded_shapes)
def decode_wav(contents, *, desired_channels=-1, desired_samples=-1):
    """The samples of a WAV file, [samples, channels] between -1 and 1, and how many there are in a second.

    More channels than there are repeat the last one, more samples are zeros.
    """
    contents = np.asarray(contents, object)
    if contents.ndim:
        raise invalid(f"contents must be scalar, got shape [{','.join(map(str, contents.shape))}]")
    found, rate = _samples(contents[()])
    if desired_channels >= 0:
        found = found[:, np.minimum(np.arange(desired_channels), found.shape[1] - 1)]
    if desired_samples >= 0:
        found = np.pad(found[:desired_samples], ((0, max(desired_samples - len(found), 0)), (0, 0)))
    return found.astype(np.float32) / np.float32(_LEVELS), np.uint32(rate).astype(np.int32)


@op("EncodeWav", "audio:float32, sample_rate:int32 -> contents:string", host=True, shape=scalar_shape)
def encode_wav(audio, sample_rate):
    """The bytes of a WAV file for samples [samples, channels] between -1 and 1; what lies outside becomes the nearest."""
    audio, rate = np.asarray(audio), int(sample_rate)
    if audio.ndim != 2:
        raise invalid(f"audio must be 2-dimensional[{','.join(map(str, audio.shape))}]")
    if rate <= 0:
        raise invalid(f"sample_rate must be in (0, 2^32), got: {rate % 2**64}")
    if not 0 < (channels := audio.shape[1]) < 2**16:
        raise invalid(f"num_channels must be in (0, 2^16), got: {channels}")
    levels = np.nan_to_num(audio.astype(np.float64) * _LEVELS, nan=0.0, posinf=_LEVELS, neginf=-_LEVELS)
    levels = np.trunc(levels + np.copysign(0.5, levels)).clip(-_LEVELS, _LEVELS - 1)
    data, step = levels.astype("<i2").tobytes(), channels * 2
    head = struct.pack("<HHIIHH", 1, channels, rate, rate * step % 2**32, step % 2**16, 16)
    out = np.empty((), object)
    out[()] = b"".join((
        b"RIFF", struct.pack("<I", 36 + len(data)), b"WAVEfmt ", struct.pack("<I", len(head)), head, b"data",
        struct.pack("<I", len(data)), data,
    ))  # fmt: skip
    return out
