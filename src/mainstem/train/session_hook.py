"""`SessionRunHook` and what it is given: code of the user's own around every run of a monitored session."""

import collections

SessionRunValues = collections.namedtuple("SessionRunValues", ["results", "options", "run_metadata"])
SessionRunValues.__doc__ = (
    """What `after_run` gets: the values of what the hook asked for, the `RunOptions` and the `RunMetadata`."""
)


class SessionRunArgs(collections.namedtuple("SessionRunArgs", ["fetches", "feed_dict", "options"])):
    """What `before_run` asks for: more fetches, feeds and `RunOptions`, as for `Session.run`."""

    def __new__(cls, fetches, feed_dict=None, options=None):
        return super().__new__(cls, fetches, feed_dict, options)


class SessionRunContext:
    """The run that a hook is called for: what the caller asked for, the session, and a way to ask for the end."""

    def __init__(self, original_args, session):
        self._original_args, self._session, self._stop_requested = original_args, session, False

    @property
    def original_args(self):
        """The `SessionRunArgs` of the caller."""
        return self._original_args

    @property
    def session(self):
        """The session itself: hooks are not called for runs of it."""
        return self._session

    @property
    def stop_requested(self):
        """Whether a hook asked for the end in this run."""
        return self._stop_requested

    def request_stop(self):
        """Ends the loop: `should_stop()` of the monitored session is true from now on."""
        self._stop_requested = True


class SessionRunHook:
    """A base for hooks: every method does nothing.

    A monitored session calls `begin` once, `after_create_session` for every session that it makes (again after a failure), then
    `before_run` and `after_run` around each run, and `end` unless an error ended the loop.
    """

    def begin(self):
        """Called once before the session is made; the graph may still grow."""

    def after_create_session(self, session, coord):
        """Called when a session has been made and initialized; the graph is final."""

    def before_run(self, run_context):
        """Called before each run; may give `SessionRunArgs` to run along."""
        return None

    def after_run(self, run_context, run_values):
        """Called after each run that did not fail; `run_values.results` are the values of what `before_run` asked for."""

    def end(self, session):
        """Called at the end, while the session is open; not after an error, but after OutOfRangeError and StopIteration."""
