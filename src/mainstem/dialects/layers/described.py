"""What a layer tells of itself: its arguments as plain values, its variables' values, and Keras's questions about networks."""

import inspect
import weakref

import numpy as np

from mainstem.base import shapes
from mainstem.dialects.layers import named
from mainstem.graph import sessions
from mainstem.graph.spec import TensorSpec
from mainstem.run.session import Session
from mainstem.state import scope as state_scope
from mainstem.state.trackable import AutoTrackable
from mainstem.surface import framework, variables
from mainstem.surface.module import Module

_OWN_SESSIONS = weakref.WeakKeyDictionary()  # graph -> the session of layers that are asked for values outside of any


def session_of(graph):
    """The default session, or one of our own, in which every variable of the graph has a value."""
    session = sessions.get_default_session()
    if session is None:
        session = _OWN_SESSIONS.get(graph)
        if session is None:
            session = _OWN_SESSIONS[graph] = Session(graph=graph)
    with graph.as_default():
        known = variables.global_variables()
        there = session.run([variables.is_variable_initialized(v) for v in known]) if known else []
        lacking = [v for v, is_there in zip(known, there, strict=True) if not is_there]
        if lacking:
            session.run(variables.variables_initializer(lacking))
    return session


class Described(AutoTrackable):
    """The part of `Layer` that answers questions: see `get_config` and `get_weights`."""

    _tells = False  # whether all arguments of the constructor are attributes of the same names
    _OF_ALL = ("self", "name", "trainable", "dtype", "kwargs")

    def get_config(self):
        """The constructor's arguments as plain values: `from_config` makes such a layer of them, without the variables' values.

        Raises NotImplementedError for a class with arguments of its own that does not say how.
        """
        found = {"name": self.name, "trainable": self.trainable, "dtype": self.dtype}
        teller = next(c for c in type(self).__mro__ if "_tells" in vars(c))
        if teller._tells:
            names = [n for n in inspect.signature(teller.__init__).parameters if n not in self._OF_ALL]
            return {**found, **{n: named.plain(getattr(self, n), n) for n in names}}
        asked = inspect.signature(type(self).__init__).parameters.values()
        if any(p.name not in self._OF_ALL and p.kind is p.POSITIONAL_OR_KEYWORD for p in asked):
            raise NotImplementedError("Layers with arguments in `__init__` must override `get_config`.")
        return found

    @classmethod
    def from_config(cls, config):
        """A new layer of the arguments that `get_config` gave."""
        return cls(**config)

    def get_weights(self):
        """The values of `weights` as a list of arrays, from the default session; variables without a value get their first one."""
        if state_scope.eager():
            return [v.numpy() for v in self.weights]
        return session_of(self.weights[0].graph).run(self.weights) if self.weights else []

    def set_weights(self, weights):
        """Sets the values of `weights` to those of a list of arrays. Raises ValueError for another count or other shapes."""
        own = self.weights
        if len(own) != len(weights):
            raise ValueError(
                f'You called `set_weights(weights)` on layer "{self.name}" with a  weight list of length {len(weights)}, but the layer '
                f"was expecting {len(own)} weights. Provided weights: {str(weights)[:50]}..."
            )
        for variable, value in zip(own, weights, strict=True):
            have, given = shapes.as_tuple(variable.shape), np.shape(value)
            if have != given:
                raise ValueError(f"Layer weight shape {have} not compatible with provided weight shape {given}")
        self._load(list(zip(own, weights, strict=True)))

    def _load(self, pairs):
        for variable, value in pairs:
            if state_scope.eager():
                variable.assign(value)
            else:
                variable.load(np.asarray(value, variable.dtype.as_numpy_dtype), session_of(variable.graph))

    # ---- Keras's questions

    dynamic = property(lambda self: False, doc="Whether the layer can run eagerly only: never.")
    _mean_metric = None  # makes a metric of a name that takes means; Keras's objective of models sets it
    inbound_nodes = property(lambda self: [], doc="Always empty: nodes of Keras's networks, which these layers do not make.")
    outbound_nodes = property(lambda self: [], doc="Always empty; see `inbound_nodes`.")
    name_scope = property(
        lambda self: framework.name_scope(self.scope_name + "/"),
        doc="A context manager that opens the scope of the layer's name.",
    )
    with_name_scope = classmethod(Module.with_name_scope.__func__)

    @property
    def submodules(self):
        """All layers among the attributes, and theirs, as a tuple."""
        return tuple(found for layer in self._layers() for found in (layer, *layer.submodules))

    def add_metric(self, value, aggregation=None, name=None):
        """Adds a metric: a tensor whose mean over the examples is reported, or the result of a metric object's call.

        Raises ValueError for another `aggregation` than "mean", and for a tensor without a name.
        """
        if aggregation not in (None, "mean"):
            raise ValueError(
                f"We currently support only `mean` sample-wise metric aggregation. You provided aggregation=`{aggregation}`"
            )
        metric = getattr(value, "_metric_obj", None)
        if metric is None:
            if name is None:
                raise ValueError(
                    "Please provide a name for your metric like `self.add_metric(tf.reduce_sum(inputs), name='mean_activation', "
                    "aggregation='mean')`"
                )
            if aggregation is None:
                raise ValueError(
                    "`add_metric` without aggregation takes the result of a metric object; pass aggregation='mean'."
                )
            metric = next((m for m in self._own_metrics() if m.name == name), None)
            if metric is None:
                with framework.init_scope():
                    metric = self._mean_metric(name)
            value = metric(value)
        if not any(m is metric for m in self._own_metrics()):
            self._own_metrics().append(metric)
        metric._call_result = value

    def _own_metrics(self):
        return vars(self).setdefault("_metrics", [])

    @property
    def metrics(self):
        """The metrics that this layer and the layers inside it added."""
        return [*self._own_metrics(), *(m for layer in self._layers() for m in getattr(layer, "metrics", ()))]

    def compute_output_signature(self, input_signature):
        """The TensorSpec of the output for one of the input."""
        shape = self.compute_output_shape(input_signature.shape)
        return TensorSpec(shape=shape, dtype=self.dtype or input_signature.dtype)

    def _no_node(self, what):
        return RuntimeError(f"The layer has never been called and thus has no defined {what}.")

    def get_input_at(self, node_index):
        """Raises RuntimeError: `tf.layers` makes no nodes of Keras's networks. The same holds for the other `get_…_at`."""
        raise self._no_node("input")

    def get_output_at(self, node_index):
        """See `get_input_at`."""
        raise self._no_node("output")

    def get_input_shape_at(self, node_index):
        """See `get_input_at`."""
        raise self._no_node("input shape")

    def get_output_shape_at(self, node_index):
        """See `get_input_at`."""
        raise self._no_node("output shape")

    def get_input_mask_at(self, node_index):
        """See `get_input_at`."""
        raise self._no_node("input")

    def get_output_mask_at(self, node_index):
        """See `get_input_at`."""
        raise self._no_node("output")


def _unknown(text):
    def ask(self):
        raise AttributeError(text.format(self.name))

    return property(ask, doc="Raises AttributeError, as for every layer that is not part of a Keras network.")


for _name, _text in {
    "input": "Layer {} is not connected, no input to return.",
    "output": "Layer {} has no inbound nodes.",
    "input_mask": "Layer {} is not connected, no input to return.",
    "output_mask": "Layer {} has no inbound nodes.",
    "input_shape": "The layer has never been called and thus has no defined input shape.",
    "output_shape": "The layer has never been called and thus has no defined output shape.",
}.items():
    setattr(Described, _name, _unknown(_text))
