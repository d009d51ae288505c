"""The ops of `tf.contrib.tensor_forest`: they make, grow, ask and store trees; what a tree is and how it grows is in `forest_store.py`.

Attrs: `params` holds the bytes of a TensorForestParams, `input_spec` tells which columns the features are.
"""

import numpy as np

from mainstem.base import errors
from mainstem.core.families import no_outputs, scalar_shape
from mainstem.core.registry import op
from mainstem.ops import forest_bytes, forest_store

_OWNS = {"owner": "forest", "host": True, "shape": lambda inputs, attrs: [()]}
_USES = {"host": True, "slots": True}
_DATA = "input_data:float32, sparse_input_indices:int64, sparse_input_values:float32, sparse_input_shape:int64"


def _rows(inputs, attrs):
    return [(None,)]  # sparse examples are not rows of the dense input


@op("DecisionTreeResourceHandleOp", "-> resource", **_OWNS)
def decision_tree_handle(*, container="", shared_name=""):
    """A tree, which `CreateTreeVariable` makes."""
    return forest_store.Tree()


@op("FertileStatsResourceHandleOp", "-> resource", **_OWNS)
def fertile_stats_handle(*, container="", shared_name=""):
    """The statistics of the growing leaves of a tree, which `CreateFertileStatsVariable` makes."""
    return forest_store.Statistics()


def _tree(handle):
    handle.value.check()
    return handle.value


@op("CreateTreeVariable", "tree_handle:resource, tree_config:string ->", shape=no_outputs, **_USES)
def create_tree(tree_handle, tree_config, *, params: "string"):
    """Makes a tree of one leaf, or what the bytes `tree_config` say; one that is made stays as it is."""
    if tree_handle.value.feature is None:
        forest_bytes.read_tree(tree_handle.value, _bytes(tree_config), forest_bytes.growing(params))


@op("TreeDeserialize", "tree_handle:resource, tree_config:string ->", shape=no_outputs, **_USES)
def deserialize_tree(tree_handle, tree_config, *, params: "string"):
    """Makes a tree what the bytes `tree_config` say."""
    forest_bytes.read_tree(tree_handle.value, _bytes(tree_config), forest_bytes.growing(params))


@op("TreeIsInitializedOp", "tree_handle:resource -> is_initialized:bool", shape=scalar_shape, **_USES)
def tree_is_initialized(tree_handle):
    """Whether the tree is made."""
    return np.bool_(tree_handle.value is not None and tree_handle.value.feature is not None)


@op("TreeSerialize", "tree_handle:resource -> tree_config:string", shape=scalar_shape, **_USES)
def serialize_tree(tree_handle):
    """The bytes of a tree."""
    tree = _tree(tree_handle)
    return _text(forest_bytes.tree_bytes(tree, tree.growing))


@op("TreeSize", "tree_handle:resource -> tree_size:int32", shape=scalar_shape, **_USES)
def tree_size(tree_handle):
    """How many nodes the tree has."""
    return np.int32(_tree(tree_handle).size)


@op("FeatureUsageCounts", "tree_handle:resource -> feature_counts:int32", shape=lambda inputs, attrs: [(None,)], **_USES)
def feature_usage_counts(tree_handle, *, params: "string"):
    """How many splits ask for each feature."""
    tree = _tree(tree_handle)
    used = tree.feature[: tree.size][tree.left[: tree.size] != forest_store.LEAF]
    return np.bincount(used, minlength=forest_bytes.growing(params).features).astype(np.int32)


@op("CreateFertileStatsVariable", "stats_handle:resource, stats_config:string ->", shape=no_outputs, **_USES)
def create_stats(stats_handle, stats_config, *, params: "string"):
    """Begins statistics, or makes them what the bytes `stats_config` say; those that were begun stay as they are."""
    if stats_handle.value.slot_of is None:
        forest_bytes.read_statistics(stats_handle.value, _bytes(stats_config), forest_bytes.growing(params))


@op("FertileStatsDeserialize", "stats_handle:resource, stats_config:string ->", shape=no_outputs, **_USES)
def deserialize_stats(stats_handle, stats_config, *, params: "string"):
    """Makes statistics what the bytes `stats_config` say."""
    forest_bytes.read_statistics(stats_handle.value, _bytes(stats_config), forest_bytes.growing(params))


@op("FertileStatsIsInitializedOp", "stats_handle:resource -> is_initialized:bool", shape=scalar_shape, **_USES)
def stats_are_initialized(stats_handle):
    """Whether statistics were begun."""
    return np.bool_(stats_handle.value is not None and stats_handle.value.slot_of is not None)


