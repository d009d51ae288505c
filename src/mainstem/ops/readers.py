"""Readers: ops that take names of files from a queue and give the records of these files, one after the other.

Each has two names: the `V2` one takes handles of type `resource`, the older one `ref string`.
"""

import itertools
import os
import threading
import zlib

import numpy as np

from mainstem.base import errors
from mainstem.core import resource
from mainstem.core.families import scalar_shape
from mainstem.core.registry import op
from mainstem.formats import protos, stores, tfrecord
from mainstem.ops.host import file_error, invalid

_CHUNK = 1 << 20


class Reader(resource.Resource):
    """What all readers do: they hold the file that is read now, a generator of (key, record), and count.

    `kind` is the name in errors, `keeps_state` whether the state can be stored; `records(name)` opens a file.
    """

    kind, keeps_state, single = "Reader", False, False  # `single`: a file is one record

    def __init__(self):
        self.lock = threading.Lock()
        self._reset()

    def adopt(self, op_type, op_name, attrs):
        super().adopt(op_type, op_name, attrs)
        self.node = op_name

    def _reset(self):
        self.started = self.finished = self.produced = 0
        self.work, self.now = b"", None

    def records(self, name):
        """Iterates over (key, record) of a file."""
        raise NotImplementedError

    def read(self, queue):
        """The next (key, record); takes the next name from the queue when a file is at its end, and waits for it."""
        with self._held():
            while True:
                self._open(queue)
                found = self._next()
                if found is not None:
                    return found

    def read_up_to(self, queue, count):
        """The next records, at most `count` and all of one file, but at least one: (keys, records)."""
        with self._held():
            out = []
            while not out:
                self._open(queue)
                while len(out) < count and self.now is not None:
                    found = self._next()
                    if found is None:
                        break
                    out.append(found)
            return out

    def take_some(self, queue, most):
        """As `read_up_to`, but what is wrong with a record comes when it is the next one, and large records come a few at a time."""
        with self._held():
            out, size = [], 0
            while not out:
                self._open(queue)
                while len(out) < most and size < _CHUNK and self.now is not None:
                    try:
                        found = self._next()
                    except Exception as e:
                        if not out:
                            raise
                        self.now = _failing(e)
                        break
                    if found is None:
                        break
                    out.append(found)
                    size += len(found[1])
            return out

    def give_back(self, found):
        """Puts records back that were taken and not used."""
        with self.lock:
            self.produced -= len(found)
            if found and self.now is None:
                self.finished -= 1
            if found:
                self.now = itertools.chain(found, self.now or ())

    def _held(self):
        """The lock; who holds it may wait for a name."""
        if self.lock.locked():
            resource.may_wait()
        return self.lock

    def _open(self, queue):
        if self.now is not None:
            return
        if len(queue.types) != 1 or queue.types[0].name != "string" or queue.shapes not in (None, [()]):
            raise invalid("Reader expects queue with component type string and scalar shape")
        self.work = np.asarray(queue.take(1, single=True)[0][0], object)[()]
        self.started += 1
        self.now = self.records(os.fsdecode(self.work))

    def _next(self):
        """The next record, or None at the end of the file."""
        try:
            found = next(self.now, None)
        except OSError as e:
            self.now = None
            raise file_error(os.fsdecode(self.work), e) from None
        except BaseException:
            self.now = None
            raise
        if found is not None:
            self.produced += 1
        if found is None or self.single:
            self.now = None
            self.finished += 1
        return found

    def reset(self):
        """Makes the reader new."""
        with self.lock:
            self._reset()

    def state(self):
        """The state as bytes. Raises UnimplementedError for a reader that cannot tell where it is in a file."""
        if not self.keeps_state:
            raise errors.UnimplementedError(None, None, "Reader SerializeState")
        with self.lock:
            return protos.ReaderBaseState(
                work_started=self.started,
                work_finished=self.finished,
                num_records_produced=self.produced,
                current_work=self.work,
            ).SerializeToString(deterministic=True)

    def restore(self, state):
        """Sets the state to what `state()` gave. Raises InvalidArgumentError for something else."""
        if not self.keeps_state:
            raise errors.UnimplementedError(None, None, "Reader RestoreState")
        try:
            stored = protos.ReaderBaseState.FromString(state)
        except Exception:  # noqa: BLE001 - whatever protobuf raises, it is no state
            raise invalid(f"Could not parse state for {self.kind} '{self.node}': {escaped(state)}") from None
        with self.lock:
            self._reset()
            self.started, self.finished = stored.work_started, stored.work_finished
            self.produced, self.work = stored.num_records_produced, stored.current_work
            if self.started > self.finished:
                self.now = self.records(os.fsdecode(self.work))


