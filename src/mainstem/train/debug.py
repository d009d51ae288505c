"""`DumpingDebugHook`: every tensor of every run, written to files; `DebugDumpDir` reads them."""

import os
import time

from mainstem.base import dtypes
from mainstem.formats import debug_dump
from mainstem.lower import prune
from mainstem.run.fetches import Fetches
from mainstem.train.session_hook import SessionRunArgs, SessionRunHook

_NO_VALUES = (dtypes.resource, dtypes.variant)


def _needed(graph, fetches):
    """The operations that fetches need, in the order in which the graph has them."""
    mapped = Fetches(graph, fetches)
    found = set(prune.needed([t.op for t in mapped.tensors] + list(mapped.operations), ()))
    return [op for op in graph.get_operations() if op in found]


class DumpingDebugHook(SessionRunHook):
    """Writes the values of all tensors that a run computes into `session_root/run_<microseconds>_<process>`, a folder a run.

    Args:
        session_root: a folder; it is made, and must not be there unless it is empty.
        watch_fn: NotImplementedError for another than None, which watches everything.
        thread_name_filter: as `watch_fn`.
        log_usage: accepted, and changes nothing.

    Raises ValueError for a folder with files in it.
    """

    def __init__(self, session_root, watch_fn=None, thread_name_filter=None, log_usage=True):
        if watch_fn is not None or thread_name_filter is not None:
            raise NotImplementedError(
                "DumpingDebugHook: watch_fn and thread_name_filter are not implemented; all tensors are dumped."
            )
        if os.path.isfile(session_root):
            raise ValueError(f"session_root path points to a file: {session_root}")
        if os.path.isdir(session_root) and os.listdir(session_root):
            raise ValueError(f"session_root path points to a non-empty directory: {session_root}")
        self._root, self._folder = session_root, None

    def before_run(self, run_context):
        """Asks for every tensor that the run computes."""
        graph, original = run_context.session.graph, run_context.original_args
        self._folder = os.path.join(self._root, f"run_{int(time.time() * 1e6)}_{os.getpid()}")
        ops = _needed(graph, original.fetches) if original.fetches is not None else []
        tensors = [t for op in ops if graph.is_fetchable(op) for t in op.outputs if t.dtype.base_dtype not in _NO_VALUES]
        return SessionRunArgs({t.name: t for t in tensors})

    def after_run(self, run_context, run_values):
        """Writes their values."""
        os.makedirs(self._folder, exist_ok=True)
        for name, value in run_values.results.items():
            debug_dump.write(self._folder, name, value, int(time.time() * 1e6))


class DebugDumpDir:
    """The tensors that one run dumped.

    Args:
        dump_root: the folder of the run.
        partition_graphs, validate: accepted, and change nothing: the graph of the run is not looked at.

    Raises IOError when there is no such folder.
    """

    def __init__(self, dump_root, partition_graphs=None, validate=True):
        self._root, self._dumped = dump_root, debug_dump.read(dump_root)

    @property
    def dumped_tensor_data(self):
        """All dumped tensors in the order of their times: `tensor_name`, `watch_key`, `get_tensor()` and so on."""
        return list(self._dumped)

    @property
    def size(self):
        """How many there are."""
        return len(self._dumped)

    @property
    def t0(self):
        """The time of the first one in microseconds, None where there is none."""
        return self._dumped[0].timestamp if self._dumped else None

    def nodes(self):
        """The names of the nodes of which something was dumped."""
        return sorted({d.node_name for d in self._dumped})

    def find(self, predicate, first_n=0):
        """Those for which `predicate(dumped, array)` holds, at most `first_n` of them where that is positive."""
        found = []
        for one in self._dumped:
            if predicate(one, one.get_tensor()):
                found.append(one)
                if len(found) == first_n:
                    break
        return found

    def get_tensors(self, node_name, output_slot, debug_op):
        """The values of a node's output, an array for each time that it was dumped. Raises ValueError when it never was."""
        key = f"{node_name}:{output_slot}:{debug_op}"
        found = [d.get_tensor() for d in self._dumped if d.watch_key == key]
        if not found:
            raise ValueError(f'Watch key "{key}" does not exist in the debug dump {self._root}')
        return found


def has_inf_or_nan(datum, tensor):
    """Whether an array of numbers has an entry that is infinite or not a number: a predicate for `DebugDumpDir.find`."""
    return tensor.dtype.kind in "fc" and not bool((abs(tensor) < float("inf")).all())
