"""Collections of a graph as CollectionDefs: strings, numbers, names of nodes, and objects through their own messages."""

from mainstem.formats import protos
from mainstem.graph.keys import GraphKeys
from mainstem.graph.tensor import Operation, Tensor
from mainstem.platform import logging
from mainstem.state.variable import Variable

_functions = {}


def register_proto_function(collection_name, proto_type=None, to_proto=None, from_proto=None):
    """Says how items of a collection become messages (`to_proto(item, export_scope)`) and back (`from_proto(message, import_scope)`).

    Raises TypeError when a function is not callable, KeyError when the collection has functions already.
    """
    if to_proto and not callable(to_proto):
        raise TypeError("to_proto must be callable.")
    if from_proto and not callable(from_proto):
        raise TypeError("from_proto must be callable.")
    if collection_name in _functions:
        raise KeyError(f"The collection '{collection_name}' has proto functions already.")
    _functions[collection_name] = proto_type, to_proto, from_proto


def _saver_to_proto(saver, export_scope=None):
    return saver.to_proto(export_scope=export_scope) if hasattr(saver, "to_proto") else saver


def register_defaults(saver_from_proto):
    """Registers variables and savers (whose class imports this file)."""
    for key in (*GraphKeys._VARIABLE_COLLECTIONS, GraphKeys.GLOBAL_STEP):
        if key not in _functions:
            register_proto_function(key, protos.VariableDef, _variable_to_proto, Variable.from_proto)
    register_proto_function(GraphKeys.SAVERS, protos.SaverDef, _saver_to_proto, saver_from_proto)


def _variable_to_proto(variable, export_scope=None):
    if not hasattr(variable, "to_proto"):
        raise TypeError(f"{variable!r} is no variable")
    return variable.to_proto(export_scope=export_scope)


# ---- to CollectionDef


def add(meta_graph, key, items, export_scope, left_out=frozenset()):
    """Stores a collection in a MetaGraphDef; items that cannot be stored are left out with a warning, as in TensorFlow."""
    items = [i for i in items if _name(i) not in left_out]
    if not items:
        return
    made = protos.CollectionDef()
    try:
        _fill(made, key, items, export_scope)
    except (TypeError, ValueError, AttributeError) as e:
        logging.warning(
            "Issue encountered when serializing %s. Type is unsupported, or the types of the items don't match field type in "
            "CollectionDef. Note this is a warning and probably safe to ignore. %s",
            key,
            e,
        )
        return
    meta_graph.collection_def[key].CopyFrom(made)


def _name(item):
    name = getattr(item, "name", "") if isinstance(item, (Operation, Tensor)) else ""
    return name.rpartition(":")[0] if ":" in name else name


def _fill(made, key, items, scope):
    to_proto = _functions.get(key, (None, None, None))[1]
    first = items[0]
    if to_proto is not None:
        messages = [to_proto(item, export_scope=scope) for item in items]
        made.bytes_list.value.extend(m.SerializeToString(deterministic=True) for m in messages if m is not None)
    elif isinstance(first, (str, bytes)):
        made.bytes_list.value.extend(i if isinstance(i, bytes) else i.encode() for i in items)
    elif isinstance(first, bool) or not isinstance(first, (int, float)):
        inside = scope.rstrip("/") + "/" if scope else ""
        names = [i.name for i in items if i.name.startswith(inside)]
        if not all(isinstance(n, str) for n in names):
            raise TypeError("names of nodes must be strings")
        made.node_list.value.extend(n[len(inside) :] for n in names)
    else:
        (made.int64_list if isinstance(first, int) else made.float_list).value.extend(items)


# ---- from CollectionDef


def restore(graph, key, stored, scope, variables):
    """Appends what a CollectionDef holds to a collection of `graph`.

    Args:
        scope: what was put before all imported names, "" for nothing.
        variables: {serialized VariableDef: variable}, so that the same variable in two collections is one object.
    """
    kind = stored.WhichOneof("kind")
    if kind is None:
        return
    values = getattr(stored, kind).value
    if key in _functions and kind == "bytes_list":
        proto_type, _, from_proto = _functions[key]
        for raw in values:
            item = variables.get(raw) if proto_type is protos.VariableDef else None
            if item is None:
                item = from_proto(proto_type.FromString(raw), import_scope=scope or None)
                if proto_type is protos.VariableDef:
                    variables[raw] = item
            graph.add_to_collection(key, item)
    elif key in _UNREADABLE:
        logging.warning("The collection %s of the meta graph is left out: %s", key, _UNREADABLE[key])
    elif kind == "node_list":
        for name in values:
            name = f"{scope}/{name}" if scope else name
            try:
                element = graph.as_graph_element(name)
            except KeyError:  # inside the body of a branch or loop now: nobody outside can ask for it
                logging.warning(
                    "The collection %s of the meta graph names %s, which is not in the graph, or inside a branch or loop.",
                    key,
                    name,
                )
                continue
            graph.add_to_collection(key, element)
    elif kind == "bytes_list":
        for value in values:
            graph.add_to_collection(key, f"{scope}/{value.decode()}" if scope else value)
    else:
        for value in values:
            graph.add_to_collection(key, int(value) if kind == "int64_list" else value)


_UNREADABLE = {
    GraphKeys.COND_CONTEXT: "conditionals need no context.",
    GraphKeys.WHILE_CONTEXT: "loops need no context.",
}
