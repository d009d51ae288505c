"""Meta graphs: a graph with its collections and saver, as the `.meta` file beside a checkpoint; graphs as files."""

import os
import weakref

from mainstem.core import registry
from mainstem.formats import graphdef, protos, stores
from mainstem.graph import record
from mainstem.graph.graph import Graph, get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.state.variable import Variable
from mainstem.train import collection_proto

TENSORFLOW_VERSION = "1.15.5"  # whose graphs these are; readers decide by it which rules hold
UNBOUND = "$unbound_inputs_"


# ---- names and scopes


def strip_scope(name, scope):
    """`name` relative to `scope`, keeping the marks "^" and "loc:@" in front."""
    if not scope:
        return name
    scope = scope.rstrip("/") + "/"
    for mark in ("^", "loc:@", ""):
        if name.startswith(mark + scope):
            return mark + name[len(mark + scope) :]
    return name


def prepend_scope(name, scope):
    """`name` below `scope`, keeping the marks "^" and "loc:@" in front."""
    if not scope:
        return name
    text = name.decode() if isinstance(name, bytes) else name
    for mark in ("^", "loc:@", ""):
        if text.startswith(mark):
            return f"{mark}{scope.rstrip('/')}/{text[len(mark) :]}"


# ---- export


def export_meta_graph(
    filename=None,
    meta_info_def=None,
    graph_def=None,
    saver_def=None,
    collection_list=None,
    as_text=False,
    graph=None,
    export_scope=None,
    clear_devices=False,
    clear_extraneous_savers=False,
    strip_default_attrs=False,
    save_debug_info=False,
    **kwargs,
):
    """Gives the MetaGraphDef of a graph, written to `filename` (in one step) when that is given.

    Args:
        meta_info_def: a MetaInfoDef to start from (tags, version).
        graph_def: the nodes, when not those of `graph`.
        saver_def: the SaverDef to store with them.
        collection_list: keys of the collections to store; None means all.
        export_scope: only nodes under this name scope, their names without it.
        clear_devices: whether to leave out devices.
        clear_extraneous_savers: whether to leave out the nodes of other savers.
        strip_default_attrs: whether to leave out attrs that have their default value.

    Raises TypeError for unknown keyword arguments.
    """
    return export_scoped_meta_graph(
        filename,
        graph_def,
        graph,
        export_scope,
        as_text,
        "unbound_inputs",
        clear_devices,
        saver_def,
        clear_extraneous_savers,
        strip_default_attrs,
        save_debug_info,
        meta_info_def=meta_info_def,
        collection_list=collection_list,
        **kwargs,
    )[0]


def export_scoped_meta_graph(
    filename=None,
    graph_def=None,
    graph=None,
    export_scope=None,
    as_text=False,
    unbound_inputs_col_name="unbound_inputs",
    clear_devices=False,
    saver_def=None,
    clear_extraneous_savers=False,
    strip_default_attrs=False,
    save_debug_info=False,
    *,
    meta_info_def=None,
    collection_list=None,
):
    """Like `export_meta_graph`; gives (MetaGraphDef, {name in the scope: exported variable}).

    Inputs from outside `export_scope` are renamed "$unbound_inputs_..." and listed in the collection
    `unbound_inputs_col_name`: whoever imports gives them by `input_map`.
    """
    graph = graph if graph is not None else get_default_graph()
    made = protos.MetaGraphDef()
    _fill_info(made.meta_info_def, meta_info_def, strip_default_attrs)
    source = graph_def if graph_def is not None else _nodes(graph)
    left_out = _nodes_of_other_savers(source, saver_def) if clear_extraneous_savers else set()
    unbound = _copy_nodes(made.graph_def, source, export_scope, left_out, clear_devices, strip_default_attrs)
    if saver_def is not None:
        made.saver_def.CopyFrom(saver_def)
    for key in collection_list if collection_list is not None else graph.get_all_collection_keys():
        if key == unbound_inputs_col_name and export_scope:
            continue
        override = [saver_def] if key == GraphKeys.SAVERS and clear_extraneous_savers and saver_def is not None else None
        collection_proto.add(made, key, graph.get_collection(key) if override is None else override, export_scope, left_out)
    if export_scope and unbound_inputs_col_name:
        made.collection_def[unbound_inputs_col_name].bytes_list.value.extend(n.encode() for n in sorted(unbound))
    if filename:
        graphdef.write_graph_def(made, filename, as_text)
    variables = graph.get_collection(GraphKeys.GLOBAL_VARIABLES, scope=export_scope)
    return made, {strip_scope(v.name, export_scope): v for v in variables if isinstance(v, Variable)}


