"""`tf.test`: a TestCase with sessions, and the questions that tests ask about the machine."""

import contextlib
import os
import random
import sys
import tempfile
import threading
import traceback

import numpy as np
from absl.testing import absltest

from mainstem.base import nest
from mainstem.eager.context import executing_eagerly
from mainstem.eager.tensor import EagerTensor
from mainstem.formats import protos
from mainstem.graph import sessions
from mainstem.graph.graph import Graph, get_default_graph, reset_default_graph
from mainstem.graph.sparse_tensor import SparseTensor, SparseTensorValue
from mainstem.platform.array_assertions import ArrayAssertions
from mainstem.platform.benchmark import chosen_benchmarks, run_benchmarks
from mainstem.run.session import Session
from mainstem.surface.framework import device_v1
from mainstem.surface.random import set_random_seed

SEED = 87654321  # of every test


class TestCase(ArrayAssertions):
    """A test with a fresh default graph, fixed seeds, `self.session()`, and assertions on arrays and tensors."""

    def __init__(self, methodName="runTest"):  # noqa: N803
        super().__init__(methodName)
        self._cached, self._tempdir, self._threads = None, None, []

    def setUp(self):
        if not isinstance(self, TestCaseV1):
            self._skip_session()
        super().setUp()
        self._ClearCachedSession()
        random.seed(SEED)
        np.random.seed(SEED)
        reset_default_graph()
        get_default_graph().seed = SEED
        set_random_seed(SEED)

    def _skip_session(self):
        if self._testMethodName == "test_session":  # runners of tests go by the name
            self.skipTest("Not a test.")

    def tearDown(self):
        for thread in self._threads:
            thread.check_termination()
        self._ClearCachedSession()
        super().tearDown()

    def _ClearCachedSession(self):  # noqa: N802 - public code calls it by this name
        if self._cached is not None:
            self._cached[0].close()
            self._cached = None

    def get_temp_dir(self):
        """A new folder for this test method, the same one every time."""
        if self._tempdir is None:
            self._tempdir = tempfile.mkdtemp(dir=get_temp_dir())
        return self._tempdir

    # ---- sessions

    @contextlib.contextmanager
    def session(self, graph=None, config=None, use_gpu=True, force_gpu=False):
        """A new session on `graph` (default: the default graph), as the default one.

        Without `use_gpu`, operations made inside are placed on the CPU; with `force_gpu` on the first GPU. In eager mode there is no
        session: whatever is asked of the result raises AttributeError.
        """
        if executing_eagerly():
            yield _NoSession()
            return
        with (
            Session(graph=graph or get_default_graph(), config=_config(config, use_gpu, force_gpu)) as s,
            _placed(use_gpu, force_gpu),
        ):
            yield s

    @contextlib.contextmanager
    def cached_session(self, graph=None, config=None, use_gpu=True, force_gpu=False):
        """The session of this test, the same one every time. Raises ValueError when it was made for another graph or configuration."""
        if executing_eagerly():
            yield _NoSession()
            return
        wanted = {"graph": graph, "config": config, "force_gpu": force_gpu}
        if self._cached is None:
            made = Session(graph=graph or get_default_graph(), config=_config(config, use_gpu, force_gpu))
            self._cached = made, {**wanted, "graph": made.graph if graph is None else graph}
        session, given = self._cached
        for name, value in wanted.items():
            if value is not given[name] and (name != "graph" or value is not None):
                raise ValueError(
                    f"The {name}{' value' * (name == 'force_gpu')} used to get the cached session is different than the one that was "
                    "used to create the session. Maybe create a new session with self.session()"
                )
        with session.graph.as_default(), session.as_default(), _placed(use_gpu, force_gpu):
            yield session

    def test_session(self, graph=None, config=None, use_gpu=True, force_gpu=False):
        """`cached_session`, or a new session where a graph is given."""
        pick = self.cached_session if graph is None else self.session
        return pick(graph, config, use_gpu, force_gpu)

    def evaluate(self, tensors):
        """NumPy values of (nested) tensors: of eager ones at once, of others by the default session or one of this test."""
        if executing_eagerly():
            return nest.map_structure(_eager_value, tensors)
        session = sessions.get_default_session()
        if session is not None:
            return session.run(tensors)
        with self.cached_session() as s:
            return s.run(tensors)

    # ---- threads and streams

    def checkedThread(self, target, args=None, kwargs=None):  # noqa: N802
        """A thread that runs `target`; its `join()` fails the test where `target` raised. The test fails if it is never joined."""
        thread = _CheckedThread(self, target, args, kwargs)
        self._threads.append(thread)
        return thread

    @contextlib.contextmanager
    def captureWritesToStream(self, stream):  # noqa: N802
        """What is written to a stream with a file descriptor, by Python or not, goes to a file: `contents()` of the result reads it."""
        descriptor = stream.fileno()
        stream.flush()
        kept = os.dup(descriptor)
        with tempfile.NamedTemporaryFile(dir=self.get_temp_dir(), delete=False) as file:
            os.dup2(file.fileno(), descriptor)
            try:
                yield _CapturedWrites(file.name, stream)
            finally:
                stream.flush()
                os.dup2(kept, descriptor)
                os.close(kept)


