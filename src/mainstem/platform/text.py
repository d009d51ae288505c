"""`tf.compat`: text and bytes, kinds of numbers, and the dates of forward compatibility."""

import datetime
import numbers
import os

import numpy as np

integral_types = (numbers.Integral, np.integer)
real_types = (numbers.Real, np.integer, np.floating)
complex_types = (numbers.Complex, np.number)
bytes_or_text_types = (bytes, str)


def _unexpected(value):
    return TypeError(f"Expected binary or unicode string, got {value!r}")


def as_bytes(bytes_or_text, encoding="utf-8"):
    """Gives bytes for bytes, a bytearray or text. Raises TypeError for anything else."""
    if isinstance(bytes_or_text, str):
        return bytes_or_text.encode(encoding)
    if isinstance(bytes_or_text, (bytes, bytearray)):
        return bytes(bytes_or_text)
    raise _unexpected(bytes_or_text)


def as_text(bytes_or_text, encoding="utf-8"):
    """Gives a str for text or bytes. Raises TypeError for anything else."""
    if isinstance(bytes_or_text, str):
        return bytes_or_text
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text.decode(encoding)
    raise _unexpected(bytes_or_text)


def as_str(bytes_or_text, encoding="utf-8"):
    """`as_text`: Python's own kind of string."""
    return as_text(bytes_or_text, encoding)


def as_str_any(value):
    """Gives a str for anything: bytes are decoded, other values are printed."""
    return as_text(value) if isinstance(value, bytes) else str(value)


def path_to_str(path):
    """Gives the str of a path object; everything else as it is."""
    return os.fspath(path) if hasattr(path, "__fspath__") else path


def forward_compatible(year, month, day):
    """Whether graphs may use ops that programs older than this date do not know: yes."""
    datetime.date(year, month, day)
    return True
