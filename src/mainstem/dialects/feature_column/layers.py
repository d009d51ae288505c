"""`input_layer` and `linear_model`: what a model makes of feature columns."""

from mainstem.base import dtypes
from mainstem.dialects.contrib import encoders
from mainstem.dialects.feature_column.columns import CategoricalColumn, Column, DenseColumn, Transforms
from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.surface import array, initializers, linalg, nn, reduce
from mainstem.surface.variable_scope import get_variable, variable_scope


def _listed(feature_columns, kinds, message):
    """The columns as a list. Raises ValueError for none, for others than of `kinds`, and for two of one name."""
    columns = [feature_columns] if isinstance(feature_columns, Column) else list(feature_columns)
    if isinstance(feature_columns, dict):
        raise ValueError("Expected feature_columns to be iterable, found dict.")
    for column in columns:
        if not isinstance(column, kinds):
            raise ValueError(f"{message} Given: {column}")
    if not columns:
        raise ValueError("feature_columns must not be empty.")
    names = {}
    for column in columns:
        if column.name in names:
            raise ValueError(
                f"Duplicate feature column name found for columns: {column} and {names[column.name]}. "
                "This usually means that these columns refer to same base feature."
            )
        names[column.name] = column
    return sorted(columns, key=lambda c: c.name)


def _collections(weight_collections):
    return [*(weight_collections or []), GraphKeys.GLOBAL_VARIABLES, GraphKeys.MODEL_VARIABLES]


def input_layer(
    features, feature_columns, weight_collections=None, trainable=True, cols_to_vars=None, cols_to_output_tensors=None
):
    """The dense columns of a batch side by side, in the order of their names: [batch, n], float32.

    Args:
        features: a dict from names to tensors.
        feature_columns: dense columns.
        weight_collections: further collections of the variables.
        trainable: whether they train.
        cols_to_vars, cols_to_output_tensors: dicts that are filled, from column to its variables and to its tensor.

    Raises ValueError for categorical columns, a missing feature, or two columns of one name.
    """
    columns = _listed(
        feature_columns,
        DenseColumn,
        "Items of feature_columns must be a _DenseColumn. You can wrap a categorical column with an embedding_column or "
        "indicator_column.",
    )
    keep = _collections(weight_collections)
    with variable_scope(None, default_name="input_layer", values=list(features.values())):
        transforms, tensors = Transforms(features), []
        for column in columns:
            with variable_scope(None, default_name=column.var_scope_name):
                made = []
                tensor = column.dense(transforms, _maker(column, keep, trainable, made))
                size = 1
                for n in column.variable_shape:
                    size *= n
                tensor = array.reshape(tensor, (array.shape_v1(tensor)[0], size))
                tensors.append(tensor)
                if cols_to_vars is not None:
                    cols_to_vars[column] = made
                if cols_to_output_tensors is not None:
                    cols_to_output_tensors[column] = tensor
        return array.concat(tensors, 1)


def _maker(column, keep, trainable, made):
    """The function by which a column gets its variable; columns that share one get it by the name that they share."""
    shared = getattr(column, "shared_name", None)

    def make(name, shape, initializer, trains):
        held = get_default_graph().get_collection_ref(shared) if shared else []
        if held:
            variable = held[0]
        else:
            variable = get_variable(
                name, shape, dtypes.float32, initializer=initializer, trainable=trainable and trains, collections=keep
            )
            if shared:
                held.append(variable)
        made.append(variable)
        return variable

    return make


def linear_model(
    features,
    feature_columns,
    units=1,
    sparse_combiner="sum",
    weight_collections=None,
    trainable=True,
    cols_to_vars=None,
):
    """The weighted sum of all columns, plus a bias: [batch, units].

    Args:
        features, feature_columns, weight_collections, trainable, cols_to_vars: as of `input_layer`; categorical columns are looked
            up in variables `<column>/weights`, and `cols_to_vars["bias"]` has the bias.
        units: how many sums.
        sparse_combiner: how the weights of several ids are combined.

    Raises ValueError for other columns, a missing feature, or two columns of one name.
    """
    columns = _listed(
        feature_columns,
        (DenseColumn, CategoricalColumn),
        "Items of feature_columns must be either a _DenseColumn or _CategoricalColumn.",
    )
    keep = _collections(weight_collections)
    with variable_scope(None, default_name="linear_model", values=list(features.values()), use_resource=True):
        transforms, sums = Transforms(features), []

        def weights(name, shape):
            return get_variable(
                name, shape, dtypes.float32, initializer=initializers.Zeros(), trainable=trainable, collections=keep
            )

        for column in columns:
            with variable_scope(None, default_name=column.var_scope_name):
                made = []
                sums.append(_of_column(column, transforms, units, sparse_combiner, weights, made, (keep, trainable)))
                if cols_to_vars is not None:
                    cols_to_vars[column] = made
        total = reduce.add_n(sums, name="weighted_sum_no_bias")
        bias = weights("bias_weights", [units])
        if cols_to_vars is not None:
            cols_to_vars["bias"] = [bias]
        return nn.bias_add(total, bias, name="weighted_sum")


def _of_column(column, transforms, units, combiner, weights, made, own):
    if isinstance(column, CategoricalColumn):
        ids, values = column.id_weights(transforms)
        table = weights("weights", (column.num_buckets, units))
        made.append(table)
        return encoders.safe_embedding_lookup_sparse([table], ids, values, combiner=combiner, name="weighted_sum")
    tensor = column.dense(transforms, _maker(column, *own, made))
    size = 1
    for n in column.variable_shape:
        size *= n
    table = weights("weights", [size, units])
    made.append(table)
    return linalg.matmul_v1(array.reshape(tensor, (array.shape_v1(tensor)[0], size)), table, name="weighted_sum")


def make_parse_example_spec(feature_columns):
    """{feature: how `tf.parse_example` reads it} for columns. Raises ValueError for what is no column, or two ways for one."""
    found = {}
    for column in feature_columns:
        if not isinstance(column, Column):
            raise ValueError(f"All feature_columns must be _FeatureColumn instances. Given: {column}")
        for key, how in column.parse_example_spec.items():
            if key in found and found[key] != how:
                raise ValueError(f"feature_columns contain different parse_spec for key {key}. Given {how} and {found[key]}")
            found[key] = how
    return found
