"""The public names of `tf.contrib.training`, and of Slim beside its layers and networks."""

from mainstem.api.rows import both, v1
from mainstem.dialects.contrib.slim import (
    data_decoder,
    data_provider,
    dataset,
    dataset_data_provider,
    learning,
    parallel_reader,
    prefetch_queue,
    queues,
    summaries,
    tfexample_decoder,
)
from mainstem.dialects.contrib.slim import evaluation as slim_evaluation
from mainstem.dialects.contrib.training import bucket, evaluation, hparam, placing, resampling, sampling, state_saver, train_op
from mainstem.train import checkpoints, feeding_queue_runner, sync_replicas
from mainstem.train import evaluation as train_evaluation

_CHECKPOINTS = ("checkpoints_iterator", "wait_for_new_checkpoint")
_TRAINING = {
    train_op: "add_gradients_summaries clip_gradient_norms clip_gradient_norms_fn create_train_op multiply_gradients train",
    evaluation: "SummaryAtEndHook evaluate_repeatedly",
    bucket: "bucket bucket_by_sequence_length",
    sampling: "rejection_sample stratified_sample",
    resampling: "resample_at_rate weighted_resample",
    feeding_queue_runner: "FeedingQueueRunner",
    state_saver: "NextQueuedSequenceBatch SequenceQueueingStateSaver batch_sequences_with_states",
    placing: "GreedyLoadBalancingStrategy RandomStrategy byte_size_load_fn",
    hparam: "HParams parse_values",
    train_evaluation: "StopAfterNEvalsHook evaluate_once get_or_create_eval_step",
}
_SLIM = {
    "learning": {
        learning: "create_train_op train train_step",
        train_op: "add_gradients_summaries clip_gradient_norms multiply_gradients",
    },
    "evaluation": {slim_evaluation: "evaluate_once evaluation_loop", checkpoints: " ".join(_CHECKPOINTS)},
    "queues": {queues: "NestedQueueRunnerError QueueRunners"},
    "summaries": {
        summaries: "add_histogram_summaries add_histogram_summary add_image_summaries add_image_summary add_scalar_summaries "
        "add_scalar_summary add_zero_fraction_summaries add_zero_fraction_summary"
    },
}
_DATA = {
    dataset_data_provider: "DatasetDataProvider",
    parallel_reader: "ParallelReader get_data_files parallel_read single_pass_read",
    prefetch_queue: "prefetch_queue",
    data_decoder: "DataDecoder",
    data_provider: "DataProvider",
    dataset: "Dataset",
    tfexample_decoder: "BackupHandler BoundingBox Image ItemHandler ItemHandlerCallback LookupTensor SparseTensor TFExampleDecoder "
    "Tensor",
}

_INSIDE = {
    bucket: "bucket_ops",
    evaluation: "evaluation",
    hparam: "hparam",
    placing: "device_setter",
    sampling: "sampling_ops",
    resampling: "resample",
    feeding_queue_runner: "feeding_queue_runner",
    state_saver: "sequence_queueing_state_saver",
    train_op: "training",
}
for _file, _names in _TRAINING.items():
    for _name in _names.split():
        inside = f"contrib.training.python.training.{_INSIDE.get(_file, 'evaluation')}.{_name}"
        v1(getattr(_file, _name), f"contrib.training.{_name}", inside)
        seen = {evaluation: "evaluation.evaluation", train_evaluation: "evaluation.evaluation", train_op: "learning.training"}
        if _file in seen:
            v1(getattr(_file, _name), f"contrib.slim.{seen[_file]}.{_name}")
for _name in _CHECKPOINTS:
    v1(getattr(checkpoints, _name), f"contrib.training.{_name}", f"contrib.training.python.training.evaluation.{_name}")
    v1(getattr(checkpoints, _name), f"contrib.slim.evaluation.evaluation.{_name}")
for _space, _files in _SLIM.items():
    for _file, _names in _files.items():
        for _name in _names.split():
            v1(getattr(_file, _name), f"contrib.slim.{_space}.{_name}", f"contrib.slim.python.slim.{_space}.{_name}")
for _file, _names in _DATA.items():
    _space = _file.__name__.rpartition(".")[2]
    for _name in _names.split():
        v1(getattr(_file, _name), f"contrib.slim.{_space}.{_name}", f"contrib.slim.python.slim.data.{_space}.{_name}")
for _name in ("StopAfterNEvalsHook", "evaluate_once", "get_or_create_eval_step"):
    both(getattr(train_evaluation, _name), f"python.training.evaluation._{_name}")
both(checkpoints.wait_for_new_checkpoint, "python.training.checkpoint_utils.wait_for_new_checkpoint")
v1(sync_replicas.SyncReplicasOptimizer, "train.SyncReplicasOptimizer")
