"""What the C library keeps of freed memory: nothing of what a compilation leaves, all of what the steps of a program use again.

Measured, conv_net step, peak of the process: 503 MiB as it comes, 459 with the trims, 405 with two arenas as well
(TensorFlow 1.15: 415), about as many with one; the time of a step does not change.
"""

import ctypes
import gc
import os
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
KEPT = 2**30  # a block, and free memory at the end of the heap, up to which they stay with the process
ARENAS = 1
GROWTH = 8 * 2**20  # since the last trim
RUNS_TO_SETTLE = 2  # of a program in its final form
EARLY = 8  # runs at most that count as the first ones of a program that is never compiled for speed: a trim takes up to 10 ms
MOVES = 3
MOVED = 16 * 2**20
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_after = {}


def _glibc():
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None


_LIBRARY = _glibc()


def limit():
    """One heap for all threads, unless the user's environment says how many: a heap of a thread ends at 64 MiB, so `keep` fails there.

    Measured, ResNet-20 compiled with an empty cache: 28 and 31 s of CPU with one heap, 27 and 30 with two.
    """
    if _LIBRARY is not None and "MALLOC_ARENA_MAX" not in os.environ:
        _LIBRARY.mallopt(M_ARENA_MAX, ARENAS)


def keep():
    """From now on blocks of a step stay with the process when they are free; called before the first step.

    glibc takes each block above 32 MiB from the system and gives it back at once, so every step begins with memory that the system
    has to zero. Measured on conv_net: 12,700 page faults and 25 of 155 ms of CPU a step, for 40 MiB less at its peak.
    """
    if _LIBRARY is not None and not _after.get("kept"):
        _after["kept"] = True
        for option, name in ((M_MMAP_THRESHOLD, "MMAP"), (M_TRIM_THRESHOLD, "TRIM")):
            if f"MALLOC_{name}_THRESHOLD_" not in os.environ:
                _LIBRARY.mallopt(option, KEPT)


def _resident():
    """Bytes of this process in memory, or None where the system does not tell."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * _PAGE
    except OSError:
        return None


def release():
    """Gives free heap pages back to the system, garbage aside; called before each of the first runs of a large program.

    glibc never puts an aligned block back where one of the same size was if something small lies behind: the second run then takes
    new memory, with the first one's pages still there. Measured on conv_net: a peak of 405 to 468 MiB without, 356 to 376 with this.
    """
    if _LIBRARY is not None:
        _LIBRARY.malloc_trim(0)


class Settling:
    """Called before each run of a large program, so that the memory of its steps stays in one place; see `release`.

    In the first runs, `early` of them (`EARLY` at most) and `RUNS_TO_SETTLE`, free memory is given back. Afterwards it is where the
    process has grown by about a block, which then moved, before it moves again: conv_net's peak was 449 MiB after two moves. Not often,
    as the next step takes its memory anew, and as a program may grow for reasons of its own.
    """

    __slots__ = ("early", "level", "moves")

    def __init__(self, early):
        self.early, self.moves, self.level = min(early, EARLY) + RUNS_TO_SETTLE, MOVES, None

    def __call__(self):
        if hasattr(os, "sched_yield"):
            os.sched_yield()  # the thread that ended the last step frees its memory after it woke this one
        if self.early:
            self.early -= 1
            release()
        elif self.moves:
            self._look()

    def _look(self):
        now = _resident() or 0
        if self.level is None:
            self.level = now
        elif now > self.level + MOVED:
            release()
            self.moves, self.level = self.moves - 1, None


def trim():
    """Gives free heap pages back to the system; called after compilations, where most of the heap is garbage.

    A collection of all garbage takes a quarter of a second in a process with many objects, so nothing happens before the process has
    grown: many small graphs, as in unit tests, spent 60 % of their time here.
    """
    now = _resident()
    if now is not None and now - _after.get("trim", 0) < GROWTH:
        return
    gc.collect()
    release()
    _after["trim"] = _resident()


limit()  # at import: it counts for heaps made afterwards, and the first program already starts the compiler's threads
