"""Reading large files past the page cache: faster where the bytes are not in it, since nothing is put there first.

Checkpoints are written past the cache, so a restore right after finds the disk only; filling the cache with what is read
once costs more than the reading itself on virtual machines.
"""

import mmap
import os

CHUNK = 1 << 20
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


def buffer():
    """The buffer that `chunks` reads into: it begins at a page, as direct reads want it."""
    return mmap.mmap(-1, CHUNK + _PAGE)


def chunks(fd, offset, size, into):
    """Yields memoryviews of the next bytes until `size` bytes from `offset` are read or the file ends.

    Raises OSError where the file system refuses direct reads.
    """
    end, view = offset + size, memoryview(into)
    while offset < end:
        start = offset - offset % _PAGE
        n = os.preadv(fd, [into], start) - (offset - start)  # a short read ends at a page, or at the end of the file
        if n <= 0:
            return
        n = min(n, end - offset)
        yield view[offset - start : offset - start + n]
        offset += n
