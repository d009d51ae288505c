"""Which of TensorFlow's behaviours is on: graph mode, with ref variables and v1 shapes. Eager mode is not there yet."""

from mainstem.base import shapes


def executing_eagerly():
    """Whether operations run as they are called: never, until eager mode is there."""
    return False


def disable_eager_execution():
    """Graph mode, which is what this process is in."""


def enable_eager_execution(config=None, device_policy=None, execution_mode=None):
    """Raises NotImplementedError: eager mode is not there yet."""
    raise NotImplementedError(
        "enable_eager_execution: Mainstem runs graph mode only so far; build a graph and run it in a Session."
    )


def disable_v2_behavior():
    """TensorFlow 1's behaviour, which is what this process has."""
    disable_v2_tensorshape()


def enable_v2_behavior():
    """Raises NotImplementedError: it includes eager mode."""
    raise NotImplementedError("enable_v2_behavior: it includes eager mode, which Mainstem does not have yet.")


def enable_v2_tensorshape():
    """Indexing a TensorShape gives int or None."""
    shapes.TensorShape.v2_behavior = True


def disable_v2_tensorshape():
    """Indexing a TensorShape gives a Dimension."""
    shapes.TensorShape.v2_behavior = False


def disable_control_flow_v2():
    """TensorFlow 1's control flow ops; nothing to switch, there is one kind here."""


enable_control_flow_v2 = disable_control_flow_v2


def control_flow_v2_enabled():
    """Whether control flow is functional inside."""
    return True
