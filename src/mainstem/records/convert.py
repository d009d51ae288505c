"""From other formats to sharded TFRecord files, and such files in another order: in parallel, and to be taken up again."""

import concurrent.futures
import contextlib
import json
import multiprocessing
import os
import random

from mainstem.base.errors import InvalidArgumentError
from mainstem.formats import files, record_index
from mainstem.records import sources
from mainstem.records.reading import Records
from mainstem.records.writing import Writer


def shard_name(target, number, count):
    """The name of a shard, `TARGET-00003-of-00010`."""
    return f"{target}-{number:05d}-of-{count:05d}"


def _write_shard(job):
    """Writes one shard: the items `(low, high)` of a source, or the listed records of a set. Gives its path."""
    path, kind, source, numbers, compression = job
    with Writer(path, compression) as writer:
        if kind == "records":
            records = Records(source)
            for n in numbers:
                writer.write(records[n])
        else:
            items = sources.cached(source)
            for n in range(*numbers):
                key, record = items[n]
                writer.write(record, key)
    return path


def _run(jobs, target, plan, processes, progress):
    """Writes the shards that are not there yet; a plan beside them tells what the ones that are were made of."""
    target = os.fspath(target)
    folder = os.path.dirname(target)
    os.makedirs(folder or ".", exist_ok=True)
    files.sweep(folder)
    note = os.path.join(folder, f".{os.path.basename(target)}.convert")
    plan, before = json.dumps(plan, sort_keys=True).encode(), b""
    with contextlib.suppress(OSError), open(note, "rb") as f:
        before = f.read()
    if before != plan:
        taken = [j[0] for j in jobs if os.path.exists(j[0])]
        if taken:
            raise InvalidArgumentError(
                message=f"{taken[0]} exists already, made of something else: remove it, or choose another name."
            )
        files.write_atomic(note, plan)
    left = [j for j in jobs if not os.path.exists(j[0]) or record_index.load(j[0]) is None]
    done = len(jobs) - len(left)
    progress(done, len(jobs))
    if processes <= 1 or len(left) <= 1:
        for job in left:
            _write_shard(job)
            done += 1
            progress(done, len(jobs))
    else:
        with concurrent.futures.ProcessPoolExecutor(min(processes, len(left)), multiprocessing.get_context("spawn")) as pool:
            for future in concurrent.futures.as_completed([pool.submit(_write_shard, j) for j in left]):
                future.result()
                done += 1
                progress(done, len(jobs))
    return [j[0] for j in jobs]


def convert(source, target, shards=1, compression="", processes=1, progress=lambda done, total: None):
    """Writes what `sources.opened` reads as `TARGET-00000-of-00010`, …; gives the paths.

    Each shard appears when it is whole. Called again after a crash or `kill -9`, it goes on with the shards that are missing; the
    result does not depend on that, nor on `processes`. `progress(done, total)` is called with numbers of shards.
    """
    size = len(sources.cached(source))
    shards = max(1, min(shards, size))
    edges = [size * i // shards for i in range(shards + 1)]
    jobs = [
        (shard_name(target, i, shards), "source", os.fspath(source), (edges[i], edges[i + 1]), compression)
        for i in range(shards)
    ]
    plan = {"source": os.path.abspath(source), "size": size, "shards": shards, "compression": compression}
    return _run(jobs, target, plan, processes, progress)


def shuffle(paths, target, seed=0, shards=1, compression="", processes=1, progress=lambda done, total: None):
    """Writes the records of a set in a random order, the same for the same seed; gives the paths. Records stay on the disk.

    Only the order is in memory, eight bytes a record: each record is reached by its index.
    """
    records = Records(paths)
    order = list(range(len(records)))
    random.Random(seed).shuffle(order)
    shards = max(1, min(shards, len(order) or 1))
    edges = [len(order) * i // shards for i in range(shards + 1)]
    jobs = [
        (shard_name(target, i, shards), "records", records.paths, order[edges[i] : edges[i + 1]], compression)
        for i in range(shards)
    ]
    plan = {"paths": [os.path.abspath(p) for p in records.paths], "seed": seed, "shards": shards, "compression": compression}
    return _run(jobs, target, plan, processes, progress)
