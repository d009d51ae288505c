"""Decorators of `tensorflow.python.framework.test_util`: in which mode, on which device and under which condition a test runs."""

import contextlib
import faulthandler
import functools
import gc
import itertools
import socket
import unittest

from mainstem.base import shapes
from mainstem.eager.context import context, executing_eagerly
from mainstem.graph.graph import Graph, get_default_graph
from mainstem.graph.tensor import Tensor
from mainstem.platform import testing
from mainstem.run import behavior
from mainstem.run.function import function, functions_run_eagerly
from mainstem.run.function import run_functions_eagerly as set_run_functions_eagerly
from mainstem.surface import array
from mainstem.surface.framework import device_v1


def _is_test(name, value):
    return name.startswith(unittest.TestLoader.testMethodPrefix) and callable(value) and name != "test_session"


def for_all_test_methods(decorator, *args, **kwargs):
    """A class decorator that gives every test method a decorator, made with the arguments where there are some."""

    def decorate(cls):
        wrap = decorator(*args, **kwargs) if args or kwargs else decorator
        for name in dir(cls):
            if _is_test(name, getattr(cls, name)):
                setattr(cls, name, wrap(getattr(cls, name)))
        return cls

    return decorate


def _optional(decorator):
    """A decorator that may be written with and without brackets, and on classes."""

    @functools.wraps(decorator)
    def either(func=None, *args, **kwargs):
        if func is None:
            return lambda f: either(f, *args, **kwargs)
        if isinstance(func, type):
            return for_all_test_methods(lambda f: decorator(f, *args, **kwargs))(func)
        return decorator(func, *args, **kwargs)

    return either


# ---- modes


def _graph_mode():
    return Graph().as_default()


@_optional
def deprecated_graph_mode_only(func):
    """The test runs in graph mode."""

    @functools.wraps(func)
    def run(self, *args, **kwargs):
        with _graph_mode() if executing_eagerly() else contextlib.nullcontext():
            return func(self, *args, **kwargs)

    return run


@_optional
def run_deprecated_v1(func):
    """The test runs in graph mode, also where TensorFlow 2's behaviour is on."""
    return deprecated_graph_mode_only(func)


def run_all_in_deprecated_graph_mode_only(cls):
    """All tests of a class run in graph mode."""
    return for_all_test_methods(deprecated_graph_mode_only)(cls)


def _only(wanted, reason):
    def decorate(func):
        @functools.wraps(func)
        def run(self, *args, **kwargs):
            if behavior.v2_behavior_enabled() != wanted:
                self.skipTest(reason)
            return func(self, *args, **kwargs)

        return run

    return lambda f: for_all_test_methods(decorate)(f) if isinstance(f, type) else decorate(f)


def run_v1_only(reason=None, func=None):
    """The test is skipped where TensorFlow 2's behaviour is on; `reason` says why. Raises ValueError for a reason that is no text."""
    if not isinstance(reason, str):
        raise ValueError(f"'reason' should be string, got {type(reason)}")
    decorate = _only(False, reason)
    return decorate if func is None else decorate(func)


def run_v2_only(func=None, reason=None):
    """The test is skipped where TensorFlow 2's behaviour is off."""
    decorate = _only(True, reason or "Test is only compatible with v2")
    return decorate if func is None else decorate(func)


def run_in_graph_and_eager_modes(
    func=None, config=None, use_gpu=True, reset_test=True, assert_no_eager_garbage=False
):  # fmt: skip
    """The test runs in graph mode, in a session of the test, and after another `setUp` again in eager mode."""

    def decorate(f):
        if isinstance(f, type):
            raise ValueError(
                "`run_in_graph_and_eager_modes` only supports test methods. Use `run_all_in_graph_and_eager_modes`."
            )
        eagerly = assert_no_new_tensors(assert_no_garbage_created(f)) if assert_no_eager_garbage else f

        @functools.wraps(f)
        def run(self, *args, **kwargs):
            with _graph_mode() if executing_eagerly() else contextlib.nullcontext():
                get_default_graph().seed = testing.SEED
                with contextlib.suppress(unittest.SkipTest), self.test_session(use_gpu=use_gpu, config=config):
                    f(self, *args, **kwargs)
            with context().as_default():
                if reset_test:
                    self.tearDown()
                    self._tempdir, self._threads = None, []
                    self.setUp()
                eagerly(self, *args, **kwargs)

        return run

    return decorate if func is None else decorate(func)


def run_all_in_graph_and_eager_modes(cls):
    """All tests of a class run in both modes."""
    return for_all_test_methods(run_in_graph_and_eager_modes)(cls)


