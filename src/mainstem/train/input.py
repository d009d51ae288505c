"""Producers: queues of file names, numbers or slices that give each entry once an epoch."""

from mainstem.base import dtypes
from mainstem.graph.keys import GraphKeys
from mainstem.state.scope import eager
from mainstem.state.variable import Variable
from mainstem.surface import array, framework, host, index, math, random
from mainstem.surface.framework import name_scope
from mainstem.surface.queues import FIFOQueue
from mainstem.train import summary
from mainstem.train.queue_runner import QueueRunner, add_queue_runner

_EMPTY = "string_input_producer requires a non-null input tensor"


def refuse_eager():
    """Raises RuntimeError in eager mode, which has no queue runners."""
    if eager():
        raise RuntimeError(
            "Input pipelines based on Queues are not supported when eager execution is enabled. Please use tf.data to ingest data into "
            "your model instead."
        )


def match_filenames_once(pattern, name=None):
    """A local variable with the names of the files that match `pattern` (or several), found when it is initialized."""
    with name_scope(name, "matching_filenames", [pattern]) as scope:
        return Variable(
            name=scope,
            initial_value=host.matching_files(pattern),
            trainable=False,
            validate_shape=False,
            collections=[GraphKeys.LOCAL_VARIABLES],
        )


def limit_epochs(tensor, num_epochs=None, name=None):
    """Gives `tensor` `num_epochs` times and raises OutOfRangeError then; None means no limit.

    It counts in the local variable `epochs`, so `tf.local_variables_initializer()` must have run.

    Raises ValueError when `num_epochs` is not positive.
    """
    if num_epochs is None:
        return tensor
    if num_epochs <= 0:
        raise ValueError(f"num_epochs must be > 0 not {num_epochs}.")
    with name_scope(name, "limit_epochs", [tensor]) as scope:
        zero = framework.constant_v1(0, dtypes.int64)
        epochs = Variable(zero, name="epochs", trainable=False, collections=[GraphKeys.LOCAL_VARIABLES])
        counter = epochs.count_up_to(int(num_epochs))
        with framework.control_dependencies([counter]):
            return framework.identity(tensor, name=scope)


def input_producer(
    input_tensor, element_shape=None, num_epochs=None, shuffle=True, seed=None, capacity=32, shared_name=None, summary_name=None,
    name=None, cancel_op=None,
):  # fmt: skip
    """A queue of the rows of a tensor, fed by a QueueRunner that is added to the collection `QUEUE_RUNNERS`.

    Args:
        input_tensor: a tensor of at least one dimension.
        element_shape: the shape of a row, when the tensor does not tell it.
        num_epochs: how often each row is given before OutOfRangeError; None for ever. It counts in a local variable.
        shuffle: whether to give the rows in another order each epoch, by `seed`.
        capacity: how many rows the queue holds.
        shared_name: shares the queue under this name.
        summary_name: the name of a summary of how full the queue is, or None.
        cancel_op: the operation that cancels what waits for room; None makes one.

    Raises ValueError when the shape of a row is not known, RuntimeError in eager mode.
    """
    refuse_eager()
    with name_scope(name, "input_producer", [input_tensor]):
        input_tensor = framework.convert_to_tensor(input_tensor, name="input_tensor")
        element_shape = input_tensor.shape[1:].merge_with(element_shape)
        if not element_shape.is_fully_defined():
            raise ValueError("Either `input_tensor` must have a fully defined shape or `element_shape` must be specified")
        if shuffle:
            input_tensor = random.random_shuffle(input_tensor, seed=seed)
        input_tensor = limit_epochs(input_tensor, num_epochs)
        queue = FIFOQueue(
            capacity, dtypes=[input_tensor.dtype.base_dtype], shapes=[element_shape], shared_name=shared_name, name=name
        )
        add_queue_runner(QueueRunner(queue, [queue.enqueue_many([input_tensor])], cancel_op=cancel_op))
        if summary_name is not None:
            summary.scalar(summary_name, math.cast(queue.size(), dtypes.float32) * (1.0 / capacity))
        return queue


def string_input_producer(
    string_tensor, num_epochs=None, shuffle=True, seed=None, capacity=32, shared_name=None, name=None, cancel_op=None,
):  # fmt: skip
    """A queue of strings (names of files), each given once an epoch; see `input_producer`.

    Raises ValueError for an empty list; a tensor that is empty when it runs raises InvalidArgumentError then.
    """
    refuse_eager()
    with name_scope(name, "input_producer", [string_tensor]) as scope:
        string_tensor = framework.convert_to_tensor(string_tensor, dtype=dtypes.string)
        if string_tensor.shape.num_elements() == 0:
            raise ValueError(_EMPTY)
        with framework.control_dependencies([host.assert_op(math.greater(array.size_v1(string_tensor), 0), [_EMPTY])]):
            string_tensor = framework.identity(string_tensor)
        return input_producer(
            string_tensor,
            [],
            num_epochs,
            shuffle,
            seed,
            capacity,
            shared_name,
            f"fraction_of_{capacity}_full",
            scope,
            cancel_op,
        )


def range_input_producer(limit, num_epochs=None, shuffle=True, seed=None, capacity=32, shared_name=None, name=None):
    """A queue of the integers from 0 to `limit` - 1, each given once an epoch; see `input_producer`."""
    with name_scope(name, "input_producer", [limit]) as scope:
        numbers = array.range(limit)
        return input_producer(
            numbers, [], num_epochs, shuffle, seed, capacity, shared_name, f"fraction_of_{capacity}_full", scope
        )


def slice_input_producer(tensor_list, num_epochs=None, shuffle=True, seed=None, capacity=32, shared_name=None, name=None):
    """One row of each tensor of a list, a list of tensors: together they go through all rows once an epoch.

    Raises ValueError for an empty list; the other arguments are those of `input_producer`.
    """
    with name_scope(name, "input_producer", tensor_list):
        tensor_list = [framework.convert_to_tensor(t) for t in tensor_list]
        if not tensor_list:
            raise ValueError("Expected at least one tensor in slice_input_producer().")
        count = array.shape_v1(tensor_list[0])[0]
        row = range_input_producer(count, num_epochs, shuffle, seed, capacity, shared_name).dequeue()
        return [index.gather_v1(t, row) for t in tensor_list]
