"""Object-based checkpoints: one of TensorFlow 2.21 (`tests/golden/record_checkpoint.py`), our own, and their manager."""

import gc
import json
import pathlib
import re

import numpy as np
import pytest

import mainstem.v2 as tf
from mainstem.base import errors
from mainstem.formats import bundle
from mainstem.train import object_graph
from tests.train import checkpoint_programs as programs

HERE = pathlib.Path(__file__).parent.parent / "golden" / "checkpoint"
GOLDEN = json.loads((HERE / "facts.json").read_text())
v1 = tf.compat.v1
eager = pytest.mark.usefixtures("eager_mode")


def close(ours, theirs):
    assert ours.keys() == theirs.keys() and ours["step"] == theirs["step"]
    for key in theirs:
        if key != "step":
            assert len(ours[key]) == len(theirs[key])
            for a, b in zip(ours[key], theirs[key], strict=True):
                assert (a is None) == (b is None)
                if a is not None:
                    np.testing.assert_allclose(a, b, rtol=2e-6, atol=1e-7)


def valued(graph):
    """An object graph without the nodes that hold nothing, numbered anew."""
    keep = [i for i, n in enumerate(graph) if n[3]]
    number = {old: new for new, old in enumerate(keep)}
    out = []
    for i in keep:
        children, attributes, slots, has = graph[i]
        children = [[name, number[c]] for name, c in children if c in number]
        out.append([children, attributes, [[number[a], name, number[b]] for a, name, b in slots], has])
    return out


def ours_as_lists(prefix):
    with bundle.BundleReader(str(prefix)) as reader:
        proto = object_graph.read(reader)
    return [
        [
            [[c.local_name, c.node_id] for c in n.children],
            [[a.name, a.full_name, a.checkpoint_key] for a in n.attributes],
            [[s.original_variable_node_id, s.slot_name, s.slot_variable_node_id] for s in n.slot_variables],
            n.has_checkpoint_values.value,
        ]
        for n in proto.nodes
    ]


@eager
def test_tensorflows_checkpoint_is_restored_and_training_goes_on_as_there():
    net, optimizer, step, text = programs.objects(tf, 0)
    saved = tf.train.Checkpoint(net=net, optimizer=optimizer, step=step, text=text)
    status = saved.restore(HERE / "ck-1")
    status.assert_existing_objects_matched().expect_partial()
    with pytest.raises(AssertionError, match=r"Unresolved object in checkpoint \(root\).optimizer.beta1_power"):
        status.assert_consumed()
    assert saved.save_counter.numpy() == 1 and text.numpy() == b"hi"
    assert programs.facts(tf, net, optimizer, step)["variables"] == GOLDEN["saved"]["variables"]
    programs.train(tf, net, optimizer, step)  # makes the slots, which have waited for their values
    status.assert_consumed()
    close(programs.facts(tf, net, optimizer, step), GOLDEN["later"])


@eager
def test_a_checkpoint_has_tensorflows_graph_and_values(tmp_path):
    net, optimizer, step, text = programs.objects(tf, 2)
    path = tf.train.Checkpoint(net=net, optimizer=optimizer, step=step, text=text).save(tmp_path / "ck")
    assert path == str(tmp_path / "ck-1") and tf.train.latest_checkpoint(tmp_path) == path
    without_count = [re.sub(r"(w|ax)/Adam(_\d+)?$", "slot", json.dumps(n)) for n in valued(ours_as_lists(path))]
    theirs = [re.sub(r"(w|ax)/Adam(_\d+)?$", "slot", json.dumps(n)) for n in valued(GOLDEN["graph"])]
    assert without_count == theirs
    with bundle.BundleReader(path) as ours, bundle.BundleReader(str(HERE / "ck-1")) as golden:
        assert ours.entries() == golden.entries()
        for key in golden.entries():
            if key != object_graph.KEY:
                a, b = ours.read(key), golden.read(key)
                assert a.tolist() == b.tolist() or np.allclose(a, b, rtol=2e-6)