def run_in_v1_v2(device_to_use=None, assert_no_eager_garbage=False):
    """The test runs in graph mode and in eager mode, on "cpu", on "gpu", or where it falls."""

    def decorate(f):
        both = run_in_graph_and_eager_modes(f, use_gpu=device_to_use != "cpu", assert_no_eager_garbage=assert_no_eager_garbage)

        @functools.wraps(f)
        def run(self, *args, **kwargs):
            if device_to_use == "gpu" and not testing.is_gpu_available():
                self.skipTest("Test requires GPU")
            return both(self, *args, **kwargs)

        return run

    return decorate


def run_class_in_v1_v2(cls):
    """All tests of a class run in both modes."""
    return run_all_in_graph_and_eager_modes(cls)


def also_run_as_tf_function(f):
    """In eager mode the test runs again as a tf.function; what it gives must be None."""

    @functools.wraps(f)
    def run(self, *args, **kwargs):
        f(self, *args, **kwargs)
        if executing_eagerly():
            function(lambda: f(self, *args, **kwargs), autograph=False)()

    return run


def build_as_function_and_v1_graph(func):
    """The test builds its graph in a tf.function and in a graph: a method without result. Raises ValueError for a class."""
    if isinstance(func, type):
        raise ValueError("`build_as_function_and_v1_graph` only supports test methods.")

    @functools.wraps(func)
    def run(self, *args, **kwargs):
        with _graph_mode():
            func(self, *args, **kwargs)
        with context().as_default():
            function(lambda: func(self, *args, **kwargs), autograph=False).get_concrete_function()

    return run


@contextlib.contextmanager
def run_functions_eagerly(run_eagerly):
    """A block in which tf.functions run their Python code, or are traced."""
    before = functions_run_eagerly()
    set_run_functions_eagerly(run_eagerly)
    try:
        yield
    finally:
        set_run_functions_eagerly(before)


# ---- what TensorFlow can switch and there is one kind of here


def _one_kind(func=None):
    """The test as it is: Mainstem has one kind of control flow, of shape inference and of building graphs."""
    return func


def _one_kind_because(reason):
    """A decorator that leaves the test as it is; see `_one_kind`."""
    return _one_kind


enable_control_flow_v2 = with_control_flow_v2 = enable_c_shapes = with_c_shapes = enable_output_all_intermediates = _one_kind
use_deterministic_cudnn = disable_cudnn_autotune = run_in_async_and_sync_mode = _one_kind
enable_eager_op_as_function = enable_graph_building_optimization = add_graph_building_optimization_tests = _one_kind
disable_control_flow_v2 = disable_xla = no_xla_auto_jit = xla_allow_fallback = enable_tf_xla_constant_folding = (
    _one_kind_because
)
disable_mlir_bridge = disable_asan = disable_msan = disable_tsan = disable_ubsan = disable_tfrt = _one_kind_because
disable_eager_op_as_function = _one_kind_because


def with_eager_op_as_function(cls=None, only_as_function=False):
    """The class as it is: an op of eager mode is a compiled function here."""
    return _one_kind if cls is None else cls


# ---- conditions and devices


def skip_if(condition):
    """A decorator for tests and classes, which are skipped when a condition, or a function, is true."""

    def decorate(func):
        @functools.wraps(func)
        def run(self, *args, **kwargs):
            if condition() if callable(condition) else condition:
                self.skipTest("the condition of skip_if holds")
            return func(self, *args, **kwargs)

        return run

    return lambda f: for_all_test_methods(decorate)(f) if isinstance(f, type) else decorate(f)


def disable_with_predicate(pred, skip_message):
    """A decorator for tests, which are skipped with a message when `pred()` is true."""

    def decorate(func):
        @functools.wraps(func)
        def run(self, *args, **kwargs):
            if pred():
                self.skipTest(skip_message)
            return func(self, *args, **kwargs)

        return run

    return decorate


@contextlib.contextmanager
def skip_if_error(test_obj, error_type, messages=None):
    """A block whose errors of a type skip the test, those that have one of `messages` where given."""
    wanted = [messages] if isinstance(messages, str) else messages
    try:
        yield
    except error_type as e:
        if wanted and not any(m in str(e) for m in wanted):
            raise
        test_obj.skipTest(f"Skipping error: {type(e)}: {e}")


@_optional
def run_gpu_only(func):
    """The test is skipped where there is no GPU."""
    return skip_if(lambda: not testing.is_gpu_available())(func)


@_optional
def run_cuda_only(func):
    """The test is skipped where there is no NVIDIA GPU."""
    return skip_if(lambda: not testing.is_gpu_available(cuda_only=True))(func)


@_optional
def run_gpu_or_tpu(func):
    """The test is skipped where there is no GPU."""
    return skip_if(lambda: not testing.is_gpu_available())(func)


