"""The public names of `tf.contrib.losses`, which Slim shows again."""

from mainstem.api.rows import v1
from mainstem.dialects.contrib import clustering, losses, metric_learning

_LOSSES = (
    "absolute_difference add_loss compute_weighted_loss cosine_distance get_losses get_regularization_losses get_total_loss hinge_loss "
    "log_loss mean_pairwise_squared_error mean_squared_error sigmoid_cross_entropy softmax_cross_entropy sparse_softmax_cross_entropy"
)
_LEARNING = "contrastive_loss lifted_struct_loss npairs_loss npairs_loss_multilabel triplet_semihard_loss"
for _name in _LOSSES.split():
    v1(getattr(losses, _name), f"contrib.losses.{_name}", f"contrib.slim.losses.{_name}")
for _name in _LEARNING.split():
    v1(getattr(metric_learning, _name), f"contrib.losses.metric_learning.{_name}")
v1(clustering.cluster_loss, "contrib.losses.metric_learning.cluster_loss")
v1(metric_learning.pairwise_distance, "contrib.losses.python.metric_learning.metric_loss_ops.pairwise_distance")
