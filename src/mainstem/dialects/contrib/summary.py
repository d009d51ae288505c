"""`tf.contrib.summary` of TensorFlow 1.15: summaries that are written as they are computed, in graphs and in eager mode."""

from mainstem.base import dtypes
from mainstem.eager.context import executing_eagerly
from mainstem.formats import protos
from mainstem.graph.graph import Graph
from mainstem.graph.sessions import get_default_session
from mainstem.ops import summary_writer as ops
from mainstem.surface import framework, math
from mainstem.train import global_step as steps
from mainstem.train import summary_recording as recording
from mainstem.train.summary import summary_scope
from mainstem.train.summary_recording import having, recorded, state

_RED = [255, 0, 0, 255]


def create_file_writer(logdir, max_queue=None, flush_millis=None, filename_suffix=None, name=None):
    """A writer of an event file in `logdir`; the writers of one folder are one. See `train.summary_recording`."""
    return recording.create_file_writer(logdir, max_queue, flush_millis, filename_suffix, name, shared=True)


def create_summary_file_writer(*args, **kwargs):
    """`create_file_writer` under its older name."""
    return create_file_writer(*args, **kwargs)


def create_db_writer(db_uri, experiment_name=None, run_name=None, user_name=None, name=None):
    """Raises NotImplementedError: TensorBoard reads no databases any more."""
    raise NotImplementedError(
        "contrib.summary.create_db_writer: summaries in a database are not supported; use create_file_writer."
    )


def always_record_summaries():
    """A block in which summaries are written."""
    return having(condition=True)


def never_record_summaries():
    """A block in which no summary is written."""
    return having(condition=False)


def record_summaries_every_n_global_steps(n, global_step=None):
    """A block whose summaries are written where the global step is a multiple of `n`."""
    step = steps.get_or_create_global_step() if global_step is None else global_step
    due = lambda: math.equal(math.floormod(math.cast(_value(step), dtypes.int64), n), 0)  # noqa: E731 - eager mode asks anew
    return having(condition=due if executing_eagerly() else due())


def _value(step):
    return step.read_value() if hasattr(step, "read_value") else framework.convert_to_tensor(step)


def should_record_summaries():
    """Whether summaries are written here: False, unless a block around says when."""
    condition = state.condition() if callable(state.condition) else state.condition
    return False if condition is None else condition


def all_summary_ops():
    """The summaries of the default graph, which a session has to run; None in eager mode."""
    return None if executing_eagerly() else recording.writes()


def summary_writer_initializer_op():
    """The operations that open the default graph's writers. Raises RuntimeError in eager mode."""
    if executing_eagerly():
        raise RuntimeError("tf.contrib.summary.summary_writer_initializer_op is only supported in graph mode.")
    return recording.openers()


def initialize(graph=None, session=None):
    """Opens the default graph's writers in a session (default: the default one), and writes a graph; nothing in eager mode.

    Raises RuntimeError without a default writer, ValueError without a session.
    """
    if executing_eagerly():
        return
    if state.writer is None:
        raise RuntimeError("No default tf.contrib.summary.SummaryWriter found")
    session = get_default_session() if session is None else session
    if session is None:
        raise ValueError("session must be passed if no default session exists")
    session.run(summary_writer_initializer_op())
    if graph is not None:
        data = graph.as_graph_def(add_shapes=True) if isinstance(graph, Graph) else graph
        session.run(
            ops.write_graph_summary(state.writer._resource, framework.constant(0, dtypes.int64), data.SerializeToString())
        )


def _step(step):
    step = steps.get_or_create_global_step() if step is None else step
    return math.cast(_value(step), dtypes.int64) if hasattr(step, "dtype") else framework.convert_to_tensor(step, dtypes.int64)


def _written(op, name, tensor, family, step, *more, **attrs):
    """Records `op(writer, step, tag, tensor, *more)`; a no-op where there is no writer."""
    if state.writer is None or state.writer._resource is None:
        return None if executing_eagerly() else framework.no_op()
    with summary_scope(name, family, values=[tensor]) as (tag, scope):  # outside of a branch, whose scope is no part of the tag

        def write():
            with framework.name_scope(scope):
                value = framework.convert_to_tensor(tensor)
                return op(state.writer._resource, _step(step), tag, value, *more, name=scope, **attrs)

        return recorded(write, should_record_summaries())


def scalar(name, tensor, family=None, step=None):
    """Writes a number at `step` (default: the global step). In a graph, the op that does; it is in `all_summary_ops()`."""
    return _written(ops.write_scalar_summary, name, tensor, family, step)


def histogram(name, tensor, family=None, step=None):
    """Writes how values are distributed; see `scalar`."""
    return _written(ops.write_histogram_summary, name, tensor, family, step)


def image(name, tensor, bad_color=None, max_images=3, family=None, step=None):
    """Writes up to `max_images` images [n, h, w, 1, 3 or 4]; pixels that are no numbers get `bad_color`. See `scalar`."""
    color = framework.constant(_RED if bad_color is None else bad_color, dtypes.uint8)
    return _written(ops.write_image_summary, name, tensor, family, step, color, max_images=max_images)


def audio(name, tensor, sample_rate, max_outputs, family=None, step=None):
    """Writes up to `max_outputs` sounds [n, frames, channels]; see `scalar`."""
    return _written(ops.write_audio_summary, name, tensor, family, step, sample_rate, max_outputs=max_outputs)


def generic(name, tensor, metadata=None, family=None, step=None):
    """Writes a tensor with a SummaryMetadata, or its bytes; see `scalar`."""
    data = b"" if metadata is None else metadata.SerializeToString() if hasattr(metadata, "SerializeToString") else metadata

    def write(writer, step, tag, value, name):
        return ops.write_summary(writer, step, value, tag, data, name=name)

    return _written(write, name, tensor, family, step)


def graph(param, step=None, name=None):
    """Writes a graph given as a serialized GraphDef or as one. Raises TypeError for a Graph in a graph, as in TensorFlow."""
    if not executing_eagerly() and not hasattr(param, "dtype"):
        raise TypeError("graph() needs a tf.Tensor (e.g. tf.placeholder) in graph mode")
    if state.writer is None or state.writer._resource is None:
        return None if executing_eagerly() else framework.no_op()
    if isinstance(param, (protos.GraphDef, Graph)) or hasattr(param, "SerializeToString"):
        param = param.as_graph_def() if isinstance(param, Graph) else param
        param = framework.convert_to_tensor(param.SerializeToString(), dtypes.string)
    return ops.write_graph_summary(state.writer._resource, _step(step), param, name=name)


def import_event(tensor, name=None):
    """Writes a serialized Event as it is."""
    if state.writer is None or state.writer._resource is None:
        return None if executing_eagerly() else framework.no_op()
    return ops.import_event(state.writer._resource, tensor, name=name)


def flush(writer=None, name=None):
    """Everything that was written is in the file: events do not wait. In a graph, an operation."""
    writer = state.writer if writer is None else writer
    if writer is None or writer._resource is None:
        return None if executing_eagerly() else framework.no_op()
    return ops.flush_summary_writer(getattr(writer, "_resource", writer), name=name)


def eval_dir(model_dir, name=None):
    """Where an evaluation's events lie: `model_dir/eval`, or `model_dir/eval_NAME`."""
    return f"{str(model_dir).rstrip('/')}/{'eval' if not name else 'eval_' + name}"
