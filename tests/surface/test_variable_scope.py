"""Variables, scopes and initializers make TensorFlow 1.15's nodes, names, collections and errors."""

import importlib
import inspect
import json
import pathlib
import pkgutil
import types

import numpy as np
import pytest

import mainstem.ops
from mainstem.base import dtypes, shapes
from mainstem.core import registry
from mainstem.graph.graph import Graph
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.graph.keys import GraphKeys
from mainstem.run.session import Session
from mainstem.surface import (
    array,
    contrib_initializers,
    framework,
    initializers,
    random,
    template,
    variable_scope,
    variables,
)
from tests.surface.variable_programs import PROGRAMS

GOLDEN = json.loads((pathlib.Path(__file__).parent.parent / "golden" / "variables.json").read_text())
# where Mainstem says more, or makes other nodes
OTHER_NODES = {
    "dependent": "one InitializedValue stands for TensorFlow's Switch and Merge nodes",
}
NEEDS = {
    "matrix_initializers": ("Qr", "DiagPart", "MatrixDiag", "MatrixSetDiag"),
    "partitioned_initializers": ("MatrixSetDiag",),
}
OTHER_FACTS = {"protos": "TensorFlow 1.15 loses shape and dtype of a resource variable made from its VariableDef"}


def namespace():
    tf = types.SimpleNamespace(GraphKeys=GraphKeys, IndexedSlices=IndexedSlices, TensorShape=shapes.TensorShape)
    for name in ("float16", "float32", "float64", "int32", "int64", "bool", "string", "complex64"):
        setattr(tf, name, getattr(dtypes, name))
    for module in (framework, array, variables, variable_scope, template, initializers):
        for name, value in vars(module).items():
            if not name.startswith("_") and not inspect.ismodule(value):
                setattr(tf, name, value)
    tf.constant = framework.constant_v1
    tf.initializers = types.SimpleNamespace(**vars(initializers), identity=initializers.Identity)
    tf.contrib = types.SimpleNamespace(layers=contrib_initializers)
    return tf


TF = namespace()
for module in pkgutil.iter_modules(mainstem.ops.__path__):  # initializers look ops up by name
    importlib.import_module(f"mainstem.ops.{module.name}")


def run(name):
    with Graph().as_default() as graph:
        random.set_random_seed(42)
        error = facts = None
        try:
            facts = PROGRAMS[name](TF)
        except (ValueError, TypeError) as e:
            error = e
    return graph, facts, error


def node(op):
    attrs = {k: op.attrs[k] for k in ("seed", "seed2", "use_locking", "validate_shape") if op.attrs.get(k) is not None}
    if op.type in ("VariableV2", "VarHandleOp"):
        attrs.update(shape=str(shapes.TensorShape(op.attrs["shape"])), shared_name=op.attrs["shared_name"])
    if op.type == "Const":
        value = op.attrs["value"]
        if value.size == 1 and value.dtype.kind in "fi":
            attrs.update(value=float(value.reshape(-1)[0]))
    inputs = [t._as_node_def_input() for t in op.inputs] + ["^" + c.name for c in op.control_inputs]
    return [op.name, op.type, inputs, list(op.attrs.get("_class") or []), op.device, attrs]


def plain(value):
    return json.loads(json.dumps(value, default=lambda v: v.name if hasattr(v, "name") else str(v)))


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name):
    want = GOLDEN[name]
    lacking = [op for op in NEEDS.get(name, ()) if op not in registry.REGISTRY]
    if lacking:
        pytest.skip(f"no op {lacking}")
    graph, facts, error = run(name)
    if "error" in want:
        assert error is not None, f"no error; TensorFlow: {want['error']}"
        assert type(error).__name__ == want["error"][0]
        assert str(error).startswith(want["error"][1]) or name in OTHER_WORDS, f"{error}\nTensorFlow: {want['error'][1]}"
        return
    if error is not None:
        raise error
    if name not in OTHER_FACTS:
        assert plain(facts) == want["facts"]
    if name not in OTHER_NODES:
        check_nodes([node(o) for o in graph.get_operations()], want["nodes"])
    keys = [k for k in want["collections"] if k != "cond_context"]  # no Switch, no Merge, no context
    assert {k: [v.name for v in graph.get_collection(k)] for k in keys} == {k: want["collections"][k] for k in keys}

    if "values" in want:
        check_values(graph, want["values"])


def check_nodes(have, want):
    for h, w in zip(have, want, strict=False):
        common = set(h[5]) & set(w[5])  # Mainstem leaves defaults of some attrs out
        assert [*h[:5], *(h[5][k] for k in common if k != "value")] == [*w[:5], *(w[5][k] for k in common if k != "value")]
        if "value" in common:
            assert h[5]["value"] == pytest.approx(w[5]["value"], rel=1e-6), h[0]
    assert len(have) == len(want)


def check_values(graph, want):
    with graph.as_default(), Session() as session:
        session.run([variables.global_variables_initializer(), variables.local_variables_initializer()])
        for v in variables.global_variables() + variables.local_variables():
            have = np.asarray(session.run(v)).reshape(-1)[:8]
            if v.dtype.base_dtype is dtypes.string:
                assert [str(x) for x in have] == want[v.name]
            else:
                np.testing.assert_allclose(have, want[v.name], rtol=2e-6, atol=1e-7, err_msg=v.name)


OTHER_WORDS = {
    "error_assigned_shape",  # TensorFlow names no variable
    "error_unknown_initial_shape",
    "error_orthogonal_vector",
}
