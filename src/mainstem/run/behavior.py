"""Which of TensorFlow's behaviours is on: graph or eager mode, ref or resource variables, v1 or v2 shapes."""

from mainstem.base import shapes
from mainstem.core import builder
from mainstem.eager.context import context
from mainstem.graph.graph import Graph, get_default_graph
from mainstem.graph.tensor import Tensor
from mainstem.state import scope

_world = []


def start(world):
    """What importing a namespace sets: the first one imported in a process decides its mode."""
    if not _world:
        _world.append(world)
        if world == "v2":
            enable_v2_behavior()


def executing_eagerly():
    """Whether operations run as they are called; not inside a graph's `as_default` nor while a tf.function is traced."""
    return not isinstance(builder.current(), Graph)


def in_graph_mode():
    """Whether operations are added to a graph as they are called."""
    return not executing_eagerly()


def v2_behavior_enabled():
    """Whether TensorFlow 2's behaviour is on, told by its shapes."""
    return shapes.TensorShape.v2_behavior


def disable_eager_execution():
    """Operations are added to the default graph from now on. Raises ValueError inside a graph or function."""
    builder.set_default(get_default_graph)


def enable_eager_execution(config=None, device_policy=None, execution_mode=None):
    """Operations run as they are called from now on. Raises ValueError when the default graph has operations already."""
    if get_default_graph().version and builder.current() is not context():
        raise ValueError("tf.enable_eager_execution must be called at program startup.")
    builder.set_default(context)


def disable_v2_behavior():
    """TensorFlow 1's behaviour: graph mode, ref variables, shapes of Dimensions."""
    disable_eager_execution()
    disable_v2_tensorshape()
    disable_tensor_equality()
    scope.disable_resource_variables()


def enable_v2_behavior():
    """TensorFlow 2's behaviour: eager mode, resource variables, shapes of ints."""
    builder.set_default(context)
    enable_v2_tensorshape()
    enable_tensor_equality()
    scope.enable_resource_variables()


def enable_v2_tensorshape():
    """Indexing a TensorShape gives int or None."""
    shapes.TensorShape.v2_behavior = True


def disable_v2_tensorshape():
    """Indexing a TensorShape gives a Dimension."""
    shapes.TensorShape.v2_behavior = False


def enable_tensor_equality():
    """`==` of tensors and variables of eager mode compares their content; they are not hashable then."""
    Tensor._USE_EQUALITY = True


def disable_tensor_equality():
    """`==` of tensors and variables is identity."""
    Tensor._USE_EQUALITY = False


def disable_control_flow_v2():
    """TensorFlow 1's control flow ops; nothing to switch, there is one kind here."""


enable_control_flow_v2 = disable_control_flow_v2


def control_flow_v2_enabled():
    """Whether control flow is functional inside."""
    return True
