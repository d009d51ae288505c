"""Initial values: drawn by few kernels, and the same as if each variable had its own."""

import numpy as np
import pytest

import mainstem.v1 as tf
from mainstem.lower import eager

SHAPES = [(3, 3, 3, 16), (3, 3, 16, 32), (5, 7), (), (2000, 3), (0, 4), (130, 127)]
DRAWN = {
    "truncated": lambda shape, seed: tf.truncated_normal(shape, 1.0, 0.5, seed=seed),
    "normal": lambda shape, seed: tf.random_normal(shape, seed=seed) * 2.0 - 1.0,
    "uniform": lambda shape, seed: tf.random_uniform(shape, -3.0, 3.0, seed=seed),
    "double": lambda shape, seed: tf.random_uniform(shape, dtype=tf.float64, seed=seed),
}


@pytest.mark.parametrize("name", DRAWN)
def test_initial_values_are_those_of_the_op(name):
    with tf.Graph().as_default(), tf.Session() as session:
        variables = [tf.Variable(DRAWN[name](shape, 7 + i)) for i, shape in enumerate(SHAPES)]
        init = tf.global_variables_initializer()
        session.run(init)
        first = session.run(variables)
        session.run(init)  # the streams went on by as much as was asked for
        second = session.run(variables)
    with tf.Graph().as_default(), tf.Session() as session:
        drawn = [DRAWN[name](shape, 7 + i) for i, shape in enumerate(SHAPES)]
        for have, want in (first, session.run(drawn)), (second, session.run(drawn)):
            for h, w in zip(have, want, strict=True):
                assert h.dtype == w.dtype and h.shape == w.shape
                np.testing.assert_allclose(h, w, rtol=3e-7, atol=1e-7)


def test_shapes_of_about_one_size_share_a_kernel(monkeypatch):
    asked, plain = set(), eager.kernels.call

    def call(op, args, *rest, **more):
        if op.state is not None:
            asked.add((op.name, *args[0].tolist()))
        return plain(op, args, *rest, **more)

    monkeypatch.setattr(eager.kernels, "call", call)
    with tf.Graph().as_default(), tf.Session() as session:
        for i, shape in enumerate([(3, 3, 3, 16), (5, 5, 3, 8), (1, 1, 16, 64), (64, 10), (3, 3, 32, 64)]):
            tf.get_variable(f"v{i}", shape, initializer=tf.truncated_normal_initializer(stddev=0.1))
        session.run(tf.global_variables_initializer())
    assert asked == {("TruncatedNormal", 4**7), ("TruncatedNormal", 4**8)}
