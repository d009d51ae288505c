"""Event files in stores, whose objects do not grow: written on this machine, uploaded whole every now and then."""

import os
import threading
import time

from mainstem.formats import events, stores


class RemoteEventFile:
    """An event file on its way to a store. `write_serialized` and `flush` upload when `seconds` have passed since the last time.

    What a killed process wrote since then is lost.
    """

    def __init__(self, directory, suffix, seconds):
        self._copies, self._lock, self._seconds = stores.Copies(), threading.Lock(), seconds
        self._file = events.EventFileWriter(self._copies.folder(), suffix)
        self.path = f"{stores.text(directory).rstrip('/')}/{os.path.basename(self._file.path)}"
        self._uploaded, self._new = 0.0, True

    def write_serialized(self, event):
        """Appends an event given as bytes."""
        self._file.write_serialized(event)
        self._new = True

    def flush(self):
        """Uploads, if it is time."""
        if time.monotonic() - self._uploaded >= self._seconds:
            self.upload()

    def upload(self):
        """Uploads what is new."""
        with self._lock:
            if self._new:
                self._file.flush()
                self._new = False
                stores.store(self.path).put(self._file.path, self.path)
            self._uploaded = time.monotonic()

    def close(self):
        """Uploads the rest and removes the file here."""
        self._file.close()
        if self._new:
            stores.store(self.path).put(self._file.path, self.path)
            self._new = False
        self._copies.close()
