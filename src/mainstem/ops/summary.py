"""Ops that give serialized `Summary` messages, which event files carry to TensorBoard.

Scalars, histograms, sounds and tensors are TensorFlow's bytes exactly; images have its pixels.
"""

import struct

import numpy as np

from mainstem.base import dtypes
from mainstem.core.families import scalar_shape
from mainstem.core.registry import op
from mainstem.formats import protos, tensor_proto
from mainstem.ops.host import invalid
from mainstem.ops.image_codec import to_png

_LARGEST = np.finfo(np.float64).max
_RED = np.array([255, 0, 0, 255], np.uint8)


def _text(value):
    """The str that a scalar string tensor holds."""
    return np.asarray(value, object)[()].decode("utf-8", "surrogateescape")


def _scalar_tag(tag):
    if np.ndim(tag) != 0:
        raise invalid("tags must be scalar")
    return _text(tag)


def _packed(summary):
    return np.array(summary.SerializeToString(), object)


def _dims(array):
    return f"[{','.join(map(str, np.shape(array)))}]"


# ---- numbers


@op("ScalarSummary", "string, T -> summary:string", T=dtypes.REAL, host=True, shape=scalar_shape)
def scalar_summary(tags, values):
    """A Summary with one float for each pair of `tags` and `values`, which have one shape."""
    tags, values = np.asarray(tags, object), np.asarray(values)
    if tags.shape != values.shape:
        name = f" (tag '{_text(tags)}')" if tags.ndim == 0 else ""
        raise invalid(f"tags and values not the same shape: {_dims(tags)} != {_dims(values)}{name}")
    out = protos.Summary()
    with np.errstate(over="ignore"):
        numbers = values.astype(np.float32).reshape(-1).tolist()
    for tag, number in zip(tags.reshape(-1), numbers, strict=True):
        out.value.add(tag=tag.decode("utf-8", "surrogateescape"), simple_value=number)
    return _packed(out)


def _limits():
    """The upper ends of all buckets: 10% apart from 1e-12 to 1e20 on both sides of 0, then the largest double."""
    positive, v = [], 1e-12
    while v < 1e20:
        positive.append(v)
        v *= 1.1
    positive.append(_LARGEST)
    return np.array([-v for v in reversed(positive)] + [0.0] + positive)


LIMITS = _limits()


def histogram(values):
    """The HistogramProto of an array: TensorFlow's buckets, runs of empty ones merged, sums in the array's order.

    Raises ValueError naming "Nan" or "Infinity" when the array holds one.
    """
    flat = np.asarray(values).reshape(-1)
    wide = flat.astype(np.float64)
    if not wide.size:
        return protos.HistogramProto(min=_LARGEST, max=-_LARGEST, bucket_limit=[_LARGEST], bucket=[0.0])
    with np.errstate(over="ignore", invalid="ignore"):
        # cumsum adds one by one, as TensorFlow does; sum() adds pairwise and differs in the last bits
        total, squares = float(np.cumsum(wide)[-1]) + 0.0, float(np.cumsum(wide * wide)[-1])
    if not np.isfinite(total):
        bad = wide[~np.isfinite(wide)]
        if bad.size:
            raise ValueError("Nan" if np.isnan(bad[0]) else "Infinity")
    # counting in sorted order: 3 million values take 180 ms, a binary search for each 290 ms
    ordered = np.sort(flat).astype(np.float64)
    below = np.searchsorted(ordered, LIMITS, side="left")
    below[-1] = ordered.size
    counts = np.diff(below, prepend=0)
    used = counts > 0
    keep = used.copy()
    keep[:-1] |= used[1:]
    keep[-1] = True
    return protos.HistogramProto(
        min=ordered[0] + 0.0,  # -0.0 becomes 0.0, which takes no bytes
        max=ordered[-1] + 0.0,
        num=ordered.size,
        sum=total,
        sum_squares=squares,
        bucket_limit=LIMITS[keep].tolist(),
        bucket=counts[keep].tolist(),
    )


