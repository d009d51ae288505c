"""`SessionManager`: makes a session whose variables have values, from a checkpoint or by initialization."""

import time

import numpy as np

from mainstem.base import errors
from mainstem.graph.graph import get_default_graph
from mainstem.platform import logging
from mainstem.run.session import Session
from mainstem.train import checkpoints


def _shown(op):
    return getattr(op, "name", op)


class SessionManager:
    """Makes sessions of a graph and checks by `ready_op` that they are ready.

    Args:
        local_init_op: runs in every session, also after a checkpoint was restored.
        ready_op: a string tensor of what is not ready, empty when all is; None: always ready.
        ready_for_local_init_op: the same for `local_init_op`.
        graph: the graph, default: the default graph.
        recovery_wait_secs: the time between two looks for a checkpoint or a ready session.
        local_init_run_options: `RunOptions` for `local_init_op`.

    Raises ValueError for a `ready_for_local_init_op` without `local_init_op`.
    """

    def __init__(
        self,
        local_init_op=None,
        ready_op=None,
        ready_for_local_init_op=None,
        graph=None,
        recovery_wait_secs=30,
        local_init_run_options=None,
        local_init_feed_dict=None,
    ):
        if ready_for_local_init_op is not None and local_init_op is None:
            raise ValueError(
                "If you pass a ready_for_local_init_op you must also pass a local_init_op , "
                f"ready_for_local_init_op [{ready_for_local_init_op}]"
            )
        self._local_init_op, self._ready_op, self._ready_for_local_init_op = local_init_op, ready_op, ready_for_local_init_op
        self._graph = get_default_graph() if graph is None else graph
        self._wait_secs, self._run_options, self._local_feeds = recovery_wait_secs, local_init_run_options, local_init_feed_dict

    def _restore(self, master, saver, directory, path, wait, max_wait_secs, config):
        """A new session, and whether a checkpoint was restored into it."""
        session = Session(master, graph=self._graph, config=config)
        if directory and path:
            raise ValueError("Can not provide both checkpoint_dir and checkpoint_filename_with_path.")
        if not saver or not (directory or path):
            return session, False
        if path:
            saver.restore(session, path)
            return session, True
        waited = 0
        while not ((state := checkpoints.get_checkpoint_state(directory)) and state.model_checkpoint_path):
            if not wait or waited >= max_wait_secs:
                return session, False
            logging.info("Waiting for checkpoint to be available.")
            time.sleep(self._wait_secs)
            waited += self._wait_secs
        saver.restore(session, state.model_checkpoint_path)
        saver.recover_last_checkpoints(state.all_model_checkpoint_paths)
        return session, True

    def prepare_session(
        self,
        master,
        init_op=None,
        saver=None,
        checkpoint_dir=None,
        checkpoint_filename_with_path=None,
        wait_for_checkpoint=False,
        max_wait_secs=7200,
        config=None,
        init_feed_dict=None,
        init_fn=None,
    ):
        """A session ready to use: restored from a checkpoint, else initialized by `init_op` and `init_fn(session)`.

        Raises RuntimeError when there is neither, and when the model is not ready afterwards; ValueError when both a directory
        and a path of a checkpoint are given.
        """
        session, restored = self._restore(
            master, saver, checkpoint_dir, checkpoint_filename_with_path, wait_for_checkpoint, max_wait_secs, config
        )
        if not restored:
            if init_op is None and not init_fn and self._local_init_op is None:
                raise RuntimeError("Model is not initialized and no init_op or init_fn or local_init_op was given")
            if init_op is not None:
                session.run(init_op, feed_dict=init_feed_dict)
            if init_fn:
                init_fn(session)
        missing = self._run_local_init(session)
        if missing:
            raise RuntimeError(
                "Init operations did not make model ready for local_init.  "
                f"Init op: {_shown(init_op)}, init fn: {init_fn}, error: {missing}"
            )
        missing = self._missing(session, self._ready_op, "Model not ready")
        if missing:
            raise RuntimeError(
                f"Init operations did not make model ready.  Init op: {_shown(init_op)}, init fn: {init_fn}, "
                f"local_init_op: {_shown(self._local_init_op)}, error: {missing}"
            )
        return session

    def recover_session(
        self,
        master,
        saver=None,
        checkpoint_dir=None,
        checkpoint_filename_with_path=None,
        wait_for_checkpoint=False,
        max_wait_secs=7200,
        config=None,
    ):
        """A session and whether it was restored from a checkpoint and is ready."""
        session, restored = self._restore(
            master, saver, checkpoint_dir, checkpoint_filename_with_path, wait_for_checkpoint, max_wait_secs, config
        )
        missing = self._run_local_init(session)
        if not restored:
            return session, False
        source = checkpoint_dir or checkpoint_filename_with_path
        if missing:
            logging.info("Restoring model from %s did not make model ready for local init: %s", source, missing)
            return session, False
        missing = self._missing(session, self._ready_op, "Model not ready")
        if missing:
            logging.info("Restoring model from %s did not make model ready: %s", source, missing)
            return session, False
        logging.info("Restored model from %s", source)
        return session, True

    def wait_for_session(self, master, config=None, max_wait_secs=float("Inf")):
        """A session, as soon as somebody else has initialized the model.

        Raises DeadlineExceededError after `max_wait_secs`. A session here shares no variables with another, so that only a model
        without variables, or with its own `local_init_op`, is ever ready.
        """
        stop = time.time() + (float("Inf") if max_wait_secs is None else max_wait_secs)
        while True:
            session = Session(master, graph=self._graph, config=config)
            not_ready, not_local = None, self._run_local_init(session)
            if not not_local:
                not_ready = self._missing(session, self._ready_op, "Model not ready")
                if not not_ready:
                    return session
            session.close()
            if time.time() + self._wait_secs > stop:
                raise errors.DeadlineExceededError(
                    None, None, f"Session was not ready after waiting {int(max_wait_secs)} secs."
                )
            logging.info("Waiting for model to be ready.  Ready_for_local_init_op:  %s, ready: %s", not_local, not_ready)
            time.sleep(self._wait_secs)

    def _run_local_init(self, session):
        """Runs the local initialization; gives why it cannot, or None."""
        if self._local_init_op is None:
            return None
        missing = self._missing(session, self._ready_for_local_init_op, "Model not ready for local init")
        if missing:
            return missing
        logging.info("Running local_init_op.")
        session.run(self._local_init_op, feed_dict=self._local_feeds, options=self._run_options)
        logging.info("Done running local_init_op.")
        return None

    @staticmethod
    def _missing(session, op, message):
        """What a readiness op says is missing, None when all is there. An uninitialized variable counts as missing."""
        if op is None:
            return None
        try:
            value = session.run(op)
        except errors.FailedPreconditionError as e:
            if "uninitialized" not in str(e):
                logging.warning("%s : error [%s]", message, str(e))
                raise
            return str(e)
        if value is None or np.asarray(value).dtype == np.int32 or np.size(value) == 0:
            return None
        return "Variables not initialized: " + ", ".join(name.decode() for name in value)
