"""`Scaffold`: the operations that a session needs beside the model: initialization, readiness, summaries, the saver."""

from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.platform import logging
from mainstem.surface import array, framework, resources, variables
from mainstem.train import saver as savers
from mainstem.train import summary


def saver_or_default():
    """The one saver of the collection SAVERS, made and added when there is none. Raises RuntimeError for several."""
    found = get_default_graph().get_collection(GraphKeys.SAVERS)
    if len(found) > 1:
        raise RuntimeError(
            "More than one item in collection SAVERS. Please indicate which one to use by passing it to the constructor."
        )
    if found:
        return found[0]
    made = savers.Saver(sharded=True, allow_empty=True)
    framework.add_to_collection(GraphKeys.SAVERS, made)
    return made


class Scaffold:
    """What a monitored session needs of a graph: what is not given is taken from collections, or made by `finalize`.

    Args:
        init_op, init_feed_dict, init_fn: initialize when there is no checkpoint; `init_fn(scaffold, session)` runs after the op.
        ready_op: a string tensor of what is not ready yet; empty when all is.
        ready_for_local_init_op: the same for `local_init_op`, which runs with and without a checkpoint.
        summary_op, saver: for the hooks that write.
        copy_from_scaffold: another one, from which what is None here is taken.
    """

    def __init__(
        self,
        init_op=None,
        init_feed_dict=None,
        init_fn=None,
        ready_op=None,
        ready_for_local_init_op=None,
        local_init_op=None,
        summary_op=None,
        saver=None,
        copy_from_scaffold=None,
    ):
        other = copy_from_scaffold
        if other is not None and not isinstance(other, Scaffold):
            raise TypeError("copy_from_scaffold is not a Scaffold instance.")

        def chosen(own, name):
            return own if own is not None or other is None else getattr(other, name)

        self._init_op, self._init_feed_dict = chosen(init_op, "init_op"), chosen(init_feed_dict, "init_feed_dict")
        # `init_fn` gets the scaffold it was made for; what is copied has it bound already
        self._user_init_fn = chosen(init_fn, "_user_init_fn")
        self._init_fn = (lambda session: self._user_init_fn(self, session)) if self._user_init_fn else None
        self._ready_op = chosen(ready_op, "ready_op")
        self._ready_for_local_init_op = chosen(ready_for_local_init_op, "ready_for_local_init_op")
        self._local_init_op = chosen(local_init_op, "local_init_op")
        self._summary_op, self._saver = chosen(summary_op, "summary_op"), chosen(saver, "saver")

    def finalize(self):
        """Makes what is missing, and makes the graph final. Raises RuntimeError when a collection has several candidates."""
        keys, made = GraphKeys, self.get_or_default
        if self._init_op is None:
            self._init_op = made("init_op", keys.INIT_OP, _initialize_all)
        if self._ready_op is None:
            self._ready_op = made("ready_op", keys.READY_OP, _not_ready)
        if self._ready_for_local_init_op is None:
            self._ready_for_local_init_op = made(
                "ready_for_local_init_op", keys.READY_FOR_LOCAL_INIT_OP, _not_ready_for_local_init
            )
        if self._local_init_op is None:
            self._local_init_op = made("local_init_op", keys.LOCAL_INIT_OP, Scaffold.default_local_init_op)
        if self._summary_op is None:
            self._summary_op = made("summary_op", keys.SUMMARY_OP, summary.merge_all)
        if self._saver is None:
            self._saver = saver_or_default()
        self._saver.build()
        get_default_graph().finalize()
        logging.info("Graph was finalized.")
        return self

    @staticmethod
    def get_or_default(arg_name, collection_key, default_constructor):
        """The one element of a collection, else what the constructor gives, which is added to it unless None.

        Raises RuntimeError for a collection of several.
        """
        found = get_default_graph().get_collection(collection_key)
        if len(found) > 1:
            raise RuntimeError(
                f'More than one item in the collection "{collection_key}". Please indicate which one to use by passing it to the '
                f"tf.Scaffold constructor as:  tf.Scaffold({arg_name}=item to use)"
            )
        if found:
            return found[0]
        made = default_constructor()
        if made is not None:
            framework.add_to_collection(collection_key, made)
        return made

    @staticmethod
    def default_local_init_op():
        """An operation that initializes local variables, tables and local resources."""
        made = framework.tables_initializer(), resources.initialize_resources(resources.local_resources())
        return framework.group(variables.local_variables_initializer(), *made)

    @property
    def init_fn(self):
        """The user's `init_fn`, as a function of the session; or None."""
        return self._init_fn

    @property
    def init_op(self):
        """The operation that initializes without a checkpoint."""
        return self._init_op

    @property
    def init_feed_dict(self):
        """What `init_op` is fed with."""
        return self._init_feed_dict

    @property
    def ready_op(self):
        """The tensor that names what is not ready."""
        return self._ready_op

    @property
    def ready_for_local_init_op(self):
        """The tensor that names what `local_init_op` waits for."""
        return self._ready_for_local_init_op

    @property
    def local_init_op(self):
        """The operation that initializes what no checkpoint holds."""
        return self._local_init_op

    @property
    def summary_op(self):
        """The merged summaries, or None."""
        return self._summary_op

    @property
    def saver(self):
        """The saver of checkpoints."""
        return self._saver


def _initialize_all():
    shared = resources.initialize_resources(resources.shared_resources())
    return framework.group(
        variables.global_variables_initializer(), shared, *framework.get_collection("saved_model_initializers")
    )


def _not_ready():
    return array.concat([variables.report_uninitialized_variables(), resources.report_uninitialized_resources()], 0)


def _not_ready_for_local_init():
    of_variables = variables.report_uninitialized_variables(variables.global_variables())
    return array.concat([of_variables, resources.report_uninitialized_resources(resources.shared_resources())], 0)