class TestCaseV1(TestCase):
    """A test with a fresh default graph, fixed seeds, `self.session()`, and assertions; operations are placed on the CPU if not told else."""

    def setUp(self):
        self._skip_session()  # not in the class below: a test that leaves this one's out, as some do, passes in TensorFlow
        super().setUp()

    def session(self, graph=None, config=None, use_gpu=False, force_gpu=False):
        return super().session(graph, config, use_gpu, force_gpu)

    def cached_session(self, graph=None, config=None, use_gpu=False, force_gpu=False):
        return super().cached_session(graph, config, use_gpu, force_gpu)

    def test_session(self, graph=None, config=None, use_gpu=False, force_gpu=False):
        return super().test_session(graph, config, use_gpu, force_gpu)

    for _made in (session, cached_session, test_session):
        _made.__doc__ = getattr(TestCase, _made.__name__).__doc__
    del _made


TestCaseV1.__name__ = TestCaseV1.__qualname__ = "TestCase"


def _eager_value(tensor):
    if tensor is None or isinstance(tensor, (np.ndarray, np.generic)):
        return tensor
    if isinstance(tensor, SparseTensor):
        return SparseTensorValue(*(t.numpy() for t in (tensor.indices, tensor.values, tensor.dense_shape)))
    if isinstance(tensor, EagerTensor) or hasattr(tensor, "numpy"):
        return tensor.numpy()
    if callable(tensor):
        return nest.map_structure(_eager_value, tensor())
    raise ValueError(f"Unsupported type {type(tensor)}.")


def _config(config, use_gpu, force_gpu):
    """The configuration of a test's session: operations that no GPU takes may run elsewhere, unless a GPU is forced."""
    made = protos.ConfigProto()
    if config is not None:
        made.CopyFrom(config)
    made.allow_soft_placement = made.allow_soft_placement or not force_gpu
    return made


def _placed(use_gpu, force_gpu):
    if force_gpu:
        return device_v1(gpu_device_name() or "/device:GPU:0")
    return contextlib.nullcontext() if use_gpu else device_v1("/device:CPU:0")


class _NoSession:
    """What stands for a session in eager mode."""

    def __getattr__(self, name):
        raise AttributeError(
            f"There is no session in eager mode, so the result of self.session() has no {name!r}: use self.evaluate, or call "
            "tf.disable_eager_execution() when the program starts."
        )


class _CheckedThread:
    def __init__(self, case, target, args=None, kwargs=None):
        self._case, self._call, self._error, self._joined = case, (target, args or (), kwargs or {}), None, False
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        target, args, kwargs = self._call
        try:
            target(*args, **kwargs)
        except Exception as e:
            self._error = e, traceback.format_exc()

    def start(self):
        """Starts the thread."""
        self._thread.start()

    def join(self):
        """Waits for the end. Fails the test when the function raised."""
        self._joined = True
        self._thread.join()
        if self._error is not None:
            self._case.fail(f"Error in checkedThread: {self._error[0]}\n{self._error[1]}")

    def is_alive(self):
        """Whether the function still runs."""
        return self._thread.is_alive()

    def check_termination(self):
        """Fails the test when nobody joined the thread."""
        if not self._joined:
            self._case.fail("A checked thread was not joined.")


