"""`Writer`: a TFRecord file and its index, which appear together and whole."""

import contextlib
import os

import numpy as np

from mainstem.formats import files, record_index, tfrecord
from mainstem.records.reading import KEY


class Writer:
    """Writes a TFRecord file with its index; a context manager.

    The file appears under its name when the writer is closed, in full: until then, and when the block ends by an exception, what was
    there before stays.

    Args:
        path: the file.
        compression: "", "GZIP" or "ZLIB".
        key: the name that the keys given to `write` have in the index: the feature of the records that holds them.
    """

    def __init__(self, path, compression="", key=KEY):
        self.path, self._compression, self._key = os.fspath(path), compression, key
        self._temporary = files.temporary_name(self.path)
        self._writer = tfrecord.RecordWriter(self._temporary, compression)
        self._lengths, self._keys = [], []

    def write(self, record, key=None):
        """Appends a record (bytes), with its key (text or bytes) if it has one. Not for several threads at once."""
        self._writer.write(record)
        self._lengths.append(len(record))
        self._keys.append((key.encode() if isinstance(key, str) else key) or b"")

    def close(self):
        """Ends the file and gives it its name. A second call does nothing."""
        if self._writer is None:
            return
        writer, self._writer = self._writer, None
        writer.close(sync=True)
        os.replace(self._temporary, self.path)
        files.FILES.sync_dir(os.path.dirname(self.path))
        stat = os.stat(self.path)
        offsets = np.cumsum([0, *(n + tfrecord.OVERHEAD for n in self._lengths)], dtype=np.uint64)
        index = record_index.RecordIndex(stat.st_size, stat.st_mtime_ns, self._compression or "", offsets)
        record_index.save(self.path, record_index.of_keys(index, self._key, self._keys) if any(self._keys) else index)

    def discard(self):
        """Leaves everything as it was before."""
        if self._writer is not None:
            writer, self._writer = self._writer, None
            writer.close()
            with contextlib.suppress(OSError):
                os.unlink(self._temporary)

    def __enter__(self):
        return self

    def __exit__(self, kind, *exc):
        self.close() if kind is None else self.discard()
