"""`tf.test.TestCase`: its sessions and assertions."""

import collections
import os
import sys
import unittest
import unittest.mock

import numpy as np
import pytest

import mainstem.v1 as tf
import mainstem.v2 as tf2
from mainstem.formats import protos


@pytest.fixture
def case():
    c = tf.test.TestCase()
    c.setUp()
    yield c
    c.tearDown()


def test_arrays_and_tensors_are_compared(case):
    with case.test_session():
        t = tf.constant([1.0, 2.0])
        case.assertAllClose(t, [1.0, 2.0 + 1e-7])
        case.assertAllEqual([1.0, 2.0], t)
        case.assertShapeEqual(np.zeros(2), t)
    case.assertAllClose([np.ones(2), np.zeros(3)], [np.ones(2), np.zeros(3)])
    case.assertAllClose({"a": 1.0, "b": [2.0]}, {"a": 1.0, "b": [2.0]})
    case.assertAllEqual([np.nan, 1], [np.nan, 1])
    case.assertAllCloseAccordingToType(np.float16(1), np.float16(1.0005))
    case.assertNear(1.0, 1.1, 0.2)
    case.assertArrayNear([1.0], [1.1], 0.2)
    case.assertAllGreater([2, 3], 1)
    case.assertAllLess([2, 3], 4)
    case.assertAllInRange([1, 2], 1, 2)
    case.assertNotAllClose([1.0], [2.0])
    case.assertDTypeEqual(np.float32(1), np.float32)
    case.assertStartsWith("abc", "ab")


@pytest.mark.parametrize(
    "check, args",
    [
        ("assertAllClose", ([1.0], [1.1])),
        ("assertAllClose", ([1.0], [[1.0]])),
        ("assertAllClose", ({"a": 1}, {"b": 1})),
        ("assertAllClose", ([np.ones(2), np.ones(2)], [np.ones(2)])),
        ("assertAllEqual", ([1, 2], [1, 3])),
        ("assertAllEqual", ([1], [1, 1])),
        ("assertNear", (1.0, 2.0, 0.1)),
        ("assertArrayNear", ([1.0], [1.0, 2.0], 0.1)),
        ("assertAllGreater", ([1, 3], 1)),
        ("assertAllLess", ([2, 4], 4)),
        ("assertNotAllClose", ([1.0], [1.0])),
        ("assertDTypeEqual", (np.float32(1), np.float64)),
        ("assertStartsWith", ("abc", "b")),
    ],
)
def test_assertions_fail(case, check, args):
    with pytest.raises(AssertionError):
        getattr(case, check)(*args)


def test_ranges_may_be_open(case):
    with pytest.raises(AssertionError):
        case.assertAllInRange([1, 2], 1, 2, open_lower_bound=True)
    with pytest.raises(AssertionError):
        case.assertAllInRange([1, 2], 1, 2, open_upper_bound=True)


def test_errors_are_matched(case):
    with case.assertRaisesWithPredicateMatch(ValueError, "no.e"):
        raise ValueError("a nope here")
    with case.assertRaisesWithPredicateMatch(ValueError, lambda e: "x" in str(e)):
        raise ValueError("x")
    with pytest.raises(AssertionError), case.assertRaisesWithPredicateMatch(ValueError, lambda e: False):
        raise ValueError("x")
    with case.assertRaisesOpError("uninit"), case.test_session() as sess:
        sess.run(tf.Variable(1.0))


def test_the_session_of_a_test_is_one(case):
    with case.cached_session() as a:
        v = tf.Variable(3.0)
        a.run(v.initializer)
    with case.cached_session() as b:
        assert a is b and b.run(v) == 3.0
    with case.session() as c:
        assert c is not a
    assert case.evaluate({"v": v}) == {"v": 3.0}
    with tf.Graph().as_default() as g:
        t = tf.constant(1.0)
    with case.test_session(graph=g) as s:
        assert s.graph is g and s.run(t) == 1.0


