"""Graphs with branches and loops as GraphDefs: read back here, and run by the real TensorFlow.

The peer tests need MAINSTEM_TF1_PYTHON and MAINSTEM_TF2_PYTHON (interpreter paths).
"""

import json
import os
import subprocess

import numpy as np
import pytest

import mainstem.v1 as tf
from mainstem.core import registry
from mainstem.graph.func_graph import FuncGraph
from tests.graph import control_programs as programs

SWITCHED = (programs.ref_variables_written, programs.initial_values, programs.gradient_beside_writes)
EXACT = [p for p in programs.EXPORTED + programs.OURS if p not in SWITCHED]
_PEER = """
import json, sys
import numpy as np, tensorflow as tf
tf1 = tf.compat.v1
for name, (path, runs) in json.load(open(sys.argv[1])).items():
    graph_def = tf1.GraphDef.FromString(open(path, "rb").read())
    with tf.Graph().as_default():
        tf.import_graph_def(graph_def, name="")
        with tf1.Session() as s:
            for fetches, feeds, want in runs:
                try:
                    got = s.run([n.lstrip("^") for n in fetches], feeds)
                except tf.errors.OpError as e:
                    assert type(e).__name__ == want, (name, fetches, str(e))
                    continue
                for g, w in zip(got, want):
                    if isinstance(w, str):
                        assert g.decode() == w, name
                    elif w is not None:
                        np.testing.assert_allclose(g, np.asarray(w), rtol=1e-5, err_msg=name)
print("peer is content")
"""


def results(runs):
    """The values of runs in one session; the class of the error for one that fails."""
    out = []
    with tf.Session() as session:
        for fetches, feeds in runs:
            try:
                values = session.run([f.removeprefix("^") for f in fetches], feeds)
                out.append([v.decode() if isinstance(v, bytes) else v if v is None else v.tolist() for v in values])
            except tf.errors.OpError as e:
                out.append(type(e).__name__)
    return out


def exported(program):
    """(GraphDef, runs, what they give) of a program."""
    with tf.Graph().as_default() as graph:
        runs = program(tf)
        return graph.as_graph_def(), runs, results(runs)


@pytest.mark.parametrize("program", programs.EXPORTED + programs.OURS, ids=lambda p: p.__name__)
def test_an_exported_graph_reads_back(program):
    record, runs, want = exported(program)
    with tf.Graph().as_default() as again:
        tf.import_graph_def(record, name="")
        assert results(runs) == want
        if program in EXACT:
            assert again.as_graph_def() == record


def test_bodies_are_functions_with_argument_names():
    record, _, _ = exported(programs.loop)
    by_name = {f.signature.name: f for f in record.library.function}
    (node,) = [n for n in record.node if n.op == "StatelessWhile"]
    body = by_name[node.attr["body"].func.name]
    assert node.attr["_lower_using_switch_merge"].b
    assert len(body.signature.input_arg) == len(node.attr["T"].list.type) == len(body.ret)
    (top,) = [n for n in body.node_def if n.op == "TopKV2"]
    taken = {i for n in body.node_def for i in n.input}
    assert f"{top.name}:values:0" in taken and f"{top.name}:indices:0" in taken
    branches = [n for n in body.node_def if n.op == "StatelessIf"]
    assert len(branches) == 1 and branches[0].attr["then_branch"].func.name in by_name


def test_what_changes_a_ref_variable_is_written_as_switches():
    record, _, _ = exported(programs.ref_variables_written)
    kinds = {n.op for n in record.node}
    assert {"RefSwitch", "Merge", "RefEnter", "NextIteration", "LoopCond", "Exit"} <= kinds
    outer, inner = tf.Graph(), {n.name for n in record.node}
    assert len(inner) == len(record.node)
    with outer.as_default():
        tf.import_graph_def(record, name="again")
        kinds = {o.type for o in outer.get_operations()}
        assert {"If", "While"} <= kinds and not {"Switch", "Enter"} & kinds


