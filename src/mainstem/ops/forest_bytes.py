"""Random forests as bytes: what their ops' attrs say, and trees and statistics as checkpoints hold them.

TensorFlow's messages throughout (`decision_trees.DecisionTree`, `tensorforest.FertileStats`), also a test for equality as a custom one.
"""

import functools
import re

import numpy as np

from mainstem.formats import protos
from mainstem.ops.forest_store import LEAF, Growing

FINISH = {0: "basic", 2: "hoeffding", 3: "bootstrap"}
PRUNE = {0: None, 1: 0.5, 2: 0.25, 3: 0.1, 4: "hoeffding"}
LESS_OR_EQUAL, LESS_THAN = 0, 1
_COLUMN = re.compile(r"original_type: (\d+) size: (-?\d+)")
COUNTS = "type.googleapis.com/tensorflow.tensorforest.LeafStat"
EQUALS = "type.googleapis.com/tensorflow.decision_trees.MatchingValuesTest"


def _constant(parameter, what):
    kind = parameter.WhichOneof("ParamType")
    if kind not in (None, "constant_value"):
        raise NotImplementedError(f"{what} of a forest that depends on the depth ({kind}) is not implemented: give a number.")
    return parameter.constant_value


@functools.lru_cache(maxsize=64)
def growing(params):
    """The `Growing` that the bytes of a TensorForestParams describe. Raises NotImplementedError for what trees cannot do."""
    p = protos.TensorForestParams.FromString(params.encode("utf-8", "surrogateescape"))
    for name in ("use_running_stats_method", "initialize_average_splits"):
        if getattr(p, name):
            raise NotImplementedError(f"{name} of a forest is not implemented.")
    return Growing(
        regression=p.is_regression,
        outputs=p.num_outputs,
        features=p.num_features,
        max_nodes=p.max_nodes,
        candidates=int(_constant(p.num_splits_to_consider, "num_splits_to_consider")),
        split_after=_constant(p.split_after_samples, "split_after_samples"),
        least=max(1.0, _constant(p.min_split_samples, "valid_leaf_threshold")),
        finish=FINISH[p.finish_type.type],
        fraction=_constant(p.dominate_fraction, "dominate_fraction"),
        check_every=_constant(p.finish_type.check_every_steps, "early_finish_check_every_samples"),
        prune=PRUNE[p.pruning_type.type],
        prune_every=_constant(p.pruning_type.prune_every_samples, "prune_every_samples"),
        strict=p.inequality_test_type == LESS_THAN,
        paths=p.inference_tree_paths,
        checkpoint=p.checkpoint_stats,
    )


def _fill(vector, values):
    for v in values:
        vector.value.add(float_value=v)


def _values(vector):
    return np.array([v.float_value for v in vector.value])


def _write_test(message, feature, threshold, equals, growing):
    if equals:
        test = protos.MatchingValues(feature_id=protos.TreeFeature(id=protos.TreeText(value=str(feature))))
        test.value.add(float_value=threshold)
        message.custom_left_child_test.type_url = EQUALS
        message.custom_left_child_test.value = test.SerializeToString()
        return
    test = message.inequality_left_child_test
    test.feature_id.id.value, test.threshold.float_value = str(feature), threshold
    test.type = LESS_THAN if growing.strict else LESS_OR_EQUAL


def _read_test(message):
    """(feature, threshold, whether it asks for equality)."""
    if message.WhichOneof("kind") == "custom_left_child_test":
        test = protos.MatchingValues.FromString(message.custom_left_child_test.value)
        return int(test.feature_id.id.value), test.value[0].float_value, True
    test = message.inequality_left_child_test
    return int(test.feature_id.id.value), test.threshold.float_value, False


def _write_node(message, tree, n, growing):
    message.node_id.value = n
    if tree.left[n] != LEAF:
        split = message.binary_node
        split.left_child_id.value, split.right_child_id.value = int(tree.left[n]), int(tree.left[n]) + 1
        _write_test(split, int(tree.feature[n]), float(tree.threshold[n]), tree.equals[n], growing)
    elif not growing.regression:
        _fill(message.leaf.vector, tree.counts[n])
    else:  # means, and what they are the means of
        _fill(message.leaf.vector, tree.predictions(np.array([n]), growing)[0])
        said = protos.LeafStat()
        _write_counts(said, tree.weight[n], tree.counts[n], growing)
        message.additional_data.add(type_url=COUNTS, value=said.SerializeToString())