_exported = weakref.WeakKeyDictionary()  # graph -> (its version and mutations, its GraphDef): programs save again and again
_EXPORTED_LIMIT = 1 << 24  # bytes: a larger GraphDef holds data in constants, and is not worth its memory


def _nodes(graph):
    state = graph.version, graph._mutations
    known = _exported.get(graph)
    if known is not None and known[0] == state:
        return known[1]
    made = record.as_graph_def(graph, add_shapes=True)
    if made.ByteSize() <= _EXPORTED_LIMIT:
        _exported[graph] = state, made
    return made


def _fill_info(info, given, stripped):
    if given is not None:
        info.CopyFrom(given)
    info.tensorflow_version = info.tensorflow_version or TENSORFLOW_VERSION
    info.tensorflow_git_version = info.tensorflow_git_version or "mainstem"
    info.stripped_default_attrs = stripped


def _nodes_of_other_savers(graph_def, saver_def):
    own = saver_def.restore_op_name.rpartition("/")[0] if saver_def is not None else None
    scopes = {n.name.rpartition("/")[0] for n in graph_def.node if n.op in ("SaveV2", "RestoreV2", "Save", "Restore")}
    others = tuple(s + "/" for s in scopes if s and s != own)
    return {n.name for n in graph_def.node if n.name.startswith(others)} if others else set()


def _copy_nodes(target, source, scope, left_out, clear_devices, strip_defaults):
    """Copies the nodes that are wanted, relative to `scope`; gives the names of inputs from outside it."""
    if not (scope or left_out or clear_devices or strip_defaults):
        target.CopyFrom(source)
        return set()
    target.versions.CopyFrom(source.versions)
    if source.HasField("library"):
        target.library.CopyFrom(source.library)
    unbound, inside = set(), scope.rstrip("/") + "/" if scope else ""
    for node in source.node:
        if node.name in left_out or not node.name.startswith(inside):
            continue
        copy = target.node.add()
        copy.CopyFrom(node)
        if clear_devices:
            copy.device = ""
        if strip_defaults:
            _strip_defaults(copy)
        if scope:
            _move_into_scope(copy, node, scope, inside, unbound)
    return unbound


def _move_into_scope(copy, node, scope, inside, unbound):
    copy.name = strip_scope(node.name, scope)
    del copy.input[:]
    for name in node.input:
        if name.removeprefix("^").startswith(inside):
            copy.input.append(strip_scope(name, scope))
        elif not name.startswith("^"):
            unbound.add(UNBOUND + name)
            copy.input.append(UNBOUND + name)
    if "_class" in copy.attr:
        kept = [c for c in copy.attr["_class"].list.s if not c.startswith(b"loc:@") or c[5:].startswith(inside.encode())]
        del copy.attr["_class"].list.s[:]
        copy.attr["_class"].list.s.extend(strip_scope(c.decode(), scope).encode() for c in kept)
        if not kept:
            del copy.attr["_class"]


def _strip_defaults(node):
    definition = registry.REGISTRY.get(node.op)
    for key, declared in definition.attrs.items() if definition is not None else ():
        if declared.default in (registry.MISSING, None) or key not in node.attr:
            continue
        try:
            default = graphdef.attr_to_proto(declared.default, declared.type)
        except (TypeError, ValueError):
            continue
        if node.attr[key] == default:
            del node.attr[key]


# ---- import


