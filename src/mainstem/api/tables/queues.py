"""The public names of queues and of the threads that feed them."""

from mainstem.api.rows import both, v1
from mainstem.platform import record_input
from mainstem.surface import accumulators, queues, readers, staging
from mainstem.train import batching, coordinator, input, queue_runner

# mainstem.surface.queues
both(queues.FIFOQueue, "queue.FIFOQueue")
v1(queues.FIFOQueue, "FIFOQueue")
both(queues.PaddingFIFOQueue, "queue.PaddingFIFOQueue")
v1(queues.PaddingFIFOQueue, "PaddingFIFOQueue", "io.PaddingFIFOQueue")
both(queues.PriorityQueue, "queue.PriorityQueue")
v1(queues.PriorityQueue, "PriorityQueue", "io.PriorityQueue")
both(queues.QueueBase, "queue.QueueBase")
v1(queues.QueueBase, "QueueBase", "io.QueueBase")
both(queues.RandomShuffleQueue, "queue.RandomShuffleQueue")
v1(queues.RandomShuffleQueue, "RandomShuffleQueue", "io.RandomShuffleQueue")

# mainstem.surface.accumulators
v1(accumulators.ConditionalAccumulator, "ConditionalAccumulator")
v1(accumulators.ConditionalAccumulatorBase, "ConditionalAccumulatorBase")
both(accumulators.SparseConditionalAccumulator, "sparse.SparseConditionalAccumulator")
v1(accumulators.SparseConditionalAccumulator, "SparseConditionalAccumulator")

# mainstem.surface.staging
v1(staging.StagingArea, "contrib.staging.StagingArea", "python.ops.data_flow_ops.StagingArea")
v1(staging.Barrier, "python.ops.data_flow_ops.Barrier")

# mainstem.surface.readers
for _reader in (
    readers.FixedLengthRecordReader,
    readers.IdentityReader,
    readers.LMDBReader,
    readers.ReaderBase,
    readers.TFRecordReader,
    readers.TextLineReader,
    readers.WholeFileReader,
):
    v1(_reader, _reader.__name__)

v1(record_input.RecordInput, "contrib.framework.RecordInput", "python.ops.data_flow_ops.RecordInput")

# mainstem.train.batching
for _batch in (
    batching.batch,
    batching.batch_join,
    batching.maybe_batch,
    batching.maybe_batch_join,
    batching.maybe_shuffle_batch,
    batching.maybe_shuffle_batch_join,
    batching.shuffle_batch,
    batching.shuffle_batch_join,
):
    v1(_batch, f"train.{_batch.__name__}")

# mainstem.train.coordinator
both(coordinator.Coordinator, "train.Coordinator")
v1(coordinator.LooperThread, "train.LooperThread")

# mainstem.train.input
v1(input.input_producer, "train.input_producer")
v1(input.limit_epochs, "train.limit_epochs")
v1(input.match_filenames_once, "train.match_filenames_once")
both(input.match_filenames_once, "io.match_filenames_once")
v1(input.range_input_producer, "train.range_input_producer")
v1(input.slice_input_producer, "train.slice_input_producer")
v1(input.string_input_producer, "train.string_input_producer")

# mainstem.train.queue_runner
v1(queue_runner.QueueRunner, "train.QueueRunner", "train.queue_runner.QueueRunner")
v1(queue_runner.add_queue_runner, "train.add_queue_runner", "train.queue_runner.add_queue_runner")
v1(queue_runner.start_queue_runners, "train.start_queue_runners", "train.queue_runner.start_queue_runners")
