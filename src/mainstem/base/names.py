"""Rules for names of ops and scopes."""

import re

OP_NAME = re.compile(r"^[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*$")
SCOPE_NAME = re.compile(r"^[A-Za-z0-9_.\\/>-]*$")


def check_op(name):
    """Raises ValueError when `name` cannot name an op."""
    if not OP_NAME.match(name):
        raise ValueError(f"'{name}' is not a valid node name")


def check_scope(name):
    """Raises ValueError when `name` cannot name a scope."""
    if not SCOPE_NAME.match(name):
        raise ValueError(f"'{name}' is not a valid scope name")


def split_tensor(name):
    """Splits "scope/op:1" into ("scope/op", 1). Raises ValueError when there is no output index."""
    op, sep, index = name.rpartition(":")
    if not sep or not index.isdigit():
        raise ValueError(
            f"The name '{name}' looks like a (invalid) Operation name, not a Tensor. Tensor names must be of the form \"<op_name>:<output_index>\"."
        )
    return op, int(index)
