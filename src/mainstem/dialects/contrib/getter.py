"""How the layers of `tf.contrib` make variables: as model variables, under this dialect's names."""

from mainstem.dialects.contrib import collected
from mainstem.dialects.contrib.variables import model_variable
from mainstem.graph.graph import get_default_graph
from mainstem.state.partition import PartitionedVariable
from mainstem.state.policy import VariableAggregation, VariableSynchronization

FORMATS = (None, "NWC", "NCW", "NHWC", "NCHW", "NDHWC", "NCDHW")


def model_getter(rename=None):
    """A custom getter for `variable_scope` that makes model variables; `rename` maps last names ("kernel": "weights")."""

    def getter_of_layers(
        getter,
        name,
        shape=None,
        dtype=None,
        initializer=None,
        regularizer=None,
        trainable=True,
        collections=None,
        caching_device=None,
        partitioner=None,
        use_resource=None,
        synchronization=VariableSynchronization.AUTO,
        aggregation=VariableAggregation.NONE,
        **_,
    ):
        above, slash, last = name.rpartition("/")
        return model_variable(
            above + slash + (rename or {}).get(last, last),
            shape=shape,
            dtype=dtype,
            initializer=initializer,
            regularizer=regularizer,
            collections=collections,
            trainable=trainable,
            caching_device=caching_device,
            partitioner=partitioner,
            custom_getter=getter,
            use_resource=use_resource,
            synchronization=synchronization,
            aggregation=aggregation,
        )

    return getter_of_layers


def collect_variable(variable, collections_set, name):
    """Adds a layer's variable to the collections that the caller chose for `name` ("weights")."""
    graph = get_default_graph()
    for collection in collected.get_variable_collections(collections_set, name) or []:
        for part in variable if isinstance(variable, PartitionedVariable) else [variable]:
            known = graph.get_collection_ref(collection)
            if not any(k is part for k in known):
                known.append(part)


def channels_word(data_format):
    """A layer's word for "NHWC" and the like. Raises ValueError for an unknown format."""
    if data_format not in FORMATS:
        raise ValueError(f"Invalid data_format: {data_format!r}")
    return "channels_first" if data_format and data_format.startswith("NC") else "channels_last"


def finished(outputs, normalizer_fn, normalizer_params, activation_fn, collections, name):
    """What ends every layer: the normalizer, the activation, and the name in collections."""
    if normalizer_fn is not None:
        outputs = normalizer_fn(outputs, **(normalizer_params or {}))
    if activation_fn is not None:
        outputs = activation_fn(outputs)
    return collected.collect_named_outputs(collections, name, outputs)
