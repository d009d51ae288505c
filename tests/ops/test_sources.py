"""Ops without inputs, and ops that look at a variable's slot: a row of the case table cannot describe them."""

import numpy as np
import pytest

from mainstem.base import errors
from mainstem.core import registry
from mainstem.graph.graph import Graph
from mainstem.run.session import Session


def call(name, *inputs, **attrs):
    return registry.lookup(name)(*inputs, **attrs)


@pytest.mark.parametrize("kind", ["VariableV2", "Variable", "TemporaryVariable"])
def test_a_variable_starts_without_a_value(kind):
    with Graph().as_default():
        v = call(kind, shape=[2], dtype="float32")
        ready, assign = call("IsVariableInitialized", v), call("Assign", v, [1.0, 2.0])
        with Session() as sess:
            assert not sess.run(ready)
            with pytest.raises(errors.FailedPreconditionError):
                sess.run(v)
            sess.run(assign)
            assert sess.run(ready) and sess.run(v).tolist() == [1.0, 2.0]


def test_a_resource_variable_is_made_and_destroyed():
    with Graph().as_default():
        handle = call("VarHandleOp", shape=[2], dtype="float32")
        ready, assign = call("VarIsInitializedOp", handle), call("AssignVariableOp", handle, [1.0, 2.0])
        destroy = call("DestroyResourceOp", handle)
        with Session() as sess:
            assert not sess.run(ready)
            sess.run(assign)
            assert sess.run(ready)
            sess.run(destroy)
            assert not sess.run(ready)


def test_constants_placeholders_and_no_op():
    with Graph().as_default():
        c = call("Const", value=np.array([1, 2], np.int32), dtype="int32")
        p = call("Placeholder", dtype="float32", shape=[None])
        done = call("NoOp")
        with Session() as sess:
            assert sess.run(c).tolist() == [1, 2] and sess.run(done) is None
            assert sess.run(p, {p: [3.0]}).tolist() == [3.0]
            with pytest.raises(errors.InvalidArgumentError):
                sess.run(p)
