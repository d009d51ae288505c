"""Tensor bundles: TensorFlow's V2 checkpoints, `P.index` (a sorted table of entries) and `P.data-0000i-of-0000n` (raw bytes)."""

import contextlib
import math
import mmap
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from mainstem.base import dtypes
from mainstem.base.errors import DataLossError, InvalidArgumentError, NotFoundError, UnimplementedError
from mainstem.formats import bundle_commit, crc, direct_read, ordered_code, protos, stores, table, tensor_slice, write_behind
from mainstem.formats.bundle_commit import PREVIOUS, data_files, data_path, delete, index_path
from mainstem.formats.files import FILES, sweep, temporary_name

__all__ = ["BundleReader", "BundleWriter", "data_files", "data_path", "delete", "exists", "index_path", "merge_bundles"]

_VERSION = 1
_CHUNK = 1 << 20  # read, then checked while still in the processor's cache


def exists(prefix):
    """Whether a bundle lies at `prefix`, be it one whose overwriting was interrupted."""
    index = index_path(os.fspath(prefix))
    return stores.exists(index) or stores.exists(index + PREVIOUS)


def as_stored(array, dtype=None):
    """Gives (contiguous array, DType) of what a tensor becomes in a checkpoint.

    Raises TypeError for arrays that have no TensorFlow type, UnimplementedError for resource and variant.
    """
    array = np.asarray(array)
    dtype = dtypes.as_dtype(array.dtype.newbyteorder("=") if dtype is None else dtype).base_dtype
    if dtype in (dtypes.resource, dtypes.variant):
        raise UnimplementedError(message=f"Tensors of type {dtype.name} cannot be stored in a checkpoint.")
    if dtype is not dtypes.string:
        array = np.ascontiguousarray(array, dtype.np).reshape(array.shape)
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return array, dtype


def _as_bytes(array):
    return array.reshape(-1).view(np.uint8)


def _aligned_empty(shape, dtype, offset):
    size = math.prod(shape) * dtype.itemsize
    if size < 1 << 16:
        return np.empty(shape, dtype)
    return direct_read.empty(size, offset).view(dtype).reshape(shape)


def encode_strings(array):
    """Gives (bytes, crc) of a string tensor: lengths as varints, a masked checksum of the lengths, then the strings.

    The checksum runs over the lengths as fixed integers of 4 bytes (8 when they need it), not over the varints.
    """
    items = [s if type(s) is bytes else s.encode() if isinstance(s, str) else bytes(s) for s in array.ravel().tolist()]
    sizes = [len(s) for s in items]
    fixed = b"".join(n.to_bytes(4 if n < 1 << 32 else 8, "little") for n in sizes)
    total = crc.value(fixed)
    check = crc.mask(total).to_bytes(4, "little")
    body = b"".join(items)
    return b"".join((*map(table.varint, sizes), check, body)), crc.extend(crc.extend(total, check), body)


