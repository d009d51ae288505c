"""`Writer`: a TFRecord file and its index, which appear together and whole."""

import array
import contextlib
import os

import numpy as np

from mainstem.formats import files, record_index, stores, tfrecord
from mainstem.records.reading import KEY


class Writer:
    """Writes a TFRecord file with its index; a context manager.

    The file appears under its name when the writer is closed, in full: until then, and when the block ends by an exception, what was
    there before stays. A loss of power leaves the old file or the new one, and never an index that does not belong to it.

    Args:
        path: the file; one in a store is put together on this machine first.
        compression: "", "GZIP" or "ZLIB".
        key: the name that the keys given to `write` have in the index: the feature of the records that holds them.
        ops: the `FileOps` to write through.
    """

    def __init__(self, path, compression="", key=KEY, ops=files.FILES):
        self.path, self._compression, self._key, self._ops = stores.text(path), compression, key, ops
        self._copies = stores.Copies() if stores.is_remote(self.path) else None
        near = os.path.join(self._copies.folder(), os.path.basename(self.path)) if self._copies else self.path
        self._temporary = files.temporary_name(near)
        tfrecord.checked_compression(compression)
        self._writer = tfrecord.RecordWriter(self._temporary, compression, file=ops.create(self._temporary))
        self._lengths, self._keys = array.array("Q"), []

    def write(self, record, key=None):
        """Appends a record (bytes), with its key (text or bytes) if it has one. Not for several threads at once."""
        self._writer.write(record)
        if key:
            self._keys += [b""] * (len(self._lengths) - len(self._keys))  # records without keys need no memory for them
            self._keys.append(key.encode() if isinstance(key, str) else key)
        self._lengths.append(len(record))

    def close(self):
        """Ends the file and gives it its name. A second call does nothing."""
        if self._writer is None:
            return
        writer, self._writer = self._writer, None
        folder, ops = os.path.dirname(self.path), self._ops
        try:
            writer.close(sync=True)
            if self._drop_index():
                ops.sync_dir(folder)  # before the new file can be there: it might have the size and the time of the old one
            if self._copies:
                stores.store(self.path).put(self._temporary, self.path)
                self._copies.close()
            else:
                ops.rename(self._temporary, self.path)
        except BaseException:
            self._forget()
            raise
        ops.sync_dir(folder)
        offsets = np.cumsum(np.append(np.zeros(1, np.uint64), np.frombuffer(self._lengths, np.uint64) + tfrecord.OVERHEAD))
        index = record_index.RecordIndex(*record_index.stat(self.path), self._compression or "", offsets.astype(np.uint64))
        keys = self._keys and self._keys + [b""] * (len(index) - len(self._keys))
        whole = record_index.of_keys(index, self._key, keys) if keys else index
        record_index.save(self.path, whole, self._ops)

    def _drop_index(self):
        """Removes the index of the file that is replaced; gives whether there was one."""
        try:
            self._ops.unlink(record_index.index_path(self.path))
        except FileNotFoundError:
            return False
        return True

    def discard(self):
        """Leaves everything as it was before."""
        if self._writer is not None:
            writer, self._writer = self._writer, None
            writer.close()
            self._forget()

    def _forget(self):
        with contextlib.suppress(OSError):
            self._ops.unlink(self._temporary)
        if self._copies:
            self._copies.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, *exc):
        self.close() if kind is None else self.discard()
