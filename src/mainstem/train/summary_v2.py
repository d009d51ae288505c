"""`tf.summary` of TensorFlow 2: summaries that the default writer writes as they are computed, as tensors for TensorBoard's plugins."""

import contextlib
import re

from mainstem.base import dtypes
from mainstem.core import builder
from mainstem.eager.context import executing_eagerly
from mainstem.formats import protos
from mainstem.graph.func_graph import FuncGraph
from mainstem.graph.graph import Graph
from mainstem.ops import summary_writer as ops
from mainstem.surface import array, framework, image_codec, image_color, index, loops, masking, math, reduce, string
from mainstem.train import summary_recording
from mainstem.train.summary_recording import NoopSummaryWriter, having, recorded, state

BUCKETS = 30
_ILLEGAL = re.compile(r"[^A-Za-z0-9_.\\/>-]")  # what a name scope may not hold; the tag keeps it
_NO_STEP = "No step set. Please specify one either through the `step` argument or through tf.summary.experimental.set_step()"


def create_file_writer(
    logdir, max_queue=None, flush_millis=None, filename_suffix=None, name=None, experimental_trackable=False, experimental_mesh=None
):  # fmt: skip
    """A `SummaryWriter` of a new event file in `logdir`; see `summary_recording.create_file_writer`."""
    if experimental_mesh is not None:
        raise NotImplementedError("create_file_writer: experimental_mesh is not supported.")
    return summary_recording.create_file_writer(logdir, max_queue, flush_millis, filename_suffix, name)


def create_noop_writer():
    """A writer that writes nothing."""
    return NoopSummaryWriter()


def should_record_summaries():
    """Whether summaries are written now, a bool scalar: there is a default writer, and `record_if` does not forbid it."""
    if state.writer is None or isinstance(state.writer, NoopSummaryWriter):
        return framework.constant(False)
    condition = state.condition() if callable(state.condition) else state.condition
    return framework.convert_to_tensor(True if condition is None else condition, dtypes.bool)


def record_if(condition):
    """A block in which summaries are written only where `condition` (a bool, bool scalar, or function giving one) holds."""
    return having(condition=condition)


def get_step():
    """The thread's default step, or None."""
    return state.step


def set_step(step):
    """Sets the thread's default step: an int, an int64 scalar or variable, or None."""
    state.step = step


@contextlib.contextmanager
def summary_scope(name, default_name="summary", values=None):
    """A name scope for one summary; gives (tag, scope), the tag being the name below the scopes around it."""
    name = name or default_name
    around = builder.current().get_name_scope()
    tag = f"{around}/{name}" if around else name
    legal = _ILLEGAL.sub("", name)
    with framework.name_scope_v2(legal if legal.strip("/") else default_name) as scope:
        yield tag, scope


def write(tag, tensor, step=None, metadata=None, name=None):
    """Writes a tensor (or what a function gives) with the metadata of a plugin, under `tag`; gives whether it was written.

    Raises ValueError when a writer is there and no step is.
    """
    if state.writer is None or isinstance(state.writer, NoopSummaryWriter):
        return framework.constant(False)
    data = metadata if isinstance(metadata, bytes) else b"" if metadata is None else metadata.SerializeToString()

    def do():
        at = summary_recording.default_step(step, _NO_STEP)
        value = framework.convert_to_tensor(tensor() if callable(tensor) else tensor)
        return ops.write_summary(state.writer._resource, at, value, tag, data, name=name)

    return recorded(do, should_record_summaries())


def write_raw_pb(tensor, step=None, name=None):
    """Writes a serialized `Summary`, a string scalar; gives whether it was written."""
    if state.writer is None or isinstance(state.writer, NoopSummaryWriter):
        return framework.constant(False)

    def do():
        at = summary_recording.default_step(step, _NO_STEP)
        return ops.write_raw_proto_summary(state.writer._resource, at, tensor, name=name)

    return recorded(do, should_record_summaries())


def _metadata(plugin, description, content=b""):
    made = protos.SummaryMetadata(summary_description=description or "")
    made.plugin_data.plugin_name, made.plugin_data.content = plugin, content
    return made


