"""Variables in a session: reading, assigning, order, initialization, feeding, parts."""

import importlib
import pathlib
import pkgutil
import threading

import numpy as np
import pytest

import mainstem.ops
from mainstem.base import errors, shapes
from mainstem.core import registry
from mainstem.graph.graph import Graph, get_default_graph
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.ops import flow
from mainstem.ops import state as state_ops
from mainstem.run.session import Session
from mainstem.state import scope as state_scope
from mainstem.state.variable import RefVariable, ResourceVariable, Variable
from mainstem.surface import framework, initializers, variable_scope, variables
from mainstem.surface.variable_scope import get_variable

for module in pkgutil.iter_modules(mainstem.ops.__path__):
    importlib.import_module(f"mainstem.ops.{module.name}")

KINDS = pytest.mark.parametrize("resource", [False, True], ids=["ref", "resource"])
HERE = pathlib.Path(__file__).name


def started():
    session = Session()
    session.run(variables.global_variables_initializer())
    return session


@KINDS
def test_reading_before_initialization_names_variable_and_line(resource):
    v = Variable([1.0], name="weight", use_resource=resource)
    with Session() as session:
        with pytest.raises(errors.FailedPreconditionError, match="Attempting to use uninitialized value weight") as e:
            session.run(v)
        assert HERE in str(e.value)
        assert session.run(v.is_initialized()) == np.False_
        assert session.run(variables.report_uninitialized_variables()).tolist() == [b"weight"]
        session.run(v.initializer)
        assert session.run(v.is_initialized()) == np.True_
        assert session.run(variables.report_uninitialized_variables()).tolist() == []


@KINDS
def test_assignments_change_the_value_and_give_it(resource):
    v = Variable([1.0, 2.0], use_resource=resource)
    steps = [v.assign_add([1.0, 1.0]), v.assign_sub([0.5, 0.0]), v.assign([7.0, 8.0])]
    session = started()
    for step, want in zip(steps, ([2.0, 3.0], [1.5, 3.0], [7.0, 8.0]), strict=True):
        assert session.run(step).tolist() == want
        assert session.run(v).tolist() == want
    assert session.run(v.assign([0.0, 0.0], read_value=False)) is None
    assert session.run(v).tolist() == [0.0, 0.0]


@KINDS
def test_read_value_under_control_dependencies_sees_the_write(resource):
    v = Variable(0.0, use_resource=resource)
    with framework.control_dependencies([v.assign(5.0)]):
        after = v.read_value()
    session = started()
    assert session.run(after) == 5.0


@KINDS
def test_shape_can_change_only_without_validation(resource):
    v = Variable([1.0, 2.0], use_resource=resource)
    with pytest.raises(ValueError, match="incompatible|must be equal|not compatible"):
        v.assign([1.0, 2.0, 3.0])


def test_assign_of_another_shape():
    v = Variable([1.0, 2.0], validate_shape=False)
    assert v.shape.ndims is None
    step = variables.assign(v, [[1.0], [2.0]], validate_shape=False)
    session = started()
    session.run(step)
    assert session.run(v.op.outputs[0]).tolist() == [[1.0], [2.0]]


@KINDS
def test_initial_values_from_other_variables(resource):
    a = Variable([2.0], name="a", use_resource=resource)
    b = Variable(a.initialized_value(), name="b", use_resource=resource)
    c = Variable(flow.identity(b), name="c") if not resource else Variable(b.initialized_value(), name="c")
    session = Session()
    session.run(c.initializer)  # alone: nothing that it depends on is initialized
    assert session.run(c).tolist() == [2.0]
    session = started()
    assert [session.run(v).tolist() for v in (a, b, c)] == [[2.0]] * 3


@KINDS
def test_initialized_value_prefers_the_current_value(resource):
    a = Variable(1.0, use_resource=resource)
    value, change = a.initialized_value(), a.assign(9.0)
    session = started()
    session.run(change)
    assert session.run(value) == 9.0


@KINDS
def test_feeding_a_variable_changes_readers_only(resource):
    v = Variable(1.0, use_resource=resource)
    read = flow.identity(v) if not resource else v._as_graph_element()
    session = started()
    assert session.run([v, read], {v: 5.0}) == [5.0, 5.0]
    assert session.run(v) == 1.0


@KINDS
def test_load_and_eval_use_the_default_session(resource):
    v = Variable([1.0, 2.0], use_resource=resource)
    with pytest.raises(ValueError, match="No default session"):
        v.load([0.0, 0.0])
    size = len(get_default_graph().get_operations())
    with started():
        v.load([3.0, 4.0])
        assert v.eval().tolist() == [3.0, 4.0]
    assert len(get_default_graph().get_operations()) == size + 1  # the initializer of `started`


