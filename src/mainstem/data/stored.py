"""Elements that are kept: caches in memory and in files; and errors that are left out."""

import logging
import os

import numpy as np

from mainstem.base import errors
from mainstem.data import block
from mainstem.data.cursor import Cursor, ElementCursor, Passing, cursor, text
from mainstem.formats.bundle import BundleReader, BundleWriter

_TRUNCATED = (
    "The calling iterator did not fully read the dataset being cached. In order to avoid unexpected truncation of the dataset, the "
    "partially cached contents of the dataset will be discarded. This can happen if you have an input pipeline similar to "
    "`dataset.cache().take(k).repeat()`. You should use `dataset.take(k).cache().repeat()` instead."
)


@cursor("CacheDataset")
class Cache(Cursor):
    """The elements as the first iteration to the end saw them; `filename` keeps them beyond the process."""

    PLACE = ("at", "kept")

    def setup(self, input_dataset, filename):
        self.path, self.at, self.kept = text(filename), 0, None
        found = self.recipe.shared.get("elements")
        if self.path and os.path.exists(self.path + ".index"):
            found = self.recipe.shared["elements"] = read(self.path)
        self.found = found
        if found is None:
            self.input, self.kept = self.opened(input_dataset), []
            self._lock()

    @property
    def unseen(self):
        return self.found is not None or self.input.unseen

    def rows(self, n):
        if self.found is not None:
            if self.at >= self.found.count:
                return None
            start, self.at = self.at, min(self.at + n, self.found.count)
            return self.found.part(start, self.at)
        made = self.input.rows(n)
        if made is not None:
            self.kept.append(made)
            return made
        if self.kept is not None:
            whole = block.joined(self.kept) if self.kept else block.Block([], 0)
            if self.path:
                self._write(whole)
            self.recipe.shared["elements"], self.kept = whole, None
        return None

    def _lock(self):
        if not self.path:
            return
        lock = self.path + "_0.lockfile"
        if os.path.exists(lock):
            raise errors.AlreadyExistsError(
                None,
                None,
                f"There appears to be a concurrent caching iterator running - cache lockfile already exists ('{lock}'). If you are sure no "
                "other running TF computations are using this cache prefix, delete the lockfile and re-initialize the iterator.",
            )
        os.makedirs(os.path.dirname(self.path) or ".", exist_ok=True)
        with open(lock, "x") as f:
            f.write(f"Created by process {os.getpid()}\n")
        self.context.on_close(lambda: os.path.exists(lock) and os.remove(lock))

    def _write(self, whole):
        write(self.path, whole.elements())
        if os.path.exists(self.path + "_0.lockfile"):
            os.remove(self.path + "_0.lockfile")

    def save(self):
        return {**super().save(), "whole": self.found is not None}

    def restore(self, state):
        if state["whole"] and self.found is None:
            raise errors.FailedPreconditionError(
                None, None, "The saved iterator was reading a cache in memory, which is not there in this process."
            )
        super().restore(state)


def write(path, elements):
    """Writes elements to the files that begin with `path`, under the keys of TensorFlow's caches."""
    with BundleWriter(path) as writer:
        for i, element in enumerate(elements):
            for j, v in enumerate(element):
                writer.add(f"{i:7d}_{j:{len(str(max(1, len(element) - 1)))}d}", np.asarray(block.array(v)))


def read(path):
    """The elements that `write` wrote, as one block."""
    with BundleReader(path) as reader:
        names = sorted(reader.keys())
        elements = {}
        for name in names:
            i, j = (int(part) for part in name.split("_"))
            elements.setdefault(i, {})[j] = reader.read(name)
    rows = [[v if v.ndim or v.dtype != object else v[()] for _, v in sorted(elements[i].items())] for i in sorted(elements)]
    return block.block_of(rows) if rows else block.Block([], 0)


@cursor("SnapshotDataset")
class Snapshot(Cache):
    """A cache in a folder."""

    def setup(self, input_dataset, path):
        super().setup(input_dataset, os.path.join(text(path), "snapshot"))


@cursor("IgnoreErrorsDataset")
class IgnoreErrors(Passing, ElementCursor):
    """The elements without those that fail."""

    def rows(self, n):
        return ElementCursor.rows(self, n)

    def one(self):
        while True:
            try:
                return self.input.one()
            except errors.OpError as e:
                if self.recipe.attrs["log_warning"]:
                    logging.getLogger("tensorflow").warning("An error of an element was ignored: %s", e)
