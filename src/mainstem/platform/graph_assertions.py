"""What tests ask of whole graphs: whether two GraphDefs are the same, and which operations a graph has."""

from mainstem.formats.protos import GraphDef

_RANDOM_NAME = "_temp_"  # the file names that savers make up


def assert_equal_graph_def_v1(actual, expected, checkpoint_v2=False, hash_table_shared_name=False):
    """Raises AssertionError with the first difference of two GraphDefs; the order of nodes does not matter.

    Args:
        actual, expected: GraphDefs.
        checkpoint_v2: ignore the file names that savers make up.
        hash_table_shared_name: ignore the shared names of hash tables.

    Raises TypeError for what is no GraphDef.
    """
    for given, name in ((actual, "actual"), (expected, "expected")):
        if not isinstance(given, GraphDef):
            raise TypeError(f"Expected tf.GraphDef for {name}, got {type(given).__name__}")
    have, want = (_nodes(g, checkpoint_v2, hash_table_shared_name) for g in (actual, expected))
    for name, node in have.items():
        if name not in want:
            raise AssertionError(f"Found unexpected node '{node.op}' named '{name}'")
        _same(node, want[name])
    lacking = [name for name in want if name not in have]
    if lacking:
        raise AssertionError(f"Did not find expected node '{want[lacking[0]].op}' named '{lacking[0]}'")


def assert_equal_graph_def(expected, actual):
    """Raises AssertionError with the first difference of two GraphDefs, file names of savers and shared names of tables aside."""
    assert_equal_graph_def_v1(actual, expected, checkpoint_v2=True, hash_table_shared_name=True)


def _nodes(graph_def, checkpoint_v2, hash_table_shared_name):
    found = {}
    for node in graph_def.node:
        kept = type(node)()
        kept.CopyFrom(node)
        if (
            checkpoint_v2
            and node.attr["value"].tensor.string_val
            and _RANDOM_NAME in str(node.attr["value"].tensor.string_val[0])
        ):
            del kept.attr["value"]
        if hash_table_shared_name and "HashTable" in node.op:
            kept.attr.pop("shared_name", None)
        found[node.name] = kept
    return found


def _same(have, want):
    """Raises AssertionError when two nodes of one name differ."""
    for field, told in (("op", "op"), ("device", "device")):
        a, b = getattr(have, field), getattr(want, field)
        if a != b:
            raise AssertionError(f"Node named '{have.name}' has {told} '{a}' that is not expected '{b}'")
    if len(have.input) != len(want.input):
        raise AssertionError(f"Node named '{have.name}' has {len(have.input)} inputs, expected {len(want.input)}")
    for i, (a, b) in enumerate(zip(have.input, want.input, strict=True)):
        if a.removesuffix(":0") != b.removesuffix(":0"):
            raise AssertionError(f"Node named '{have.name}' has input {i} '{a}' that doesn't match expected '{b}'")
    for key in sorted({*have.attr, *want.attr}):
        if key.startswith("_") or key in have.attr and key in want.attr and have.attr[key] == want.attr[key]:
            continue
        shown = [str(n.attr[key]).strip().replace("\n", " ") if key in n.attr else "no value" for n in (have, want)]
        raise AssertionError(f"Node named '{have.name}' has for attr '{key}' {shown[0]}, expected {shown[1]}")


def assert_ops_in_graph(expected_ops, graph):
    """The nodes of the names and types in `expected_ops`, by name. Raises ValueError where the graph has them not, or of another type."""
    found = {n.name: n for n in graph.as_graph_def().node if n.name in expected_ops}
    for name, node in found.items():
        if node.op != expected_ops[name]:
            raise ValueError(f"Expected op for node {name} is different. Expected: {expected_ops[name]}. Got: {node.op}")
    if set(found) != set(expected_ops):
        raise ValueError(f"Not all expected ops are present. Expected {sorted(expected_ops)}, found {sorted(found)}")
    return found


def get_node_def_from_graph(node_name, graph_def):
    """The NodeDef of a name in a GraphDef, or None."""
    return next((n for n in graph_def.node if n.name == node_name), None)


def assert_meta_graph_protos_equal(tester, a, b):
    """Fails the test `tester` when two MetaGraphDefs differ; graphs are compared without regard to the order of nodes."""
    assert_equal_graph_def_v1(a.graph_def, b.graph_def)
    rest = []
    for given in (a, b):
        copy = type(given)()
        copy.CopyFrom(given)
        copy.ClearField("graph_def")
        rest.append(copy)
    tester.assertProtoEquals(*rest)
