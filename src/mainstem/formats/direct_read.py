"""Reading large files past the page cache: faster where the bytes are not in it, since nothing is put there first.

Filling the cache with what is read once costs more than the reading itself on virtual machines.
"""

import mmap
import os

import numpy as np

from mainstem.formats import crc

_CHUNK = 1 << 20
_PAGE = 4096


def is_cached(fd, offset):
    """Whether the byte at `offset` can be read without the disk; True where the system cannot tell."""
    try:
        return os.preadv(fd, [bytearray(1)], offset, os.RWF_NOWAIT) == 1
    except BlockingIOError:
        return False
    except (OSError, AttributeError):
        return True


def open_direct(path):
    """Gives a descriptor for reads past the cache, or None where the file system has none."""
    try:
        return os.open(path, os.O_RDONLY | os.O_DIRECT | getattr(os, "O_CLOEXEC", 0))
    except (OSError, AttributeError):
        return None


def empty(size, offset):
    """An empty array of `size` bytes that begins at a multiple of 64, as JAX wants it to take it without a copy.

    Where `offset`, its place in the file, allows, it lies in memory as in the file: then `fill` needs no copy either.
    """
    if size < _CHUNK or not hasattr(mmap, "MAP_PRIVATE"):
        raw = np.empty(size + _PAGE, np.uint8)
    else:  # NumPy asks for huge pages, and finding those took four times as long as reading from the disk
        raw = np.frombuffer(mmap.mmap(-1, size + _PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS), np.uint8)
    start = (offset - raw.ctypes.data) % _PAGE if offset % 64 == 0 else -raw.ctypes.data % 64
    return raw[start : start + size]


def fill(fd, out, offset):
    """Fills `out` (uint8) with the bytes from `offset` on; gives (number of bytes, their checksum): fewer at the file's end.

    Raises OSError where the file system refuses direct reads.
    """
    at = check = 0
    in_place, view = (out.ctypes.data - offset) % _PAGE == 0, memoryview(out)
    buffer = np.frombuffer(mmap.mmap(-1, _CHUNK + _PAGE), np.uint8)  # begins at a page, as direct reads want it
    while at < len(out):
        here, left = offset + at, len(out) - at
        before = here % _PAGE
        if in_place and before == 0 and left >= _PAGE:
            n = os.preadv(fd, [view[at : at + min(_CHUNK, left - left % _PAGE)]], here)
        else:
            n = min(os.preadv(fd, [buffer], here - before) - before, left, _PAGE - before if in_place else left)
            out[at : at + max(n, 0)] = buffer[before : before + max(n, 0)]
        if n <= 0:
            break
        check = crc.extend(check, out[at : at + n])
        at += n
    return at, check
