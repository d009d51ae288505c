"""What models and readers make of columns: inputs of networks, sums of linear models, specs for parsing."""

from mainstem.base import dtypes
from mainstem.dialects.contrib.columns.kinds import Column, Features, RealValuedColumn, weights
from mainstem.dialects.contrib.encoders import safe_embedding_lookup_sparse
from mainstem.graph.keys import GraphKeys
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.surface import array, framework, linalg, math, nn, parsing, reduce, sparse
from mainstem.surface.variable_scope import variable_scope
from mainstem.train import warm_start


def check_feature_columns(feature_columns):
    """Raises ValueError for a dict, and for two columns that are the same."""
    if isinstance(feature_columns, dict):
        raise ValueError("Expected feature_columns to be iterable, found dict.")
    keys = set()
    for column in feature_columns:
        if not isinstance(column, Column):
            raise AttributeError(f"'{type(column).__name__}' object has no attribute 'key': {column!r} is no feature column.")
        if column.key in keys:
            raise ValueError(
                f"Duplicate feature column key found for column: {column.name}. This usually means that the column is almost "
                "identical to another column, and one must be discarded."
            )
        keys.add(column.key)


def _sorted(feature_columns):
    feature_columns = list(feature_columns)
    check_feature_columns(feature_columns)
    return sorted(feature_columns, key=lambda c: c.key)


def _maker(collections, trainable):
    keep = list(dict.fromkeys([*(collections or []), GraphKeys.GLOBAL_VARIABLES]))
    return lambda name, shape, initializer=None, trains=True: weights(name, shape, keep, trainable and trains, initializer)


def _inputs(kind, features, feature_columns, collections, trainable, scope, outs, default, axis):
    columns, make, made = _sorted(feature_columns), _maker(collections, trainable), []
    with variable_scope(scope, default_name=default, values=list(features.values())):
        given = Features(features)
        for column in columns:
            with variable_scope(None, default_name=column.name, values=list(features.values())):
                try:
                    made.append(getattr(column, kind)(given, make))
                except ValueError as e:
                    if kind == "sequence":
                        raise
                    raise ValueError(f"Error creating input layer for column: {column.name}.\n{e}") from e
                if outs is not None:
                    outs[column] = made[-1]
        return array.concat(made, axis)


def input_from_feature_columns(
    columns_to_tensors, feature_columns, weight_collections=None, trainable=True, scope=None, cols_to_outs=None
):
    """The input of a network: what columns make of a batch side by side, in the order of their keys. [batch, n], float32.

    Args:
        columns_to_tensors: a dict from names of features to tensors.
        feature_columns: real valued, bucketized, one-hot and embedding columns.
        weight_collections: further collections of the variables.
        trainable: whether they train.
        scope: of the variables; None: "input_from_feature_columns".
        cols_to_outs: a dict that is filled, from column to its part.

    Raises ValueError for other columns and for columns that are the same, KeyError for a missing feature.
    """
    return _inputs(
        "dense", columns_to_tensors, feature_columns, weight_collections, trainable, scope, cols_to_outs,
        "input_from_feature_columns", 1,
    )  # fmt: skip


def sequence_input_from_feature_columns(
    columns_to_tensors, feature_columns, weight_collections=None, trainable=True, scope=None
):
    """The input of a recurrent network, [batch, time, n]; see `input_from_feature_columns`. Bucketized columns are refused."""
    return _inputs(
        "sequence", columns_to_tensors, feature_columns, weight_collections, trainable, scope, None,
        "sequence_input_from_feature_columns", 2,
    )  # fmt: skip


def weighted_sum_from_feature_columns(
    columns_to_tensors, feature_columns, num_outputs, weight_collections=None, trainable=True, scope=None
):
    """A linear model: the sum of the columns' weights, plus a bias.

    Args: as of `input_from_feature_columns`; sparse columns look up `<column>/weights`, real valued ones multiply
        `<column>/weight`. `num_outputs`: how many sums.

    Returns:
        (sums [batch, num_outputs], a dict from column to the list of its variables, the bias).

    Raises ValueError and NotImplementedError for one-hot and embedding columns.
    """
    columns, make = _sorted(feature_columns), _maker(weight_collections, trainable)
    sums, found = [], {}
    with variable_scope(scope, default_name="weighted_sum_from_feature_columns", values=list(columns_to_tensors.values())):
        given = Features(columns_to_tensors)
        for column in columns:
            with variable_scope(None, default_name=column.name, values=list(columns_to_tensors.values())):
                total, variable = _of_column(column, given, num_outputs, make)
            sums.append(array.reshape(total, (-1, num_outputs)))
            found[column] = [variable]
            _start(column, variable)
        bias = make("bias_weight", [num_outputs])
        return nn.bias_add(reduce.add_n(sums), bias), found, bias


