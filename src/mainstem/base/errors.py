"""The exceptions of `tf.errors`, with TensorFlow's codes, and the one voice in which Mainstem words an error.

Build-time mistakes are `ValueError` and `TypeError`, run-time ones are subclasses of `OpError`; both name the op and the
line of the user's program that made it.
"""

OK, CANCELLED, UNKNOWN, INVALID_ARGUMENT, DEADLINE_EXCEEDED, NOT_FOUND, ALREADY_EXISTS = range(7)
PERMISSION_DENIED, RESOURCE_EXHAUSTED, FAILED_PRECONDITION, ABORTED, OUT_OF_RANGE, UNIMPLEMENTED = range(7, 13)
INTERNAL, UNAVAILABLE, DATA_LOSS, UNAUTHENTICATED = range(13, 17)


class OpError(Exception):
    """An error met while an op ran.

    Attributes:
        message: what went wrong, with the op's name and the user's line.
        op: the `Operation` that failed, or None.
        node_def: its NodeDef, or None.
        error_code: the integer code of `tf.errors`.
    """

    def __init__(self, node_def, op, message, error_code=UNKNOWN):
        super().__init__(message)
        self._node_def, self._op, self._message, self._error_code = node_def, op, message, error_code

    def __reduce__(self):
        if type(self) is OpError:
            return OpError, (None, None, self._message, self._error_code)
        return type(self), (None, None, self._message)

    @property
    def message(self):
        return self._message

    @property
    def op(self):
        return self._op

    @property
    def error_code(self):
        return self._error_code

    @property
    def node_def(self):
        return self._node_def

    def __str__(self):
        return self._message


def _define(name, code, doc, *also):
    def __init__(self, node_def=None, op=None, message=""):
        OpError.__init__(self, node_def, op, message, code)

    return type(name, (OpError, *also), {"__init__": __init__, "__doc__": doc, "__module__": __name__})


CancelledError = _define("CancelledError", CANCELLED, "The step was cancelled.")
UnknownError = _define("UnknownError", UNKNOWN, "The cause has no code of its own.")
InvalidArgumentError = _define("InvalidArgumentError", INVALID_ARGUMENT, "An op met a value that it cannot take.")
DeadlineExceededError = _define("DeadlineExceededError", DEADLINE_EXCEEDED, "The time limit of the step ran out.")
NotFoundError = _define("NotFoundError", NOT_FOUND, "A file or a key of a checkpoint is not there.")
AlreadyExistsError = _define("AlreadyExistsError", ALREADY_EXISTS, "What was to be made is already there.")
PermissionDeniedError = _define("PermissionDeniedError", PERMISSION_DENIED, "The caller may not do this.")
ResourceExhaustedError = _define("ResourceExhaustedError", RESOURCE_EXHAUSTED, "Memory or another resource ran out.")
FailedPreconditionError = _define(
    "FailedPreconditionError", FAILED_PRECONDITION, "The state is not ready, e.g. a variable without a value."
)
AbortedError = _define("AbortedError", ABORTED, "The step was given up, e.g. because a queue was closed.")
OutOfRangeError = _define("OutOfRangeError", OUT_OF_RANGE, "A queue, iterator or file has no more elements.")
UnimplementedError = _define("UnimplementedError", UNIMPLEMENTED, "The operation is not implemented.", NotImplementedError)
InternalError = _define("InternalError", INTERNAL, "An invariant of the system is broken.")
UnavailableError = _define("UnavailableError", UNAVAILABLE, "The runtime is not available now.")
DataLossError = _define("DataLossError", DATA_LOSS, "A file is damaged.")
UnauthenticatedError = _define("UnauthenticatedError", UNAUTHENTICATED, "The caller is not authenticated.")

CODE_TO_CLASS = {
    c(message="").error_code: c
    for c in (
        CancelledError, UnknownError, InvalidArgumentError, DeadlineExceededError, NotFoundError, AlreadyExistsError,
        PermissionDeniedError, ResourceExhaustedError, FailedPreconditionError, AbortedError, OutOfRangeError,
        UnimplementedError, InternalError, UnavailableError, DataLossError, UnauthenticatedError,
    )
}  # fmt: skip


def exception_type_from_error_code(error_code):
    """Gives the class of `error_code`. Raises KeyError for a code that is not TensorFlow's."""
    return CODE_TO_CLASS[error_code]


def error_code_from_exception_type(cls):
    """Gives the code of an error class."""
    return cls(message="").error_code


class OperatorNotAllowedInGraphError(TypeError):
    """A symbolic tensor was used where Python needs a value (`if`, `for`, `bool`)."""


def must(op, argument, rule, got):
    """Words a failed rule the same way everywhere: "<op>: '<argument>' must be <rule>. Got <got>."."""
    return f"{op}: '{argument}' must be {rule}. Got {got}."


class UnknownOpError(NotImplementedError, ValueError):
    """An op type that Mainstem does not have: `NotImplementedError` here, `ValueError` where TensorFlow raises one."""