@KINDS
def test_counting_stops_at_the_limit(resource):
    v = Variable(0, use_resource=resource)
    count = v.count_up_to(3)
    session = started()
    assert [int(session.run(count)) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(errors.OutOfRangeError, match="Reached limit of 3"):
        session.run(count)
    assert session.run(v) == 3


@KINDS
def test_scatter(resource):
    v = Variable([1.0, 2.0, 3.0], use_resource=resource)
    rows = IndexedSlices(framework.constant_v1([10.0, 20.0]), framework.constant_v1([0, 0]))
    add, nd = v.scatter_add(rows), v.scatter_nd_update([[1]], [7.0])
    session = started()
    assert session.run(add).tolist() == [31.0, 2.0, 3.0]
    assert session.run(nd).tolist() == [31.0, 7.0, 3.0]
    with pytest.raises(TypeError, match="sparse_delta is not IndexedSlices"):
        v.scatter_sub([1.0])


@KINDS
def test_batch_scatter(resource):
    v = Variable(np.zeros((2, 3, 1), np.float32), use_resource=resource)
    new = np.asarray([[[1.0], [2.0]], [[3.0], [4.0]]], np.float32)
    step = variables.batch_scatter_update(v, [[0, 1], [2, 1]], new)
    session = started()
    assert session.run(step)[..., 0].tolist() == [[1.0, 2.0, 0.0], [0.0, 4.0, 3.0]]
    again = v.batch_scatter_update(IndexedSlices(framework.constant_v1(new), framework.constant_v1([[2, 2], [0, 1]])))
    session.run(v.initializer)
    assert session.run(again)[1, :, 0].tolist() == [3.0, 4.0, 0.0]


@KINDS
def test_reading_rows(resource):
    v = Variable([[1.0, 2.0], [3.0, 4.0]], use_resource=resource)
    rows, element = v.sparse_read([1]), v.gather_nd([[0, 1]])
    session = started()
    assert session.run(rows).tolist() == [[3.0, 4.0]] and session.run(element).tolist() == [2.0]


def test_strings_and_other_dtypes_hold_their_values():
    s = Variable(["a", "b"], name="s")
    i = Variable(np.int64(2**40), name="i")
    b = Variable([True, False], name="b")
    session = started()
    assert session.run(s).tolist() == [b"a", b"b"] and session.run(i) == 2**40 and session.run(b).tolist() == [True, False]
    session.run(s.assign(["c", "d"]))
    assert session.run(s).tolist() == [b"c", b"d"]


def test_parts_are_read_as_one_and_assigned_from_one():
    cut = variables.fixed_size_partitioner(2)
    whole = get_variable("p", initializer=framework.constant_v1([[1.0], [2.0], [3.0]]), partitioner=cut)
    assert [v.shape.as_list() for v in whole] == [[2, 1], [1, 1]] and len(whole) == 2
    tensor = framework.convert_to_tensor(whole)
    steps = whole.assign(framework.constant_v1([[4.0], [5.0], [6.0]]))
    session = started()
    assert session.run(tensor).tolist() == [[1.0], [2.0], [3.0]]
    with pytest.raises(ValueError, match="has 2 parts"):
        whole.assign([[[1.0]]])
    session.run(steps)
    assert session.run(tensor).tolist() == [[4.0], [5.0], [6.0]]


@KINDS
def test_what_uses_a_variable_outside_its_graphs_block_joins_that_graph(resource):
    with Graph().as_default():
        v = Variable(1.0, use_resource=resource)
    for made in (flow.identity(v), v.assign(2.0), v.read_value()):
        assert made.graph is v.graph
    other = flow.placeholder(dtype="float32", shape=[])
    with pytest.raises(ValueError, match="graph"):
        _ = other + v
    with Session(graph=v.graph) as session:
        session.run(v.initializer)
        assert session.run(v) == 1.0


def test_kinds_share_one_class():
    ref, resource = Variable(1.0), Variable(1.0, use_resource=True)
    assert isinstance(ref, Variable) and isinstance(resource, Variable)
    assert type(ref) is RefVariable and type(resource) is ResourceVariable
    assert ref.dtype._is_ref_dtype and not resource.dtype._is_ref_dtype
    assert len({ref, resource, ref}) == 2 and ref != resource and ref.experimental_ref().deref() is ref
    assert not hasattr(ref, "handle") and resource.handle.dtype.name == "resource"


def test_resource_variables_by_default():
    variable_scope.enable_resource_variables()
    try:
        assert type(Variable(1.0)) is ResourceVariable
        assert type(get_variable("v", [1])) is ResourceVariable
        assert type(get_variable("w", [1], use_resource=False)) is RefVariable
    finally:
        variable_scope.disable_resource_variables()
    with variable_scope.variable_scope("s", use_resource=True):
        assert type(Variable(1.0)) is ResourceVariable
    assert type(Variable(1.0)) is RefVariable


def test_scopes_of_threads_are_apart():
    graph, seen = get_default_graph(), []

    def build():
        with graph.as_default():
            seen.append(variable_scope.get_variable_scope().name)
            with variable_scope.variable_scope("inner"):
                seen.append(get_variable("v", [1]).name)

    with variable_scope.variable_scope("outer"):
        thread = threading.Thread(target=build)
        thread.start()
        thread.join()
    assert seen == ["", "inner/v:0"]


def test_scope_is_left_when_the_body_raises():
    for _ in range(2):
        with pytest.raises(KeyError), variable_scope.variable_scope("s"), variable_scope.variable_scope(None, "d"):
            raise KeyError
    assert variable_scope.get_variable_scope().name == "" and get_default_graph().get_name_scope() == ""
    assert state_scope.stack().current.reuse is False


def test_errors_name_the_line_that_made_the_variable():
    get_variable("w", [2], initializer=initializers.zeros_initializer())
    with pytest.raises(ValueError) as e:
        get_variable("w", [2])
    assert HERE in str(e.value) and "tf.reset_default_graph()" in str(e.value)
    with variable_scope.variable_scope("", reuse=True), pytest.raises(ValueError, match="found shape"):
        get_variable("w", [3])


def test_missing_variable_hints_at_ones_with_the_same_last_name():
    with variable_scope.variable_scope("model/layer"):
        get_variable("w", [1])
    with variable_scope.variable_scope("layer", reuse=True), pytest.raises(ValueError, match="model/layer/w"):
        get_variable("w", [1])


def test_saved_definition_restores_the_object():
    v = Variable([1.0, 2.0], name="v", trainable=False)
    w = Variable.from_proto(v.to_proto())
    session = started()
    assert session.run(w.assign_add([1.0, 1.0])).tolist() == [2.0, 3.0]
    assert w.name == v.name and w.trainable is False and w.initializer is v.initializer
    r = Variable([1.0, 2.0], name="r", use_resource=True)
    again = Variable.from_proto(r.to_proto())
    assert type(again) is ResourceVariable and again.shape.as_list() == [2] and again.dtype is r.dtype


def test_every_graph_has_its_own_store():
    get_variable("v", [1])
    with Graph().as_default():
        assert get_variable("v", [2]).shape.as_list() == [2]


@KINDS
def test_declared_shape_may_be_wider_than_the_first_value(resource):
    v = Variable([[1.0]], shape=[None, 1], use_resource=resource)
    w = Variable([1.0], shape=shapes.TensorShape(None), use_resource=resource)
    assert v.shape.as_list() == [None, 1] and w.shape.ndims is None
    grown = [v.assign([[1.0], [2.0]]), w.assign([[3.0]])]
    session = started()
    assert [session.run(g).tolist() for g in grown] == [[[1.0], [2.0]], [[3.0]]]
    assert session.run(v).tolist() == [[1.0], [2.0]]
    with pytest.raises(ValueError, match="not compatible with the explicitly supplied `shape`"):
        Variable([1.0], shape=[2], use_resource=resource)


def test_op_types():
    ref, resource = Variable(0, name="ref"), Variable(0, name="resource", use_resource=True)
    for v in (ref, resource):
        v.initialized_value()
        v.count_up_to(2)
        variables.is_variable_initialized(v)
    kinds = {o.type for o in get_default_graph().get_operations()}
    assert {"VariableV2", "Assign", "InitializedValue", "CountUpTo", "IsVariableInitialized"} <= kinds
    assert {"VarHandleOp", "AssignVariableOp", "ReadVariableOp", "VarIsInitializedOp"} <= kinds
    assert {"InitializedResourceValue", "ResourceCountUpTo"} <= kinds


@pytest.mark.parametrize("kind", ["Variable", "VariableV2", "TemporaryVariable"])
def test_bare_slots(kind):
    attrs = {"dtype": "float32", "shape": [2]}
    slot = registry.lookup(kind)(**attrs)
    change = state_ops.assign(slot, [1.0, 2.0])
    with Session() as session:
        with pytest.raises(errors.FailedPreconditionError, match=f"uninitialized value {kind}"):
            session.run(slot)
        session.run(change)
        assert session.run(slot).tolist() == [1.0, 2.0]


def test_shape_of_a_resource_and_forgetting_it():
    v = Variable([[1.0, 2.0, 3.0]], use_resource=True)
    shape = registry.lookup("VariableShape")(v.handle)
    forget = registry.lookup("DestroyResourceOp")(v.handle)
    session = started()
    assert session.run(shape).tolist() == [1, 3]
    session.run(forget)
    assert not session.run(v.is_initialized())
    with pytest.raises(errors.FailedPreconditionError):
        session.run(v)


@KINDS
def test_conversion_to_another_dtype_is_refused(resource):
    v = Variable([1.0], use_resource=resource)
    with pytest.raises(ValueError, match="Incompatible type conversion requested to type 'int32'"):
        framework.convert_to_tensor(v, dtype="int32")
    with pytest.raises(TypeError):
        v.assign(["a"])
