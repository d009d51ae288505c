"""`FeedingQueueRunner`: enqueue operations whose data Python functions give, one function a thread."""

from mainstem.base import errors
from mainstem.train.queue_runner import QueueRunner


class FeedingQueueRunner(QueueRunner):
    """A `QueueRunner` whose enqueue operations are fed.

    Args:
        feed_fns: a function for each of `enqueue_ops` that gives a feed dict; an OutOfRangeError from it ends the data.

    The other arguments are those of `QueueRunner`. Raises ValueError when there are not as many functions as operations.
    """

    def __init__(
        self, queue=None, enqueue_ops=None, close_op=None, cancel_op=None, feed_fns=None, queue_closed_exception_types=None
    ):
        types = (errors.OutOfRangeError, errors.CancelledError)
        super().__init__(queue, enqueue_ops, close_op, cancel_op, queue_closed_exception_types or types)
        self._feed_fns = [None] * len(enqueue_ops) if feed_fns is None else feed_fns
        if len(self._feed_fns) != len(enqueue_ops):
            raise ValueError(
                "If feed_fns is not None, it must have the same number of elements as enqueue_ops: "
                f"{len(self._feed_fns)} and {len(enqueue_ops)}."
            )

    def _step(self, sess, i):
        feed, op = self._feed_fns[i], self._enqueue_ops[i]
        return lambda: sess.run(op, feed_dict=None if feed is None else feed())

    def to_proto(self, export_scope=None):
        """Raises NotImplementedError: a Python function has no place in a protocol buffer."""
        raise NotImplementedError("FeedingQueueRunner.to_proto: its functions cannot be stored.")
