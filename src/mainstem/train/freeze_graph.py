"""`tensorflow.python.tools.freeze_graph`: a graph and a checkpoint become one graph whose variables are constants."""

from mainstem.formats import graphdef, protos, stores
from mainstem.graph.graph import Graph
from mainstem.graph.record import import_graph_def
from mainstem.run.freeze import convert_variables_to_constants
from mainstem.run.session import Session
from mainstem.train import checkpoints, meta_graph
from mainstem.train.saver import Saver, import_meta_graph


class _Stored:
    """In the place of a session whose variables are restored: those of the checkpoint are read from it."""

    def __init__(self, session, checkpoint):
        self._session, self.graph = session, session.graph
        self._reader = checkpoints.NewCheckpointReader(checkpoint)

    def run(self, fetches):
        """The values of a dict of variables: {name: tensor}."""
        there = {name: self._reader.get_tensor(name) for name in fetches if self._reader.has_tensor(name)}
        rest = {name: fetch for name, fetch in fetches.items() if name not in there}
        return {**there, **(self._session.run(rest) if rest else {})}


def freeze_graph_with_def_protos(
    input_graph_def,
    input_saver_def,
    input_checkpoint,
    output_node_names,
    restore_op_name,
    filename_tensor_name,
    output_graph,
    clear_devices,
    initializer_nodes,
    variable_names_whitelist="",
    variable_names_blacklist="",
    input_meta_graph_def=None,
    input_saved_model_dir=None,
    saved_model_tags=None,
    checkpoint_version=2,
):
    """Gives the GraphDef of the nodes `output_node_names` (with commas) in which variables are constants of the checkpoint.

    Args:
        input_graph_def, input_meta_graph_def: the graph, one of the two.
        input_saver_def: the saver whose names the checkpoint has; default: the variables' own names.
        output_graph: the file to write, binary; "" for none.
        initializer_nodes: operations (with commas) to run before, such as those that fill tables.
        restore_op_name, filename_tensor_name, checkpoint_version: taken and not needed.

    Raises ValueError without a checkpoint or output names, NotImplementedError for a SavedModel.
    """
    if input_saved_model_dir or saved_model_tags:
        raise NotImplementedError("freeze_graph: a SavedModel as input ('input_saved_model_dir') is not supported yet.")
    if not checkpoints.checkpoint_exists(input_checkpoint):
        raise ValueError(f"Input checkpoint '{input_checkpoint}' doesn't exist!")
    if not output_node_names:
        raise ValueError("You need to supply the name of a node to --output_node_names.")
    source = input_meta_graph_def.graph_def if input_meta_graph_def is not None else input_graph_def
    if clear_devices:
        for node in source.node:
            node.device = ""
    with Graph().as_default() as graph, Session(graph=graph) as session:
        values = _restored(session, input_graph_def, input_saver_def, input_meta_graph_def, input_checkpoint)
        if initializer_nodes:
            session.run([graph.get_operation_by_name(name) for name in _names(initializer_nodes)])
        frozen = convert_variables_to_constants(
            values,
            source,
            _names(output_node_names),
            _names(variable_names_whitelist) or None,
            _names(variable_names_blacklist) or None,
        )
    if output_graph:
        graphdef.write_graph_def(frozen, output_graph, as_text=False)
    return frozen


def _names(text):
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def _restored(session, graph_def, saver_def, meta, checkpoint):
    if meta is not None:
        import_meta_graph(meta, clear_devices=True).restore(session, checkpoint)
        return session
    import_graph_def(graph_def, name="")
    if saver_def is None:
        return _Stored(session, checkpoint)
    Saver(saver_def=saver_def, write_version=saver_def.version).restore(session, checkpoint)
    return session


def freeze_graph(
    input_graph,
    input_saver,
    input_binary,
    input_checkpoint,
    output_node_names,
    restore_op_name,
    filename_tensor_name,
    output_graph,
    clear_devices,
    initializer_nodes,
    variable_names_whitelist="",
    variable_names_blacklist="",
    input_meta_graph=None,
    input_saved_model_dir=None,
    saved_model_tags="serve",
    checkpoint_version=2,
):
    """As `freeze_graph_with_def_protos`, from files: a GraphDef or MetaGraphDef and a SaverDef, text or binary.

    `input_binary` is taken and not needed: a file shows what it is. Raises OSError for a file that is not there.
    """
    if input_saved_model_dir:
        raise NotImplementedError("freeze_graph: a SavedModel as input ('input_saved_model_dir') is not supported yet.")
    return freeze_graph_with_def_protos(
        graphdef.read_graph_def(_there(input_graph, "graph")) if input_graph else None,
        graphdef.read_graph_def(_there(input_saver, "saver"), protos.SaverDef) if input_saver else None,
        input_checkpoint,
        output_node_names,
        restore_op_name,
        filename_tensor_name,
        output_graph,
        clear_devices,
        initializer_nodes,
        variable_names_whitelist,
        variable_names_blacklist,
        meta_graph.read(input_meta_graph) if input_meta_graph else None,
        checkpoint_version=checkpoint_version,
    )


def _there(path, what):
    if not stores.isfile(path):
        raise OSError(f"Input {what} file '{path}' does not exist!")
    return path
