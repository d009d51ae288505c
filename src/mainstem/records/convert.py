"""From other formats to sharded TFRecord files, and such files in another order: in parallel, and to be taken up again."""

import concurrent.futures
import contextlib
import json
import multiprocessing
import os
import threading

import numpy as np

from mainstem.base.errors import DataLossError, InvalidArgumentError
from mainstem.formats import files, record_index, stores
from mainstem.records import sources
from mainstem.records.reading import Records
from mainstem.records.writing import Writer

_AT_ONCE = 1 << 10  # numbers of records that are Python's integers, which take five times the memory


def shard_name(target, number, count):
    """The name of a shard, `TARGET-00003-of-00010`."""
    return f"{target}-{number:05d}-of-{count:05d}"


def _ignore(error):
    """For files whose damage was told already."""


def _write_shard(job):
    """Writes one shard: the items `(low, high)` of a source, or the numbered records of a set. Gives what was left out, as text."""
    path, kind, source, numbers, compression, skip = job
    lost = []
    with Writer(path, compression) as writer:
        if kind == "records":
            records = Records(source, damage=_ignore if skip else None)
            for low in range(0, len(numbers), _AT_ONCE):
                for n in numbers[low : low + _AT_ONCE].tolist():
                    writer.write(records[n])
        else:
            items = sources.cached(source, _ignore if skip else None)
            for n in range(*numbers):
                try:
                    key, record = items[n]
                except (DataLossError, InvalidArgumentError) as e:
                    if not skip:
                        raise
                    lost.append(e.message)
                else:
                    writer.write(record, key)
    return lost


def _run(jobs, target, plan, processes, progress, damage):
    """Writes the shards that are not there yet; a plan beside them tells what the ones that are were made of."""
    target = stores.text(target)
    folder = os.path.dirname(target)
    stores.makedirs(folder or ".")
    files.sweep(folder)
    note = os.path.join(folder, f".{os.path.basename(target)}.convert")
    plan, before = json.dumps(plan, sort_keys=True).encode(), b""
    with contextlib.suppress(OSError), stores.opened(note) as f:
        before = f.read()
    if before != plan:
        taken = [j[0] for j in jobs if stores.exists(j[0])]
        if taken:
            raise InvalidArgumentError(
                message=f"{taken[0]} exists already, made of something else: remove it, or choose another name."
            )
        files.write_atomic(note, plan)
    left = [j for j in jobs if not stores.exists(j[0]) or record_index.load(j[0]) is None]
    done = len(jobs) - len(left)
    progress(done, len(jobs))
    for lost in _each(left, processes):
        for message in lost:
            damage(DataLossError(message=message))
        done += 1
        progress(done, len(jobs))
    return [j[0] for j in jobs]


def _end_with_parent():
    """Ends this process when the one that started it is killed: it would wait for jobs for ever."""

    def wait():
        multiprocessing.parent_process().join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _each(jobs, processes):
    """What `_write_shard` gives for each job, as they end."""
    if processes <= 1 or len(jobs) <= 1:
        yield from map(_write_shard, jobs)
        return
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(min(processes, len(jobs)), context, _end_with_parent) as pool:
        for future in concurrent.futures.as_completed([pool.submit(_write_shard, j) for j in jobs]):
            yield future.result()


def _place(path):
    return path if stores.is_remote(path) else os.path.abspath(path)


def convert(source, target, shards=1, compression="", processes=1, progress=lambda done, total: None, damage=None):
    """Writes what `sources.opened` reads as `TARGET-00000-of-00010`, …; gives the paths.

    Each shard appears when it is whole. Called again after a crash or `kill -9`, it goes on with the shards that are missing; the
    result does not depend on that, nor on `processes`. `progress(done, total)` is called with numbers of shards. With `damage`,
    items that cannot be read are left out, and it is called with a DataLossError for each, or for each stretch of a file;
    without, they raise InvalidArgumentError or DataLossError.
    """
    source, skip = stores.text(source), damage is not None
    size = len(sources.opened(source, damage))
    shards = max(1, min(shards, size))
    edges = [size * i // shards for i in range(shards + 1)]
    jobs = [
        (shard_name(target, i, shards), "source", source, (edges[i], edges[i + 1]), compression, skip) for i in range(shards)
    ]
    plan = {"source": _place(source), "size": size, "shards": shards, "compression": compression, "skip": skip}
    return _run(jobs, target, plan, processes, progress, damage or _ignore)


def shuffle(paths, target, seed=0, shards=1, compression="", processes=1, progress=lambda done, total: None, damage=None):
    """Writes the records of a set in a random order, the same for the same seed; gives the paths. Records stay on the disk.

    In memory are the order and the records' places, sixteen bytes a record, and the index of the shard that is written; for files whose
    index knows keys, these too. Each of several processes holds the places, and its shard's share of the order. Each record is read
    by its place. With `damage`, records that are not whole are left out, and it is called with a DataLossError for every stretch.
    """
    records, skip = Records(paths, damage=damage), damage is not None
    order = np.random.RandomState(seed).permutation(len(records))
    shards = max(1, min(shards, len(order) or 1))
    edges = [len(order) * i // shards for i in range(shards + 1)]
    jobs = [
        (shard_name(target, i, shards), "records", records.paths, order[edges[i] : edges[i + 1]], compression, skip)
        for i in range(shards)
    ]
    plan = {
        "paths": [_place(p) for p in records.paths],
        "seed": seed,
        "shards": shards,
        "compression": compression,
        "skip": skip,
    }
    records.close()
    del records
    return _run(jobs, target, plan, processes, progress, damage or _ignore)