class BundleWriter:
    """Writes one tensor bundle; nothing has its final name before `finish`.

    Invariant: `_offset` is the number of bytes handed to the appender so far.
    """

    _last = None  # the data file of the last large bundle: its pages are the memory for those of the next

    def __init__(self, prefix, ops=FILES):
        """
        Args:
            prefix: the path that all files of the bundle begin with. Its directory is made when missing.
            ops: the `FileOps` to write through.
        """
        self._prefix, self._ops, self._target = os.fspath(prefix), ops, None
        if stores.is_remote(prefix):  # written here first, then uploaded: objects of a store do not change their names
            self._copies, self._target = stores.Copies(), self._prefix
            self._prefix = os.path.join(self._copies.folder(), "bundle")
        directory = os.path.dirname(self._prefix)
        if directory and not os.path.isdir(directory):
            with contextlib.suppress(FileExistsError):
                ops.mkdir(directory)
        sweep(directory, ops)
        self._data_name = temporary_name(data_path(self._prefix, 0, 1))
        self._index_name = temporary_name(index_path(self._prefix))
        self._entries, self._slices = {}, {}
        self._offset, self._file = 0, ops.create(self._data_name)
        self._appender = write_behind.Appender(self._file)
        if BundleWriter._last is not None:  # measured for 256 MiB on a virtual machine: 0.16 to 0.3 s instead of 0.3 to 0.47
            ops.forget(BundleWriter._last)
            BundleWriter._last = None

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        if kind is None:
            self.finish()
        else:
            self.abort()

    def add(self, name, array, dtype=None):
        """Adds the tensor `name` (str), an array of any dtype; `dtype` tells quantized types from plain ones.

        Raises InvalidArgumentError when the name is empty or taken.
        """
        self._check_name(name)
        array, dtype = as_stored(array, dtype)
        self._put(name.encode(), array, dtype)

    def add_slice(self, name, shape, starts, lengths, array, dtype=None):
        """Adds one slice of a partitioned tensor.

        Args:
            name: the tensor's name.
            shape: the shape of the whole tensor.
            starts, lengths: where the slice lies; a length of -1 takes the whole dimension.
            array: the slice's values, of shape `lengths`.

        Raises InvalidArgumentError when the slice does not fit into `shape` or its array, or contradicts an earlier one.
        """
        array, dtype = as_stored(array, dtype)
        shape = tuple(int(d) for d in shape)
        pairs = [(int(s), int(n)) for s, n in zip(starts, lengths, strict=True)]
        try:
            _, full = tensor_slice.resolve(tuple(p[0] for p in pairs), tuple(p[1] for p in pairs), shape)
            if array.shape != full:
                raise ValueError(f"an array of shape {list(array.shape)} for a slice of shape {list(full)}")
            if name not in self._slices:
                self._check_name(name)
            elif self._slices[name] != (shape, dtype):
                raise ValueError(f"an earlier slice has the whole shape {self._slices[name][0]}, {self._slices[name][1].name}")
        except ValueError as e:
            raise InvalidArgumentError(message=f"Cannot store a slice of tensor {name!r}: {e}.") from None
        entry = self._entries.get(name.encode())
        if entry is None:
            entry = self._entries[name.encode()] = _entry(dtype, shape)
            self._slices[name] = (shape, dtype)
        key = ordered_code.slice_key(name, pairs)
        if key in self._entries:
            raise InvalidArgumentError(message=f"The slice {pairs} of tensor {name!r} was stored before.")
        tensor_slice.to_proto(entry.slices.add(), pairs)
        self._put(key, array, dtype)

    def _check_name(self, name):
        if not name or name.encode() in self._entries:
            raise InvalidArgumentError(message=f"A checkpoint cannot hold a tensor named {name!r}: the name is empty or taken.")

    def _put(self, key, array, dtype):
        entry = _entry(dtype, array.shape)
        if dtype is dtypes.string:
            data, check = encode_strings(array)
        else:
            data, check = _as_bytes(array), None
        entry.offset, entry.size = self._offset, len(data)
        self._offset += len(data)
        found = self._appender.append(memoryview(data))
        entry.crc32c = crc.mask(found if check is None else check)
        self._entries[key] = entry

    def finish(self):
        """Makes the bundle durable and gives it its name; see `bundle_commit` for the order.

        A bundle that already lies at the prefix is replaced as a whole.
        """
        try:
            self._appender.finish()
            self._appender.close()
            self._file.sync()
            self._file.close()
            _write_index(self._index_name, self._entries, 1, self._ops)
        except BaseException:
            self.abort()
            raise
        data = {data_path(self._prefix, 0, 1): self._data_name}
        bundle_commit.commit(self._prefix, data, self._index_name, is_whole, self._ops)
        if self._target is not None:
            _upload(self._prefix, self._target)
            self._copies.close()
        elif self._offset >= write_behind.CHUNK:
            BundleWriter._last = os.path.abspath(data_path(self._prefix, 0, 1))

    def abort(self):
        """Removes what was written."""
        self._appender.close()
        self._file.close()
        for name in (self._data_name, self._index_name):
            with contextlib.suppress(FileNotFoundError):
                self._ops.unlink(name)


def _entry(dtype, shape):
    entry = protos.BundleEntryProto(dtype=dtype.as_datatype_enum)
    entry.shape.SetInParent()
    for d in shape:
        entry.shape.dim.add(size=d)
    return entry


