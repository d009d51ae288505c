"""`tf.contrib.eager`: what TensorFlow 1 had for eager mode beside the names that stayed."""

import contextlib
import functools
import inspect
import os

from mainstem.base import errors
from mainstem.dialects.layers.base import Layer
from mainstem.eager.context import context
from mainstem.graph.graph import Graph
from mainstem.ops.checkpoint import open_reader
from mainstem.run import devices, function
from mainstem.surface import host, template, variable_scope, variables
from mainstem.train import checkpoints
from mainstem.train.saver import Saver as GraphSaver

SYNC, ASYNC = 0, 1
DEVICE_PLACEMENT_EXPLICIT, DEVICE_PLACEMENT_WARN, DEVICE_PLACEMENT_SILENT = 0, 1, 2


# ---- the machine


def list_devices():
    """The full names of the devices that operations can run on."""
    return [d.name for d in devices.devices()]


def num_gpus():
    """How many GPUs there are."""
    return sum(d.device_type == "GPU" for d in devices.devices())


@contextlib.contextmanager
def execution_mode(mode):
    """Accepted: operations are put to the device's queue at once and waited for where their value is needed."""
    set_execution_mode(mode)
    yield


def set_execution_mode(mode):
    """Accepted, see `execution_mode`. Raises ValueError for something that is neither SYNC nor ASYNC."""
    if mode not in (None, SYNC, ASYNC):
        raise ValueError(f"execution_mode should be None/tf.contrib.eager.SYNC/tf.contrib.eager.ASYNC. Got {mode!r}.")


def async_wait():
    """Nothing to wait for: a value that is needed is waited for."""


def async_clear_error():
    """Nothing to clear: an error is raised where it happens."""


class _VariableType(type(variables.Variable)):
    def __call__(cls, *args, **kwargs):
        given = dict(inspect.signature(cls.__init__).bind(None, *args, **kwargs).arguments)
        del given["self"]
        if given.pop("distribute_strategy", None) is not None:
            raise NotImplementedError(
                "tf.contrib.eager.Variable(distribute_strategy=…): make it in the strategy's scope() instead."
            )
        return variables.Variable(**{k: v for k, v in given.items() if v is not None}, use_resource=True)

    def __instancecheck__(cls, variable):
        return isinstance(variable, variables.Variable) and getattr(variable, "_is_resource", True)


class Variable(variables.Variable, metaclass=_VariableType):
    """`tf.Variable(…, use_resource=True)`; what it makes in a graph has a handle too. Raises NotImplementedError for a strategy."""

    def __init__(
        self, initial_value=None, trainable=None, collections=None, validate_shape=True, caching_device=None, name=None, dtype=None,
        variable_def=None, import_scope=None, constraint=None, distribute_strategy=None, synchronization=None, aggregation=None,
        shape=None,
    ):  # fmt: skip
        """Never called: `tf.Variable` makes the object."""


def py_func(func, inp, Tout, name=None):  # noqa: N803 - TensorFlow's names
    """Calls the Python function `func` on eager tensors when the result is needed; gradients pass through it."""
    return host.py_function(func, inp, Tout, name)


def make_template(
    name_, func_, create_scope_now_=False, unique_name_=None, custom_getter_=None, create_graph_function_=False, **kwargs
):
    """`tf.make_template`; with `create_graph_function_` what it gives is traced as a tf.function."""
    made = template.make_template(name_, func_, create_scope_now_, unique_name_, custom_getter_, **kwargs)
    return function.function(made) if create_graph_function_ else made


def run_test_in_graph_and_eager_modes(func=None, config=None, use_gpu=True, reset_test=True, assert_no_eager_garbage=False):
    """Decorator of a test method: runs it in a graph with a session, then, after `setUp` again, in eager mode."""
    if func is None:
        return functools.partial(
            run_test_in_graph_and_eager_modes,
            config=config,
            use_gpu=use_gpu,
            reset_test=reset_test,
            assert_no_eager_garbage=assert_no_eager_garbage,
        )

    @functools.wraps(func)
    def both(self, *args, **kwargs):
        with Graph().as_default(), self.test_session(config=config, use_gpu=use_gpu):
            func(self, *args, **kwargs)
        if reset_test:
            self.tearDown()
            self.setUp()
        with context().as_default():
            func(self, *args, **kwargs)

    return both


def run_all_tests_in_graph_and_eager_modes(cls):
    """Decorator of a test class: `run_test_in_graph_and_eager_modes` for each of its tests."""
    for name, value in list(vars(cls).items()):
        if callable(value) and name.startswith("test") and name != "test_session":
            setattr(cls, name, run_test_in_graph_and_eager_modes(value))
    return cls


# ---- saving


class Saver:
    """Saves and restores variables of eager mode by name; `var_list` is a list, or a dict from names in the checkpoint."""

    def __init__(self, var_list):
        self._saver = GraphSaver(var_list)

    def save(self, file_prefix, global_step=None):
        """Writes a checkpoint; gives its prefix (with "-<global_step>" when that is given)."""
        return self._saver.save(None, file_prefix, write_meta_graph=False, global_step=global_step)

    def restore(self, file_prefix):
        """Gives the variables their values. Raises what `tf.train.Saver.restore` raises."""
        self._saver.restore(None, file_prefix)


def get_optimizer_variables(optimizer):
    """The variables of an optimizer (slots and others), a list."""
    return list(optimizer.variables())


