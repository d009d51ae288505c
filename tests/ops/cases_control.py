"""Functional control flow: its ops hold graphs, which a row cannot describe."""

CASES = []
ELSEWHERE = dict.fromkeys(
    (
        "If",
        "StatelessIf",
        "Case",
        "StatelessCase",
        "While",
        "StatelessWhile",
        "PartitionedCall",
        "StatefulPartitionedCall",
        "_LoopCount",
    ),
    "lower/test_control.py",
)
ELSEWHERE["_NotImported"] = "graph/test_control_graphs.py"
ELSEWHERE["_VectorizedCall"] = "grad/test_tape_graph.py"
