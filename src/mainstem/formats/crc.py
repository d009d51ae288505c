"""The masked CRC32C of TensorFlow's files (Castagnoli polynomial; masked so that a checksum may itself be checksummed)."""

import google_crc32c
import numpy as np

_MASK_DELTA = 0xA282EAD8


def extend(crc, data):
    """Gives the (unmasked) CRC32C of what `crc` covers followed by `data` (bytes, or any contiguous buffer)."""
    if type(data) is not bytes:
        # The C extension refuses memoryviews but takes arrays, without a copy; the pure-Python twin takes bytes only.
        data = np.frombuffer(data, np.uint8) if google_crc32c.implementation == "c" else bytes(data)
    return google_crc32c.extend(crc, data)


def value(data):
    """Gives the (unmasked) CRC32C of `data`."""
    return extend(0, data)


def mask(crc):
    """Rotates right by 15 bits and adds a constant: the form in which files hold a checksum."""
    return (((crc >> 15) | (crc << 17)) + _MASK_DELTA) & 0xFFFFFFFF


def unmask(masked):
    """Undoes `mask`."""
    rot = (masked - _MASK_DELTA) & 0xFFFFFFFF
    return ((rot >> 17) | (rot << 15)) & 0xFFFFFFFF


def masked(data):
    """Gives the masked CRC32C of `data`."""
    return mask(extend(0, data))
