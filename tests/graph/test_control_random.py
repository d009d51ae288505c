"""Random nests of branches and loops: as functions and as TensorFlow 1's control-flow nodes they compute the same."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mainstem.v1 as tf
from mainstem.graph import tf1_export

leaf = st.sampled_from(["x", "y", "const", "old"])


def grown(inner):
    pair = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(st.just("add"), pair),
        st.tuples(st.just("mul"), pair),
        st.tuples(st.just("cond"), st.tuples(st.sampled_from("pq"), inner, inner)),
        st.tuples(st.just("twice"), st.tuples(st.sampled_from("pq"), inner, inner)),
        st.tuples(st.just("loop"), st.tuples(st.integers(0, 3), inner)),
    )


programs = st.recursive(leaf, grown, max_leaves=8)


class Build:
    """Builds one tree; `old` is the value that the innermost loop carries."""

    def __init__(self):
        self.given = {"x": tf.placeholder(tf.float32, [], name="x"), "y": tf.placeholder(tf.float32, [], name="y")}
        self.given.update({k: tf.placeholder(tf.bool, [], name=k) for k in "pq"})

    def of(self, tree, old):
        if isinstance(tree, str):
            return {"const": lambda: tf.constant(0.5), "old": lambda: old}.get(tree, lambda: self.given[tree])()
        kind, parts = tree
        if kind in ("add", "mul"):
            a, b = (self.of(p, old) for p in parts)
            return a + b if kind == "add" else tf.sin(a) * b
        if kind == "loop":
            n, body = parts
            step = lambda i, a: (i + 1, self.of(body, a) * 0.5)  # noqa: E731
            return tf.while_loop(lambda i, a: i < n, step, [tf.constant(0), old])[1]
        pred, yes, no = parts
        if kind == "cond":
            return tf.cond(self.given[pred], lambda: self.of(yes, old), lambda: self.of(no, old))
        a, b = tf.cond(self.given[pred], lambda: (self.of(yes, old), old), lambda: (old, self.of(no, old)))
        return a - b


def values(out):
    feeds = [{"x:0": 0.7, "y:0": -1.3, "p:0": p, "q:0": q} for p in (True, False) for q in (True, False)]
    with tf.Session() as session:
        return [session.run(out, f) for f in feeds]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(programs)
def test_both_forms_give_the_same(tree):
    with tf.Graph().as_default() as graph:
        made = Build()
        tf.identity(made.of(tree, made.given["x"]), name="out")
        want = values("out:0")
        functions = graph.as_graph_def()
        kept, tf1_export.is_inlined = (
            tf1_export.is_inlined,
            lambda op: op.type in ("If", "StatelessIf", "While", "StatelessWhile"),
        )
        try:
            switches = graph.as_graph_def()
        finally:
            tf1_export.is_inlined = kept
    assert not {n.op for n in switches.node} & {"StatelessIf", "StatelessWhile"}
    for record in (functions, switches):
        with tf.Graph().as_default():
            tf.import_graph_def(record, name="")
            np.testing.assert_allclose(values("out:0"), want, rtol=1e-6)