def test_seeds_are_set_before_each_test(case):
    case.setUp()  # here: plugins of pytest may seed after the fixture
    first = np.random.rand()
    case.setUp()
    assert np.random.rand() == first and tf.get_default_graph().seed == 87654321
    assert case.get_temp_dir() == case.get_temp_dir()


HOLD = {
    "assertItemsEqual": ([1, 2, 2], [2, 1, 2]),
    "assertSameElements": ([1, 2, 2], [2, 1]),
    "assertEmpty": ([],),
    "assertNotEmpty": ("a",),
    "assertLen": ([1, 2], 2),
    "assertBetween": (2, 1, 3),
    "assertContainsSubset": ([1], [1, 2]),
    "assertNoCommonElements": ([1], [2]),
    "assertEndsWith": ("abc", "bc"),
    "assertSequenceAlmostEqual": ([1.0, 2.0], [1.0, 2.0 + 1e-9]),
    "assertDictContainsSubset": ({"a": 1}, {"a": 1, "b": 2}),
    "assertTotallyOrdered": ([1, 1], [2], [3]),
    "assertEquals": (1, 1),
    "assertNotEquals": (1, 2),
    "assertAlmostEquals": (1.0, 1.0 + 1e-9),
    "assertRegexpMatches": ("abc", "b"),
    "assert_": (True,),
    "failUnless": (True,),
    "failIf": (False,),
}
FAIL = {
    "assertItemsEqual": ([1, 2, 2], [2, 1]),
    "assertSameElements": ([1], [2, 1]),
    "assertEmpty": ("a",),
    "assertNotEmpty": ([],),
    "assertLen": ([1, 2], 1),
    "assertBetween": (4, 1, 3),
    "assertContainsSubset": ([3], [1, 2]),
    "assertNoCommonElements": ([1, 2], [2]),
    "assertEndsWith": ("abc", "b"),
    "assertSequenceAlmostEqual": ([1.0, 2.0], [1.0, 2.1]),
    "assertDictContainsSubset": ({"a": 2}, {"a": 1, "b": 2}),
    "assertTotallyOrdered": ([1, 1], [3], [2]),
    "assertEquals": (1, 2),
    "failUnless": (False,),
}


@pytest.mark.parametrize("name", HOLD)
def test_assertions_that_python_lacks_hold(case, name):
    getattr(case, name)(*HOLD[name])


@pytest.mark.parametrize("name", FAIL)
def test_assertions_that_python_lacks_fail(case, name):
    with pytest.raises(AssertionError):
        getattr(case, name)(*FAIL[name])


def test_literal_messages(case):
    with case.assertRaisesWithLiteralMatch(ValueError, "a (b)"):
        raise ValueError("a (b)")
    with pytest.raises(AssertionError), case.assertRaisesWithLiteralMatch(ValueError, "a (b)"):
        raise ValueError("a (bc)")


def run(kind, *names):
    """Runs test methods of a class; gives (errors and failures as texts, reasons of the skipped)."""
    result = unittest.TestResult()
    unittest.TestSuite(kind(n) for n in names).run(result)
    return [text for _, text in result.errors + result.failures], [why for _, why in result.skipped]


def test_sessions_of_other_graphs_and_places_are_refused(case):
    with case.cached_session():
        assert tf.constant(1.0).op.device == "/device:CPU:0"
    with case.cached_session(use_gpu=True):
        assert tf.constant(1.0).op.device == ""
    with pytest.raises(ValueError, match="The graph used to get the cached session is different"):
        case.cached_session(graph=tf.Graph()).__enter__()
    with pytest.raises(ValueError, match="The config used to get the cached session is different"):
        case.cached_session(config=tf.ConfigProto()).__enter__()
    with pytest.raises(ValueError, match="The force_gpu value used to get"):
        case.cached_session(force_gpu=True).__enter__()


