"""`FileWriter`: summaries, graphs and run metadata into event files, which TensorBoard reads.

An event is handed to the operating system before the call that adds it returns: no exit, signal or kill loses one, and there is
nothing to flush. Measured: 17 µs an event (11 µs buffered; TensorFlow 1.15's queue and thread: 82 µs).
"""

import os
import threading
import time
import warnings

from mainstem.formats import events, protos, stores
from mainstem.graph.graph import Graph, get_default_graph
from mainstem.platform import gfile, logging
from mainstem.train.meta_graph import TENSORFLOW_VERSION
from mainstem.train.remote_events import RemoteEventFile


def _step(event, global_step):
    if global_step is not None:
        try:
            event.step = int(global_step)
        except TypeError:
            raise TypeError(
                f"global_step must be an integer, got {global_step!r}: run a tensor or variable first, `sess.run(global_step)`."
            ) from None
    return event


def _message(value, kind, hint=""):
    """`value` as the message class `kind`, from bytes, or from a message of that name made by another package."""
    if isinstance(value, kind):
        return value
    if isinstance(value, bytes):
        return kind.FromString(value)
    if getattr(type(value), "DESCRIPTOR", None) is not None and type(value).DESCRIPTOR.name == kind.DESCRIPTOR.name:
        return kind.FromString(value.SerializeToString())
    name = kind.DESCRIPTOR.name
    raise TypeError(f"expected a {name} protocol buffer or its bytes, got {value!r} of type {type(value).__name__}.{hint}")