def device(use_gpu):
    """A block whose operations are placed on the GPU, where there is one and it is wanted, or on the CPU."""
    return device_v1((testing.gpu_device_name() if use_gpu else "") or "/device:CPU:0")


def use_gpu():
    """A block whose operations are placed on the GPU where there is one."""
    return device(True)


def force_cpu():
    """A block whose operations are placed on the CPU."""
    return device_v1("/device:CPU:0")


def force_gpu():
    """A block whose operations are placed on the first GPU. Raises ValueError where there is none."""
    name = testing.gpu_device_name()
    if not name:
        raise ValueError("There is no GPU device.")
    return device_v1(name)


# ---- leaks


def assert_no_new_tensors(f):
    """The test fails when tensors that it made live on after it."""

    @functools.wraps(f)
    def run(self, *args, **kwargs):
        gc.collect()
        before = {id(o) for o in gc.get_objects() if isinstance(o, Tensor)}
        with _graph_mode() if not executing_eagerly() else contextlib.nullcontext():
            result = f(self, *args, **kwargs)
        gc.collect()
        new = [o for o in gc.get_objects() if isinstance(o, Tensor) and id(o) not in before]
        if new:
            raise AssertionError(f"{len(new)} Tensors not deallocated after the test: {new[:5]}")
        return result

    return run


def assert_no_garbage_created(f):
    """The test fails when it makes objects in cycles, which only the garbage collector can free."""

    @functools.wraps(f)
    def run(self, *args, **kwargs):
        gc.collect()
        flags = gc.get_debug()
        gc.disable()
        try:
            gc.set_debug(gc.DEBUG_SAVEALL)
            gc.collect()
            before = len(gc.garbage)
            result = f(self, *args, **kwargs)
            gc.collect()
            new = len(gc.garbage) - before
            shown = [type(o) for o in gc.garbage[before : before + 10]]
            del gc.garbage[before:]
        finally:
            gc.set_debug(flags)
            gc.enable()
        self.assertEqual(0, new, f"garbage of types {shown}")
        return result

    return run


def assert_no_new_pyobjects_executing_eagerly(f=None, warmup_iters=2):
    """In eager mode, the test fails when the number of Python objects grows from run to run after the first few."""
    if not callable(f):
        return functools.partial(assert_no_new_pyobjects_executing_eagerly, warmup_iters=f if f is not None else warmup_iters)

    @functools.wraps(f)
    def run(self, *args, **kwargs):
        with context().as_default():
            for _ in range(warmup_iters):
                f(self, *args, **kwargs)
            gc.collect()
            before = len(gc.get_objects())
            for _ in range(5):
                f(self, *args, **kwargs)
            gc.collect()
            self.assertLess(len(gc.get_objects()) - before, 50, "new objects live on after every run")

    return run


# ---- small things


def generate_combinations_with_testcase_name(**kwargs):
    """A list of dicts, one for each combination of the values of the keywords, with a "testcase_name" made of all; for `parameterized`."""
    made = []
    for values in itertools.product(
        *([(k, v) for v in (vs if isinstance(vs, (list, tuple)) else [vs])] for k, vs in sorted(kwargs.items()))
    ):
        name = "".join(f"_{''.join(filter(str.isalnum, str(k)))}_{''.join(filter(str.isalnum, str(v)))}" for k, v in values)
        made.append({**dict(values), "testcase_name": f"_test{name}"})
    return made


def pick_unused_port():
    """A port of this machine that nobody listened on a moment ago."""
    with socket.socket() as s:
        s.bind(("", 0))
        return s.getsockname()[1]


def _moved(order, ranks):
    def move(input_tensor):
        if isinstance(input_tensor, Tensor):
            return array.transpose_v1(input_tensor, order[len(shapes.as_tuple(input_tensor.shape))])
        return [input_tensor[i] for i in order[len(input_tensor)]]

    move.__doc__ = f"A tensor, or its shape, {ranks}."
    return move


NHWCToNCHW = _moved({4: [0, 3, 1, 2], 5: [0, 4, 1, 2, 3]}, "from channels last to channels first")
NCHWToNHWC = _moved({4: [0, 2, 3, 1], 5: [0, 2, 3, 4, 1]}, "from channels first to channels last")


def IsMklEnabled():  # noqa: N802
    """Whether TensorFlow was built with MKL: no."""
    return False


def GpuSupportsHalfMatMulAndConv():  # noqa: N802
    """Whether a GPU is there; all that JAX supports multiply float16."""
    return testing.is_gpu_available()


def is_xla_enabled():
    """Whether TensorFlow's tests were asked to compile clusters by XLA: no; everything is compiled here anyway."""
    return False


def InstallStackTraceHandler():  # noqa: N802
    """Prints the stacks of Python when the process is killed by a signal such as SIGSEGV."""
    faulthandler.enable()
