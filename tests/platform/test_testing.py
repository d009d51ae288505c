"""`tf.test.TestCase`: its sessions and assertions."""

import numpy as np
import pytest

import mainstem.v1 as tf


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