@op("HistogramSummary", "string, T -> summary:string", T=dtypes.REAL, host=True, shape=scalar_shape)
def histogram_summary(tag, values, *, T: "type" = dtypes.float32):  # noqa: N803
    """A Summary with the histogram of `values`. NaN and infinity raise InvalidArgumentError."""
    tag = _scalar_tag(tag)
    out = protos.Summary()
    try:
        out.value.add(tag=tag).histo.CopyFrom(histogram(values))
    except ValueError as e:
        raise invalid(f"{e} in summary histogram for: {tag}") from None
    return _packed(out)


# ---- images


def _levels(image, bad_color):
    """A float image [h, w, c] as uint8, in its own precision.

    0 stays black and the largest value becomes white; with negative values 0 becomes 128 and the largest size 127 away from
    that. Pixels with NaN or infinities get `bad_color` and do not count.
    """
    finite = np.isfinite(image).all(-1)
    seen = image[finite]
    low, high = (np.float32(seen.min()), np.float32(seen.max())) if seen.size else (np.float32(0), np.float32(0))
    top, steps, offset = (max(abs(low), abs(high)), 127, 128) if low < 0 else (high, 255, 0)
    # the factor is a float32 whatever the images are: some pixels of float64 images would be one level brighter otherwise
    scale = np.float32(0) if top < np.float32(1e-6) else np.float32(steps) / top
    kind = image.dtype.type
    out = np.empty(image.shape, np.uint8)
    out[finite] = (seen * kind(scale) + kind(offset)).astype(np.uint8)
    out[~finite] = bad_color[: image.shape[-1]]
    return out


def _image_shape(inputs, attrs):
    _at_least_one("ImageSummary", "max_images", attrs)
    return [()]


def _at_least_one(name, key, attrs):
    if attrs[key] < 1:
        raise ValueError(f"Attr '{key}' of '{name}' Op passed {attrs[key]} less than minimum 1.")


IMAGE_TYPES = frozenset({dtypes.uint8, dtypes.float32, dtypes.float16, dtypes.float64})


@op("ImageSummary", "string, T -> summary:string", T=IMAGE_TYPES, host=True, shape=_image_shape)
def image_summary(tag, tensor, *, max_images=3, T: "type" = dtypes.float32, bad_color: "tensor" = _RED):  # noqa: N803
    """A Summary with the first `max_images` images of `tensor` [batch, height, width, 1, 3 or 4] as PNG files."""
    tag, images, bad_color = _scalar_tag(tag), np.asarray(tensor), np.asarray(bad_color)
    if images.ndim != 4 or images.shape[-1] not in (1, 3, 4):
        raise invalid(f"Tensor must be 4-D with last dim 1, 3, or 4, not {_dims(images)}")
    if images.shape[0] and 0 in images.shape:
        raise invalid(f"input tensor must have non-zero dims. Found: {_dims(images)}.")
    if bad_color.dtype != np.uint8 or bad_color.ndim != 1 or bad_color.size < images.shape[-1]:
        raise invalid(
            f"bad_color must be a vector of at least {images.shape[-1]} uint8, got shape {_dims(bad_color)} of {bad_color.dtype}"
        )
    out = protos.Summary()
    for i, image in enumerate(images[:max_images]):
        with np.errstate(over="ignore", invalid="ignore"):
            pixels = image if image.dtype == np.uint8 else _levels(image, bad_color)
        height, width, channels = pixels.shape
        value = out.value.add(tag=f"{tag}/image/{i}" if max_images > 1 else f"{tag}/image").image
        value.height, value.width, value.colorspace = height, width, channels
        value.encoded_image_string = to_png(pixels)
    return _packed(out)


# ---- sounds


def to_wav(samples, rate):
    """Samples [frames, channels] in [-1, 1] as the bytes of a WAV file of 16-bit PCM."""
    scaled = np.asarray(samples, np.float32) * np.float32(32768)
    whole = np.trunc(scaled + np.copysign(np.float32(0.5), scaled))
    data = np.clip(np.where(np.isnan(whole), np.float32(0), whole), -32768, 32767).astype("<i2").tobytes()
    channels = samples.shape[1]
    head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, channels, rate, rate * channels * 2,
                       channels * 2, 16)  # fmt: skip
    return head + b"data" + struct.pack("<I", len(data)) + data


