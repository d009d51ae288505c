"""`tf.contrib.eager`: names and numbers of TensorFlow 1.15."""

import pytest

import mainstem.v1 as tf
from mainstem.eager.context import context
from mainstem.run import behavior

tfe = tf.contrib.eager


@pytest.fixture(autouse=True)
def eagerly(fresh_graph):
    behavior.enable_eager_execution()
    yield
    behavior.disable_eager_execution()


def test_the_machine_and_modes():
    assert "/job:localhost/replica:0/task:0/device:CPU:0" in tfe.list_devices() or tfe.num_gpus()
    assert tfe.executing_eagerly() and tfe.in_eager_mode()
    assert (tfe.ASYNC, tfe.SYNC) == (1, 0)
    assert (tfe.DEVICE_PLACEMENT_EXPLICIT, tfe.DEVICE_PLACEMENT_WARN, tfe.DEVICE_PLACEMENT_SILENT) == (0, 1, 2)
    with tfe.execution_mode(tfe.ASYNC):
        tfe.async_wait()
    with pytest.raises(ValueError, match="execution_mode"):
        tfe.set_execution_mode(7)
    doubled = tfe.py_func(lambda x: x * 2, [tf.ones([2])], tf.float32)
    assert doubled.numpy().tolist() == [2, 2]


def test_gradient_functions_and_optimizers_on_variables():
    v = tfe.Variable([1.0, 2.0], name="v")
    optimizer = tf.train.AdamOptimizer(0.1)
    optimizer.apply_gradients(tfe.implicit_gradients(lambda: tf.reduce_sum(v * v))())
    assert v.numpy() == pytest.approx([0.9, 1.9])
    names = sorted(x.name for x in tfe.get_optimizer_variables(optimizer))
    assert names == ["beta1_power:0", "beta2_power:0", "v/Adam:0", "v/Adam_1:0"]


def test_saver_and_restoring_on_creation(tmp_path):
    v = tfe.Variable([1.0, 2.0], name="v")
    saver = tfe.Saver([v])
    assert saver.save(tmp_path / "m") == str(tmp_path / "m")
    assert saver.save(tmp_path / "m", global_step=3) == str(tmp_path / "m-3")
    v.assign([0.0, 0.0])
    saver.restore(tmp_path / "m")
    assert v.numpy().tolist() == [1, 2]
    with tfe.restore_variables_on_create(tmp_path / "m", map_func=lambda n: n.replace("x/", "")):
        a = tfe.Variable([5.0, 5.0], name="v")
        with tf.variable_scope("x"):
            b = tf.get_variable("v", [2])
        with pytest.raises(tf.errors.NotFoundError, match="other not found in checkpoint"):
            tfe.Variable(7.0, name="other")
    assert a.numpy().tolist() == b.numpy().tolist() == [1, 2]
    with tfe.restore_variables_on_create(None):
        assert tfe.Variable(7.0).numpy() == 7


class Net(tfe.Network):
    def __init__(self, name=None):
        super().__init__(name=name)
        ones = tf.ones_initializer()
        self.one = self.track_layer(tf.layers.Dense(2, kernel_initializer=ones))
        self.two = self.track_layer(tf.layers.Dense(1, kernel_initializer=ones))

    def call(self, x):
        return self.two(self.one(x))


class Outer(tfe.Network):
    def __init__(self):
        super().__init__()
        self.a, self.b = self.track_layer(Net()), self.track_layer(Net())

    def call(self, x):
        return self.a(x) + self.b(x)


def names(variables):
    return [v.name.removesuffix(":0") for v in variables]


def test_networks_name_their_variables():
    inside = ["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"]
    net, named, outer = Net(), Net("nm"), Outer()
    assert net(tf.ones([1, 3])).numpy().tolist() == [[6.0]]
    named(tf.ones([1, 3]))
    outer(tf.ones([1, 3]))
    assert (net.name, named.name, outer.name) == ("net", "nm", "outer")
    assert names(net.variables) == [f"net/{n}" for n in inside]
    assert names(named.trainable_variables) == [f"nm/{n}" for n in inside]
    assert names(outer.variables) == [f"outer/{net}/{n}" for net in ("net", "net_1") for n in inside]
    assert [layer.name for layer in net.layers] == ["dense", "dense_1"]
    assert net.get_layer(index=0) is net.get_layer("dense") is net.one
    for wrong in ({}, {"name": "x"}, {"index": 5}, {"name": "dense", "index": 0}):
        with pytest.raises(ValueError, match="layer"):
            net.get_layer(**wrong)
    with pytest.raises(TypeError, match="not a tf.layers.Layer"):
        net.track_layer(3)