def _failing(error):
    yield from ()
    raise error


def escaped(data):
    """Bytes as text, with escapes for what is not printable."""
    return "".join(chr(c) if 32 <= c < 127 else f"\\{c:03o}" for c in data)


class TextLines(Reader):
    """Gives the lines of text files; the key is the file and the number of the line."""

    kind = "TextLineReader"

    def __init__(self, skip_header_lines):
        super().__init__()
        self.skipped = skip_header_lines

    def records(self, name):
        with stores.opened(name) as f:
            for number, line in enumerate(f, 1):
                if number > self.skipped:
                    yield f"{name}:{number}".encode(), line.removesuffix(b"\n").removesuffix(b"\r")


class WholeFiles(Reader):
    """Gives whole files; the key is the file."""

    kind, keeps_state, single = "WholeFileReader", True, True

    def records(self, name):
        with stores.opened(name) as f:
            yield os.fsencode(name), f.read()


class Identity(Reader):
    """Gives the names themselves."""

    kind, keeps_state, single = "IdentityReader", True, True

    def records(self, name):
        yield os.fsencode(name), os.fsencode(name)


class Records(Reader):
    """Gives the records of TFRecord files; the key is the file and the offset of the record."""

    kind = "TFRecordReader"

    def __init__(self, compression):
        super().__init__()
        self.compression = compression

    def records(self, name):
        for offset, record in tfrecord.read_with_offsets(name, self.compression):
            yield f"{name}:{offset}".encode(), record


class FixedLength(Reader):
    """Gives pieces of `record` bytes, one every `hop` bytes, of what is between header and footer of a file."""

    kind = "FixedLengthRecordReader"

    def __init__(self, header, record, footer, hop, encoding):
        super().__init__()
        self.header, self.record, self.footer, self.hop, self.encoding = header, record, footer, hop or record, encoding

    def records(self, name):
        with stores.opened(name) as f:
            pieces = _inflated(f, self.encoding)
            held, at = b"", 0  # what is read and not passed, and where it starts in the file
            need, number = self.header, 0
            ended = False
            while True:
                while not ended and len(held) < need + self.record + self.footer:
                    piece = next(pieces, b"")
                    held, ended = held + piece, not piece
                if len(held) < need + self.record + self.footer:
                    return
                yield f"{name}:{number}".encode(), held[need : need + self.record]
                number += 1
                held, need = held[need:], self.hop
                at += need


def _inflated(f, encoding):
    unzip = zlib.decompressobj(47) if encoding in ("ZLIB", "GZIP") else None
    while piece := f.read(_CHUNK):
        yield unzip.decompress(piece) if unzip is not None else piece


# ---- ops


def _made(name):
    def register(kernel):
        for op_name, types, shape in ((name, "-> ref string", (2,)), (name + "V2", "-> resource", ())):
            made = op(op_name, types, owner="reader", host=True, shape=lambda inputs, attrs, s=shape: [s])(kernel)
        return made

    return register


def _both(name, left, right="", **options):
    """Registers the two ops that use a reader; QUEUE in `left` stands for a queue's handle."""

    def register(kernel):
        for op_name, handle in ((name, "ref string"), (name + "V2", "resource")):
            types = f"{handle}{left.replace('QUEUE', handle)} -> {right}"
            made = op(op_name, types, host=True, slots=True, **options)(kernel)
        return made

    return register