def _read_node(message, tree, growing):
    n = message.node_id.value
    tree.reserve(n + 1)
    if message.WhichOneof("kind") == "binary_node":
        tree.left[n] = message.binary_node.left_child_id.value
        tree.feature[n], tree.threshold[n], tree.equals[n] = _read_test(message.binary_node)
    elif not growing.regression:
        said = _values(message.leaf.vector)
        tree.counts[n, : len(said)], tree.weight[n] = said, said.sum()
    else:
        for extra in message.additional_data:
            tree.weight[n], tree.counts[n] = _read_counts(protos.LeafStat.FromString(extra.value), growing)


def tree_bytes(tree, growing):
    """A tree as the bytes of a model that is one DecisionTree."""
    message = protos.TreeModel()
    for n in range(tree.size):
        _write_node(message.decision_tree.nodes.add(), tree, n, growing)
    return message.SerializeToString()


def read_tree(tree, data, growing):
    """Makes `tree` what the bytes say; no bytes are one leaf that has seen nothing."""
    nodes = protos.TreeModel.FromString(data).decision_tree.nodes
    tree.plant(growing)
    tree.reserve(len(nodes))
    tree.size = max(1, len(nodes))
    for message in nodes:
        _read_node(message, tree, growing)


def categorical(input_spec, count):
    """Which of `count` features are compared for equality: bool [count], from the text of a `DataSpec`."""
    dense, _, sparse = input_spec.partition("sparse:")
    kinds = [(int(kind), int(size)) for part in (dense, sparse) for kind, size in _COLUMN.findall(part)]
    made = np.concatenate([np.full(size if size >= 0 else count, kind == 1) for kind, size in kinds] or [np.zeros(0, bool)])
    return np.resize(made, count) if len(made) < count else made[:count]


def _write_counts(message, weight, counts, growing):
    message.weight_sum = weight
    if growing.regression:
        means = counts / max(weight, 1e-12)
        _fill(message.regression.mean_output, means[: growing.outputs])
        _fill(message.regression.mean_output_squares, means[growing.outputs :])
    else:
        _fill(message.classification.dense_counts, counts)


def _read_counts(message, growing):
    """(weight, counts) of a LeafStat."""
    if not growing.regression:
        counts = np.zeros(growing.width)
        said = _values(message.classification.dense_counts)
        counts[: len(said)] = said
        return message.weight_sum, counts
    said = np.concatenate([_values(message.regression.mean_output), _values(message.regression.mean_output_squares)])
    return message.weight_sum, (said if len(said) else np.zeros(growing.width)) * message.weight_sum


def path_bytes(tree, row, growing):
    """The way of a row of features down the tree, as the bytes of a TreePath."""
    message = protos.TreePath()
    for n in tree.path(row, growing.strict):
        _write_node(message.nodes_visited.add(), tree, n, growing)
    return message.SerializeToString()


def statistics_bytes(stats, growing):
    """Statistics as the bytes of a FertileStats: the growing leaves, and with `checkpoint` what they have seen."""
    message = protos.FertileStats()
    for leaf, slot in sorted(stats.slot_of.items()):
        written = message.node_to_slot.add(node_id=leaf)
        if not growing.checkpoint:
            continue
        written.leaf_stats.weight_sum = stats.seen[slot]
        for c in range(stats.made[slot]):
            candidate = written.candidates.add()
            split = (int(stats.feature[slot, c]), float(stats.threshold[slot, c]), stats.equals[slot, c])
            _write_test(candidate.split, *split, growing)
            sides = zip((candidate.left_stats, candidate.right_stats), stats.weights[slot, c], stats.counts[slot, c])
            for side, weight, counts in sides:
                _write_counts(side, weight, counts, growing)
    return message.SerializeToString()


def read_statistics(stats, data, growing):
    """Makes `stats` what the bytes say; no bytes are those of a tree that has one leaf."""
    slots = protos.FertileStats.FromString(data).node_to_slot
    stats.begin(growing, [s.node_id for s in slots] if data else (0,))
    for message in slots:
        slot = stats.slot_of[message.node_id]
        stats.seen[slot], stats.made[slot] = message.leaf_stats.weight_sum, len(message.candidates)
        for c, candidate in enumerate(message.candidates):
            test = _read_test(candidate.split)
            stats.feature[slot, c], stats.threshold[slot, c], stats.equals[slot, c] = test
            stats.alive[slot, c] = True
            for side, said in enumerate((candidate.left_stats, candidate.right_stats)):
                stats.weights[slot, c, side], stats.counts[slot, c, side] = _read_counts(said, growing)