def _write_index(path, entries, shards, ops):
    header = protos.BundleHeaderProto(num_shards=shards)
    header.version.producer = _VERSION
    rows = [(b"", header.SerializeToString())]
    rows += [(key, entries[key].SerializeToString()) for key in sorted(entries)]
    file = ops.create(path)
    try:
        file.write(table.build(rows))
        file.sync()
    finally:
        file.close()


def _upload(source, prefix):
    """Copies a bundle of this machine to a store, its index last. Only replacing one leaves a moment in which they do not fit."""
    old, new = data_files(prefix), [prefix + path.removeprefix(source) for path in data_files(source)]
    for path in (*new, index_path(prefix)):
        stores.store(path).put(source + path.removeprefix(prefix), path)
    for path in set(old) - set(new):
        stores.unlink(path)


def _merge_remote(prefixes, prefix, ops):
    copies, fetched = stores.Copies(), []
    for number, source in enumerate(prefixes):
        fetched.append(os.path.join(copies.folder(), f"part-{number}"))
        for path in (index_path(source), *data_files(source)):
            stores.store(path).get(path, fetched[-1] + path.removeprefix(source))
    whole = os.path.join(copies.folder(), "whole")
    merge_bundles(fetched, whole, ops)
    _upload(whole, prefix)
    for source in prefixes:
        delete(source, ops)
    for folder in {os.path.dirname(source) for source in prefixes} - {os.path.dirname(prefix)}:
        if stores.isdir(folder) and not stores.listdir(folder):
            stores.store(folder).rmtree(folder)
    copies.close()


def merge_bundles(prefixes, prefix, ops=FILES):
    """Joins the bundles of several writers into one with as many shards; their files are moved, not copied.

    Slices of the same tensor may lie in different bundles. Directories of the sources that are empty then are removed.

    Raises InvalidArgumentError when two bundles hold the same tensor.
    """
    prefixes, prefix = [os.fspath(p) for p in prefixes], os.fspath(prefix)
    if stores.is_remote(prefix):
        _merge_remote(prefixes, prefix, ops)
        return
    merged, data, shards = {}, [], 0
    for source in prefixes:
        with BundleReader(source) as reader:
            for key, entry in reader._raw_entries():
                entry.shard_id += 0 if entry.slices else shards
                if key not in merged:
                    merged[key] = entry
                elif entry.slices and merged[key].slices:
                    merged[key].slices.extend(entry.slices)
                else:
                    raise InvalidArgumentError(
                        message=f"Tensor {key!r} lies in several of the bundles to be merged: {prefixes}"
                    )
            data += [reader._data_path(i) for i in range(reader._shards)]
            shards += reader._shards
    temporary = temporary_name(index_path(prefix))
    _write_index(temporary, merged, shards, ops)
    names = {data_path(prefix, i, shards): path for i, path in enumerate(data)}
    bundle_commit.commit(prefix, names, temporary, is_whole, ops)
    for source in prefixes:
        delete(source, ops)
    for directory in {os.path.dirname(source) for source in prefixes} - {"", os.path.dirname(prefix)}:
        with contextlib.suppress(OSError):  # somebody else's files lie there
            ops.rmdir(directory)


def is_whole(prefix, suffix=""):
    """Whether every tensor of the bundle can be read and has the right checksum."""
    try:
        with BundleReader(prefix, _suffix=suffix) as reader:
            for key, _ in reader._raw_entries():
                reader._check(key)
    except (DataLossError, NotFoundError):
        return False
    return True