def test_a_called_function_that_changes_a_ref_variable_is_refused():
    with tf.Graph().as_default() as graph:
        v = tf.get_variable("v", initializer=1.0, use_resource=False)
        body = FuncGraph("changes")
        with body.as_default():
            body.outputs = [tf.identity(tf.assign_add(v, 1.0))]
        attrs = {"Tin": [tf.float32], "Tout": [tf.float32], "f": body}
        attrs.update(config="", config_proto="", executor_type="")
        graph.create(registry.lookup("StatefulPartitionedCall"), "call", body.external_captures[:1], attrs)
        with pytest.raises(NotImplementedError, match="AssignAdd.*use_resource"):
            graph.as_graph_def()


def test_a_meta_graph_with_branches_and_loops(tmp_path):
    with tf.Graph().as_default(), tf.Session() as session:
        programs.ref_variables_written(tf)
        session.run("init")
        session.run("loop:0", {"p:0": True, "x:0": 1.5})
        want = session.run(["now:0", "now_w:0"])
        path = tf.train.Saver().save(session, str(tmp_path / "model"))
    with tf.Graph().as_default(), tf.Session() as session:
        saver = tf.train.import_meta_graph(path + ".meta")
        saver.restore(session, path)
        for got, expected in zip(session.run(["now:0", "now_w:0"]), want, strict=True):
            np.testing.assert_array_equal(got, expected)
        session.run("loop:0", {"p:0": True, "x:0": 1.5})


def frozen():
    """The constants of a network whose variables branches and loops read, and what it gives."""
    with tf.Graph().as_default() as graph, tf.Session() as session:
        runs = programs.variables_in_bodies(tf)
        session.run(tf.global_variables_initializer())
        want = [session.run(f, d) for f, d in runs]
        record = tf.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), ["out"])
    return record, runs, [[v.tolist() for v in row] for row in want]


def test_variables_in_bodies_freeze():
    record, runs, want = frozen()
    ops = {n.op for n in record.node} | {
        n.op for f in record.library.function if "frozen" in f.signature.name for n in f.node_def
    }
    assert "GatherV2" in ops and not {"VarHandleOp", "ReadVariableOp", "ResourceGather"} & ops
    with tf.Graph().as_default():
        tf.import_graph_def(record, name="")
        np.testing.assert_allclose(results(runs), want, rtol=1e-6)


def test_a_variable_that_a_body_changes_does_not_freeze():
    with tf.Graph().as_default() as graph, tf.Session() as session:
        programs.resource_variables(tf)
        session.run("init")
        with pytest.raises(ValueError, match="changes the variable"):
            tf.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), ["out"])


@pytest.mark.peer
@pytest.mark.parametrize("variable", ["MAINSTEM_TF1_PYTHON", "MAINSTEM_TF2_PYTHON"])
def test_tensorflow_runs_exported_control_flow(tmp_path, variable):
    python = os.environ.get(variable)
    if not python:
        pytest.skip(f"{variable} is not set")
    made = {}
    for program in programs.EXPORTED:
        record, runs, want = exported(program)
        path = tmp_path / f"{program.__name__}.pb"
        path.write_bytes(record.SerializeToString())
        made[program.__name__] = [str(path), [[f, d, w] for (f, d), w in zip(runs, want, strict=True)]]
    record, runs, want = frozen()
    (tmp_path / "frozen.pb").write_bytes(record.SerializeToString())
    made["frozen"] = [str(tmp_path / "frozen.pb"), [[f, d, w] for (f, d), w in zip(runs, want, strict=True)]]
    (tmp_path / "runs.json").write_text(json.dumps(made))
    env = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([python, "-c", _PEER, str(tmp_path / "runs.json")], capture_output=True, text=True, env=env)
    assert "peer is content" in done.stdout, done.stderr[-3000:]
