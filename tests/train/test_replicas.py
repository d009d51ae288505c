"""`tf.distribute` with one process: reductions give the value, several workers are refused by name."""

import json

import pytest

import mainstem as tf2
import mainstem.v1 as tf

REDUCTIONS = ["ReductionToOneDevice", "HierarchicalCopyAllReduce", "NcclAllReduce", "CrossDeviceOps"]


@pytest.mark.parametrize("name", REDUCTIONS)
def test_one_value_is_its_own_reduction(name):
    made, d = getattr(tf.distribute, name)(), tf.distribute
    x = tf.constant([1.0, 2.0])
    found = [
        made.reduce(d.ReduceOp.SUM, x, "/cpu:0"),
        *made.batch_reduce(d.ReduceOp.MEAN, [(x, "/cpu:0")]),
        made.broadcast(x, "/cpu:0"),
    ]
    with tf.Session() as session:
        assert [v.tolist() for v in session.run(found)] == [[1.0, 2.0]] * 3
    assert d.get_loss_reduction() is d.ReduceOp.SUM and getattr(tf2.distribute, name) is getattr(d, name)


def test_packs():
    with pytest.raises(ValueError, match="requires num_packs >= 0, but -1"):
        tf.distribute.HierarchicalCopyAllReduce(num_packs=-1)


@pytest.mark.parametrize("name", ["MultiWorkerMirroredStrategy", "CentralStorageStrategy", "ParameterServerStrategy"])
def test_one_worker_is_one_device(name, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": {"worker": ["localhost:1"]}}))
    strategy = getattr(tf.distribute.experimental, name)()
    with strategy.scope():
        v = tf.Variable(2.0)
    made = strategy.experimental_run_v2(lambda: v * 3.0)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(made) == 6.0 and strategy.num_replicas_in_sync == 1


@pytest.mark.parametrize("world", [tf, tf2])
def test_clusters_are_refused_by_name(world, monkeypatch):
    experimental = world.distribute.experimental
    with pytest.raises(NotImplementedError, match="TPUStrategy: use OneDeviceStrategy"):
        experimental.TPUStrategy()
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 0}}))
    with pytest.raises(NotImplementedError, match="MultiWorkerMirroredStrategy with the cluster .*a:1"):
        experimental.MultiWorkerMirroredStrategy()