class BundleReader:
    """Reads the tensors of a bundle, each with its checksum. Thread-safe."""

    def __init__(self, prefix, *, _suffix=None):
        """
        Args:
            prefix: the path that all files of the bundle begin with.

        Raises:
            NotFoundError: when there is no such bundle.
            DataLossError: when its index is damaged.
        """
        self._prefix = os.fspath(prefix)
        self._files, self._maps, self._lock, self._copies = {}, {}, threading.Lock(), stores.Copies()
        if _suffix is None:
            _suffix = ""
            if stores.exists(index_path(self._prefix) + PREVIOUS) and not is_whole(self._prefix):
                _suffix = PREVIOUS
        self._suffix = _suffix
        self._index = index_path(self._prefix) + _suffix
        try:
            with stores.opened(self._index) as f:
                raw = f.read()
        except (FileNotFoundError, NotADirectoryError):
            raise NotFoundError(message=f"No checkpoint at {self._prefix!r}: there is no file {self._index!r}.") from None
        self._rows = dict(table.Table(raw, self._index).items)
        self._read_header()
        self._names = None

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        """Closes the data files. Arrays that were read stay valid."""
        with self._lock:
            for fd, _ in self._files.values():
                os.close(fd)
            self._files, self._maps = {}, {}  # a map lives on while an array looks into it
            self._copies.close()

    def _read_header(self):
        header = _parse(protos.BundleHeaderProto, self._rows.pop(b"", None), self._index, "header")
        if header.num_shards < 1:
            raise DataLossError(message=f"{self._index} is damaged: its header tells of {header.num_shards} data files.")
        if header.endianness != 0:
            raise UnimplementedError(message=f"{self._index}: checkpoints of big-endian machines are not supported.")
        if header.version.min_consumer > _VERSION or _VERSION in header.version.bad_consumers:
            raise InvalidArgumentError(message=f"{self._index} needs a newer reader (version {header.version.min_consumer}).")
        self._shards = header.num_shards

    def _data_path(self, shard):
        return data_path(self._prefix, shard, self._shards) + self._suffix

    def _raw_entries(self):
        return [(key, _parse(protos.BundleEntryProto, raw, self._index, key)) for key, raw in self._rows.items()]

    def keys(self):
        """Gives the tensors' names, sorted."""
        if self._names is None:
            self._names = [key.decode(errors="surrogateescape") for key in self._rows if not key.startswith(b"\0")]
        return list(self._names)

    def has(self, name):
        """Whether there is a tensor of that name."""
        return not name.startswith("\0") and name.encode(errors="surrogateescape") in self._rows

    def entries(self):
        """Gives {name: (DType, shape tuple)} of all tensors. Raises DataLossError for an entry that makes no sense."""
        return {name: self.entry(name) for name in self.keys()}

    def entry(self, name):
        """Gives (DType, shape tuple) of one tensor. Raises NotFoundError when it is not there."""
        return self._described(self._find(name), name)

    def read(self, name, copy=True):
        """Gives a tensor as an array (of bytes objects for strings).

        With `copy=False` the array may be a read-only view of the mapped file: no memory is taken, the checksum is still
        checked. It must be used before anyone shortens the file in place (Mainstem never does: it renames).

        Raises NotFoundError for a name that is not there, and DataLossError naming tensor, file and offset for damage.
        """
        entry = self._find(name)
        dtype, shape = self._described(entry, name)
        if entry.slices:
            return self._assemble(name, entry, dtype, shape, ((0,) * len(shape), shape))
        return self._load(entry, name, dtype, shape, copy)

    def read_many(self, names, workers=None):
        """Gives {name: array}, read by several threads when there is much to read. Raises what `read` raises."""
        names = list(dict.fromkeys(names))
        workers = min(workers or max(4, min(os.cpu_count() or 1, 8)), len(names))  # a disk wants several requests
        if workers < 2 or sum(self._find(name).size for name in names) < write_behind.CHUNK:
            return {name: self.read(name) for name in names}
        with ThreadPoolExecutor(workers) as pool:
            return dict(zip(names, pool.map(self.read, names)))

    def read_slice(self, name, starts, lengths):
        """Gives a part of a tensor, from `starts` of size `lengths` (-1 takes the rest of a dimension).

        Raises InvalidArgumentError when the part leaves the tensor, and what `read` raises.
        """
        entry = self._find(name)
        dtype, shape = self._described(entry, name)
        try:
            wanted = tensor_slice.resolve(tuple(starts), tuple(lengths), shape)
        except ValueError as e:
            raise InvalidArgumentError(message=f"Cannot read from tensor {name!r} of {self._prefix}: {e}.") from None
        if entry.slices:
            return self._assemble(name, entry, dtype, shape, wanted)
        whole = self._load(entry, name, dtype, shape, copy=False)
        return whole[tuple(slice(s, s + n) for s, n in zip(*wanted))].copy()

    def _find(self, name):
        raw = None if name.startswith("\0") else self._rows.get(name.encode(errors="surrogateescape"))
        if raw is None:
            raise NotFoundError(message=f"Key {name} not found in checkpoint {self._prefix}")
        return _parse(protos.BundleEntryProto, raw, self._index, name)

    def _damaged(self, name, entry, why):
        where = f"file {self._data_path(entry.shard_id)} at offset {entry.offset}"
        return DataLossError(message=f"Checkpoint tensor {name!r} is damaged ({where}): {why}.")

    def _described(self, entry, name):
        shape = tuple(d.size for d in entry.shape.dim)
        if entry.shape.unknown_rank or not tensor_slice.possible(shape):
            raise DataLossError(message=f"Checkpoint tensor {name!r} has an impossible shape in {self._index}.")
        try:
            dtype = dtypes.as_dtype(entry.dtype)
        except TypeError:
            dtype = None
        if dtype is None or dtype._is_ref_dtype:
            raise DataLossError(message=f"Checkpoint tensor {name!r} has the unknown type {entry.dtype} in {self._index}.")
        return dtype, shape

    def _open(self, entry, name):
        shard = entry.shard_id
        if not 0 <= shard < self._shards or entry.offset < 0 or entry.size < 0:
            raise self._damaged(name, entry, f"its entry points to shard {shard} of {self._shards}, {entry.size} bytes")
        with self._lock:
            if shard not in self._files:
                path = self._data_path(shard)
                try:
                    fd = os.open(self._copies.local(path), os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
                except FileNotFoundError:
                    raise NotFoundError(message=f"Checkpoint {self._prefix}: the data file {path!r} is not there.") from None
                self._files[shard] = fd, os.fstat(fd).st_size
            fd, size = self._files[shard]
        if entry.offset + entry.size > size:
            raise self._damaged(name, entry, f"it needs {entry.size} bytes, but the file ends at {size}: cut short")
        return fd

    def _map(self, fd, shard):
        with self._lock:
            if shard not in self._maps:
                self._maps[shard] = mmap.mmap(fd, 0, access=mmap.ACCESS_READ)
            return self._maps[shard]

    def _read_bytes(self, entry, name, out):
        """Fills `out` (uint8) from the entry's place and gives its checksum."""
        fd, view, check = self._open(entry, name), memoryview(out), 0
        if len(out) >= _CHUNK and not direct_read.is_cached(fd, entry.offset):
            check = self._read_direct(entry, out)
            if check is not None:
                return check
            check = 0
        for start in range(0, len(out), _CHUNK):
            end = min(start + _CHUNK, len(out))
            at = start
            while at < end:
                n = os.preadv(fd, [view[at:end]], entry.offset + at)
                if n == 0:
                    raise self._damaged(name, entry, f"the file ends after {at} of {entry.size} bytes")
                at += n
            check = crc.extend(check, out[start:end])
        return check

    def _read_direct(self, entry, out):
        """Fills `out` past the page cache and gives its checksum, or None where that cannot be done."""
        fd = direct_read.open_direct(self._copies.local(self._data_path(entry.shard_id)))
        if fd is None:
            return None
        try:
            n, check = direct_read.fill(fd, out, entry.offset)
        except OSError:
            return None
        finally:
            os.close(fd)
        return check if n == len(out) else None

    def _load(self, entry, name, dtype, shape, copy=True):
        if dtype in (dtypes.resource, dtypes.variant):
            raise UnimplementedError(message=f"Checkpoint tensor {name!r} has type {dtype.name}, which cannot be read.")
        count = math.prod(shape)
        if dtype is dtypes.string:
            return self._load_strings(entry, name, count).reshape(shape)
        if count * dtype.size != entry.size:
            raise self._damaged(name, entry, f"{entry.size} bytes for a {dtype.name} tensor of shape {list(shape)}")
        fd = self._open(entry, name)  # from here the size is known to be in the file
        if not copy and entry.size:
            data = np.frombuffer(self._map(fd, entry.shard_id), np.uint8, entry.size, entry.offset)
            self._compare(entry, name, crc.extend(0, data))
            return data.view(dtype.np).reshape(shape)
        array = _aligned_empty(shape, dtype.np, entry.offset)
        self._compare(entry, name, self._read_bytes(entry, name, _as_bytes(array)))
        return array

    def _compare(self, entry, name, found):
        if crc.mask(found) != entry.crc32c:
            raise self._damaged(name, entry, f"the checksum of its {entry.size} bytes does not match")

    def _load_strings(self, entry, name, count):
        self._open(entry, name)
        raw = np.empty(entry.size, np.uint8)
        self._read_bytes(entry, name, raw)
        data = raw.tobytes()
        try:
            if count > len(data):
                raise ValueError("fewer bytes than strings")
            sizes, pos = [], 0
            for _ in range(count):
                size, pos = table.read_varint(data, pos, len(data))
                sizes.append(size)
            if pos + 4 + sum(sizes) != len(data):
                raise ValueError(f"the strings need {pos + 4 + sum(sizes)} of its {len(data)} bytes")
            fixed = b"".join(n.to_bytes(4 if n < 1 << 32 else 8, "little") for n in sizes)
        except (ValueError, OverflowError) as e:
            raise self._damaged(name, entry, str(e)) from None
        self._compare(entry, name, crc.extend(crc.value(fixed), data[pos:]))
        pos += 4
        array = np.empty(count, object)
        for i, size in enumerate(sizes):
            array[i] = data[pos : pos + size]
            pos += size
        return array

    def _assemble(self, name, entry, dtype, shape, wanted):
        """Puts a partitioned tensor, or a part of it, together."""
        try:
            pieces = [tensor_slice.from_proto(s, shape) for s in entry.slices]
            parts = tensor_slice.assemble(wanted, pieces)
        except ValueError as e:
            raise DataLossError(message=f"Checkpoint tensor {name!r} is damaged in {self._index}: {e}.") from None
        stored = [self._slice_entry(name, dtype, entry.slices[i], pieces[i]) for i, _, _ in parts]
        out = np.empty(wanted[1], dtype.np)
        for piece, (i, source, target) in zip(stored, parts):
            out[target] = self._load(piece, name, dtype, pieces[i][1])[source]
        return out

    def _slice_entry(self, name, dtype, proto, piece):
        pairs = tensor_slice.pairs_of(proto)
        key = ordered_code.slice_key(name, pairs)
        where = f"Checkpoint tensor {name!r} is damaged in {self._index}: the slice {pairs}"
        if key not in self._rows:
            raise DataLossError(message=f"{where} has no entry.")
        entry = _parse(protos.BundleEntryProto, self._rows[key], self._index, name)
        if self._described(entry, name) != (dtype, piece[1]) or entry.slices:
            raise DataLossError(message=f"{where} has an entry of another type or shape.")
        self._checked_size(entry, name, dtype, piece[1])
        return entry

    def _checked_size(self, entry, name, dtype, shape):
        if dtype is not dtypes.string and math.prod(shape) * dtype.size != entry.size:
            raise self._damaged(name, entry, f"{entry.size} bytes for a {dtype.name} slice of shape {list(shape)}")
        self._open(entry, name)

    def _check(self, key):
        """Raises DataLossError or NotFoundError when the stored bytes of `key` are not what was written."""
        name = key.decode(errors="surrogateescape")
        entry = _parse(protos.BundleEntryProto, self._rows[key], self._index, name)
        dtype, shape = self._described(entry, name)
        if not entry.slices and dtype not in (dtypes.resource, dtypes.variant):
            self._load(entry, name, dtype, shape, copy=False)


def _parse(kind, raw, path, what):
    if raw is None:
        raise DataLossError(message=f"{path} is damaged: it has no {what}.")
    try:
        return kind.FromString(raw)
    except Exception as e:  # the decode error's class depends on protobuf's implementation
        raise DataLossError(message=f"{path} is damaged: the entry of {what!r} is unreadable ({type(e).__name__}).") from None
