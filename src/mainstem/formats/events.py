"""Event files, which TensorBoard reads: TFRecord files of `Event` messages."""

import os
import socket
import time

from mainstem.base.errors import DataLossError
from mainstem.formats import protos, tfrecord

FILE_VERSION = "brain.Event:2"


class EventFileWriter:
    """Writes one event file. Thread-safe; `flush` hands everything to the operating system.

    Invariant: the file is made by this writer alone (exclusively), and begins with the file version.
    """

    def __init__(self, directory, suffix=""):
        """Makes `events.out.tfevents.<seconds>.<host><suffix>` in `directory`, which is made when missing.

        When another writer has that name (same second, same host), a number is appended.
        """
        directory = os.fspath(directory)
        os.makedirs(directory, exist_ok=True)
        now = time.time()
        name = os.path.join(directory, f"events.out.tfevents.{int(now):010d}.{socket.gethostname()}{suffix}")
        self._records = _create(name)
        self.path = self._records.path
        self.write_event(protos.Event(wall_time=now, file_version=FILE_VERSION))
        self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def write_event(self, event):
        """Appends an `Event`. Raises ValueError when the writer is closed."""
        self.write_serialized(event.SerializeToString())

    def write_serialized(self, event):
        """Appends an event given as bytes. Raises ValueError when the writer is closed."""
        self._records.write(event)

    def flush(self):
        """Hands all events to the operating system."""
        self._records.flush()

    def close(self):
        """Ends the file. A second call does nothing."""
        self._records.close()


def _create(name):
    number, path = 0, name
    while True:
        try:
            return tfrecord.RecordWriter(path, exclusive=True)
        except FileExistsError:
            number += 1
            path = f"{name}.{number}"


def read_events(path):
    """Iterates over the `Event`s of a file.

    Raises DataLossError naming file and offset for a damaged record, NotFoundError when there is no such file.
    """
    for offset, record in tfrecord.read_with_offsets(path):
        try:
            event = protos.Event.FromString(record)
        except Exception as e:  # the decode error's class depends on protobuf's implementation
            raise DataLossError(message=f"{os.fspath(path)} has no event at offset {offset} ({type(e).__name__}).") from None
        yield event
