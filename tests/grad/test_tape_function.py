"""The programs of `tape_rows` inside a tf.function, where a tape adds nodes: the same values as TensorFlow's in eager mode."""

import pytest

import mainstem.v2 as tf
from mainstem.base import nest
from tests.golden import tape_rows
from tests.grad.test_tape import GOLDEN, _compare

pytestmark = pytest.mark.usefixtures("eager_mode")
ROWS = (
    "power", "persistent", "several_targets", "breaks", "stopping", "second_order", "third_order", "one_persistent_tape",
    "gradient_penalty", "hessian_vector", "jacobians", "hessian", "jacobian_inside", "custom", "recompute", "pass_through",
    "layers", "types", "second_orders", "control", "targets_that_are_sources", "overrides", "loops",
)  # fmt: skip


class _Once:
    """The namespace, with variables that are made in the first trace and found in later ones."""

    def __init__(self):
        self.made, self.place = [], 0

    def __getattr__(self, name):
        return getattr(tf, name)

    def Variable(self, *args, **kwargs):  # noqa: N802 - TensorFlow's name
        if self.place == len(self.made):
            self.made.append(tf.Variable(*args, **kwargs))
        self.place += 1
        return self.made[self.place - 1]


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if n == "second_orders" else n for n in ROWS])
def test_same_as_tensorflow(name):
    names = _Once()

    def program():
        names.place = 0
        made = tape_rows.ROWS[name](names)
        return nest.map_structure(lambda t: None if t is None else tf.convert_to_tensor(t), made)

    _compare(tape_rows.plain(tf.function(program, autograph=False)()), GOLDEN[name], name)