def read(meta_graph_or_file):
    """Gives a MetaGraphDef, read from a file (binary or text) when a path is given.

    Raises OSError when there is no such file or it holds something else, TypeError for other objects.
    """
    if isinstance(meta_graph_or_file, protos.MetaGraphDef):
        return meta_graph_or_file
    if not isinstance(meta_graph_or_file, (str, bytes, os.PathLike)):
        raise TypeError(f"meta_graph_or_file must be a MetaGraphDef or a file name. Got {type(meta_graph_or_file)}.")
    path = os.fsdecode(meta_graph_or_file)
    if not stores.isfile(path):
        base = path.removesuffix(".index")
        hint = f" Did you mean {base + '.meta'!r}?" if stores.isfile(base + ".meta") else ""
        raise OSError(f"File {path} does not exist.{hint}")
    try:
        message = graphdef.read_graph_def(path, protos.MetaGraphDef)
    except ValueError as e:
        raise OSError(f"Cannot parse file {path}: {e}{_instead(path)}") from None
    if not message.HasField("graph_def") and not message.HasField("meta_info_def"):
        raise OSError(f"Cannot parse file {path}: it does not hold a MetaGraphDef.{_instead(path)}")
    return message


def _instead(path):
    for ending in (".index", ".data-00000-of-00001"):
        if path.endswith(ending) and stores.isfile(path.removesuffix(ending) + ".meta"):
            return f" The graph is in {path.removesuffix(ending) + '.meta'!r}."
    return ""


def import_scoped(
    meta_graph, clear_devices=False, import_scope=None, input_map=None, return_elements=None, restore_collections_predicate=None,
    unbound_inputs_col_name="unbound_inputs",
):  # fmt: skip
    """Like `import_scoped_meta_graph` with a MetaGraphDef; gives ({name: variable}, returned elements or None)."""
    graph = get_default_graph()
    _check_unbound(meta_graph, unbound_inputs_col_name, input_map)
    nodes = meta_graph.graph_def
    if clear_devices:
        nodes = protos.GraphDef()
        nodes.CopyFrom(meta_graph.graph_def)
        for node in nodes.node:
            node.device = ""
    scope = graph.unique_name(import_scope or "", mark_as_used=False) if import_scope else graph.get_name_scope()
    elements = record.import_graph_def(
        nodes, input_map, return_elements, import_scope or "", producer_op_list=meta_graph.meta_info_def.stripped_op_list
    )
    keep = restore_collections_predicate or (lambda key: True)
    variables = {}
    for key in sorted(meta_graph.collection_def):
        if key != unbound_inputs_col_name and keep(key):
            collection_proto.restore(graph, key, meta_graph.collection_def[key], scope, variables)
    found = graph.get_collection(GraphKeys.GLOBAL_VARIABLES, scope=scope or None)
    return {strip_scope(v.name, scope): v for v in found if isinstance(v, Variable)}, elements


def _check_unbound(meta_graph, key, input_map):
    if not key or key not in meta_graph.collection_def:
        return
    wanted = {n.decode() for n in meta_graph.collection_def[key].bytes_list.value}
    given = set(input_map or ())
    if wanted - given:
        raise ValueError(
            f"Graph contains unbound inputs: {sorted(wanted - given)}. Must provide these inputs through input_map."
        )


def import_scoped_meta_graph(
    meta_graph_or_file,
    clear_devices=False,
    graph=None,
    import_scope=None,
    input_map=None,
    unbound_inputs_col_name="unbound_inputs",
    restore_collections_predicate=lambda key: True,
):
    """Adds the nodes and collections of a meta graph to a graph; gives {name without scope: imported variable}.

    Raises OSError for a file that is none, ValueError for nodes that cannot be made and inputs that `input_map` lacks.
    """
    graph = graph if graph is not None else get_default_graph()
    with graph.as_default():
        return import_scoped(
            read(meta_graph_or_file),
            clear_devices,
            import_scope,
            input_map,
            restore_collections_predicate=restore_collections_predicate,
            unbound_inputs_col_name=unbound_inputs_col_name,
        )[0]


# ---- graphs as files


def write_graph(graph_or_graph_def, logdir, name, as_text=True):
    """Writes a graph or GraphDef to `logdir/name`, as text or binary; gives the path. The directory is made when missing."""
    message = record.as_graph_def(graph_or_graph_def) if isinstance(graph_or_graph_def, Graph) else graph_or_graph_def
    stores.makedirs(logdir)
    path = os.path.join(logdir, name)
    graphdef.write_graph_def(message, path, bool(as_text))
    return path