@eager
def test_values_wait_for_objects_that_appear_later(tmp_path):
    class M(tf.Module):
        pass

    a = M()
    a.x, a.l, a.sub = tf.Variable(3.0), [tf.Variable(4.0)], M()
    a.sub.y = tf.Variable(5.0)
    tf.train.Checkpoint(m=a).write(tmp_path / "c")
    b = M()
    status = tf.train.Checkpoint(m=b).read(tmp_path / "c")
    status.assert_existing_objects_matched()
    with pytest.raises(AssertionError, match=r"\(root\)\.m\."):
        status.assert_consumed()
    b.sub = M()
    b.x = tf.Variable(0.0)
    b.sub.y = tf.Variable(0.0)
    b.l = [tf.Variable(0.0)]
    status.assert_consumed()
    assert [v.numpy() for v in (b.x, b.sub.y, b.l[0])] == [3, 5, 4]
    b.x = tf.Variable(0.0)  # what waited was given once
    assert b.x.numpy() == 0


@eager
def test_values_wait_for_members_of_lists_and_dicts(tmp_path):
    class M(tf.Module):
        def __init__(self, count):
            super().__init__()
            self.layers, self.named = [tf.Variable(float(i)) for i in range(count)], {"n": [tf.Variable(7.0)][:count]}

    file = tf.train.Checkpoint(m=M(3)).write(tmp_path / "c")
    m = M(1)
    m.layers[0].assign(9.0)
    m.named = {"n": [], "other": tf.Variable(1.0)}
    status = tf.train.Checkpoint(m=m).read(file)
    m.layers.append(tf.Variable(9.0))
    m.layers += [tf.Variable(9.0)]
    assert [v.numpy() for v in m.layers] == [0, 1, 2] and isinstance(m.layers, list)
    with pytest.raises(AssertionError, match="Unresolved"):
        status.assert_consumed()
    m.named["n"] = [tf.Variable(9.0)]
    assert m.named["n"][0].numpy() == 7
    with pytest.raises(AssertionError, match="named/other"):
        status.assert_consumed()


@eager
def test_values_that_found_no_place_are_told_of(tmp_path, caplog):
    file = tf.train.Checkpoint(a=tf.Variable(1.0), b=tf.Variable(2.0), c=[tf.Variable(3.0)]).save(tmp_path / "x")
    for quiet in (True, False):
        root = tf.train.Checkpoint(a=tf.Variable(0.0))
        status = root.restore(file)
        if quiet:
            status.expect_partial()
        del root, status
        gc.collect()
        said = [r.getMessage() for r in caplog.records if "found no place" in r.getMessage()]
        assert len(said) == (not quiet)
    assert "(root).b, (root).c.0." in said[0]


@eager
def test_a_root_and_names_beside_it(tmp_path):
    class M(tf.Module):
        pass

    k = M()
    k.a = tf.Variable(1.0)
    path = tf.train.Checkpoint(k, b=tf.Variable(2.0)).save(tmp_path / "r")
    keys = [n for n, _ in tf.train.list_variables(path)]
    assert keys == [object_graph.KEY, *(f"{n}/.ATTRIBUTES/VARIABLE_VALUE" for n in ("a", "b", "save_counter"))]
    k.a.assign(5.0)
    tf.train.Checkpoint(k).restore(path).expect_partial()
    assert k.a.numpy() == 1
    for wrong in ({"a": 3}, {"root": 3}):
        with pytest.raises(ValueError, match="trackable"):
            tf.train.Checkpoint(**wrong)
    with pytest.raises(ValueError, match="keys are strings"):
        tf.train.Checkpoint(b={1: tf.Variable(1.0)}).write(tmp_path / "x")


@eager
def test_what_does_not_fit(tmp_path):
    file = tf.train.Checkpoint(v=tf.Variable([1.0, 2.0], name="v")).write(tmp_path / "file")
    restore = lambda **kwargs: tf.train.Checkpoint(**kwargs).restore(file)  # noqa: E731
    with pytest.raises(ValueError, match=r"incompatible tensor with shape \(2,\).* shape \(1,\) and name Variable:0"):
        restore(v=tf.Variable([1.0]))
    with pytest.raises(errors.InvalidArgumentError, match="expected dtype int32 does not equal original dtype float32"):
        restore(v=tf.Variable([1, 2]))
    with pytest.raises(errors.NotFoundError, match="Failed to find any matching files for"):
        tf.train.Checkpoint().restore(tmp_path / "nope")
    both = restore(v=tf.Variable([0.0, 0.0]), w=tf.Variable(1.0))
    for check in (both.assert_consumed, both.assert_existing_objects_matched):
        with pytest.raises(AssertionError, match="not bound to checkpointed values.*'w'"):
            check()
    with pytest.raises(AssertionError, match="Unresolved"):
        restore().assert_consumed()
    with pytest.raises(AssertionError, match="Nothing except the root"):
        restore(a=tf.Variable(1.0)).assert_nontrivial_match()
    with pytest.raises(AssertionError, match="No checkpoint specified"):
        tf.train.Checkpoint().restore(None).assert_consumed()


