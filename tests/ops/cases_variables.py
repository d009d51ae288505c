"""Ops on variables: what they do shows only in a session that holds the variable, so their tests are there."""

CASES = []
ELSEWHERE = dict.fromkeys(
    (
        "CountUpTo",
        "DestroyResourceOp",
        "InitializedResourceValue",
        "InitializedValue",
        "IsVariableInitialized",
        "ReadVariableOp",
        "ResourceCountUpTo",
        "TemporaryVariable",
        "VarHandleOp",
        "VarIsInitializedOp",
        "Variable",
        "VariableShape",
        "VariableV2",
    ),
    "state/test_variable.py",
)