def test_test_session_is_no_test():
    class Case(tf.test.TestCase):
        def test_one(self):
            pass

    assert run(Case, "test_one", "test_session") == ([], ["Not a test."])


def test_eager_tests_have_no_session(eager_mode):
    c = tf2.test.TestCase()
    c.setUp()
    with c.session() as s, pytest.raises(AttributeError, match="There is no session in eager mode"):
        s.run(1)
    found = c.evaluate({"a": tf2.constant(1), "b": [tf2.constant([2])], "n": None})
    assert found["a"] == 1 and found["b"][0].tolist() == [2] and found["n"] is None
    with pytest.raises(ValueError, match="Unsupported type"):
        c.evaluate(3)
    c.assertAllClose([tf2.constant(1.0), tf2.constant([2.0, 3.0])], [1.0, [2.0, 3.0]])
    first = tf2.random.uniform([2]).numpy()
    c.setUp()
    np.testing.assert_array_equal(first, tf2.random.uniform([2]).numpy())


def test_structures_are_compared(case):
    point = collections.namedtuple("Point", "x y")
    case.assertAllClose(point(1, np.ones(2)), {"x": 1, "y": np.ones(2)})
    case.assertAllClose([[1], [2, 3]], [[1], [2, 3]])
    case.assertAllClose(np.nan, np.nan)
    with pytest.raises(ValueError, match="Can't compare dict to non-dict"):
        case.assertAllClose({"a": 1.0}, [1.0])
    with pytest.raises(AssertionError, match=r"a\[a\]\[1\]\[k\] is different"):
        case.assertAllClose({"a": [1.0, {"k": 2}]}, {"a": [1.0, {"k": 3}]})
    with pytest.raises(TypeError):
        case.assertAllClose("a", "a")
    case.assertAllEqual([b"a"], ["a"])
    case.assertNotAllEqual([1], [2])
    with pytest.raises(AssertionError, match="equal at all elements"):
        case.assertNotAllEqual([1], [1])


@pytest.mark.parametrize(
    "check, args, message",
    [
        ("assertAllGreaterEqual", ([2, 3], 3), "not greater than or equal to 3"),
        ("assertAllLessEqual", ([2, 3], 2), "not less than or equal to 2"),
        ("assertAllInRange", ([1, 2, 9], 1, 5), r"1 of the 3 .* outside the range \[1, 5\](.|\n)*\[2\] : 9"),
        ("assertAllInRange", ([1.0, np.nan], 0, 5), "1 of the 2 element.* NaN"),
        ("assertAllInRange", (["a"], 1, 5), "does not have an ordered numeric type"),
        ("assertAllInSet", ([1, 5], [1, 2]), r"1 unique element.*\[5\]"),
        ("assertNDArrayNear", (np.ones(2), np.zeros(2), 0.1), "not true"),
        ("assertDeviceEqual", ("/cpu:0", "/gpu:0"), "/device:CPU:0 and /device:GPU:0 are not equal"),
        ("assertProtoEquals", ("node { name: 'a' }", tf.GraphDef()), "name"),
        ("assertProtoEquals", (3, tf.GraphDef()), "Can't compare protos"),
    ],
)
def test_messages_of_assertions(case, check, args, message):
    with pytest.raises(AssertionError, match=message):
        getattr(case, check)(*args)


def test_protos_and_devices_that_are_equal(case):
    graph = tf.GraphDef()
    graph.node.add(name="a", op="b")
    case.assertProtoEquals("node { name: 'a' op: 'b' }", graph)
    graph.versions.producer = 134
    case.assertProtoEqualsVersion("node { name: 'a' op: 'b' }", graph)
    case.assertDeviceEqual("/job:a/cpu:0", "/job:a/device:CPU:0")
    case.assertDeviceEqual(None, "")
    case.assertDTypeEqual(np.float32(1), tf.float32)