@eager
def test_the_manager_keeps_the_newest_and_finds_them_again(tmp_path):
    saved = tf.train.Checkpoint(v=tf.Variable([1.0]))
    manager = tf.train.CheckpointManager(saved, tmp_path / "a", max_to_keep=2)
    assert manager.latest_checkpoint is None and manager.restore_or_initialize() is None
    made = [manager.save() for _ in range(4)] + [manager.save(checkpoint_number=9)]
    assert made == [str(tmp_path / "a" / f"ckpt-{i}") for i in (1, 2, 3, 4, 9)]
    assert manager.checkpoints == made[-2:] and manager.latest_checkpoint == made[-1]
    assert sorted(p.name for p in (tmp_path / "a").iterdir() if p.suffix == ".index") == ["ckpt-4.index", "ckpt-9.index"]
    state = (tmp_path / "a" / "checkpoint").read_text()
    assert 'model_checkpoint_path: "ckpt-9"' in state and state.count("all_model_checkpoint_timestamps") == 2
    again = tf.train.CheckpointManager(tf.train.Checkpoint(v=tf.Variable([0.0])), tmp_path / "a", max_to_keep=1)
    assert again.checkpoints == made[-2:] and again.restore_or_initialize() == made[-1]
    assert again.save().endswith("ckpt-6") and len(again.checkpoints) == 1


@eager
def test_the_manager_with_intervals_and_kept_ones(tmp_path):
    saved, step, began = tf.train.Checkpoint(v=tf.Variable([1.0])), tf.Variable(0), []
    every = tf.train.CheckpointManager(
        saved, tmp_path / "q", None, step_counter=step, checkpoint_interval=2, init_fn=lambda: began.append(1)
    )
    assert every.restore_or_initialize() is None and began == [1]
    made = []
    for _ in range(5):
        made.append(every.save() is not None)
        step.assign_add(1)
    assert made == [True, False, True, False, True] and every.save(check_interval=False)
    late = tf.train.CheckpointManager(
        saved, tmp_path / "l", 1, step_counter=step, checkpoint_interval=2, last_checkpoint_step=4
    )
    assert late.save() is None
    step.assign_add(1)
    assert late.save() is not None
    kept = tf.train.CheckpointManager(saved, tmp_path / "z", 1, keep_checkpoint_every_n_hours=1e-9)
    for _ in range(3):
        kept.save()
    assert len(list((tmp_path / "z").glob("*.index"))) == 3 and len(kept.checkpoints) == 1
    with pytest.raises(ValueError, match="positive integer"):
        tf.train.CheckpointManager(saved, tmp_path, 0)
    with pytest.raises(ValueError, match="step_counter"):
        tf.train.CheckpointManager(saved, tmp_path, 1, checkpoint_interval=2)


def test_in_graph_mode_a_session_holds_the_values(tmp_path):
    def build():
        v = v1.get_variable("v", initializer=[1.0, 2.0], use_resource=True)
        optimizer = v1.train.MomentumOptimizer(0.5, 0.9)
        step = v1.train.get_or_create_global_step()
        return optimizer.minimize(v1.reduce_sum(v * v), global_step=step), v1.train.Checkpoint(
            v=v, optimizer=optimizer, step=step
        )

    with tf.Graph().as_default(), v1.Session() as session:
        op, saved = build()
        session.run(v1.global_variables_initializer())
        session.run(op)
        path = saved.save(tmp_path / "g", session=session)
        session.run(op)
        want = session.run(saved.v)
    with tf.Graph().as_default(), v1.Session() as session:
        op, saved = build()
        status = saved.restore(path)
        status.assert_consumed()
        status.initialize_or_restore(session)
        session.run(op)
        np.testing.assert_array_equal(session.run(saved.v), want)
        assert session.run([saved.step, saved.save_counter]) == [2, 1]