def test_networks_are_saved_by_names_inside_them(tmp_path):
    net, x = Net("sv"), tf.ones([1, 3])
    with pytest.raises(ValueError, match="first called"):
        tfe.save_network_checkpoint(net, tmp_path / "net")
    net(x)
    net.variables[0].assign(net.variables[0] * 2.0)
    path = tfe.save_network_checkpoint(net, tmp_path / "net")
    assert [n for n, _ in tf.train.list_variables(path)] == ["dense/bias", "dense/kernel", "dense_1/bias", "dense_1/kernel"]
    later, now = Net("later"), Net("now")
    now(x)
    for other in (later, now):
        tfe.restore_network_checkpoint(other, path)
        assert other(x).numpy().tolist() == [[12.0]]


def test_sequential():
    ones = tf.ones_initializer()
    dense = lambda n: tf.layers.Dense(n, kernel_initializer=ones)  # noqa: E731
    net = tfe.Sequential([dense(2), tf.nn.relu, tf.layers.Dropout(0.5), dense(1)])
    assert net(tf.ones([1, 3])).numpy().tolist() == [[6.0]] and net(tf.ones([1, 3]), training=True).shape.as_list() == [1, 1]
    assert names(net.variables) == [f"sequential/{n}" for n in ("dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias")]
    assert [layer.name for layer in net.layers] == ["dense", "dropout", "dense_1"] and net.name == "sequential"
    added = tfe.Sequential(name="q")
    added.add(dense(1))
    added.add(lambda x: x + 1.0)
    assert added(tf.ones([1, 2])).numpy().tolist() == [[3.0]]
    with pytest.raises(TypeError, match="callables"):
        tfe.Sequential([3])


def test_layers_and_networks_in_checkpoints(tmp_path):
    net, x = Net(), tf.ones([1, 3])
    net(x)
    net.one.kernel.assign(net.one.kernel * 2.0)
    path = tfe.Checkpoint(net=net, layer=net.two).save(tmp_path / "c")
    keys = [n.removesuffix("/.ATTRIBUTES/VARIABLE_VALUE") for n, _ in tf.train.list_variables(path)]
    assert keys[1:] == ["layer/bias", "layer/kernel", "net/one/bias", "net/one/kernel", "save_counter"]
    later = Net()
    status = tfe.Checkpoint(net=later, layer=later.two).restore(path)
    assert later(x).numpy().tolist() == [[12.0]]  # values arrive as the layers make their variables
    status.assert_consumed()


def test_metrics():
    m = tfe.metrics
    mean = m.Mean()
    mean([1.0, 2.0])
    mean(6.0)
    assert mean.result().numpy() == 3 and names(mean.variables) == ["Mean/numer", "Mean/denom"]
    mean([10.0, 4.0], weights=[0.0, 1.0])
    assert mean.result().numpy() == 13 / 4
    mean.init_variables()
    mean(5.0)
    assert mean.result().numpy() == 5 and mean.value()().numpy() == 5
    for metric, calls in (
        (m.Accuracy(), [([1, 2, 3], [1, 0, 3]), ([1], [0])]),
        (m.CategoricalAccuracy(), [([[0.0, 1.0], [1.0, 0.0]], [[0.1, 0.9], [0.2, 0.8]])]),
        (m.BinaryAccuracy(0.5), [([[0.0], [1.0]], [[0.4], [0.2]])]),
        (m.SparseAccuracy(), [([1, 0], [[0.1, 0.9], [0.2, 0.8]])]),
    ):
        for labels, predictions in calls:
            metric(labels, predictions)
        assert metric.result().numpy() == 0.5
    with pytest.raises(tf.errors.InvalidArgumentError, match="Shapes of labels and predictions are unequal"):
        m.Accuracy()([1, 2, 3], [1, 2])


def test_a_metric_of_ones_own():
    class Count(tfe.metrics.Metric):
        def build(self, x):
            self.n = self.add_variable("n", shape=(), dtype=tf.int64)

        def call(self, x):
            self.n.assign_add(1)
            return x

        def result(self):
            return self.n.value()

    count = Count()
    assert count(3) == 3 and count(4) == 4 and count.result().numpy() == 2
    assert count.variables[0].name == "Count/n:0" and not count.variables[0].trainable
    with pytest.raises(RuntimeError, match="build"):
        count.add_variable("late")


