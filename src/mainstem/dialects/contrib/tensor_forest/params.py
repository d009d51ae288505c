"""What a forest is to be: `ForestHParams`, and the same as the message that the ops read."""

import math
import random

from mainstem.formats import protos

_MODELS = {"all_dense": 0, "all_sparse": 1, "sparse_then_dense": 3}
_REGRESSION = 2
_FINISH = {"basic": 0, "hoeffding": 2, "bootstrap": 3}
_PRUNE = {"none": 0, "half": 1, "quarter": 2, "10_percent": 3, "hoeffding": 4}
_SPLITS = {"less_or_equal": 0, "less": 1}


class ForestHParams:
    """The parameters of a forest; call `fill()` to compute those that others determine.

    Args:
        num_trees, max_nodes: how many trees, of how many nodes each at most.
        bagging_fraction: the share of examples that each tree sees.
        num_splits_to_consider: candidates for the split of a leaf; 0: the root of the number of features, but at least 10.
        feature_bagging_fraction: the share of features that each tree sees.
        split_after_samples: how many examples a leaf sees before it is split.
        dominate_fraction: how sure it has to be that the best candidate is the best, where leaves are split earlier.
        split_finish_name: "basic", "hoeffding" or "bootstrap": whether leaves may be split earlier, looked at every
            `early_finish_check_every_samples` examples.
        split_pruning_name: "none", "half", "quarter", "10_percent" or "hoeffding": which candidates are given up every
            `prune_every_samples` examples, by default half of `split_after_samples`.
        split_name: "less_or_equal" or "less": what goes to the left of a threshold.
        checkpoint_stats: whether checkpoints hold what leaves have seen.
        inference_tree_paths: whether inference tells the way down each tree.
        model_name: "all_dense", "all_sparse" or "sparse_then_dense"; how counts are stored is Mainstem's choice all the same.
        max_fertile_nodes, valid_leaf_threshold, dominate_method, collate_examples, param_file: accepted, they change nothing.
        use_running_stats_method, initialize_average_splits: NotImplementedError when the forest is made.
        **kwargs: `num_classes` (for a regression the number of outputs), `num_features`, `regression`, and others of the user's.
    """

    def __init__(
        self, num_trees=100, max_nodes=10000, bagging_fraction=1.0, num_splits_to_consider=0, feature_bagging_fraction=1.0,
        max_fertile_nodes=0, split_after_samples=250, valid_leaf_threshold=1, dominate_method="bootstrap", dominate_fraction=0.99,
        model_name="all_dense", split_finish_name="basic", split_pruning_name="none", prune_every_samples=0,
        early_finish_check_every_samples=0, collate_examples=False, checkpoint_stats=False, use_running_stats_method=False,
        initialize_average_splits=False, inference_tree_paths=False, param_file=None, split_name="less_or_equal", **kwargs,
    ):  # fmt: skip
        given = {**locals(), **kwargs}
        self.__dict__.update((k, v) for k, v in given.items() if k not in ("self", "kwargs", "__class__"))

    def values(self):
        """All parameters by name."""
        return self.__dict__

    def fill(self):
        """Computes what other parameters determine; gives itself.

        Raises AttributeError without `num_classes` or `num_features`, KeyError for a name that is none of those above.
        """
        self.bagged_num_features = int(self.feature_bagging_fraction * self.num_features)
        self.bagged_features = None
        if self.feature_bagging_fraction < 1.0:
            every = range(self.num_features)
            self.bagged_features = [random.sample(every, self.bagged_num_features) for _ in range(self.num_trees)]
        self.regression = getattr(self, "regression", False)
        self.num_outputs = self.num_classes if self.regression else 1
        self.num_output_columns = self.num_classes + 1
        self.num_splits_to_consider = self.num_splits_to_consider or max(10, math.floor(math.sqrt(self.num_features)))
        self.base_random_seed = getattr(self, "base_random_seed", 0)
        model = _REGRESSION if self.regression else _MODELS[self.model_name]
        self.leaf_model_type = self.stats_model_type = model
        self.finish_type, self.pruning_type = _FINISH[self.split_finish_name], _PRUNE[self.split_pruning_name]
        self.split_type = _SPLITS[self.split_name]
        if self.pruning_type and not self.prune_every_samples:
            self.prune_every_samples = self.split_after_samples // 2
        return self


def build_params_proto(params):
    """A TensorForestParams message that says what the filled `params` say."""
    made = protos.TensorForestParams(
        leaf_type=params.leaf_model_type, stats_type=params.stats_model_type, inequality_test_type=params.split_type,
        num_trees=params.num_trees, max_nodes=params.max_nodes, num_features=params.num_features, num_outputs=params.num_classes,
        is_regression=params.regression, collate_examples=params.collate_examples, checkpoint_stats=params.checkpoint_stats,
        use_running_stats_method=params.use_running_stats_method, initialize_average_splits=params.initialize_average_splits,
        inference_tree_paths=params.inference_tree_paths,
    )  # fmt: skip
    made.finish_type.type, made.pruning_type.type = params.finish_type, params.pruning_type
    for field, number in (
        (made.pruning_type.prune_every_samples, params.prune_every_samples),
        (made.finish_type.check_every_steps, params.early_finish_check_every_samples),
        (made.num_splits_to_consider, params.num_splits_to_consider),
        (made.split_after_samples, params.split_after_samples),
        (made.dominate_fraction, params.dominate_fraction),
    ):
        field.constant_value = number
    return made
