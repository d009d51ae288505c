"""Forests as operations of a graph: `tf.contrib.tensor_forest.python.tensor_forest.RandomForestGraphs`."""

from mainstem.base import dtypes
from mainstem.dialects.contrib.tensor_forest import data
from mainstem.dialects.contrib.tensor_forest.params import build_params_proto
from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.ops import forest as ops
from mainstem.ops import math as math_ops
from mainstem.surface import array, framework, index, math, random, reduce, resources, variable_scope
from mainstem.surface.framework import control_dependencies, convert_to_tensor, device_v1, group
from mainstem.train.saveables import SaveableObject, SaveSpec


class _Saved(SaveableObject):
    """A tree, or the statistics of one, as a string in a checkpoint."""

    def __init__(self, handle, config, restore_op, params):
        self._restore_op, self._params = restore_op, params
        super().__init__(handle, [SaveSpec(config, "", handle.name)], handle.name)

    def restore(self, restored_tensors, restored_shapes):
        """The operation that makes it what the string says."""
        return self._restore_op(self.op, restored_tensors[0], params=self._params)


def _resource(name, make, create, is_initialized, serialize, deserialize, config, params):
    """A handle `name` with its initializer, known to `resources` and to savers."""
    handle = make(shared_name=name, name=name)
    with framework.name_scope(name + "/"):
        created = create(handle, convert_to_tensor(config, dtypes.string), params=params)
        resources.register_resource(handle, created, is_initialized(handle))
        serialized = serialize(handle, **({"params": params} if "params" in serialize.attrs else {}))
    saved = _Saved(handle, serialized, deserialize, params)
    get_default_graph().add_to_collection(GraphKeys.SAVEABLE_OBJECTS, saved)
    return handle


class TreeVariables:
    """The handles of tree number `tree_num`: `tree`, and when it is to train, `stats`."""

    def __init__(self, params, tree_num, training, tree_config="", tree_stat=""):
        if not hasattr(params, "params_proto"):
            params.params_proto = build_params_proto(params)
        said = params.params_proto.SerializeToString()
        self.stats = None
        if training:
            self.stats = _resource(
                self.get_tree_name("stats", tree_num), ops.fertile_stats_handle, ops.create_stats, ops.stats_are_initialized,
                ops.serialize_stats, ops.deserialize_stats, tree_stat, said,
            )  # fmt: skip
        self.tree = _resource(
            self.get_tree_name("tree", tree_num), ops.decision_tree_handle, ops.create_tree, ops.tree_is_initialized,
            ops.serialize_tree, ops.deserialize_tree, tree_config, said,
        )  # fmt: skip

    def get_tree_name(self, name, num):
        """The name of a handle."""
        return f"{name}-{num}"


class ForestVariables:
    """The `TreeVariables` of all trees, as a list; `device_assigner.get_device(number)` tells where each is."""

    def __init__(
        self, params, device_assigner, training=True, tree_variables_class=TreeVariables, tree_configs=None, tree_stats=None
    ):
        self.variables = []
        for i in range(params.num_trees):
            with device_v1(device_assigner.get_device(i)):
                self.variables.append(
                    tree_variables_class(params, i, training, (tree_configs or {i: ""})[i], (tree_stats or {i: ""})[i])
                )

    def __getitem__(self, i):
        return self.variables[i]

    def __setitem__(self, i, value):
        self.variables[i] = value


class RandomForestDeviceAssigner:
    """Puts all trees on the processor; one of the user's has a `get_device` of its own. Each asks for a variable of no size there."""

    def get_device(self, tree_num):
        """The device of tree number `tree_num`."""
        return variable_scope.get_variable(f"device_dummy_{tree_num}", shape=[0]).device or "/device:CPU:0"


