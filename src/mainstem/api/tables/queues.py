"""The public names of queues and of the threads that feed them."""

from mainstem.api.rows import both, v1
from mainstem.surface import queues
from mainstem.train import coordinator, queue_runner

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

# mainstem.train.coordinator
both(coordinator.Coordinator, "train.Coordinator")
v1(coordinator.LooperThread, "train.LooperThread")

# mainstem.train.queue_runner
v1(queue_runner.QueueRunner, "train.QueueRunner", "train.queue_runner.QueueRunner")
v1(queue_runner.add_queue_runner, "train.add_queue_runner", "train.queue_runner.add_queue_runner")
v1(queue_runner.start_queue_runners, "train.start_queue_runners", "train.queue_runner.start_queue_runners")
