"""The public names of queues and of the threads that feed them."""

from mainstem.api.rows import both, v1
from mainstem.train import coordinator, queue_runner

# mainstem.train.coordinator
both(coordinator.Coordinator, "train.Coordinator")
v1(coordinator.LooperThread, "train.LooperThread")

# mainstem.train.queue_runner
v1(queue_runner.QueueRunner, "train.QueueRunner", "train.queue_runner.QueueRunner")
v1(queue_runner.add_queue_runner, "train.add_queue_runner", "train.queue_runner.add_queue_runner")
v1(queue_runner.start_queue_runners, "train.start_queue_runners", "train.queue_runner.start_queue_runners")