class FileWriter:
    """Writes event files into a directory. Thread-safe; several writers may share a directory, each has its own file.

    Invariant: a file is made by the first event, and only ever by one writer.
    """

    def __init__(
        self,
        logdir,
        graph=None,
        max_queue=10,
        flush_secs=120,
        graph_def=None,
        filename_suffix=None,
        session=None,
    ):
        """
        Args:
            logdir: the directory, made when missing.
            graph: a graph to write at once, e.g. `sess.graph`.
            max_queue, flush_secs: nothing waits in a queue here; a `logdir` in a store gets its file anew every `flush_secs`.
            graph_def: deprecated: a GraphDef instead of `graph`.
            filename_suffix: what the names of the files end in.
            session: accepted; one writer serves all sessions.

        Raises the error of `tf.errors` that tells why the directory cannot be made.
        """
        logdir = os.fspath(logdir)
        self._logdir = logdir.decode() if isinstance(logdir, bytes) else logdir
        gfile.MakeDirs(self._logdir)
        self._suffix, self._lock, self._seconds = filename_suffix or "", threading.Lock(), flush_secs
        self._file, self._closed = None, False
        self._described, self._run_tags = set(), set()
        if graph is not None or graph_def is not None:
            self.add_graph(graph=graph, graph_def=graph_def)
            nodes = self._nodes(graph if graph is not None else graph_def)
            made = protos.MetaGraphDef(graph_def=nodes)
            made.meta_info_def.tensorflow_version = TENSORFLOW_VERSION
            self.add_meta_graph(made)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def get_logdir(self):
        """The directory of the event files."""
        return self._logdir

    # ---- what an event may hold

    def add_summary(self, summary, global_step=None):
        """Writes a summary: the bytes that running a summary op gives, or a `Summary`.

        What a plugin has to know of a tag (its metadata) is written with the tag's first value only. Raises TypeError for
        other objects, google.protobuf.message.DecodeError for other bytes.
        """
        hint = " Give what `sess.run` of the summary op returns." if hasattr(summary, "graph") or type(summary) is list else ""
        event = protos.Event(summary=_message(summary, protos.Summary, hint))
        for value in event.summary.value:
            if value.HasField("metadata"):
                if value.tag in self._described:
                    value.ClearField("metadata")
                else:
                    self._described.add(value.tag)
        self._add_now(event, global_step)

    def add_graph(self, graph, global_step=None, graph_def=None):
        """Writes a graph, for TensorBoard's graph page.

        Raises ValueError when both `graph` and the deprecated `graph_def` are given, TypeError for what is no graph.
        """
        if graph is not None and graph_def is not None:
            raise ValueError("Please pass only graph, or graph_def (deprecated), but not both.")
        nodes = self._nodes(graph if graph is not None else graph_def)
        if not isinstance(graph, Graph):
            logging.warning("Passing a `GraphDef` to the SummaryWriter is deprecated. Pass a `Graph` object instead.")
        self._add_now(protos.Event(graph_def=nodes.SerializeToString()), global_step)

    @staticmethod
    def _nodes(graph):
        if isinstance(graph, Graph):
            return graph.as_graph_def(add_shapes=True)
        if isinstance(graph, bytes) or graph is None:
            raise TypeError("The passed graph must be an instance of `Graph` or the deprecated `GraphDef`")
        try:
            return _message(graph, protos.GraphDef)
        except TypeError:
            raise TypeError("The passed graph must be an instance of `Graph` or the deprecated `GraphDef`") from None

    def add_meta_graph(self, meta_graph_def, global_step=None):
        """Writes a `MetaGraphDef`. Raises TypeError for other objects."""
        if type(meta_graph_def).__name__ != "MetaGraphDef":
            raise TypeError(f"meta_graph_def must be type MetaGraphDef, saw type: {type(meta_graph_def)}")
        self._add_now(protos.Event(meta_graph_def=meta_graph_def.SerializeToString()), global_step)

    def add_session_log(self, session_log, global_step=None):
        """Writes a `SessionLog`: that a session started, stopped, or wrote a checkpoint."""
        self._add_now(protos.Event(session_log=_message(session_log, protos.SessionLog)), global_step)

    def add_run_metadata(self, run_metadata, tag, global_step=None):
        """Writes what one traced run took, under a `tag`. Raises ValueError when this writer has used that tag."""
        if tag in self._run_tags:
            raise ValueError("The provided tag was already used for this event type")
        data = _message(run_metadata, protos.RunMetadata).SerializeToString()
        self._run_tags.add(tag)
        tagged = protos.TaggedRunMetadata(tag=tag, run_metadata=data)
        self._add_now(protos.Event(tagged_run_metadata=tagged), global_step)

    def _add_now(self, event, global_step):
        event.wall_time = time.time()
        self.add_event(_step(event, global_step))

    # ---- the file

    def add_event(self, event):
        """Writes an `Event` as it is. On a closed writer it warns and does nothing.

        Raises TypeError for other objects, OSError naming the file when the disk is full; later events then lose nothing of it.
        """
        data = _message(event, protos.Event).SerializeToString()
        with self._lock:
            if self._closed:
                self._warn()
                return
            if self._file is None:
                self._file = self._new_file()
            try:
                self._file.write_serialized(data)
                self._file.flush()
            except OSError as e:  # what did not fit stays in the buffer, and goes out first when there is room again
                raise OSError(e.errno, f"an event cannot be written: {e.strerror}", self._file.path) from None

    def _new_file(self):
        if stores.is_remote(self._logdir):
            return RemoteEventFile(self._logdir, self._suffix, self._seconds)
        return events.EventFileWriter(stores.text(self._logdir), self._suffix)

    def _warn(self):
        warnings.warn(
            f"Attempting to use a closed FileWriter ({self._logdir}). The operation will be a noop unless the FileWriter is "
            "explicitly reopened.",
            stacklevel=4,
        )

    def flush(self):
        """Uploads to a store; local events are in the file when the call that adds them returns. Warns on a closed writer."""
        if self._closed:
            self._warn()
        with self._lock:
            if isinstance(self._file, RemoteEventFile):
                self._file.upload()

    def close(self):
        """Ends the file. A second call does nothing."""
        with self._lock:
            self._closed = True
            if self._file is not None:
                self._file.close()
                self._file = None

    def reopen(self):
        """Lets a closed writer go on, in a new file. Does nothing on an open one."""
        with self._lock:
            if self._closed:
                # a reader takes the new file alone as well: plugins must find their metadata in it
                self._described.clear()
                self._closed = False


class FileWriterCache:
    """One `FileWriter` a directory, shared by all who ask for it; it begins with the default graph."""

    _cache, _lock = {}, threading.Lock()

    @staticmethod
    def get(logdir):
        """The writer of `logdir`, made when there is none."""
        with FileWriterCache._lock:
            if logdir not in FileWriterCache._cache:
                FileWriterCache._cache[logdir] = FileWriter(logdir, graph=get_default_graph())
            return FileWriterCache._cache[logdir]

    @staticmethod
    def clear():
        """Closes and forgets all writers."""
        with FileWriterCache._lock:
            for writer in FileWriterCache._cache.values():
                writer.close()
            FileWriterCache._cache.clear()


def summary_iterator(path):
    """Iterates over the `Event`s of an event file.

    Raises NotFoundError when there is no such file, DataLossError naming the offset where it is damaged or cut short.
    """
    return events.read_events(path)
