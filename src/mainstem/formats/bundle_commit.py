"""How a finished tensor bundle gets its names, so that a crash at any moment leaves the old bundle or the new one loadable.

A bundle is several files, and no file system renames several files in one step. So when the prefix `P` is taken:

1. The new data files and the new index lie, synced, under temporary names.
2. The old files get second names, `P.data-*.previous` and `P.index.previous`; sync.
3. The new data files take their names over the old ones; sync; the new index takes its name; sync.
4. `P.index.previous` goes; sync; then the other second names go.

A reader that meets `P.index.previous` knows that a writer died in 2, 3 or 4. It checks every tensor of `P`: if all
checksums hold, `P` is whole (the writer died before it began to rename, or after it was through); if not, `P` is a mixture,
hence 2 was over, and the second names are the old bundle. Without leftovers nothing is checked twice. The next writer to `P` clears them.
"""

import contextlib
import glob
import os

from mainstem.formats import stores
from mainstem.formats.files import FILES

PREVIOUS = ".previous"


def data_path(prefix, shard, shards):
    """Gives the name of data file number `shard` of `shards`."""
    return f"{prefix}.data-{shard:05d}-of-{shards:05d}"


def index_path(prefix):
    """Gives the name of the index file."""
    return f"{prefix}.index"


def data_files(prefix):
    """Gives the names of the data files that lie at `prefix`, sorted."""
    return stores.glob(f"{glob.escape(prefix)}.data-?????-of-?????")


def commit(prefix, data, index, is_whole, ops=FILES):
    """Gives a new bundle its names.

    Args:
        prefix: the bundle's prefix.
        data: {final name: temporary name} of the data files, written and synced.
        index: the temporary name of the index file, written and synced.
        is_whole: `is_whole(prefix)` tells whether every tensor of the bundle there can be read.
        ops: the `FileOps` to go through.
    """
    directory = os.path.dirname(prefix)
    backup = index_path(prefix) + PREVIOUS
    if os.path.exists(backup) and is_whole(prefix):
        _forget_previous(prefix, ops)
    replaced = os.path.exists(backup)
    if not replaced and os.path.exists(index_path(prefix)):
        _keep_previous(prefix, ops)
        replaced = True
    for name, temporary in sorted(data.items()):
        ops.rename(temporary, name)
    ops.sync_dir(directory)
    ops.rename(index, index_path(prefix))
    ops.sync_dir(directory)
    if replaced:
        _forget_previous(prefix, ops)
        for path in data_files(prefix):
            if path not in data:
                ops.unlink(path)  # a shard of the old bundle, which had another number of shards


def _keep_previous(prefix, ops):
    for path in glob.glob(f"{glob.escape(prefix)}.data-?????-of-?????{PREVIOUS}"):
        ops.unlink(path)  # left by a writer that died before its backup was complete
    for path in data_files(prefix):
        ops.link(path, path + PREVIOUS)
    ops.link(index_path(prefix), index_path(prefix) + PREVIOUS)
    ops.sync_dir(os.path.dirname(prefix))


def _forget_previous(prefix, ops):
    ops.unlink(index_path(prefix) + PREVIOUS)
    ops.sync_dir(os.path.dirname(prefix))  # the index of the old bundle never outlives its data
    for path in glob.glob(f"{glob.escape(prefix)}.data-?????-of-?????{PREVIOUS}"):
        ops.unlink(path)


def delete(prefix, ops=FILES):
    """Removes the files of a bundle, its index first, so that no crash leaves an index without data.

    Files that are not there are no error.
    """
    prefix = os.fspath(prefix)
    for path in (index_path(prefix) + PREVIOUS, index_path(prefix)):
        with contextlib.suppress(FileNotFoundError):
            ops.unlink(path)
            ops.sync_dir(os.path.dirname(prefix))
    for path in (*data_files(prefix), *stores.glob(f"{glob.escape(prefix)}.data-?????-of-?????{PREVIOUS}")):
        with contextlib.suppress(FileNotFoundError):
            ops.unlink(path)