@contextlib.contextmanager
def restore_variables_on_create(save_path, map_func=None):
    """Variables made inside start with the value that the checkpoint has under their name (as `map_func` maps it).

    None as `save_path` changes nothing. Raises NotFoundError for a variable that the checkpoint does not have.
    """
    if not save_path:
        yield
        return
    rename = (lambda name: name) if map_func is None else map_func
    if not callable(rename):
        raise ValueError("map_func must be callable.")
    with open_reader(os.fspath(save_path)) as reader:

        def creator(make, **kwargs):
            made = make(**kwargs)
            key = rename(made._shared_name)
            if not reader.has(key):
                raise errors.NotFoundError(None, None, f"{key} not found in checkpoint")
            made.assign(reader.read(key))
            return made

        with variable_scope.variable_creator_scope(creator):
            yield


# ---- networks


class Network(Layer):
    """A layer made of layers: `self.d = self.track_layer(tf.layers.Dense(3))` in `__init__`, and a method `call`.

    The variables of its layers are named under its own name: "my_network/dense/kernel".
    """

    def __init__(self, name=None):
        super().__init__(name=name)
        self._given_name, self._tracked, self._waiting = name, [], None

    @property
    def name(self):
        """The name that was given, else the one found at the first call (None before that)."""
        if self._given_name is not None:
            return self._given_name
        return None if self._scope is None else self.scope_name.rsplit("/", 1)[-1]

    def track_layer(self, layer):
        """Makes a layer part of this network; gives the layer. Raises TypeError for something else, ValueError for a second time."""
        if not isinstance(layer, Layer):
            raise TypeError(f"Network.track_layer() passed type {type(layer)}, not a tf.layers.Layer")
        if any(layer is known for known in self._tracked):
            raise ValueError(f"The layer {layer} is already a part of this network.")
        taken = {known.name for known in self._tracked}
        if not isinstance(layer, Network):
            name, count = layer._base_name, 1
            while name in taken:
                name, count = f"{layer._base_name}_{count}", count + 1
            layer._name = name
        self._tracked.append(layer)
        return layer

    @property
    def layers(self):
        """The layers, in the order of `track_layer`."""
        return list(self._tracked)

    def get_layer(self, name=None, index=None):
        """A layer by name or position. Raises ValueError when there is none, or both or none are given."""
        if (name is None) == (index is None):
            raise ValueError("Either a layer name or layer index must be provided, and not both.")
        if index is not None:
            if not 0 <= index < len(self._tracked):
                raise ValueError(
                    f"Was asked to retrieve layer at index {index} but model only has {len(self._tracked)} layers."
                )
            return self._tracked[index]
        for layer in self._tracked:
            if layer.name == name:
                return layer
        raise ValueError(f"No such layer: {name}")

    def _layers(self):
        return self._tracked

    def __call__(self, *args, **kwargs):
        """Calls `call`; the first time it makes the variables, and gives them values that wait for them."""
        result = super().__call__(*args, **kwargs)
        if self._waiting is not None and self.built:
            waiting, self._waiting = self._waiting, None
            self._restore(*waiting)
            return super().__call__(*args, **kwargs)  # with the restored values
        return result

    def _by_relative_name(self, map_func=None):
        rename = (lambda name: name) if map_func is None else map_func
        prefix = f"{self.scope_name}/"
        return {rename(v._shared_name.removeprefix(prefix)): v for v in self.variables}

    def _restore(self, save_path, map_func):
        GraphSaver(self._by_relative_name(map_func)).restore(None, save_path)


class Sequential(Network):
    """A network that applies layers, or functions of a tensor, one after the other.

    `training=` goes to the layers that take it. Raises TypeError for something that is neither a layer nor callable.
    """

    def __init__(self, layers_funcs=None, name=None):
        super().__init__(name=name)
        self._steps = []
        for step in layers_funcs or ():
            self.add(step)

    def add(self, layer_func):
        """Appends a layer or function."""
        if isinstance(layer_func, Layer):
            takes_training = "training" in inspect.signature(layer_func.call).parameters
            self._steps.append((self.track_layer(layer_func), takes_training))
        elif callable(layer_func):
            self._steps.append((layer_func, False))
        else:
            raise TypeError(
                f"Sequential.add() takes only tf.layers.Layer objects or callables; not '{layer_func}' of type "
                f"'{type(layer_func)}'."
            )

    def call(self, inputs, training=None):
        """Applies all steps to `inputs`."""
        for step, takes_training in self._steps:
            inputs = step(inputs, training=training) if takes_training and training is not None else step(inputs)
        return inputs


def save_network_checkpoint(network, save_path, global_step=None, map_func=None):
    """Writes the variables of a network under their names inside it; gives the checkpoint's prefix.

    A directory as `save_path` gets a file named after the network. Raises ValueError for a network that was never called.
    """
    if not network.built:
        raise ValueError(
            "Attempt to save the Network before it was first called. This means variables have not yet been created."
        )
    path = os.fspath(save_path)
    if os.path.isdir(path):
        path = os.path.join(path, network.name)
    return GraphSaver(network._by_relative_name(map_func)).save(None, path, global_step=global_step, write_meta_graph=False)


def restore_network_checkpoint(network, save_path, map_func=None):
    """Restores what `save_network_checkpoint` wrote, from a prefix or a directory's newest; waits for the network's first call."""
    path = os.fspath(save_path)
    if os.path.isdir(path):
        path = checkpoints.latest_checkpoint(path)
    if network.built:
        network._restore(path, map_func)
    else:
        network._waiting = (path, map_func)
