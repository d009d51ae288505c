"""`tf.test.Benchmark`: methods named `benchmark…` that time something and report it."""

import os
import re
import sys
import time

import numpy as np

from mainstem.eager.context import executing_eagerly
from mainstem.formats import protos
from mainstem.platform import logging
from mainstem.run.session import Session
from mainstem.run.timeline import Timeline

_PREFIX = "TEST_REPORT_FILE_PREFIX"  # where reports go; without it they are printed
_known = []


def benchmark_config():
    """The `ConfigProto` of a benchmark's session, in which nothing is optimized away behind control edges."""
    made = protos.ConfigProto()
    made.graph_options.rewrite_options.dependency_optimization = protos.RewriterConfig.OFF
    return made


class Benchmark:
    """Base of benchmarks; `tf.test.main` runs their methods when the program has the argument `--benchmarks=PATTERN`."""

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        _known.append(cls)

    @classmethod
    def is_abstract(cls):
        """Whether the class has no method to run."""
        return not _methods(cls)

    def _get_name(self, overwrite_name=None):
        """The name of a report: the class's, and that of the running method or another one."""
        name = overwrite_name
        frame = sys._getframe(1)
        while name is None and frame is not None:
            if frame.f_locals.get("self") is self and frame.f_code.co_name.startswith("benchmark"):
                name = frame.f_code.co_name
            frame = frame.f_back
        if name is None:
            raise ValueError(
                "Unable to determine calling Benchmark class and method: call this in a method named `benchmark…`."
            )
        return f"{type(self).__name__}.{name}"

    def report_benchmark(
        self, iters=None, cpu_time=None, wall_time=None, throughput=None, extras=None, name=None, metrics=None
    ):
        """Reports a result: a `BenchmarkEntries` message, printed or written to a file.

        Args:
            iters, cpu_time, wall_time, throughput: what was measured, in seconds and MB a second.
            extras: a dict of further numbers and texts.
            name: in place of the method's.
            metrics: dicts with "name", "value" and perhaps "min_value" and "max_value".

        Raises TypeError for `extras` that is no dict, OSError when the file is there already.
        """
        if extras is not None and not isinstance(extras, dict):
            raise TypeError("extras must be a dict")
        entries = protos.BenchmarkEntries()
        entry = entries.entry.add(name=self._get_name(name), iters=-1 if iters is None else iters)
        for field, value in (("cpu_time", cpu_time), ("wall_time", wall_time), ("throughput", throughput)):
            setattr(entry, field, -1 if value is None else value)
        for key, value in (extras or {}).items():
            if isinstance(value, (int, float, np.number)):
                entry.extras[key].double_value = value
            else:
                entry.extras[key].string_value = str(value)
        for metric in metrics or []:
            made = entry.metrics.add(name=metric["name"], value=metric["value"])
            for bound in ("min_value", "max_value"):
                if metric.get(bound) is not None:
                    getattr(made, bound).value = metric[bound]
        told = f"wall_time: {entry.wall_time:g}, cpu_time: {entry.cpu_time:g}, throughput: {entry.throughput:g}"
        logging.info("Benchmark [%s] iters: %d, %s, extras: %s, metrics: %s", entry.name, entry.iters, told, extras, metrics)
        _write(entries)

    def run_op_benchmark(
        self,
        sess,
        op_or_tensor,
        feed_dict=None,
        burn_iters=2,
        min_iters=10,
        store_trace=False,
        store_memory_usage=True,
        name=None,
        extras=None,
        mbs=0,
    ):
        """Runs an operation again and again and reports the median time; gives the report as a dict.

        Args:
            sess: a session.
            op_or_tensor: what it runs, with `feed_dict`. The values of tensors are not fetched.
            burn_iters, min_iters: how often before the clock runs, and with it.
            store_trace, store_memory_usage: a compiled program has neither op times nor allocations of ops; `store_trace=True`
                runs the operations one by one, once, and keeps their times as "full_trace_chrome_format".
            name, extras: as for `report_benchmark`.
            mbs: megabytes that a run moves; tells the throughput.
        """
        operation = getattr(op_or_tensor, "op", op_or_tensor)
        for _ in range(burn_iters):
            sess.run(operation, feed_dict=feed_dict)
        times = []
        for _ in range(min_iters):
            begin = time.perf_counter()
            sess.run(operation, feed_dict=feed_dict)
            times.append(time.perf_counter() - begin)
        extras, median = dict(extras or {}), float(np.median(times)) if times else -1.0
        if store_trace:
            extras["full_trace_chrome_format"] = _trace(sess, operation, feed_dict)
        report = {
            "iters": min_iters,
            "wall_time": median,
            "throughput": mbs / median if mbs and times else 0.0,
            "extras": extras,
            "name": name,
        }
        self.report_benchmark(**report)
        return report

    def evaluate(self, tensors):
        """NumPy values of (nested) tensors, by a session of its own in graph mode."""
        if executing_eagerly():
            return [t.numpy() for t in tensors] if isinstance(tensors, (list, tuple)) else tensors.numpy()
        with Session() as session:
            return session.run(tensors)


def _trace(session, operation, feed_dict):
    from_run = protos.RunMetadata()
    options = protos.RunOptions(trace_level=protos.RunOptions.FULL_TRACE)
    session.run(operation, feed_dict, options, from_run)
    return Timeline(from_run.step_stats).generate_chrome_trace_format()


def _methods(cls):
    return [n for n in dir(cls) if n.startswith("benchmark") and callable(getattr(cls, n))]


def _write(entries):
    prefix = os.environ.get(_PREFIX)
    if not prefix:
        print(entries)
        return
    path = f"{prefix}{entries.entry[0].name.replace('/', '__')}"
    with open(path, "xb") as file:
        file.write(entries.SerializeToString())


def chosen_benchmarks(argv):
    """The pattern of `--benchmarks=PATTERN` in a command line, or None; and the command line without it."""
    rest, pattern = [], None
    for argument in argv:
        if argument.startswith(("--benchmarks=", "-benchmarks=")):
            pattern = argument.partition("=")[2]
        else:
            rest.append(argument)
    return pattern, rest


def run_benchmarks(pattern):
    """Runs the benchmarks whose full names have a regular expression; "all" are all. Raises ValueError when there is none."""
    wanted = re.compile(".*" if pattern == "all" else pattern)
    found = [(c, n) for c in _known for n in _methods(c) if wanted.search(f"{c.__module__}.{c.__name__}.{n}")]
    if not found:
        raise ValueError(f"No benchmark matches {pattern!r}. There are {sorted(c.__name__ for c in _known)}.")
    for cls, name in found:
        getattr(cls(), name)()