def _of_column(column, given, num_outputs, make):
    if isinstance(column, RealValuedColumn):
        tensor = column.dense(given, make)
        variable = make("weight", [column.dimension, num_outputs])
        return linalg.matmul_v1(tensor, variable, name="matmul"), variable
    try:
        ids, values, size, combiner = column.lookup(given)
    except ValueError as e:
        raise ValueError(f"Error creating weighted sum for column: {column.name}.\n{e}") from e
    variable = make("weights", [size, num_outputs])
    return safe_embedding_lookup_sparse([variable], ids, values, combiner=combiner, name="weighted_sum"), variable


def _start(column, variable):
    if getattr(column, "ckpt_to_load_from", None) is not None:
        warm_start.init_from_checkpoint(column.ckpt_to_load_from, {column.tensor_name_in_ckpt: variable})


def joint_weighted_sum_from_feature_columns(
    columns_to_tensors, feature_columns, num_outputs, weight_collections=None, trainable=True, scope=None
):
    """As `weighted_sum_from_feature_columns`, with the weights of all columns in one variable, `linear_weights/weights`.

    Gives (sums, the list of that variable, the bias).

    Raises NotImplementedError for real valued columns, AssertionError for weighted ones and for combiners other than "sum".
    """
    columns, make = _sorted(feature_columns), _maker(weight_collections, trainable)
    with variable_scope(
        scope, default_name="joint_weighted_sum_from_feature_columns", values=list(columns_to_tensors.values())
    ):
        given, parts, start = Features(columns_to_tensors), [], 0
        for column in columns:
            ids, size = _joinable(column, given)
            inside = math.greater_equal(ids.values, 0)
            ids = sparse.retain(ids, math.logical_and(inside, math.less(ids.values, size)))
            parts.append(SparseTensor(ids.indices, ids.values + start, ids.dense_shape))
            start += size
        ids = sparse.concat_v1(1, parts) if len(parts) > 1 else parts[0]
        with variable_scope(None, default_name="linear_weights"):
            variable = make("weights", [start, num_outputs])
            total = safe_embedding_lookup_sparse([variable], ids, combiner="sum", name="_weights")
        bias = make("bias_weight", [num_outputs])
        return nn.bias_add(total, bias), [variable], bias


def _joinable(column, given):
    try:
        ids, values, size, combiner = column.lookup(given)
    except NotImplementedError as e:
        raise NotImplementedError(
            "Real-valued columns are not supported. Use weighted_sum_from_feature_columns instead, or bucketize these columns."
        ) from e
    if values is not None:
        raise AssertionError(
            "Joint sums for weighted sparse columns are not supported. Please use weighted_sum_from_feature_columns instead."
        )
    if combiner != "sum":
        raise AssertionError(
            "Combiners other than sum are not supported for joint sums. Please use weighted_sum_from_feature_columns instead."
        )
    return SparseTensor(ids.indices, math.cast(ids.values, dtypes.int64), ids.dense_shape), size


# ---- features


def transform_features(features, feature_columns):
    """{column: what it makes of the features}: ids as SparseTensors, normalized numbers, buckets."""
    given = Features(features)
    return {column: given.get(column) for column in _sorted(feature_columns)}


def create_feature_spec_for_parsing(feature_columns):
    """{feature: how `tf.parse_example` reads it} for columns, or for a dict whose values are columns. Raises ValueError for others."""
    columns = feature_columns.values() if isinstance(feature_columns, dict) else feature_columns
    found = {}
    for column in columns:
        if not isinstance(column, Column):
            raise ValueError(f"All feature_columns must be feature columns. Got {column!r}.")
        found.update(column.config)
    return found


def parse_feature_columns_from_examples(serialized, feature_columns, name=None, example_names=None):
    """Parses serialized Examples [batch]; gives a dict with the features, by name, and what columns and their sources make of them."""
    check_feature_columns(feature_columns)
    features = parsing.parse_example_v1(serialized, create_feature_spec_for_parsing(feature_columns), name, example_names)
    given = Features(features)
    for column in _sorted(feature_columns):
        given.get(column)
    return {**features, **given.of_columns()}


def parse_feature_columns_from_sequence_examples(
    serialized, context_feature_columns, sequence_feature_columns, name=None, example_name=None
):
    """Parses one serialized SequenceExample; gives the dicts of its context's and its sequences' features, by name."""
    context, sequences = list(context_feature_columns or []), list(sequence_feature_columns or [])
    check_feature_columns(context)
    spec = create_feature_spec_for_parsing(sequences)
    for key, how in spec.items():
        if isinstance(how, parsing.FixedLenFeature):
            spec[key] = parsing.FixedLenSequenceFeature(how.shape, how.dtype, allow_missing=how.default_value is not None)
    return parsing.parse_single_sequence_example(serialized, create_feature_spec_for_parsing(context), spec, example_name, name)


def make_place_holder_tensors_for_base_features(feature_columns):
    """A dict with a placeholder, dense or sparse, for each feature that the columns read."""
    found = {}
    for key, how in create_feature_spec_for_parsing(feature_columns).items():
        if isinstance(how, parsing.FixedLenFeature):
            found[key] = framework.placeholder(how.dtype, [None, *how.shape], name=f"Placeholder_{key}")
        else:
            found[key] = sparse.placeholder(how.dtype, name=f"Placeholder_{key}")
    return found
