"""WAV files, whole and damaged, decoded and encoded."""

import struct

import numpy as np


def file(samples, channels=1, rate=8000, extra=b"", bits=16, kind=1, head=b"RIFF", wave=b"WAVE", fmt_more=b"", size=None):
    """A WAV file of 16-bit samples; `extra` chunks stand before the data."""
    data = struct.pack(f"<{len(samples)}h", *samples)
    step = channels * bits // 8
    fmt = struct.pack("<HHIIHH", kind, channels, rate, rate * step, step, bits) + fmt_more
    body = wave + b"fmt " + struct.pack("<I", len(fmt)) + fmt + extra
    body += b"data" + struct.pack("<I", len(data) if size is None else size) + data
    return head + struct.pack("<I", len(body)) + body


SAMPLES = [0, 1, -1, 32767, -32768, 1000, -1000, 5]
FILES = {
    "mono": file(SAMPLES), "stereo": file(SAMPLES, 2, 44100), "list": file(SAMPLES, extra=b"LIST" + struct.pack("<I", 4) + b"abcd"),
    "more": file(SAMPLES, fmt_more=b"\0\0"), "none": file([]), "odd": file(SAMPLES[:7], 2), "eight": file(SAMPLES, bits=8),
    "float": file(SAMPLES, kind=3), "head": file(SAMPLES, head=b"RIFX"), "wave": file(SAMPLES, wave=b"WAVX"), "empty": b"",
    "short": file(SAMPLES)[:-4], "cut": file(SAMPLES)[:30], "long": file(SAMPLES, size=1000),
    "two": file(SAMPLES, extra=b"data" + struct.pack("<I2h", 4, 7, 8)),
    "size 20": file(SAMPLES, fmt_more=b"abcd"), "size 14": file(SAMPLES).replace(b"\x10\0\0\0", b"\x0e\0\0\0"),
    "fmt": file(SAMPLES).replace(b"fmt ", b"fmtx"), "rate": file(SAMPLES).replace(struct.pack("<I", 16000), struct.pack("<I", 16001)),
    "step": file(SAMPLES).replace(b"\x02\0\x10\0", b"\x03\0\x10\0"),
    "far": file(SAMPLES, extra=b"LIST" + struct.pack("<I", 4000) + b"abcd"),
    "huge": file(SAMPLES, extra=b"LIST" + struct.pack("<I", 2**32 - 1) + b"abcd"),
    "tail": file(SAMPLES) + b"xyz", "no data": file(SAMPLES)[:36], "zero": file(SAMPLES, channels=0), "three": file(SAMPLES[:6], 3),
}  # fmt: skip
DECODED = [(name, {}) for name in FILES]
DECODED += [
    ("mono", {"desired_samples": 3}),
    ("mono", {"desired_samples": 11}),
    ("mono", {"desired_channels": 2}),
    ("stereo", {"desired_channels": 1}),
]
DECODED += [
    ("three", {"desired_channels": 2}),
    ("stereo", {"desired_channels": 3, "desired_samples": 5}),
    ("odd", {"desired_samples": 2}),
]
ENCODED = [
    ([[0.0], [1.0], [-1.0], [0.5], [2.0], [-2.0], [1e-5], [0.00002], [-0.00002]], 8000),
    ([[0.1, -0.1], [0.7, 0.3]], 44100), ([[0.1, 0.2, 0.3]], 1), ([[float("nan")], [float("inf")], [0.99999]], 5),
    (np.zeros((0, 1)).tolist(), 100), ([[0.5]], 0), ([[0.5]], -3),
    ([[v / 32768] for v in (0.5, 1.5, 2.5, -0.5, -1.5, 0.49999)], 9),
]  # fmt: skip


def attempt(call):
    """What a call gives, or [type of the error, its message]."""
    try:
        return call()
    except Exception as e:  # noqa: BLE001
        return [type(e).__name__, str(e).split("}} ")[-1].split(" [Op:")[0]]


def results(tf):
    """{name: values, or the error}."""

    def decode(data, more):
        made = tf.audio.decode_wav(data, **more)
        return [made.audio.numpy().tolist(), list(made.audio.shape), int(made.sample_rate)]

    def encode(audio, rate):
        audio = np.array(audio, np.float32).reshape(len(audio), -1 if audio else 1)
        return tf.audio.encode_wav(audio, rate).numpy().decode("latin-1")

    found = {f"decode {n} {m}": attempt(lambda n=n, m=m: decode(FILES[n], m)) for n, m in DECODED}
    found.update({f"encode {i}": attempt(lambda row=row: encode(*row)) for i, row in enumerate(ENCODED)})
    found["shape"] = attempt(lambda: tf.audio.encode_wav(np.zeros(3, np.float32), 5).numpy().decode("latin-1"))
    found["vector"] = attempt(lambda: decode([FILES["mono"]], {}))
    return found