@eager
def test_a_saver_without_a_graph(tmp_path):
    a, b = tf.Variable([1.0, 2.0], name="a"), tf.Variable(3.0, name="b")
    saver = v1.train.Saver([a, b], max_to_keep=2)
    paths = [saver.save(None, tmp_path / "m", global_step=i) for i in range(3)]
    assert saver.last_checkpoints == paths[1:] and tf.train.latest_checkpoint(tmp_path) == paths[-1]
    assert tf.train.list_variables(paths[-1]) == [("a", [2]), ("b", [])]
    a.assign([7.0, 7.0])
    saver.restore(None, paths[-1])
    assert a.numpy().tolist() == [1, 2]
    renamed = v1.train.Saver({"x": b})
    other = renamed.save(None, tmp_path / "n")
    assert tf.train.list_variables(other) == [("x", [])]
    a.assign([0.0, 0.0])
    tf.train.Checkpoint(p=a, q=b).restore(paths[-1]).assert_consumed()  # by the variables' names
    assert a.numpy().tolist() == [1, 2]
    by_object = tf.train.Checkpoint(some=a).write(tmp_path / "o")
    a.assign([0.0, 0.0])
    v1.train.Saver([a]).restore(None, by_object)
    assert a.numpy().tolist() == [1, 2]
    with pytest.raises(errors.NotFoundError, match="no zz"):
        v1.train.Saver({"zz": b}).restore(None, other)
    with pytest.raises(ValueError, match="shape"):
        v1.train.Saver({"x": a}).restore(None, other)
    with pytest.raises(ValueError, match="valid checkpoint"):
        saver.restore(None, tmp_path / "none")
    with pytest.raises(RuntimeError, match="var_list"):
        v1.train.Saver()
    with pytest.raises(ValueError, match="same name: a"):
        v1.train.Saver([tf.Variable(1.0, name="a"), tf.Variable(1.0, name="a")])


@eager
def test_what_python_keeps(tmp_path):
    class Count(tf.train.experimental.PythonState):
        def __init__(self, n):
            self.n = n

        def serialize(self):
            return f"n{self.n}"

        def deserialize(self, string_value):
            self.n = int(string_value[1:])

    path = tf.train.Checkpoint(p=Count(5), v=tf.Variable(1.0)).save(tmp_path / "c")
    assert tf.train.load_variable(path, "p/.ATTRIBUTES/py_state") == b"n5"
    restored = tf.train.Checkpoint(p=Count(0), v=tf.Variable(0.0))
    restored.restore(path).assert_consumed()
    later = tf.train.Checkpoint(v=tf.Variable(0.0))
    status = later.restore(path)
    later.p = Count(1)
    status.assert_consumed()
    assert restored.p.n == later.p.n == 5


@eager
def test_views():
    net, optimizer, step, text = programs.objects(tf, 0)
    root = tf.train.Checkpoint(net=net, optimizer=optimizer, step=step, text=text)
    view, objects = tf.train.CheckpointView(HERE / "ck-1"), tf.train.TrackableView(root)
    assert view.children(0) == {"net": 1, "optimizer": 2, "step": 3, "text": 4, "save_counter": 5}
    reached = [i for i, _ in enumerate(GOLDEN["graph"]) if not any(i == s[2] for n in GOLDEN["graph"] for s in n[2])]
    assert sorted(view.descendants()) == reached
    assert objects.root is root and list(objects.children(net)) == ["layers", "pair", "d", "shared"]
    matched, lost, new = view.diff(objects)
    assert matched[1] is net and matched[3] is step and new == []
    assert {c[0] for i in lost for n in GOLDEN["graph"] for c in n[0] if c[1] == i} == {
        "beta1_power", "beta2_power", "save_counter", "empty"
    }  # fmt: skip
    with pytest.raises(IndexError):
        view.children(99)
    with pytest.raises(errors.NotFoundError, match="Failed to find any matching files"):
        tf.train.CheckpointView(HERE / "none")
