"""`tf.test`: a TestCase with sessions and array assertions."""

import contextlib
import os
import random
import tempfile
import unittest

import numpy as np

from mainstem.base import nest
from mainstem.eager.context import executing_eagerly
from mainstem.graph.graph import Graph, get_default_graph, reset_default_graph
from mainstem.platform.assertions import Assertions
from mainstem.run.session import Session


class TestCase(Assertions):
    """A test with a fresh default graph, `self.test_session()`, and assertions on arrays (tensors are evaluated)."""

    def __init__(self, methodName="runTest"):  # noqa: N803
        super().__init__(methodName)
        self._cached_session, self._tempdir = None, None

    def setUp(self):
        random.seed(87654321)
        np.random.seed(87654321)
        reset_default_graph()
        get_default_graph().seed = 87654321

    def tearDown(self):
        if self._cached_session is not None:
            self._cached_session.close()
            self._cached_session = None

    def get_temp_dir(self):
        """A directory of this test's own."""
        if self._tempdir is None:
            self._tempdir = tempfile.mkdtemp(prefix=self.id().rsplit(".", 1)[-1])
        return self._tempdir

    @contextlib.contextmanager
    def session(self, graph=None, config=None, use_gpu=False, force_gpu=False):
        """A new session on `graph` (default: the default graph) as the default one; None in eager mode."""
        if executing_eagerly():
            yield None
            return
        with Session(graph=graph or get_default_graph(), config=config) as s:
            yield s

    @contextlib.contextmanager
    def cached_session(self, graph=None, config=None, use_gpu=False, force_gpu=False):
        """The session of this test: the same one every time; None in eager mode."""
        if executing_eagerly():
            yield None
            return
        if self._cached_session is None:
            self._cached_session = Session(graph=graph or get_default_graph(), config=config)
        with self._cached_session.graph.as_default(), self._cached_session.as_default():
            yield self._cached_session

    @contextlib.contextmanager
    def test_session(self, graph=None, config=None, use_gpu=False, force_gpu=False):
        """`cached_session`, or a new session for another `graph`."""
        if graph is not None:
            with self.session(graph, config) as s:
                yield s
        else:
            with self.cached_session(graph, config) as s:
                yield s

    def evaluate(self, tensors):
        """NumPy values of (nested) tensors."""
        if executing_eagerly():
            return nest.map_structure(lambda t: t.numpy() if hasattr(t, "numpy") else t, tensors)
        session = self._cached_session
        if session is None:
            with self.session() as s:
                return s.run(tensors)
        return session.run(tensors)

    def _value(self, a):
        if isinstance(a, np.ndarray):
            return a
        if hasattr(a, "graph") and hasattr(a, "eval"):
            return np.asarray(a.eval())
        return np.asarray(a)

    def _GetNdArray(self, a):  # noqa: N802
        return self._value(a)

    def assertAllClose(self, a, b, rtol=1e-6, atol=1e-6, msg=None):  # noqa: N802
        """Nested structures of arrays are equal within tolerances."""
        if isinstance(a, dict):
            self.assertEqual(set(a), set(b), msg)
            for k in a:
                self.assertAllClose(a[k], b[k], rtol, atol, msg)
        elif isinstance(a, (list, tuple)) and any(np.ndim(x) for x in a if not hasattr(x, "eval")) and len(a) == len(b):
            for x, y in zip(a, b):
                self.assertAllClose(x, y, rtol, atol, msg)
        else:
            a, b = self._value(a), self._value(b)
            self.assertEqual(a.shape, b.shape, f"Shape mismatch: expected {a.shape}, got {b.shape}. {msg or ''}")
            np.testing.assert_allclose(b, a, rtol=rtol, atol=atol, err_msg=msg or "", equal_nan=True)

    def assertAllCloseAccordingToType(  # noqa: N802
        self, a, b, rtol=1e-6, atol=1e-6, float_rtol=1e-6, float_atol=1e-6, half_rtol=1e-3, half_atol=1e-3,
        bfloat16_rtol=1e-2, bfloat16_atol=1e-2, msg=None
    ):  # fmt: skip
        """`assertAllClose` with tolerances by dtype."""
        kinds = {self._value(a).dtype.name, self._value(b).dtype.name}
        if "bfloat16" in kinds:
            rtol, atol = max(rtol, bfloat16_rtol), max(atol, bfloat16_atol)
        elif "float16" in kinds:
            rtol, atol = max(rtol, half_rtol), max(atol, half_atol)
        elif "float32" in kinds:
            rtol, atol = max(rtol, float_rtol), max(atol, float_atol)
        self.assertAllClose(a, b, rtol, atol, msg)

    def assertNotAllClose(self, a, b, **kwargs):  # noqa: N802
        try:
            self.assertAllClose(a, b, **kwargs)
        except AssertionError:
            return
        raise AssertionError("The two values are close at all elements")

    def assertAllEqual(self, a, b, msg=None):  # noqa: N802
        """Arrays are equal element by element (NaN equals NaN)."""
        a, b = self._value(a), self._value(b)
        self.assertEqual(a.shape, b.shape, f"Shape mismatch: expected {a.shape}, got {b.shape}. {msg or ''}")
        np.testing.assert_array_equal(a, b, err_msg=msg or "")

    def assertAllGreater(self, a, comparison_target):  # noqa: N802
        self.assertTrue(np.all(self._value(a) > comparison_target))

    def assertAllLess(self, a, comparison_target):  # noqa: N802
        self.assertTrue(np.all(self._value(a) < comparison_target))

    def assertAllInRange(self, target, lower_bound, upper_bound, open_lower_bound=False, open_upper_bound=False):  # noqa: N802
        t = self._value(target)
        self.assertTrue(np.all(t > lower_bound) if open_lower_bound else np.all(t >= lower_bound))
        self.assertTrue(np.all(t < upper_bound) if open_upper_bound else np.all(t <= upper_bound))

    def assertArrayNear(self, farray1, farray2, err, msg=None):  # noqa: N802
        self.assertEqual(len(farray1), len(farray2), msg)
        for x, y in zip(farray1, farray2):
            self.assertTrue(abs(float(x) - float(y)) <= err, msg)

    def assertNear(self, f1, f2, err, msg=None):  # noqa: N802
        self.assertTrue(f1 == f2 or abs(f1 - f2) <= err, f"{f1} != {f2} +/- {err} {msg or ''}")

    def assertShapeEqual(self, np_array, tf_tensor, msg=None):  # noqa: N802
        self.assertAllEqual(np_array.shape, tf_tensor.get_shape().as_list(), msg)

    def assertDTypeEqual(self, target, expected_dtype):  # noqa: N802
        self.assertEqual(self._value(target).dtype, expected_dtype)

    def assertStartsWith(self, actual, expected_start, msg=None):  # noqa: N802
        self.assertTrue(actual.startswith(expected_start), msg or f"{actual!r} does not start with {expected_start!r}")

    @contextlib.contextmanager
    def assertRaisesWithPredicateMatch(self, exception_type, expected_err_re_or_predicate):  # noqa: N802
        """The block raises an error whose text matches a regular expression, or satisfies a predicate."""
        check = expected_err_re_or_predicate
        if isinstance(check, str):
            with self.assertRaisesRegex(exception_type, check):
                yield
            return
        with self.assertRaises(exception_type) as caught:
            yield
        self.assertTrue(check(caught.exception), f"Exception of type {type(caught.exception)}: {caught.exception}")

    def assertRaisesOpError(self, expected_err_re_or_predicate):  # noqa: N802
        return self.assertRaisesWithPredicateMatch(Exception, expected_err_re_or_predicate)


def main(argv=None):
    """Runs the tests of the program."""
    unittest.main(argv=argv)


def is_built_with_cuda():
    """Whether this installation can use NVIDIA GPUs; ask `mainstem doctor` for more."""
    return False


def is_gpu_available(cuda_only=False, min_cuda_compute_capability=None):
    """Whether a GPU can be used."""
    return any(d.device_type == "GPU" for d in Session(graph=Graph()).list_devices())


def gpu_device_name():
    """The name of the first GPU, or ""."""
    return "/device:GPU:0" if is_gpu_available() else ""


def get_temp_dir():
    """A directory for the temporary files of tests."""
    return os.environ.get("TEST_TMPDIR") or tempfile.gettempdir()