@_made("TextLineReader")
def text_line_reader(*, skip_header_lines=0, container="", shared_name=""):
    """A reader of lines."""
    return TextLines(skip_header_lines)


@_made("WholeFileReader")
def whole_file_reader(*, container="", shared_name=""):
    """A reader of whole files."""
    return WholeFiles()


@_made("IdentityReader")
def identity_reader(*, container="", shared_name=""):
    """A reader that gives the names it takes."""
    return Identity()


@_made("TFRecordReader")
def tf_record_reader(*, container="", shared_name="", compression_type=""):
    """A reader of TFRecord files."""
    return Records(compression_type)


def _fixed(header_bytes, record_bytes, footer_bytes, hop_bytes, encoding=""):
    for what, value in (("header_bytes", header_bytes), ("footer_bytes", footer_bytes), ("hop_bytes", hop_bytes)):
        if value < 0:
            raise invalid(f"{what} must be >= 0 but got {value}")
    if record_bytes <= 0:
        raise invalid(f"record_bytes must be > 0 but got {record_bytes}")
    return FixedLength(header_bytes, record_bytes, footer_bytes, hop_bytes, encoding)


_SCALAR = dict(owner="reader", host=True)


@op("FixedLengthRecordReader", "-> ref string", shape=lambda inputs, attrs: [(2,)], **_SCALAR)
def fixed_length_record_reader_v1(
    *, header_bytes=0, record_bytes: "int", footer_bytes=0, hop_bytes=0, container="", shared_name=""
):
    """A reader of records of one length."""
    return _fixed(header_bytes, record_bytes, footer_bytes, hop_bytes)


@op("FixedLengthRecordReaderV2", "-> resource", shape=scalar_shape, **_SCALAR)
def fixed_length_record_reader(
    *, header_bytes=0, record_bytes: "int", footer_bytes=0, hop_bytes=0, container="", shared_name="", encoding=""
):
    """A reader of records of one length in files that may be compressed: `encoding` is "", "ZLIB" or "GZIP"."""
    return _fixed(header_bytes, record_bytes, footer_bytes, hop_bytes, encoding)


@_both("ReaderRead", ", QUEUE", "key:string, value:string", shape=lambda inputs, attrs: [(), ()], waits=True)
def reader_read(reader_handle, queue_handle):
    """The next record of the files whose names the queue gives, and its key."""
    return reader_handle.value.read(queue_handle.value)


@_both(
    "ReaderReadUpTo", ", QUEUE, num_records:int64", "keys:string, values:string", shape=lambda inputs, attrs: [(None,), (None,)],
    waits=True,
)  # fmt: skip
def reader_read_up_to(reader_handle, queue_handle, num_records):
    """Up to `num_records` records and their keys; less at the end of a file."""
    found = reader_handle.value.read_up_to(queue_handle.value, int(num_records))
    columns = np.empty((2, len(found)), object)
    for i, pair in enumerate(found):
        columns[0, i], columns[1, i] = pair
    return columns[0], columns[1]


@_both("ReaderNumRecordsProduced", "", "records_produced:int64", shape=scalar_shape)
def reader_num_records_produced(reader_handle):
    """How many records the reader gave."""
    return np.int64(reader_handle.value.produced)


@_both("ReaderNumWorkUnitsCompleted", "", "units_completed:int64", shape=scalar_shape)
def reader_num_work_units_completed(reader_handle):
    """How many files the reader has read to their end."""
    return np.int64(reader_handle.value.finished)


@_both("ReaderSerializeState", "", "state:string", shape=scalar_shape)
def reader_serialize_state(reader_handle):
    """The state of the reader, for `ReaderRestoreState`."""
    return reader_handle.value.state()


@_both("ReaderRestoreState", ", state:string", shape=lambda inputs, attrs: [])
def reader_restore_state(reader_handle, state):
    """Sets the reader to a state."""
    reader_handle.value.restore(np.asarray(state, object)[()])


@_both("ReaderReset", "", shape=lambda inputs, attrs: [])
def reader_reset(reader_handle):
    """Makes the reader new."""
    reader_handle.value.reset()