def test_a_test_in_both_modes():
    seen = []

    class InBothModes(tf.test.TestCase):
        @tfe.run_test_in_graph_and_eager_modes
        def test_both(self):
            seen.append(tf.executing_eagerly())
            with self.test_session():
                self.assertAllEqual(self.evaluate(tf.constant(1) + 1), 2)
            self.assertAllClose(tf.constant([1.0, 2.0]), [1.0, 2.0])

        def runTest(self):
            self.test_both()

    result = InBothModes("test_both").run()
    assert result.wasSuccessful(), result.errors + result.failures
    assert seen == [False, True]
    assert tfe.run_all_tests_in_graph_and_eager_modes(InBothModes) is InBothModes


def test_a_template_that_is_traced():
    calls = []

    def layer(x):
        calls.append(1)
        return x * tf.get_variable("w", [], initializer=tf.ones_initializer())

    traced = tfe.make_template("t", layer, create_graph_function_=True)
    assert traced(tf.constant(2.0)).numpy() == 2 and traced(tf.constant(3.0)).numpy() == 3
    assert len(calls) == 2  # the trace that makes the variable, and the one that is kept


def test_variables_of_contrib_have_a_handle():
    with tf.Graph().as_default():
        v = tfe.Variable(1.0, name="own")
        assert v.handle.name == "own:0" and isinstance(v, tfe.Variable) and isinstance(v, tf.Variable)
        assert not isinstance(tf.Variable(1.0, use_resource=False), tfe.Variable)
    assert isinstance(tfe.Variable(2.0), tfe.Variable) and not isinstance(1, tfe.Variable)
    with pytest.raises(NotImplementedError, match="distribute_strategy"):
        tfe.Variable(1.0, distribute_strategy=tf.distribute.get_strategy())


def test_callbacks_see_every_operation():
    seen = []
    tfe.add_execution_callback(lambda *a: seen.append(a))
    tf.matmul([[1.0]], [[2.0]], transpose_b=True)
    tf.nn.top_k([1.0, 2.0], 1)
    tf.add(1.0, 2.0)
    tfe.clear_execution_callbacks()
    tf.add(1.0, 2.0)
    assert [s[0] for s in seen] == ["MatMul", "TopKV2", "AddV2"] or [s[0] for s in seen] == ["MatMul", "TopKV2", "Add"]
    op_type, inputs, attrs, outputs, _ = seen[0]
    assert [i.numpy().tolist() for i in inputs] == [[[1.0]], [[2.0]]] and outputs[0].numpy() == 2
    assert attrs[attrs.index("transpose_b") + 1] is True and len(seen[1][3]) == 2


def test_infinities_and_nan_are_told(capsys):
    x = tf.constant([1.0, 0.0])
    with tfe.errstate(inf_or_nan=tfe.ExecutionCallback.RAISE):
        with pytest.raises(
            Exception, match=r"Output 1 of 1 of the operation Log .* has 1 inf\(s\) among its 2 element"
        ) as told:
            tf.log(x)
        with pytest.raises(Exception, match=r"has 1 inf\(s\) and 1 nan\(s\)"):
            tf.log(-x)
    assert told.value.op_type == "Log" and told.value.value[1] == float("-inf")
    with tfe.errstate("print"):
        assert tf.log(x).numpy()[1] == float("-inf")
    assert capsys.readouterr().out.startswith("Warning: Output 1 of 1")
    with tfe.errstate("ignore"):
        tf.log(x)
    assert tfe.seterr("raise") == {"inf_or_nan": tfe.ExecutionCallback.IGNORE}
    assert tfe.seterr("ignore") == {"inf_or_nan": tfe.ExecutionCallback.RAISE} and tf.log(x) is not None
    with pytest.raises(ValueError, match="'bad' is not a valid ExecutionCallback"):
        tfe.seterr(inf_or_nan="bad")
    tfe.add_execution_callback(tfe.nan_callback)
    tf.log(x)
    with pytest.raises(Exception, match="nan"):
        tf.log(-x)
    tfe.clear_execution_callbacks()
    assert tf.log(-x) is not None and "apply" not in vars(context())


def test_gradients_are_recorded_while_callbacks_watch():
    tfe.add_execution_callback(tfe.inf_nan_callback)
    try:
        with tf.GradientTape() as tape:
            x = tf.constant(3.0)
            tape.watch(x)
            y = x * x
        assert tape.gradient(y, x).numpy() == 6
    finally:
        tfe.clear_execution_callbacks()
