"""Assertions on arrays and tensors, on messages of protocol buffers, on devices, and on errors of ops."""

import re

import numpy as np
from google.protobuf import text_format
from google.protobuf.message import Message

from mainstem.base import dtypes, shapes
from mainstem.base.errors import OpError
from mainstem.graph import device
from mainstem.graph.tensor import Tensor
from mainstem.platform.assertions import Assertions

_ORDERED = "biuf"
_TOLERANCES = (("float32", "float"), ("float16", "half"), ("bfloat16", "bfloat16"))  # each wins over those before it


def _is_fields(a):
    return isinstance(a, tuple) and hasattr(a, "_asdict")


class ArrayAssertions(Assertions):
    """Assertions on whatever becomes an array; tensors and variables are evaluated by `self.evaluate`."""

    def _GetNdArray(self, a):  # noqa: N802 - public code calls it by this name
        """The NumPy array of a number, list, tensor or variable. Raises ValueError for a list that is none."""
        a = self._without_tensors(a)
        return a if isinstance(a, (np.ndarray, np.generic)) else np.array(a)

    def _without_tensors(self, a):
        if isinstance(a, (np.ndarray, np.generic, str, bytes)):
            return a
        if isinstance(a, (list, tuple)):
            return [self._without_tensors(x) for x in a]
        return self.evaluate(a) if isinstance(a, Tensor) or hasattr(a, "_read_op") else a

    # ---- equal

    def assertAllClose(self, a, b, rtol=1e-6, atol=1e-6, msg=None):  # noqa: N802
        """Numbers, arrays, tensors, or nested dicts, lists and tuples of them are equal within tolerances.

        Elements are close when |a - b| <= atol + rtol |b|; NaNs are close to each other. Raises ValueError for structures that differ.
        """
        self._close(a, b, rtol, atol, "", msg or "")

    def _close(self, a, b, rtol, atol, path, msg):
        a, b = (x._asdict() if _is_fields(x) else x for x in (a, b))
        if isinstance(a, dict) != isinstance(b, dict):
            raise ValueError(f"Can't compare dict to non-dict, a{path} vs b{path}. {msg}")
        if isinstance(a, dict):
            self.assertCountEqual(
                a.keys(), b.keys(), msg=f"mismatched keys: a{path} has keys {a.keys()}, but b{path} has keys {b.keys()}. {msg}"
            )
            for k in a:
                self._close(a[k], b[k], rtol, atol, f"{path}[{k}]", msg)
        elif isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)) and (self._is_ragged(a) or self._is_ragged(b)):
            if len(a) != len(b):
                raise ValueError(f"Mismatched length: a{path} has {len(a)} items, but b{path} has {len(b)} items. {msg}")
            for i, (x, y) in enumerate(zip(a, b, strict=True)):
                self._close(x, y, rtol, atol, f"{path}[{i}]", msg)
        else:
            self._arrays_close(self._GetNdArray(a), self._GetNdArray(b), rtol, atol, path, msg)

    def _is_ragged(self, a):
        """Whether a list is no array: of several shapes, or with dicts inside."""
        try:
            return self._GetNdArray(a).dtype == object
        except (ValueError, TypeError):
            return True

    def _arrays_close(self, a, b, rtol, atol, path, msg):
        self.assertEqual(a.shape, b.shape, f"Shape mismatch: expected {a.shape}, got {b.shape} with contents {b}. {msg}")
        a, b = (x.astype(np.float32) if x.dtype == dtypes.bfloat16.as_numpy_dtype else x for x in (a, b))
        if a.dtype.kind not in "biufc" or b.dtype.kind not in "biufc":
            raise TypeError(
                f"assertAllClose compares numbers. Got a{path} of dtype {a.dtype} and b{path} of dtype {b.dtype}. {msg}"
            )
        if np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True):
            return
        off = ~np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=True)
        lines = [
            f"Mismatched value: a{path} is different from b{path}. {msg}",
            f"{off.sum()} of {off.size} elements are not close",
        ]
        lines += [f"not close where = {np.where(off)}"] if a.ndim else []
        lines += [f"not close lhs = {a[off]}", f"not close rhs = {b[off]}", f"not close dif = {np.abs(a - b)[off]}"]
        lines += [f"not close tol = {(atol + rtol * np.abs(b))[off]}", f"dtype = {a.dtype}, shape = {a.shape}"]
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol, err_msg="\n".join(lines), equal_nan=True)

    def assertAllCloseAccordingToType(  # noqa: N802
        self, a, b, rtol=1e-6, atol=1e-6, float_rtol=1e-6, float_atol=1e-6, half_rtol=1e-3, half_atol=1e-3,
        bfloat16_rtol=1e-2, bfloat16_atol=1e-2, msg=None
    ):  # fmt: skip
        """`assertAllClose` with the tolerances of the less exact of the two dtypes."""
        given = {"float": (float_rtol, float_atol), "half": (half_rtol, half_atol), "bfloat16": (bfloat16_rtol, bfloat16_atol)}
        kinds = {self._GetNdArray(a).dtype.name, self._GetNdArray(b).dtype.name}
        for dtype, name in _TOLERANCES:
            if dtype in kinds:
                rtol, atol = max(rtol, given[name][0]), max(atol, given[name][1])
        self.assertAllClose(a, b, rtol, atol, msg)

    def assertNotAllClose(self, a, b, rtol=1e-6, atol=1e-6, msg=None):  # noqa: N802
        """Some elements are not close, or the shapes differ."""
        try:
            self.assertAllClose(a, b, rtol, atol, msg)
        except AssertionError:
            return
        raise AssertionError(f"The two values are close at all elements. {msg or ''}")

    def assertAllEqual(self, a, b, msg=None):  # noqa: N802
        """Arrays or tensors are equal element by element; NaN equals NaN, a text its UTF-8 bytes."""
        a, b = self._GetNdArray(a), self._GetNdArray(b)
        self.assertEqual(
            a.shape, b.shape, f"Shape mismatch: expected {a.shape}, got {b.shape}. Contents: {b!r}. \n{msg or ''}."
        )
        a, b = (np.char.encode(x, "utf-8") if x.dtype.kind == "U" else x for x in (a, b))
        same = np.asarray(a == b)
        if a.dtype.kind in "fc" and b.dtype.kind in "fc":
            same = same | (np.isnan(a) & np.isnan(b))
        if not np.all(same):
            lines = [msg or "", f"not equal where = {np.where(~same)}"] if a.ndim else [msg or ""]
            lines += [f"not equal lhs = {a[~same]!r}", f"not equal rhs = {b[~same]!r}"]
            np.testing.assert_array_equal(a, b, err_msg="\n".join(lines))

    def assertNotAllEqual(self, a, b, msg=None):  # noqa: N802
        """Some elements differ, or the shapes do."""
        try:
            self.assertAllEqual(a, b)
        except AssertionError:
            return
        raise AssertionError(f"The two values are equal at all elements. {msg or ''}")

    # ---- bounds

    def assertAllGreater(self, a, comparison_target):  # noqa: N802
        """Every element is greater than a number."""
        self.assertGreater(np.min(self._GetNdArray(a)), comparison_target)

    def assertAllLess(self, a, comparison_target):  # noqa: N802
        """Every element is less than a number."""
        self.assertLess(np.max(self._GetNdArray(a)), comparison_target)

    def assertAllGreaterEqual(self, a, comparison_target):  # noqa: N802
        """Every element is greater than a number or equal to it."""
        self.assertGreaterEqual(np.min(self._GetNdArray(a)), comparison_target)

    def assertAllLessEqual(self, a, comparison_target):  # noqa: N802
        """Every element is less than a number or equal to it."""
        self.assertLessEqual(np.max(self._GetNdArray(a)), comparison_target)

    def assertAllInRange(self, target, lower_bound, upper_bound, open_lower_bound=False, open_upper_bound=False):  # noqa: N802
        """Every element is between two numbers, which belong to the range unless a bound is open; none is NaN."""
        values = self._GetNdArray(target)
        if values.dtype.kind not in _ORDERED:
            raise AssertionError(
                f"The value of {target} does not have an ordered numeric type, instead it has type: {values.dtype}"
            )
        self._none_of(values, np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.shape, bool), "NaN")
        below = values <= lower_bound if open_lower_bound else values < lower_bound
        above = values >= upper_bound if open_upper_bound else values > upper_bound
        bounds = f"{'(' if open_lower_bound else '['}{lower_bound}, {upper_bound}{')' if open_upper_bound else ']'}"
        self._none_of(values, below | above, f"outside the range {bounds}")

    def _none_of(self, values, wrong, what):
        places = list(zip(*np.where(np.atleast_1d(wrong)), strict=True))
        if places:
            shown = [f"  [{', '.join(map(str, p))}] : {np.atleast_1d(values)[p]}" for p in places[:10]]
            shown += ["  ..."] * (len(places) > 10)
            raise AssertionError(
                f"{len(places)} of the {values.size} element(s) are {what}. Subscript(s) and value(s) of the offending elements:\n"
                + "\n".join(shown)
            )

    def assertAllInSet(self, target, expected_set):  # noqa: N802
        """Every element is one of a set."""
        others = [v for v in np.unique(self._GetNdArray(target)).tolist() if v not in expected_set]
        if others:
            raise AssertionError(f"{len(others)} unique element(s) are not in the set {expected_set}: {others}")

    # ---- near

    def assertNear(self, f1, f2, err, msg=None):  # noqa: N802
        """Two numbers differ by at most `err`."""
        told = f"{f1:f} != {f2:f} +/- {err:f}" + (f" ({msg})" if msg is not None else "")
        self.assertTrue(f1 == f2 or abs(f1 - f2) <= err, told)

    def assertArrayNear(self, farray1, farray2, err, msg=None):  # noqa: N802
        """Numbers one by one differ by at most `err`."""
        self.assertEqual(len(farray1), len(farray2), msg)
        for f1, f2 in zip(farray1, farray2, strict=True):
            self.assertNear(float(f1), float(f2), err, msg)

    def assertNDArrayNear(self, ndarray1, ndarray2, err, msg=None):  # noqa: N802
        """The norm of the difference of two arrays is less than `err`."""
        self.assertTrue(np.linalg.norm(ndarray1 - ndarray2) < err, msg)

    # ---- shapes, types, devices

    def assertShapeEqual(self, np_array, tf_tensor, msg=None):  # noqa: N802
        """An array has the shape that a tensor is known to have. Raises TypeError for what is neither."""
        for given in (np_array, tf_tensor):
            if not isinstance(given, (np.ndarray, np.generic, Tensor)):
                raise TypeError(f"assertShapeEqual compares arrays and tensors. Got {type(given)}.")
        self.assertAllEqual(*(np.array(shapes.TensorShape(x.shape).as_list()) for x in (np_array, tf_tensor)), msg=msg)

    def assertDTypeEqual(self, target, expected_dtype):  # noqa: N802
        """The array of `target` has a dtype: NumPy's or a `tf.DType`."""
        expected = expected_dtype.as_numpy_dtype if isinstance(expected_dtype, dtypes.DType) else expected_dtype
        found = self._GetNdArray(target).dtype
        self.assertEqual(found, expected, f"the dtype is {found}, not {expected_dtype}")

    def assertDeviceEqual(self, device1, device2, msg=None):  # noqa: N802
        """Two names mean the same device, as "/cpu:0" and "/device:CPU:0" do."""
        first, second = (
            device.DeviceSpec.from_string(d if isinstance(d, str) or d is None else d.to_string()).to_string()
            for d in (device1, device2)
        )
        self.assertEqual(first, second, f"Devices {first} and {second} are not equal. {msg}")

    # ---- messages

    def assertProtoEquals(self, expected_message_maybe_ascii, message, msg=None):  # noqa: N802
        """A message is equal to another one, or to what its text format says. Raises ParseError for a text that is none."""
        expected = expected_message_maybe_ascii
        if isinstance(expected, (str, bytes)):
            expected = text_format.Parse(expected, type(message)())
        elif type(expected) is not type(message):
            self.fail(f"Can't compare protos of type {type(expected)} and {type(message)}. {msg or ''}")
        self._AssertProtoEquals(expected, message, msg)

    def _AssertProtoEquals(self, a, b, msg=None):  # noqa: N802 - public code calls it by this name
        if (
            a != b
            or isinstance(a, Message)
            and a.SerializeToString(deterministic=True) != b.SerializeToString(deterministic=True)
        ):
            self.assertMultiLineEqual(text_format.MessageToString(a), text_format.MessageToString(b), msg)

    def assertProtoEqualsVersion(self, expected, actual, producer=134, min_consumer=0, msg=None):  # noqa: N802
        """A message is equal to a text that `versions { producer … }` is added to."""
        needs = f" min_consumer: {min_consumer}" if min_consumer else ""
        self.assertProtoEquals(f"versions {{ producer: {producer}{needs} }};\n{expected}", actual, msg)

    # ---- errors

    def assertRaisesWithPredicateMatch(self, exception_type, expected_err_re_or_predicate):  # noqa: N802
        """The block raises an error whose text, or that of its operation, has a regular expression; or that a function finds true."""
        return _Raises(self, exception_type, expected_err_re_or_predicate)

    def assertRaisesOpError(self, expected_err_re_or_predicate):  # noqa: N802
        """`assertRaisesWithPredicateMatch` for `tf.errors.OpError`."""
        return _Raises(self, OpError, expected_err_re_or_predicate)

    def assertRaisesIncompatibleShapesError(self, exception_type=OpError):  # noqa: N802
        """The block raises an error that tells of incompatible shapes."""
        return _Raises(self, exception_type, r"Incompatible shapes|Dimensions must be equal|required broadcastable shapes")


class _Raises:
    """A block that must raise; whatever else it raises, or nothing, fails the test."""

    def __init__(self, case, kind, check):
        self.case, self.kind, self.check = case, kind, check

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is None:
            self.case.fail(f"{getattr(self.kind, '__name__', self.kind)} not raised")
        if not issubclass(kind, self.kind) or not self._fits(error):
            raise AssertionError(f"Exception of type {kind}: {error}") from error
        self.exception = error
        return True

    def _fits(self, error):
        if callable(self.check):
            return self.check(error)
        text, op = str(error), getattr(error, "op", None)
        while op is not None:  # the operations that it was made for, too
            text += f"\nCaused by: {op.name}"
            op = getattr(op, "_original_op", None)
        return re.search(self.check, text) is not None
