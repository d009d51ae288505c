"""Files of stores that are being written, and what becomes of one that nobody closes.

A driver's file commits what was written when it is closed, which takes a conversation with the store. Python may collect a forgotten
file in any thread at any moment: in the driver's own, which would wait for itself, or in that of a server of the same process. So a
file that the garbage collector finds is closed by a thread that is there for it; one that its last user drops is closed at once.
"""

import atexit
import gc
import queue
import threading
import warnings
import weakref

_GRACE = 10.0  # seconds that forgotten files get to be closed before the interpreter ends
_collecting = set()  # threads that collect garbage now
_forgotten = queue.SimpleQueue()  # whose `put` may be called while another call of it is interrupted
_thread = None


def _watch(phase, info):
    (_collecting.add if phase == "start" else _collecting.discard)(threading.get_ident())


def _close(file, path):
    try:
        file.close()
    except Exception as e:  # noqa: BLE001 - nobody is there to catch it
        warnings.warn(f"{path} was not closed, and could not be: {type(e).__name__}: {e}", ResourceWarning, stacklevel=2)


def _close_forgotten():
    while (given := _forgotten.get()) is not None:
        _close(*given)


def _ready():
    """Starts what closes forgotten files; not when one is found, since a collector's thread may hold any lock."""
    global _thread
    if _thread is None or not _thread.is_alive():  # a forked process has none
        if _watch not in gc.callbacks:
            gc.callbacks.append(_watch)
            atexit.register(_end)
        _thread = threading.Thread(target=_close_forgotten, name="mainstem-closer", daemon=True)
        _thread.start()


def _end():
    _forgotten.put(None)
    _thread.join(_GRACE)


def _dropped(file, path):
    if file.closed:
        return
    if threading.get_ident() in _collecting:
        _forgotten.put((file, path))
    else:
        _close(file, path)


class StoreWriter:
    """A driver's file that is open for writing; it has the methods of the file."""

    def __init__(self, file, path):
        _ready()
        self._file = file
        weakref.finalize(self, _dropped, file, path)

    def __getattr__(self, name):
        return getattr(self._file, name)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self._file.close()