def test_graph_defs_are_compared():
    a, b = tf.GraphDef(), tf.GraphDef()
    a.node.add(name="x", op="Const")
    b.node.add(name="x", op="Add")
    tf.test.assert_equal_graph_def(a, a)
    with pytest.raises(AssertionError, match="Node named 'x' has op 'Const' that is not expected 'Add'"):
        tf.test.assert_equal_graph_def(a, b)
    with pytest.raises(AssertionError, match="Node named 'x' has op 'Add' that is not expected 'Const'"):
        tf2.test.assert_equal_graph_def(a, b)
    with pytest.raises(TypeError, match="Expected tf.GraphDef for expected, got int"):
        tf.test.assert_equal_graph_def(a, 3)
    with pytest.raises(AssertionError, match="Did not find expected node 'Add' named 'x'"):
        tf.test.assert_equal_graph_def(tf.GraphDef(), b)


def test_errors_of_threads_fail_the_test():
    class Case(tf.test.TestCase):
        def test_raises(self):
            thread = self.checkedThread(lambda: 1 / 0)
            thread.start()
            thread.join()

        def test_forgets(self):
            self.checkedThread(lambda: 1).start()

        def test_works(self):
            thread = self.checkedThread(lambda: 1)
            thread.start()
            thread.join()

    problems, _ = run(Case, "test_raises", "test_forgets", "test_works")
    assert len(problems) == 2
    assert "Error in checkedThread: division by zero" in problems[0] and "was not joined" in problems[1]


def test_writes_are_captured(case, capfd):
    with capfd.disabled(), case.captureWritesToStream(sys.stderr) as captured:
        os.write(2, b"one\n")
        print("two", file=sys.stderr)
        assert captured.contents() == "one\ntwo\n"


def test_stubs_are_put_back():
    class Owner:
        value = 1

        @staticmethod
        def call():
            return "old"

    with tf.test.StubOutForTesting() as stubs:
        stubs.Set(Owner, "call", lambda: "new")
        stubs.SmartSet(Owner(), "value", 2)
        assert Owner.call() == "new" and Owner.value == 2
        with pytest.raises(AttributeError):
            stubs.SmartSet(Owner, "nothing", 1)
    assert Owner.call() == "old" and Owner.value == 1 and isinstance(vars(Owner)["call"], staticmethod)


def test_there_are_no_clusters(monkeypatch):
    with pytest.raises(NotImplementedError, match="create_local_cluster"):
        tf.test.create_local_cluster(1, 0)
    monkeypatch.delenv("TEST_SRCDIR", raising=False)
    with pytest.raises(KeyError):
        tf.test.test_src_dir_path("core")


# ---- gradients


def test_gradients_and_differences():
    v, w = tf.constant([1.0, 2.0]), tf.constant([3.0, 4.0])
    with tf.Session():
        theory, numeric = tf.test.compute_gradient(v, [2], tf.gather(v * v, [0, 1, 0]), [3], np.float32([1, 2]))
        np.testing.assert_allclose(theory, [[2, 0, 2], [0, 4, 0]])
        np.testing.assert_allclose(numeric, theory, rtol=1e-3)
        (first, _), (second, _) = tf.test.compute_gradient([v, w], [[2], [2]], v * w, [2])
        np.testing.assert_allclose(first, [[3, 0], [0, 4]])
        np.testing.assert_allclose(second, [[1, 0], [0, 2]])
        assert tf.test.compute_gradient_error(v, [2], tf.gather(v, [0, 1, 0]), [3]) < 1e-3  # rows, added up
        c = tf.constant([1 + 2j], tf.complex64)
        theory, numeric = tf.test.compute_gradient(c, [1], c * c, [1], np.complex64([1 + 2j]))
        np.testing.assert_allclose(theory, [[2, 4], [-4, 2]])
        np.testing.assert_allclose(numeric, theory, rtol=1e-3)
        with pytest.raises(AssertionError, match="gradient is None"):
            tf.test.compute_gradient(v, [2], w * 1.0, [2])
        with pytest.raises(AssertionError, match="unsupported type int32"):
            tf.test.compute_gradient(tf.constant([1]), [1], v, [2])
        with pytest.raises(AssertionError, match="x_init_value"):
            tf.test.compute_gradient(v, [2], v * v, [2], np.ones(3))