@op("FertileStatsSerialize", "stats_handle:resource -> stats_config:string", shape=scalar_shape, **_USES)
def serialize_stats(stats_handle, *, params: "string"):
    """The bytes of statistics; only the leaves, without what they have seen, unless `params` say checkpoint_stats."""
    stats_handle.value.check()
    return _text(forest_bytes.statistics_bytes(stats_handle.value, forest_bytes.growing(params)))


@op("TraverseTreeV4", f"tree_handle:resource, {_DATA} -> leaf_ids:int32", shape=_rows, **_USES)
def traverse_tree(
    tree_handle, input_data, sparse_input_indices, sparse_input_values, sparse_input_shape, *, input_spec: "string",
    params: "string",
):  # fmt: skip
    """The leaf that each example reaches."""
    data = _features(input_data, sparse_input_indices, sparse_input_values, sparse_input_shape)
    return _tree(tree_handle).leaves(data, forest_bytes.growing(params).strict)


def _prediction_shapes(inputs, attrs):
    return [(None, None), (None,)]


@op(
    "TreePredictionsV4",
    f"tree_handle:resource, {_DATA} -> predictions:float32, tree_paths:string",
    shape=_prediction_shapes,
    **_USES,
)
def tree_predictions(
    tree_handle, input_data, sparse_input_indices, sparse_input_values, sparse_input_shape, *, input_spec: "string",
    params: "string",
):  # fmt: skip
    """What the tree says of each example, the shares of the classes or a value for each output; and its way down, where asked for."""
    tree, growing = _tree(tree_handle), forest_bytes.growing(params)
    data = _features(input_data, sparse_input_indices, sparse_input_values, sparse_input_shape)
    paths = np.full(len(data) if growing.paths else 0, b"", object)
    if growing.paths:
        paths[:] = [forest_bytes.path_bytes(tree, row, growing) for row in data]
    return tree.predictions(tree.leaves(data, growing.strict), growing), paths


@op(
    "UpdateModelV4", "tree_handle:resource, leaf_ids:int32, input_labels:float32, input_weights:float32 ->", shape=no_outputs,
    **_USES,
)  # fmt: skip
def update_model(tree_handle, leaf_ids, input_labels, input_weights, *, params: "string"):
    """Counts examples in the leaves that they reached."""
    growing = forest_bytes.growing(params)
    _tree(tree_handle).add(leaf_ids, growing, _labels(input_labels, growing), _weights(input_weights, len(leaf_ids)))


@op(
    "ProcessInputV4",
    f"tree_handle:resource, stats_handle:resource, {_DATA}, input_labels:float32, input_weights:float32, leaf_ids:int32 "
    "-> finished_nodes:int32",
    shape=lambda inputs, attrs: [(None,)], **_USES,
)  # fmt: skip
def process_input(
    tree_handle, stats_handle, input_data, sparse_input_indices, sparse_input_values, sparse_input_shape, input_labels,
    input_weights, leaf_ids, *, random_seed: "int", input_spec: "string", params: "string",
):  # fmt: skip
    """Makes and counts candidates for splits of the leaves that examples reached; gives the leaves that have seen enough."""
    stats, growing = stats_handle.value, forest_bytes.growing(params)
    stats.check()
    data = _features(input_data, sparse_input_indices, sparse_input_values, sparse_input_shape)
    stats.seed(random_seed)
    return stats.process(
        data, forest_bytes.categorical(input_spec, data.shape[1]), _labels(input_labels, growing),
        _weights(input_weights, len(data)), leaf_ids, growing,
    )  # fmt: skip


@op("GrowTreeV4", "tree_handle:resource, stats_handle:resource, finished_nodes:int32 ->", shape=no_outputs, **_USES)
def grow_tree(tree_handle, stats_handle, finished_nodes, *, params: "string"):
    """Splits leaves that have seen enough."""
    stats_handle.value.grow(_tree(tree_handle), finished_nodes, forest_bytes.growing(params))


def _bytes(config):
    return np.asarray(config).item() or b""


def _text(data):
    made = np.empty((), object)
    made[()] = data
    return made


def _features(dense, indices, values, shape):
    """The features of examples, float32 [n, features]: dense ones before sparse ones, which are 0 where nothing is said."""
    if not len(shape):
        return dense
    found = np.zeros(shape, np.float32)
    found[tuple(indices.T)] = values
    return np.concatenate([dense, found], 1) if dense.size else found


def _labels(labels, growing):
    if growing.regression:
        return labels
    found = labels.astype(np.int64).reshape(-1)
    if len(found) and not 0 <= found.min() <= found.max() < growing.outputs:
        raise errors.InvalidArgumentError(
            None, None, f"Labels of a forest must be classes 0 .. {growing.outputs - 1}, got {found.min()} .. {found.max()}"
        )
    return found


def _weights(weights, count):
    return weights.astype(np.float64) if len(weights) else np.ones(count)
