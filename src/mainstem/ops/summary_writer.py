"""Ops that write summaries into an event file as they run: the writer is a resource of the session, or of eager mode."""

import itertools
import os
import threading
import time

import numpy as np

from mainstem.base import dtypes, errors
from mainstem.core import resource
from mainstem.core.families import no_outputs, scalar_shape
from mainstem.core.registry import op
from mainstem.formats import events, protos
from mainstem.ops import summary
from mainstem.ops.host import invalid

_RED = np.array([255, 0, 0, 255], np.uint8)
_files = itertools.count()


class Writer(resource.Resource):
    """A writer of one event file, which is made when it is opened. Thread-safe."""

    def __init__(self):
        self._file, self._lock = None, threading.Lock()

    def open(self, logdir, suffix):
        """Makes the file; a writer that is open stays as it is."""
        if "://" in logdir:
            raise NotImplementedError(f"CreateSummaryFileWriter: {logdir!r}: summary writers write to local folders only.")
        with self._lock:
            if self._file is None:
                self._file = events.EventFileWriter(logdir, f".{os.getpid()}.{next(_files)}{suffix}")

    def write(self, event):
        """Adds an event. Raises FailedPreconditionError before the writer is open."""
        with self._lock:
            if self._file is None:
                raise errors.FailedPreconditionError(
                    None, None, "The summary writer is not open: run its initializer (`writer.init()`) first, or it is closed."
                )
            self._file.write_event(event)
            self._file.flush()

    def close(self):
        """Ends the file."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    shut = close


def _str(value):
    return np.asarray(value, object)[()].decode("utf-8", "surrogateescape")


def _event(step, **content):
    return protos.Event(wall_time=time.time(), step=int(np.asarray(step)), **content)


def _add(writer, step, serialized):
    writer.value.write(_event(step, summary=protos.Summary.FromString(serialized[()])))


@op("SummaryWriter", "-> writer:resource", owner="summary writer", host=True, shape=scalar_shape)
def summary_writer(*, shared_name="", container=""):
    """A writer of summaries, not open yet."""
    return Writer()


@op("CreateSummaryFileWriter", "resource, string, int32, int32, string ->", host=True, slots=True, shape=no_outputs)
def create_summary_file_writer(writer, logdir, max_queue, flush_millis, filename_suffix):
    """Opens the writer: makes an event file in `logdir`. Events are handed to the system at once, whatever the queue's size."""
    writer.value.open(_str(logdir), _str(filename_suffix))


@op("FlushSummaryWriter", "resource ->", host=True, slots=True, shape=no_outputs)
def flush_summary_writer(writer):
    """Nothing waits in a writer: an event is handed to the system before its op ends."""


@op("CloseSummaryWriter", "resource ->", host=True, slots=True, shape=no_outputs)
def close_summary_writer(writer):
    """Ends the writer's file."""
    writer.value.close()


@op("WriteScalarSummary", "resource, int64, string, T ->", T=dtypes.REAL, host=True, slots=True, shape=no_outputs)
def write_scalar_summary(writer, step, tag, value):
    """Writes one number."""
    _add(writer, step, summary.scalar_summary.kernel(tag, value))


@op("WriteHistogramSummary", "resource, int64, string, T ->", host=True, slots=True, shape=no_outputs)
def write_histogram_summary(writer, step, tag, values, *, T: "type" = dtypes.float32):  # noqa: N803
    """Writes how `values` are distributed."""
    _add(writer, step, summary.histogram_summary.kernel(tag, values, T=T))


@op("WriteImageSummary", "resource, int64, string, T, uint8 ->", host=True, slots=True, shape=no_outputs)
def write_image_summary(writer, step, tag, tensor, bad_color, *, max_images=3, T: "type" = dtypes.float32):  # noqa: N803
    """Writes up to `max_images` images of a batch [n, h, w, 1, 3 or 4]."""
    _add(writer, step, summary.image_summary.kernel(tag, tensor, max_images=max_images, T=T, bad_color=np.asarray(bad_color)))


@op("WriteAudioSummary", "resource, int64, string, float32, float32 ->", host=True, slots=True, shape=no_outputs)
def write_audio_summary(writer, step, tag, tensor, sample_rate, *, max_outputs=3):
    """Writes up to `max_outputs` sounds of a batch [n, frames] or [n, frames, channels]."""
    _add(writer, step, summary.audio_summary.kernel(tag, tensor, sample_rate, max_outputs=max_outputs))


@op("WriteSummary", "resource, int64, T, string, string ->", host=True, slots=True, shape=no_outputs)
def write_summary(writer, step, tensor, tag, summary_metadata, *, T: "type"):  # noqa: N803
    """Writes a whole tensor, with the metadata by which a plugin of TensorBoard finds it."""
    made = protos.Summary.FromString(summary.tensor_summary.kernel(tag, tensor, summary_metadata)[()])
    if not np.asarray(summary_metadata, object)[()]:
        made.value[0].ClearField("metadata")
    writer.value.write(_event(step, summary=made))


@op("WriteRawProtoSummary", "resource, int64, string ->", host=True, slots=True, shape=no_outputs)
def write_raw_proto_summary(writer, step, tensor):
    """Writes a serialized Summary."""
    _add(writer, step, np.asarray(tensor, object))


@op("WriteGraphSummary", "resource, int64, string ->", host=True, slots=True, shape=no_outputs)
def write_graph_summary(writer, step, tensor):
    """Writes a serialized GraphDef."""
    writer.value.write(_event(step, graph_def=np.asarray(tensor, object)[()]))


@op("ImportEvent", "resource, string ->", host=True, slots=True, shape=no_outputs)
def import_event(writer, event):
    """Writes a serialized Event as it is."""
    data = np.asarray(event, object)[()]
    try:
        parsed = protos.Event.FromString(data)
    except Exception:  # the decode error's class depends on protobuf's implementation
        raise invalid(f"{len(data)} bytes are no serialized Event.") from None
    writer.value.write(parsed)
