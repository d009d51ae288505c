"""The public names of optimizers, schedules, checkpoints, summaries."""

from mainstem.api.rows import both, v1, v2
from mainstem.train import (
    adadelta,
    adagrad,
    adam,
    checkpoint,
    checkpoint_manager,
    checkpoint_view,
    checkpoints,
    ftrl,
    global_step,
    gradient_descent,
    meta_graph,
    momentum,
    moving_averages,
    optimizer,
    projector,
    proximal,
    rmsprop,
    saver,
    schedules,
    summary,
    warm_start,
    writer,
)

# mainstem.train.adadelta
v1(adadelta.AdadeltaOptimizer, "train.AdadeltaOptimizer")

# mainstem.train.adagrad
v1(adagrad.AdagradDAOptimizer, "train.AdagradDAOptimizer")
v1(adagrad.AdagradOptimizer, "train.AdagradOptimizer")
v1(adagrad.ProximalAdagradOptimizer, "train.ProximalAdagradOptimizer")

# mainstem.train.adam
v1(adam.AdamOptimizer, "train.AdamOptimizer")

# mainstem.train.checkpoint
v2(checkpoint.Checkpoint, "train.Checkpoint")
v1(checkpoint.CheckpointV1, "train.Checkpoint", "contrib.eager.Checkpoint")
v2(checkpoint.CheckpointOptions, "train.CheckpointOptions")

# mainstem.train.checkpoint_manager
both(checkpoint_manager.CheckpointManager, "train.CheckpointManager")

# mainstem.train.checkpoint_view
v2(checkpoint_view.CheckpointView, "train.CheckpointView")
v2(checkpoint_view.TrackableView, "train.TrackableView")

# mainstem.train.checkpoints
v1(checkpoints.NewCheckpointReader, "train.NewCheckpointReader")
v1(checkpoints.checkpoint_exists, "train.checkpoint_exists")
both(checkpoints.checkpoints_iterator, "train.checkpoints_iterator")
v1(checkpoints.generate_checkpoint_state_proto, "train.generate_checkpoint_state_proto")
v1(checkpoints.get_checkpoint_mtimes, "train.get_checkpoint_mtimes")
both(checkpoints.get_checkpoint_state, "train.get_checkpoint_state")
both(checkpoints.latest_checkpoint, "train.latest_checkpoint")
both(checkpoints.list_variables, "train.list_variables")
both(checkpoints.load_checkpoint, "train.load_checkpoint")
both(checkpoints.load_variable, "train.load_variable")
v1(checkpoints.remove_checkpoint, "train.remove_checkpoint")
v1(checkpoints.update_checkpoint_state, "train.update_checkpoint_state")

# mainstem.train.ftrl
v1(ftrl.FtrlOptimizer, "train.FtrlOptimizer")

# mainstem.train.global_step
v1(global_step.assert_global_step, "train.assert_global_step")
v1(global_step.create_global_step, "train.create_global_step")
v1(global_step.get_global_step, "train.get_global_step")
v1(global_step.get_or_create_global_step, "train.get_or_create_global_step")
v1(global_step.global_step, "train.global_step")

# mainstem.train.gradient_descent
v1(gradient_descent.GradientDescentOptimizer, "train.GradientDescentOptimizer")

# mainstem.train.meta_graph
v1(meta_graph.export_meta_graph, "train.export_meta_graph")
v1(meta_graph.write_graph, "train.write_graph")

# mainstem.train.momentum
v1(momentum.MomentumOptimizer, "train.MomentumOptimizer")

# mainstem.train.moving_averages
both(moving_averages.ExponentialMovingAverage, "train.ExponentialMovingAverage")

# mainstem.train.optimizer
v1(optimizer.Optimizer, "train.Optimizer")

# mainstem.train.proximal
v1(proximal.ProximalGradientDescentOptimizer, "train.ProximalGradientDescentOptimizer")

# mainstem.train.rmsprop
v1(rmsprop.RMSPropOptimizer, "train.RMSPropOptimizer")

# mainstem.train.saver
v1(saver.Saver, "train.Saver")
v1(saver.import_meta_graph, "train.import_meta_graph")

# mainstem.train.schedules
v1(schedules.cosine_decay, "train.cosine_decay")
v1(schedules.cosine_decay_restarts, "train.cosine_decay_restarts")
v1(schedules.exponential_decay, "train.exponential_decay")
v1(schedules.inverse_time_decay, "train.inverse_time_decay")
v1(schedules.linear_cosine_decay, "train.linear_cosine_decay")
v1(schedules.natural_exp_decay, "train.natural_exp_decay")
v1(schedules.noisy_linear_cosine_decay, "train.noisy_linear_cosine_decay")
v1(schedules.piecewise_constant, "train.piecewise_constant")
v1(schedules.piecewise_constant_decay, "train.piecewise_constant_decay")
v1(schedules.polynomial_decay, "train.polynomial_decay")

# mainstem.train.summary
v1(summary.audio, "summary.audio")
v1(summary.get_summary_description, "summary.get_summary_description")
v1(summary.histogram, "summary.histogram")
v1(summary.image, "summary.image")
v1(summary.merge, "summary.merge")
v1(summary.merge_all, "summary.merge_all")
v1(summary.scalar, "summary.scalar")
v1(summary.tensor_summary, "summary.tensor_summary")
v1(summary.text, "summary.text")

# mainstem.train.warm_start
v1(warm_start.init_from_checkpoint, "train.init_from_checkpoint")
v1(warm_start.warm_start, "train.warm_start")

# mainstem.train.writer
v1(writer.FileWriter, "summary.FileWriter")
v1(writer.FileWriterCache, "summary.FileWriterCache")
v1(writer.summary_iterator, "train.summary_iterator")
v1(global_step.get_global_step, "contrib.framework.get_global_step")
v1(global_step.get_or_create_global_step, "contrib.framework.get_or_create_global_step")
for _name in ["EmbeddingInfo", "ProjectorConfig", "SpriteMetadata", "visualize_embeddings"]:
    v1(getattr(projector, _name), f"contrib.tensorboard.plugins.projector.{_name}")
