"""`tf.distribute` on one device: where a program is, what strategies compute there, errors; as TensorFlow 2.21 has it."""

import numpy as np
import pytest

import mainstem as tf
import mainstem.v1 as tf1

d = tf.distribute


@pytest.fixture
def one():
    return d.OneDeviceStrategy("/cpu:0")


def test_a_program_without_a_strategy_is_the_replica_of_the_default_one():
    context, strategy = d.get_replica_context(), d.get_strategy()
    assert not d.has_strategy() and not d.in_cross_replica_context()
    assert isinstance(strategy, d.Strategy) and isinstance(strategy, tf1.distribute.Strategy)
    assert context.strategy is strategy and context.num_replicas_in_sync == 1 and context.devices == ("",)
    assert context.replica_id_in_sync_group == 0

    def merged(given, *args, **kwargs):
        assert given is strategy and d.in_cross_replica_context() and d.get_replica_context() is None and not d.has_strategy()
        return args, kwargs

    assert context.merge_call(merged, args=(1, 2), kwargs={"z": 3}) == ((1, 2), {"z": 3})
    with strategy.scope():
        assert not d.in_cross_replica_context()
    assert strategy.run(lambda a: (a, d.get_replica_context() is context), (5,)) == (5, True)
    assert strategy.reduce("MEAN", 3, axis=None) == 3
    with pytest.raises(RuntimeError, match=r"worker_devices\(\) method unsupported by default"):
        strategy.extended.worker_devices  # noqa: B018


def test_scope_and_run_of_one_device(one):
    other = d.OneDeviceStrategy("/cpu:0")
    context = d.get_replica_context()
    with one.scope() as given:
        assert given is one and d.get_strategy() is one and d.in_cross_replica_context() and d.get_replica_context() is None
        with one.scope():
            pass
        with pytest.raises(RuntimeError, match="Mixing different tf.distribute.Strategy objects"), other.scope():
            pass
        with pytest.raises(RuntimeError, match="Need to be inside `call_for_each_replica"):
            context.merge_call(lambda s: s)
        with pytest.raises(RuntimeError, match="Must not be called inside a `tf.distribute.Strategy` scope"):
            d.experimental_set_strategy(one)

    def replica(x, y=1):
        here = d.get_replica_context()
        with pytest.raises(RuntimeError, match="Method requires being in cross-replica context"):
            one.reduce("SUM", x, axis=None)
        with pytest.raises(RuntimeError, match="Method requires being in cross-replica context"):
            one.run(lambda: 1)
        with pytest.raises(RuntimeError, match="Must not nest"):
            context.strategy.run(lambda: 1)
        return x, y, here.devices, here.merge_call(lambda s, x: (s is one, d.in_cross_replica_context(), x), (x,))

    assert one.run(replica, (3,), {"y": 4}) == (3, 4, ("/job:localhost/replica:0/task:0/device:CPU:0",), (True, True, 3))
    assert not d.has_strategy(), "also after errors inside"


def test_reductions_over_one_replica(one):
    with tf1.Graph().as_default(), tf1.Session() as session:
        x = tf1.constant([[1, 2], [3, 5]])
        assert session.run(one.reduce("SUM", x, axis=None)).tolist() == [[1, 2], [3, 5]]
        assert session.run(one.reduce(d.ReduceOp.SUM, x, axis=(0, 1))) == 11
        mean = session.run(one.reduce("mean", x, axis=1))
        assert mean.tolist() == [1.5, 4.0] and mean.dtype == np.float64
        pair = d.get_replica_context().all_reduce("SUM", {"a": x, "b": 2.0})
        assert session.run(pair["b"]) == 2.0 and [t.op.type for t in pair.values()] == ["IdentityN"] * 2
        z = tf1.constant(3.0)
        assert session.run(tf1.gradients(d.get_replica_context().all_reduce("sum", z * z), z)) == [6.0]
    with pytest.raises(ValueError, match="'MEDN' is not a valid ReduceOp"):
        one.reduce("medn", 1, axis=None)
    assert one.experimental_local_results(5) == (5,)


def test_variables_of_a_scope_know_their_strategy_and_device(one):
    with tf1.Graph().as_default(), tf1.Session() as session:
        with one.scope():
            v = tf1.get_variable("v", [], initializer=tf1.zeros_initializer())
        free = tf1.get_variable("free", [])
        assert v.op.type == "VarHandleOp" and v.device == "/job:localhost/replica:0/task:0/device:CPU:0"
        extended = one.extended
        assert extended.variable_created_in_scope(v) and not extended.variable_created_in_scope(free)
        assert d.get_strategy().extended.variable_created_in_scope(free)
        step = extended.update(v, lambda v, a: v.assign_add(a), args=(3.0,))
        session.run(v.initializer)
        assert session.run([step, extended.read_var(v)])[0] == 3.0
        assert extended.update(v, lambda v, a: (d.in_cross_replica_context(), a), args=(3.0,), group=False) == ((True,), (3.0,))
        with one.scope(), pytest.raises(ValueError, match="must only be passed a variable created in this"):
            extended.colocate_vars_with(free)


def test_a_strategy_for_the_whole_program(one):
    d.experimental_set_strategy(one)
    try:
        assert d.has_strategy() and d.get_strategy() is one and d.get_replica_context() is None
    finally:
        d.experimental_set_strategy(None)
    assert not d.has_strategy()


@pytest.mark.usefixtures("eager_mode")
def test_a_training_step_in_a_function(one):
    with one.scope():
        v = tf.Variable(1.0)

    @tf.function
    def step(x):
        def replica(x):
            v.assign_add(d.get_replica_context().all_reduce("sum", x))
            return v * 2.0

        return one.run(replica, (x,))

    assert float(step(tf.constant(2.0))) == 6.0 and float(one.reduce("SUM", step(tf.constant(1.0)), axis=None)) == 8.0


def test_input(one):
    context = d.InputContext(2, 1, 4)
    assert str(context) == "tf.distribute.InputContext(input pipeline id 1, total: 2)"
    assert context.get_per_replica_batch_size(8) == 2
    with pytest.raises(ValueError, match="6 is not divisible by `num_replicas_in_sync` 4"):
        context.get_per_replica_batch_size(6)
    with tf1.Graph().as_default(), tf1.Session() as session:
        strategy = tf1.distribute.OneDeviceStrategy("/cpu:0")
        iterator = strategy.make_input_fn_iterator(lambda context: tf1.data.Dataset.range(10 * context.num_replicas_in_sync))
        doubled = strategy.experimental_run(lambda x: x * 2, iterator)
        session.run(iterator.initialize())
        assert [session.run(doubled) for _ in range(3)] == [0, 2, 4]


def test_mirrored_is_for_one_device():
    mirrored = d.MirroredStrategy(["/cpu:0"])
    assert mirrored.num_replicas_in_sync == 1 and mirrored.run(lambda a: a + 1, (1,)) == 2
    assert mirrored.extended.worker_devices == ("/job:localhost/replica:0/task:0/device:CPU:0",)
    with pytest.raises(NotImplementedError, match=r"MirroredStrategy on several devices \(/gpu:0, /gpu:1\) is not supported"):
        d.MirroredStrategy(["/gpu:0", "/gpu:1"])
    with pytest.raises(ValueError, match="foo"):
        d.OneDeviceStrategy("foo")