class _CapturedWrites:
    def __init__(self, path, stream):
        self._path, self._stream = path, stream

    def contents(self):
        """What was written so far, as text."""
        self._stream.flush()
        with open(self._path, encoding="utf-8") as file:
            return file.read()


class StubOutForTesting:
    """Replaces attributes of objects for a test, and puts them back: `Set`, `SmartSet`, `CleanUp`."""

    def __init__(self):
        self._set, self._smart = [], []

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.CleanUp()

    def CleanUp(self):  # noqa: N802
        """Puts everything back."""
        self.SmartUnsetAll()
        self.UnsetAll()

    def Set(self, parent, child_name, new_child):  # noqa: N802
        """Replaces an attribute that `parent` itself holds, until `UnsetAll`."""
        old = getattr(parent, child_name)
        kept = vars(parent).get(child_name) if hasattr(parent, "__dict__") else None
        self._set.append((parent, child_name, kept if isinstance(kept, (staticmethod, classmethod)) else old))
        setattr(parent, child_name, new_child)

    def UnsetAll(self):  # noqa: N802
        """Puts back what `Set` replaced, the last one first."""
        while self._set:
            setattr(*self._set.pop())

    def SmartSet(self, obj, attr_name, new_attr):  # noqa: N802
        """Replaces an attribute where it is defined: in the object, its class or a base. Raises AttributeError when there is none."""
        owners = [obj] if not isinstance(obj, type) and attr_name in getattr(obj, "__dict__", {}) else []
        owners += [c for c in (obj if isinstance(obj, type) else type(obj)).__mro__ if attr_name in vars(c)]
        if not owners:
            raise AttributeError(f"{obj!r} has no attribute {attr_name!r} to replace.")
        self._smart.append((owners[0], attr_name, vars(owners[0])[attr_name]))
        setattr(owners[0], attr_name, new_attr)

    def SmartUnsetAll(self):  # noqa: N802
        """Puts back what `SmartSet` replaced, the last one first."""
        while self._smart:
            setattr(*self._smart.pop())


def main(argv=None):
    """Runs the tests of the program; with the argument `--benchmarks=PATTERN` its benchmarks instead. Ends the process."""
    pattern, rest = chosen_benchmarks(sys.argv if argv is None else argv)
    if pattern is not None:
        run_benchmarks(pattern)
        sys.exit(0)
    absltest.main(argv=rest if argv is not None else None)


def is_built_with_cuda():
    """Whether this installation can use NVIDIA GPUs; ask `mainstem doctor` for more."""
    return is_gpu_available(cuda_only=True)


def is_built_with_rocm():
    """Whether this installation can use AMD GPUs."""
    return False


def is_built_with_gpu_support():
    """Whether this installation can use GPUs."""
    return is_built_with_cuda() or is_built_with_rocm()


def is_built_with_xla():
    """Whether operations are compiled by XLA: always."""
    return True


def is_gpu_available(cuda_only=False, min_cuda_compute_capability=None):
    """Whether a GPU can be used."""
    return any(d.device_type == "GPU" for d in Session(graph=Graph()).list_devices())


def gpu_device_name():
    """The name of the first GPU, or ""."""
    return "/device:GPU:0" if is_gpu_available() else ""


def get_temp_dir():
    """A folder for the temporary files of this program's tests, made when it is first asked for and kept."""
    if not _temp:
        root = os.environ.get("TEST_TMPDIR") or tempfile.gettempdir()
        os.makedirs(root, exist_ok=True)
        name = os.path.splitext(os.path.basename(sys.argv[0] or "tests"))[0]
        _temp.append(tempfile.mkdtemp(prefix=name, dir=root))
    return _temp[0]


_temp = []


def test_src_dir_path(relative_path):
    """The path of a file below the sources under test, which the environment variable TEST_SRCDIR tells. Raises KeyError without it."""
    return os.path.join(os.environ["TEST_SRCDIR"], "org_tensorflow/tensorflow", relative_path)


test_src_dir_path.__test__ = False


def create_local_cluster(num_workers, num_ps, protocol="grpc", worker_config=None, ps_config=None):
    """Raises NotImplementedError: there are no servers here."""
    raise NotImplementedError("tf.test.create_local_cluster: Mainstem has no servers of a cluster; test with one session.")