def test_gradients_of_functions(eager_mode):
    def check(f, x, want):
        theory, numeric = tf2.test.compute_gradient(f, x)
        for t, n, w in zip(theory, numeric, want, strict=True):
            np.testing.assert_allclose(t, w)
            np.testing.assert_allclose(n, w, rtol=1e-3)

    check(lambda x, y: x * y, [np.float32([1, 2]), np.float32([3, 4])], ([[3, 0], [0, 4]], [[1, 0], [0, 2]]))
    check(lambda x: tf2.gather(x, [0, 1, 0]), [np.float32([1, 2])], ([[1, 0], [0, 1], [1, 0]],))
    check(lambda x: tf2.constant([1.0]), [np.float32([1, 2])], ([[0, 0]],))
    check(lambda x: x * x, [np.complex64([1 + 1j])], ([[2, -2], [2, 2]],))
    with pytest.raises(ValueError, match="must be a list or tuple"):
        tf2.test.compute_gradient(lambda x: x, np.ones(2))
    with pytest.raises(AssertionError, match="unsupported type int64 of argument 0"):
        tf2.test.compute_gradient(lambda x: x, [np.array([1, 2])])


def test_what_the_machine_has():
    assert tf.test.mock is unittest.mock
    assert bool(tf.test.gpu_device_name()) == tf.test.is_gpu_available() and isinstance(tf.test.is_built_with_cuda(), bool)


def test_fetched_rows_are_a_value():
    v = tf.Variable([[1.0], [2.0]])
    (rows,) = tf.gradients(tf.reduce_sum(tf.gather(v, [1, 1])), [v])
    with tf.Session() as s:
        s.run(v.initializer)
        value = s.run(rows)
        assert (
            value.indices.tolist() == [1, 1]
            and value.values.tolist() == [[1.0], [1.0]]
            and value.dense_shape.tolist() == [2, 1]
        )
        whole = tf.convert_to_tensor(rows)
        assert s.run(whole, {rows: ([[5.0], [1.0]], [0, 0], [2, 1])}).tolist() == [[6.0], [0.0]]


# ---- benchmarks


def test_benchmarks_report(tmp_path, monkeypatch):
    class Timed(tf.test.Benchmark):
        def benchmark_op(self):
            with tf.Session(config=tf.test.benchmark_config()) as s:
                got = self.run_op_benchmark(s, tf.constant(1.0) + 1.0, min_iters=3, mbs=1.0, extras={"a": 1, "b": "x"})
                assert got["iters"] == 3 and got["throughput"] > 0

    monkeypatch.setenv("TEST_REPORT_FILE_PREFIX", str(tmp_path) + "/")
    assert tf.test.Benchmark.is_abstract() and not Timed.is_abstract()
    with pytest.raises(SystemExit):
        tf.test.main(["program", "--benchmarks=Timed"])
    entry = protos.BenchmarkEntries.FromString((tmp_path / "Timed.benchmark_op").read_bytes()).entry[0]
    assert entry.name == "Timed.benchmark_op" and entry.iters == 3 and entry.extras["b"].string_value == "x"
    with pytest.raises(OSError):
        Timed().benchmark_op()
    with pytest.raises(TypeError, match="extras must be a dict"):
        Timed().report_benchmark(extras=3, name="n")
    with pytest.raises(ValueError, match="Unable to determine"):
        Timed().report_benchmark()
    with pytest.raises(ValueError, match="No benchmark matches"):
        tf.test.main(["program", "--benchmarks=nothing_like_it"])
