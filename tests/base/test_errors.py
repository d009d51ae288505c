"""The exceptions of `tf.errors`: codes, hierarchy, pickling."""

import copy
import pickle

import pytest

import mainstem.v1 as tf
from mainstem.base import errors

CODES = {
    1: "Cancelled", 2: "Unknown", 3: "InvalidArgument", 4: "DeadlineExceeded", 5: "NotFound", 6: "AlreadyExists",
    7: "PermissionDenied", 8: "ResourceExhausted", 9: "FailedPrecondition", 10: "Aborted", 11: "OutOfRange",
    12: "Unimplemented", 13: "Internal", 14: "Unavailable", 15: "DataLoss", 16: "Unauthenticated",
}  # fmt: skip


@pytest.mark.parametrize("code", CODES)
def test_codes_and_classes(code):
    cls = getattr(tf.errors, CODES[code] + "Error")
    e = cls(None, None, "went wrong")
    assert isinstance(e, tf.errors.OpError) and isinstance(e, Exception)
    assert (e.error_code, e.message, str(e), e.op, e.node_def) == (code, "went wrong", "went wrong", None, None)
    assert errors.exception_type_from_error_code(code) is cls and errors.error_code_from_exception_type(cls) == code


@pytest.mark.parametrize("make", [pickle.dumps, None])
def test_errors_travel_between_processes(make):
    op = tf.constant(1.0).op
    for e in (tf.errors.NotFoundError(op.node_def, op, "no"), tf.errors.OpError(None, op, "other", 11)):
        again = pickle.loads(make(e)) if make else copy.copy(e)
        assert type(again) is type(e) and again.message == e.message and again.error_code == e.error_code


def test_an_unknown_code_is_a_key_error():
    with pytest.raises(KeyError):
        errors.exception_type_from_error_code(99)


def test_classes_that_are_two_things():
    assert issubclass(errors.UnknownOpError, NotImplementedError) and issubclass(errors.UnknownOpError, ValueError)
    assert issubclass(errors.OperatorNotAllowedInGraphError, TypeError)
    assert errors.must("Conv2D", "strides", "positive", 0) == "Conv2D: 'strides' must be positive. Got 0."
