"""SyncReplicasOptimizer in one process: what TensorFlow 1.15 makes of the same programs, where that does not hang on threads' luck."""

import threading

import numpy as np
import pytest

import mainstem.v1 as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as made:
        yield made


def model(replicas=1, total=None, sparse=False, inner=None, **more):
    step = tf.train.get_or_create_global_step()
    w = tf.get_variable("w", [3, 2], initializer=tf.ones_initializer())
    x = tf.placeholder_with_default(tf.constant([[1.0, 2.0, 3.0]]), [None, 3])
    loss = tf.reduce_sum(tf.square(tf.gather(w, [0, 2, 2]) if sparse else tf.matmul(x, w)))
    inner = inner or tf.train.GradientDescentOptimizer(0.01)
    return step, w, loss, tf.train.SyncReplicasOptimizer(inner, replicas, total, **more)


def test_the_nodes_are_tensorflows(graph):
    step, _, loss, optimizer = model()
    gradients = optimizer.compute_gradients(loss)
    before = len(graph.get_operations())
    train = optimizer.apply_gradients(gradients, step)
    made = [(o.name, o.type) for o in graph.get_operations()[before:] if not o.name.startswith("report_uninitialized")]
    assert [m for m in made if m[1] not in ("Const", "NoOp", "Identity")] == [
        ("sync_rep_local_step", "VariableV2"),
        ("sync_rep_local_step/Assign", "Assign"),
        ("Assign", "Assign"),
        ("sync_replicas/conditional_accumulator", "ResourceConditionalAccumulator"),
        ("sync_replicas/ResourceAccumulatorApplyGradient", "ResourceAccumulatorApplyGradient"),
        ("sync_replicas/ResourceAccumulatorTakeGradient", "ResourceAccumulatorTakeGradient"),
        ("GradientDescent/update_w/ApplyGradientDescent", "ApplyGradientDescent"),
        ("GradientDescent", "AssignAdd"),
        ("sync_token_q", "FIFOQueueV2"),
        ("dummy_queue", "FIFOQueueV2"),
        ("sync_token_q_Dequeue", "QueueDequeueV2"),
        ("Assign_1", "Assign"),
        ("Fill", "Fill"),
        ("sync_token_q_EnqueueMany", "QueueEnqueueManyV2"),
        ("dummy_queue_Close", "QueueCloseV2"),
        ("dummy_queue_Close_1", "QueueCloseV2"),
        ("sync_replicas/SetGlobalStep", "ResourceAccumulatorSetGlobalStep"),
    ]
    assert train.name == "Assign_1:0" and optimizer.get_name() == "sync_replicas"
    assert [v.name for v in tf.local_variables()] == ["sync_rep_local_step:0"]
    runner = optimizer.get_chief_queue_runner()
    assert runner.name == "dummy_queue" and [o.name for o in runner.enqueue_ops] == ["sync_token_q_EnqueueMany"]
    assert optimizer.get_init_tokens_op().name == "sync_token_q_EnqueueMany_1"
    assert (optimizer.local_step_init_op.name, optimizer.chief_init_op.name) == ("Assign:0", "sync_replicas/group_deps")


@pytest.mark.parametrize("sparse", [False, True])
def test_one_worker_trains_as_without(sparse):
    momentum = tf.train.MomentumOptimizer(0.01, 0.9)
    step, w, loss, optimizer = model(sparse=sparse, inner=momentum)
    train = optimizer.minimize(loss, global_step=step)
    assert optimizer.get_slot_names() == ["momentum"] and [v.name for v in optimizer.variables()] == ["w/Momentum:0"]
    with tf.train.MonitoredTrainingSession(hooks=[optimizer.make_session_run_hook(True, num_tokens=0)]) as session:
        for k in range(4):
            assert session.run(train) == k + 1
        got = session.run(w)
    with tf.Graph().as_default(), tf.Session() as session:
        step, w, loss, _ = model(sparse=sparse)
        train = tf.train.MomentumOptimizer(0.01, 0.9).minimize(loss, global_step=step)
        session.run(tf.global_variables_initializer())
        for _ in range(4):
            session.run(train)
        np.testing.assert_allclose(got, session.run(w), rtol=1e-6)


def test_workers_make_a_step_together():
    step, w, loss, optimizer = model(replicas=2)
    train = optimizer.minimize(loss, global_step=step)
    with tf.train.MonitoredTrainingSession(hooks=[optimizer.make_session_run_hook(True, num_tokens=0)]) as session:
        threads = [threading.Thread(target=lambda: [session.run(train) for _ in range(3)], daemon=True) for _ in range(2)]
        for t in threads:
            t.start()
        for t in threads:
            t.join(20)
        assert not any(t.is_alive() for t in threads)
        assert session.run(step) == 3


def test_averages_are_kept():
    averages = tf.train.ExponentialMovingAverage(0.5)
    step, w, loss, optimizer = model(variable_averages=averages, variables_to_average=[])
    optimizer._variables_to_average = [w]
    train = optimizer.minimize(loss, global_step=step)
    with tf.train.MonitoredTrainingSession(hooks=[optimizer.make_session_run_hook(True, num_tokens=0)]) as session:
        session.run(train)
        session.run(train)  # its token comes before the second average, which may be late; the first is there
        assert session.run(averages.average(w)).max() < 1.0


def test_mistakes():
    step, _, loss, optimizer = model(replicas=3, total=2)
    with pytest.raises(ValueError, match="Global step is required to check staleness"):
        optimizer.minimize(loss)
    with pytest.raises(ValueError, match="Must supply at least one variable"):
        optimizer.apply_gradients([], step)
    with pytest.raises(ValueError, match=r"Should be called after apply_gradients\(\)"):
        optimizer.get_chief_queue_runner()
    with pytest.raises(ValueError, match=r"get_init_tokens_op\(\) should be called after"):
        optimizer.get_init_tokens_op()
    with pytest.raises(ValueError, match="should be called before using the hook"):
        optimizer.make_session_run_hook(True).begin()
    optimizer.minimize(loss, global_step=step)
    with pytest.raises(ValueError, match=r"Too few tokens to finish the first step: 0 \(given\) vs 1 \(needed\)"):
        optimizer.get_init_tokens_op(0)
    one = tf.train.SyncReplicasOptimizer(tf.train.GradientDescentOptimizer(1.0), 1)
    one.minimize(loss, global_step=step)
    assert one.get_init_tokens_op(0).type == "NoOp"
