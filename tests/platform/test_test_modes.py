"""The decorators of `tensorflow.python.framework.test_util`."""

import unittest

import pytest
from mainstem.v1.python.framework import test_util

import mainstem.v1 as tf
import mainstem.v2 as tf2


def run(kind, *names):
    result = unittest.TestResult()
    unittest.TestSuite(kind(n) for n in names).run(result)
    return [text for _, text in result.errors + result.failures], [why for _, why in result.skipped]


def test_both_modes_run():
    seen = []

    @test_util.run_all_in_graph_and_eager_modes
    class Case(tf.test.TestCase):
        def setUp(self):
            super().setUp()
            seen.append("set up")

        def test_it(self):
            seen.append(tf.executing_eagerly())
            v = self.evaluate(tf.constant(1.0) + tf.random.uniform([]))
            assert 1 <= v < 2

    assert run(Case, "test_it") == ([], [])
    assert seen == ["set up", False, "set up", True]


def test_graph_mode_only_and_versions(eager_mode):
    seen = []

    class Case(tf2.test.TestCase):
        @test_util.run_deprecated_v1
        def test_graph(self):
            seen.append(tf.executing_eagerly())
            with self.session() as s:
                seen.append(s.run(tf.constant(3)))

        @test_util.run_v1_only("b/1")
        def test_v1(self):
            seen.append("v1")

        @test_util.run_v2_only
        def test_v2(self):
            seen.append("v2")

        @test_util.run_in_graph_and_eager_modes()
        def test_again(self):
            seen.append(tf.executing_eagerly())

        @test_util.also_run_as_tf_function
        def test_function(self):
            seen.append("called")

    assert run(Case, "test_graph", "test_v1", "test_v2", "test_again", "test_function") == ([], ["b/1"])
    assert seen == [False, 3, "v2", False, True, "called", "called"]


def test_skips():
    class Case(tf.test.TestCase):
        @test_util.skip_if(lambda: True)
        def test_skipped(self):
            raise AssertionError

        @test_util.skip_if(False)
        def test_runs(self):
            with test_util.skip_if_error(self, ValueError, "known"):
                raise ValueError("known to fail")

        @test_util.run_gpu_only
        def test_gpu(self):
            assert tf.test.is_gpu_available()

        def test_other_error(self):
            with test_util.skip_if_error(self, ValueError, "known"):
                raise ValueError("new")

    problems, skipped = run(Case, "test_skipped", "test_runs", "test_other_error")
    assert len(problems) == 1 and "new" in problems[0] and len(skipped) == 2
    assert run(Case, "test_gpu")[0] == []


def test_leaks_are_found(eager_mode):
    kept = []

    class Case(tf2.test.TestCase):
        @test_util.assert_no_new_tensors
        def test_keeps(self):
            kept.append(tf2.constant(1.0))

        @test_util.assert_no_new_tensors
        def test_frees(self):
            tf2.constant(1.0)

        @test_util.assert_no_garbage_created
        def test_cycle(self):
            a = []
            a.append(a)

        @test_util.assert_no_garbage_created
        def test_clean(self):
            pass

    problems, _ = run(Case, "test_keeps", "test_frees", "test_cycle", "test_clean")
    assert len(problems) == 2 and "not deallocated" in problems[0] and "garbage" in problems[1]


def test_places_and_small_things():
    with test_util.force_cpu():
        assert tf.constant(1).op.device == "/device:CPU:0"
    if not tf.test.is_gpu_available():
        with pytest.raises(ValueError, match="There is no GPU"):
            test_util.force_gpu()
        with test_util.use_gpu():
            assert tf.constant(1).op.device == "/device:CPU:0"
    assert test_util.NHWCToNCHW([1, 2, 3, 4]) == [1, 4, 2, 3]
    assert test_util.NCHWToNHWC(tf.zeros([1, 2, 3, 4])).shape.as_list() == [1, 3, 4, 2]
    rows = test_util.generate_combinations_with_testcase_name(a=[1, 2], b="x")
    assert [r["testcase_name"] for r in rows] == ["_test_a_1_b_x", "_test_a_2_b_x"] and rows[1]["a"] == 2
    tf.constant(1.0, name="c")
    assert test_util.assert_ops_in_graph({"c": "Const"}, tf.get_default_graph())["c"].op == "Const"
    with pytest.raises(ValueError, match="Not all expected ops are present"):
        test_util.assert_ops_in_graph({"d": "Const"}, tf.get_default_graph())
    with pytest.raises(ValueError, match="Expected op for node c is different"):
        test_util.assert_ops_in_graph({"c": "Add"}, tf.get_default_graph())
    with pytest.raises(ValueError, match="reason"):
        test_util.run_v1_only()
    assert 0 < test_util.pick_unused_port() < 65536
    with test_util.run_functions_eagerly(True):
        assert tf2.config.functions_run_eagerly()
    assert not tf2.config.functions_run_eagerly()