def scalar(name, data, step=None, description=None):
    """Writes one number, as float32. Raises ValueError, or InvalidArgumentError when it runs, for anything but a scalar."""

    def value():
        made = math.cast(framework.convert_to_tensor(data), dtypes.float32)
        if made.shape.rank not in (0, None):
            raise ValueError(f"tf.summary.scalar: 'data' must be a scalar. Got shape {made.shape}.")
        return made

    with summary_scope(name, "scalar_summary") as (tag, _):
        return write(tag, value, step, _metadata("scalars", description))


def text(name, data, step=None, description=None):
    """Writes strings, which TensorBoard shows as Markdown."""

    def value():
        made = framework.convert_to_tensor(data)
        if made.dtype.base_dtype is not dtypes.string:
            raise TypeError(f"tf.summary.text: 'data' must be strings. Got {made.dtype.name}.")
        return made

    with summary_scope(name, "text_summary") as (tag, _):
        return write(tag, value, step, _metadata("text", description))


def _buckets(data, count):
    """[count, 3] of float64: left edge, right edge and number of the values in each of `count` equal buckets."""
    flat = math.cast(array.reshape(data, [-1]), dtypes.float64)
    low, high = reduce.reduce_min(flat), reduce.reduce_max(flat)
    width = (high - low) / count
    one = math.equal(width, 0.0)
    place = math.minimum(math.cast(math.floor((flat - low) / masking.where(one, 1.0, width)), dtypes.int32), count - 1)
    place = masking.where(one, count - 1, place)  # equal values are all in the last bucket
    counts = math.cast(reduce.reduce_sum(math.cast(index.one_hot(place, count), dtypes.int64), axis=0), dtypes.float64)
    edges = array.concat([low + width * math.cast(array.range(0, count), dtypes.float64), [high]], axis=0)
    return array.stack([edges[:-1], edges[1:], counts], axis=1)


def histogram(name, data, step=None, buckets=None, description=None):
    """Writes how the values of a tensor are distributed over `buckets` (default 30) equal parts of their range."""
    count = BUCKETS if buckets is None else buckets

    def value():
        made = framework.convert_to_tensor(data)
        if made.shape.num_elements() == 0 or count == 0:
            return array.zeros([count, 3], dtypes.float64)
        return _buckets(made, count)

    with summary_scope(name, "histogram_summary") as (tag, _):
        return write(tag, value, step, _metadata("histograms", description))


def image(name, data, step=None, max_outputs=3, description=None):
    """Writes up to `max_outputs` images of a batch [n, h, w, 1 to 4], of uint8, or of floats in 0 .. 1."""

    def value():
        made = image_color.convert_image_dtype(framework.convert_to_tensor(data), dtypes.uint8, saturate=True)
        if made.shape.rank not in (4, None):
            raise ValueError(
                f"tf.summary.image: 'data' must be of rank 4, [n, height, width, channels]. Got shape {made.shape}."
            )
        some = made[:max_outputs]
        files = loops.map_fn(image_codec.encode_png, some, dtype=dtypes.string)
        size = array.shape(made)
        head = array.stack([string.as_string(size[2]), string.as_string(size[1])])
        return array.concat([head, files], axis=0)

    with summary_scope(name, "image_summary") as (tag, _):
        return write(tag, value, step, _metadata("images", description))


def graph(graph_data):
    """Writes a graph, or a GraphDef, for TensorBoard's graph page; gives whether it was written.

    Raises ValueError for anything else, RuntimeError inside of a function.
    """
    if not executing_eagerly():
        raise RuntimeError("`tf.summary.graph` must be called in eager mode, outside of a tf.function.")
    if isinstance(graph_data, (Graph, FuncGraph)):
        graph_data = graph_data.as_graph_def(add_shapes=True)
    if not hasattr(graph_data, "node"):
        raise ValueError(f"'graph_data' must be a tf.Graph or a GraphDef. Got {graph_data!r}.")
    if state.writer is None or isinstance(state.writer, NoopSummaryWriter):
        return framework.constant(False)
    ops.write_graph_summary(state.writer._resource, framework.constant(0, dtypes.int64), graph_data.SerializeToString())
    return framework.constant(True)


def flush(writer=None, name=None):
    """Everything that was written is in the files: events do not wait."""
    writer = state.writer if writer is None else writer
    return None if writer is None else writer.flush()