def _audio(tag, tensor, rate, max_outputs):
    tag, sounds = _scalar_tag(tag), np.asarray(tensor)
    if sounds.ndim not in (2, 3):
        raise invalid(f"Tensor must be 3-D or 2-D, got: {_dims(sounds)}")
    if np.ndim(rate) != 0 or not rate > 0:
        raise invalid(f"sample_rate must be a positive scalar, got {rate!r}")
    sounds, rate = sounds.reshape(*sounds.shape[:2], -1), float(rate)
    out = protos.Summary()
    for i, sound in enumerate(sounds[:max_outputs]):
        value = out.value.add(tag=f"{tag}/audio/{i}" if max_outputs > 1 else f"{tag}/audio").audio
        value.sample_rate, value.num_channels, value.length_frames = rate, sound.shape[1], sound.shape[0]
        value.encoded_audio_string, value.content_type = to_wav(sound, round(rate)), "audio/wav"
    return _packed(out)


def _audio_shape(inputs, attrs):
    _at_least_one("AudioSummaryV2", "max_outputs", attrs)
    return [()]


@op("AudioSummaryV2", "string, float32, float32 -> summary:string", host=True, shape=_audio_shape)
def audio_summary(tag, tensor, sample_rate, *, max_outputs=3):
    """A Summary with the first `max_outputs` sounds of `tensor` [batch, frames] or [batch, frames, channels] as WAV files."""
    return _audio(tag, tensor, np.asarray(sample_rate)[()], max_outputs)


# ---- tensors


def _content(tensor):
    """The TensorProto of an array: raw memory, whatever the type and size, but for strings."""
    array = np.asarray(tensor)
    if array.dtype == object:
        return tensor_proto.to_proto(array, dtypes.string)
    proto = protos.TensorProto(dtype=dtypes.as_dtype(array.dtype).as_datatype_enum)
    proto.tensor_shape.SetInParent()
    for d in array.shape:
        proto.tensor_shape.dim.add(size=d)
    proto.tensor_content = array.tobytes()
    return proto


@op("TensorSummaryV2", "string, T, string -> summary:string", T=dtypes.ANY, host=True, shape=scalar_shape)
def tensor_summary(tag, tensor, serialized_summary_metadata):
    """A Summary with a whole tensor and the metadata by which TensorBoard's plugins find it."""
    out = protos.Summary()
    value = out.value.add(tag=_scalar_tag(tag))
    value.tensor.CopyFrom(_content(tensor))
    try:
        value.metadata.MergeFromString(np.asarray(serialized_summary_metadata, object)[()])
    except Exception as e:  # the decode error's class depends on protobuf's implementation
        raise invalid(f"Could not parse serialized_summary_metadata: {e}") from None
    return _packed(out)


# ---- together


def _merge_shape(inputs, attrs):
    if not inputs:
        raise ValueError("List argument 'inputs' to 'MergeSummary' Op with length 0 shorter than minimum length 1.")
    return [()]


@op("MergeSummary", "N * string -> summary:string", host=True, shape=_merge_shape)
def merge_summary(inputs):
    """One Summary with the values of many serialized ones (of any shape). A tag that comes twice raises InvalidArgumentError."""
    out, tags = protos.Summary(), set()
    for serialized in inputs:
        for data in np.asarray(serialized, object).reshape(-1):
            try:
                part = protos.Summary.FromString(data)
            except Exception as e:  # the decode error's class depends on protobuf's implementation
                raise invalid(f"Could not parse one of the summary inputs: {e}") from None
            for value in part.value:
                if value.tag and value.tag in tags:
                    raise invalid(f"Duplicate tag {value.tag} found in summary inputs")
                tags.add(value.tag)
            out.value.extend(part.value)
    return _packed(out)
