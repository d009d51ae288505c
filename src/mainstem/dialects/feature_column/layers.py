"""`input_layer` and `linear_model`: what a model makes of feature columns."""

import contextlib
import math

from mainstem.base import dtypes
from mainstem.dialects.contrib import encoders
from mainstem.dialects.feature_column.kinds import CategoricalColumn, Column, DenseColumn, Transforms
from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.surface import array, initializers, linalg, nn, reduce
from mainstem.surface.framework import name_scope
from mainstem.surface.template import make_template
from mainstem.surface.variable_scope import get_variable, variable_scope


def listed(feature_columns, kinds, message):
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


def collections_of(weight_collections):
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
    columns = _dense(feature_columns)
    with variable_scope(None, default_name="input_layer", values=list(features.values())):
        tensors = _tensors(features, columns, weight_collections, trainable, cols_to_vars, cols_to_output_tensors)
        return array.concat(tensors, 1)


def _dense(feature_columns):
    message = (
        "Items of feature_columns must be a _DenseColumn. You can wrap a categorical column with an embedding_column or "
        "indicator_column."
    )
    return listed(feature_columns, DenseColumn, message)


def _tensors(features, columns, weight_collections, trainable, cols_to_vars, cols_to_output_tensors=None):
    """Each column as [batch, n], in a scope of its own."""
    keep, transforms, tensors = collections_of(weight_collections), Transforms(features), []
    for column in columns:
        with variable_scope(None, default_name=column.var_scope_name):
            made = []
            tensor = column.dense(transforms, maker(column, keep, trainable, made))
            tensors.append(array.reshape(tensor, (array.shape_v1(tensor)[0], math.prod(column.variable_shape))))
            if cols_to_vars is not None:
                cols_to_vars[column] = made
            if cols_to_output_tensors is not None:
                cols_to_output_tensors[column] = tensors[-1]
    return tensors


class InputLayer:
    """`input_layer` as an object: every call shares the variables of the first one.

    Args:
        feature_columns, weight_collections, trainable, cols_to_vars: as of `input_layer`.
        name: of the variable scope, made unique.
        create_scope_now: whether that is opened now or by the first call.

    Called on a dict from names to tensors it gives [batch, n].
    """

    def __init__(
        self,
        feature_columns,
        weight_collections=None,
        trainable=True,
        cols_to_vars=None,
        name="feature_column_input_layer",
        create_scope_now=True,
    ):
        self._columns, self._name, self._trainable = _dense(feature_columns), name, trainable
        self._settings = (weight_collections, trainable, cols_to_vars)
        self._template = make_template(name, self._concatenated, create_scope_now_=create_scope_now)

    def __call__(self, features):
        return self._template(features)

    def _concatenated(self, features):
        return array.concat(_tensors(features, self._columns, *self._settings), 1)

    name = property(lambda self: self._name, doc="The name that was given.")
    variables = property(lambda self: self._template.variables, doc="All variables, none before the first call.")
    trainable_variables = property(lambda self: self._template.trainable_variables, doc="Those that train.")
    non_trainable_variables = property(lambda self: self._template.non_trainable_variables, doc="Those that do not.")
    weights, trainable_weights, non_trainable_weights = variables, trainable_variables, non_trainable_variables


def maker(column, keep, trainable, made):
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
    columns = listed(
        feature_columns,
        (DenseColumn, CategoricalColumn),
        "Items of feature_columns must be either a _DenseColumn or _CategoricalColumn.",
    )
    keep = collections_of(weight_collections)
    scopes = [_unique(column.var_scope_name) for column in columns]  # counted where the model stands, not inside of it
    with (
        variable_scope(None, "linear_model", list(features.values()), use_resource=True, auxiliary_name_scope=False) as own,
        _name_scopes(own.name.rpartition("/")[2]),
    ):
        transforms, sums = Transforms(features), []

        def weights(name, shape):
            return get_variable(
                name, shape, dtypes.float32, initializer=initializers.Zeros(), trainable=trainable, collections=keep
            )

        for column, scope in zip(columns, scopes, strict=True):
            with variable_scope(scope):
                made = []
                sums.append(_of_column(column, transforms, units, sparse_combiner, weights, made, (keep, trainable)))
                if cols_to_vars is not None:
                    cols_to_vars[column] = made
        total = reduce.add_n(sums, name="weighted_sum_no_bias")
        bias = weights("bias_weights", [units])
        if cols_to_vars is not None:
            cols_to_vars["bias"] = [bias]
        return nn.bias_add(total, bias, name="weighted_sum")


def _unique(name):
    with variable_scope(None, default_name=name, auxiliary_name_scope=False) as scope:
        return scope.name.rpartition("/")[2]


@contextlib.contextmanager
def _name_scopes(name):
    """TensorFlow's two name scopes of a linear model: `linear_model_1/linear_model` for the first one."""
    graph = get_default_graph()
    if graph.unique_name(name, mark_as_used=False) == _full(graph, name):
        graph.unique_name(name)
    with name_scope(name), name_scope(name):
        yield


def _full(graph, name):
    scope = graph.get_name_scope()
    return f"{scope}/{name}" if scope else name


def _of_column(column, transforms, units, combiner, weights, made, own):
    if isinstance(column, CategoricalColumn):
        ids, values = column.id_weights(transforms)
        table = weights("weights", (column.num_buckets, units))
        made.append(table)
        return encoders.safe_embedding_lookup_sparse([table], ids, values, combiner=combiner, name="weighted_sum")
    tensor, size = column.dense(transforms, maker(column, *own, made)), math.prod(column.variable_shape)
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