class RandomForestGraphs:
    """The operations of a forest.

    Args:
        params: `ForestHParams(..).fill()`.
        tree_configs, tree_stats: lists of strings, as checkpoints hold them, with which trees begin.
        device_assigner: tells where each tree is.
        variables: a `ForestVariables`; made by default.
        tree_variables_class, tree_graphs: classes in the place of `TreeVariables` and `RandomTreeGraphs`.
        training: whether trees are to grow.
    """

    def __init__(
        self, params, tree_configs=None, tree_stats=None, device_assigner=None, variables=None,
        tree_variables_class=TreeVariables, tree_graphs=None, training=True,
    ):  # fmt: skip
        self.params, self.device_assigner = params, device_assigner or RandomForestDeviceAssigner()
        self.variables = variables or ForestVariables(
            params, self.device_assigner, training, tree_variables_class, tree_configs, tree_stats
        )
        tree_class = tree_graphs or RandomTreeGraphs
        self.trees = [tree_class(self.variables[i], params, i) for i in range(params.num_trees)]

    def _bagged(self, tree_num, dense, spec):
        """The features that a tree sees, and what they are."""
        if self.params.bagged_features is None:
            return dense, spec
        if dense is None:
            raise NotImplementedError(
                "Feature bagging of sparse features is not implemented: feature_bagging_fraction must be 1."
            )
        features = self.params.bagged_features[tree_num]
        return index.gather(dense, features, axis=1), spec.picked(features)

    def training_graph(self, input_data, input_labels, num_trainers=1, trainer_id=0, **tree_kwargs):
        """The operation that lets every tree see a batch.

        Args:
            input_data: [batch, features], see `data.parse`.
            input_labels: [batch], classes; for a regression [batch] or [batch, outputs].
            num_trainers, trainer_id: of several trainers each has its part of the trees.
            **tree_kwargs: `input_weights` [batch].
        """
        dense, sparse, spec = data.parse(input_data)
        labels = math.cast(convert_to_tensor(input_labels), dtypes.float32)
        weights = tree_kwargs.pop("input_weights", None)
        share = self.params.num_trees // num_trainers
        last = self.params.num_trees if trainer_id == num_trainers - 1 else (trainer_id + 1) * share
        steps = []
        for i in range(trainer_id * share, last):
            with device_v1(self.device_of(i)):
                its_weights = self._sampled(i, labels, weights)
                seed = self.params.base_random_seed + i if self.params.base_random_seed else 0
                seen, its_spec = self._bagged(i, dense, spec)
                settings = {"sparse_features": sparse, "input_weights": its_weights, **tree_kwargs}
                steps.append(self.trees[i].training_graph(seen, labels, seed, its_spec, **settings))
        return group(*steps, name="train")

    def device_of(self, tree_num):
        """Where a tree's operations are."""
        return self.variables[tree_num].tree.device

    def _sampled(self, tree_num, labels, weights):
        """The weights of examples for a tree, 0 for those that it does not see; None when all are alike."""
        if self.params.bagging_fraction >= 1.0:
            return weights
        seed = self.params.base_random_seed + tree_num if self.params.base_random_seed else None
        drawn = random.random_uniform(array.shape(labels)[0:1], seed=seed)
        seen = math.cast(math_ops.less(drawn, self.params.bagging_fraction), dtypes.float32)
        return seen if weights is None else seen * math.cast(weights, dtypes.float32)

    def inference_graph(self, input_data, **inference_args):
        """What the forest says of a batch.

        Returns (the mean of what the trees say [batch, outputs], named "probabilities"; the ways down the trees as strings, [batch,
        trees] when the parameters ask for them, else [0, trees]; the variance of what trees say).
        """
        dense, sparse, spec = data.parse(input_data)
        said, paths = [], []
        for i, tree in enumerate(self.trees):
            with device_v1(self.device_of(i)):
                found, path = tree.inference_graph(*self._bagged(i, dense, spec), sparse_features=sparse, **inference_args)
                said.append(found)
                paths.append(path)
        with device_v1(self.device_of(0)):
            trees = float(self.params.num_trees)
            every = array.stack(said, axis=1)
            mean = math.realdiv(reduce.reduce_sum(every, 1), trees, name="probabilities")
            variance = math_ops.maximum(0.0, reduce.reduce_sum(every * every, 1) / trees - mean * mean)
            return mean, array.stack(paths, axis=1), variance

    def average_size(self):
        """The mean number of nodes of a tree."""
        return reduce.reduce_mean(math.cast(array.stack([tree.size() for tree in self.trees]), dtypes.float32))

    def training_loss(self, features, labels, name="training_loss"):
        """The negative mean size of trees: what grows as long as there is something to learn."""
        return math_ops.neg(self.average_size(), name=name)

    def validation_loss(self, features, labels):
        """The negative mean size of trees."""
        return math_ops.neg(self.average_size())

    def average_impurity(self):
        """Raises NotImplementedError: trees do not tell it."""
        raise NotImplementedError("average_impurity of a forest is not implemented.")

    def feature_importances(self):
        """The share of splits that ask for each feature, over all trees, float64 [features]."""
        counts = reduce.reduce_sum(array.stack([tree.feature_usage_counts() for tree in self.trees]), 0)
        return math.truediv(counts, reduce.reduce_sum(counts))

    def get_all_resource_handles(self):
        """The handles of all trees, then those of their statistics."""
        kinds = [v.tree for v in self.variables.variables], [v.stats for v in self.variables.variables]
        return [h for handles in kinds for h in handles if h is not None]


class RandomTreeGraphs:
    """The operations of one tree."""

    def __init__(self, variables, params, tree_num):
        self.variables, self.params, self.tree_num = variables, params, tree_num
        self._said = params.params_proto.SerializeToString()

    def _features(self, dense, sparse):
        """The four inputs of an op that describe examples."""
        dense = framework.constant_v1([[]], dtypes.float32) if dense is None else dense
        if sparse is not None:
            return dense, sparse.indices, sparse.values, sparse.dense_shape
        none = framework.constant_v1([], dtypes.int64)
        return dense, none, framework.constant_v1([], dtypes.float32), none

    def training_graph(self, input_data, input_labels, random_seed, data_spec, sparse_features=None, input_weights=None):
        """The operation that lets the tree see a batch, and grow where it has seen enough."""
        tree, stats, said, spec = self.variables.tree, self.variables.stats, self._said, data_spec.SerializeToString()
        features = self._features(input_data, sparse_features)
        weights = (
            framework.constant_v1([], dtypes.float32) if input_weights is None else math.cast(input_weights, dtypes.float32)
        )
        leaves = ops.traverse_tree(tree, *features, input_spec=spec, params=said)
        updated = ops.update_model(tree, leaves, input_labels, weights, params=said)
        with control_dependencies([updated]):
            finished = ops.process_input(
                tree, stats, *features, input_labels, weights, leaves, random_seed=random_seed, input_spec=spec, params=said
            )
        return ops.grow_tree(tree, stats, finished, params=said)

    def inference_graph(self, input_data, data_spec, sparse_features=None):
        """(what the tree says of a batch, the ways down)."""
        features = self._features(input_data, sparse_features)
        spec = data_spec.SerializeToString()
        return ops.tree_predictions(self.variables.tree, *features, input_spec=spec, params=self._said)

    def size(self):
        """How many nodes the tree has."""
        return ops.tree_size(self.variables.tree)

    def feature_usage_counts(self):
        """How many splits ask for each feature."""
        counts = ops.feature_usage_counts(self.variables.tree, params=self._said)
        if self.params.bagged_features is None:
            return counts
        places = {feature: i for i, feature in enumerate(self.params.bagged_features[self.tree_num])}
        return index.gather(
            counts, [places.get(f, len(places)) for f in range(self.params.num_features)]
        )  # none ask for the last
