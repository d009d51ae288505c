"""tf.function against TensorFlow 2.21 (`tests/golden/record_functions.py`), and what only Mainstem can be asked."""

import gc
import json
import logging
import pathlib
import threading
import weakref

import numpy as np
import pytest

import mainstem.v1 as tf1
import mainstem.v2 as tf
from mainstem.run import function as functions
from mainstem.run import piece
from tests.run import function_programs
from tests.state.test_eager_variable import same

GOLDEN = json.loads((pathlib.Path(__file__).parent.parent / "golden" / "functions.json").read_text())


def agree(ours, theirs, where=""):
    """Asserts that facts are those of TensorFlow."""
    ours = json.loads(json.dumps(ours))
    if isinstance(theirs, list) and isinstance(ours, list) and len(ours) == len(theirs):
        for i, (a, b) in enumerate(zip(ours, theirs)):
            agree(a, b, f"{where}[{i}]")
    elif isinstance(theirs, dict) and isinstance(ours, dict) and ours.keys() == theirs.keys():
        for k in theirs:
            agree(ours[k], theirs[k], f"{where}[{k!r}]")
    else:
        assert same(ours, theirs), f"{where}: {ours} is not {theirs}"


@pytest.mark.usefixtures("eager_mode")
class TestEager:
    @pytest.mark.parametrize("name", function_programs.PROGRAMS)
    def test_programs_give_what_tensorflow_gives(self, name):
        agree(function_programs.PROGRAMS[name](tf), GOLDEN[f"function.{name}"], name)

    def test_the_reason_for_a_trace_names_the_argument(self, caplog):
        @tf.function
        def f(x, mode):
            return x

        functions.log_retraces()
        try:
            with caplog.at_level(logging.WARNING, "tensorflow"):
                f(tf.constant([1, 2]), "train")
                f(tf.constant([1, 2, 3]), "train")
                assert "argument 'x' was TensorSpec(shape=(2,)" in f.last_retrace_reason()
                f(tf.constant([1, 2, 3]), "test")
        finally:
            functions.log_retraces(False)
        assert f.last_retrace_reason() == "argument 'mode' was Literal['train'], is Literal['test']"
        assert "f is traced again (trace 3): argument 'mode' was Literal['train'], is Literal['test']" in caplog.text

    def test_many_traces_are_worth_a_warning_or_two(self, caplog):
        f = tf.function(lambda x: x)
        with caplog.at_level(logging.WARNING, "tensorflow"):
            for i in range(9):
                f(i)
        assert caplog.text.count("triggered tf.function retracing") == 2
        assert "5 out of the last 5 calls" in caplog.text and "argument 'x' was Literal[" in caplog.text

    def test_calls_of_old_kinds_in_between_make_no_warning(self, caplog):
        f = tf.function(lambda x: x)
        with caplog.at_level(logging.WARNING, "tensorflow"):
            for i in range(9):
                for _ in range(5):
                    f(i)
        assert not caplog.text

    @pytest.mark.parametrize("kind", ["plain", "loop", "custom", "custom in loop"])
    def test_a_function_frees_its_traces(self, kind):
        @tf.custom_gradient
        def custom(x):
            return x * 2.0, lambda dy: dy * 3.0

        w = tf.Variable(2.0)
        step = custom if kind.startswith("custom") else lambda x: tf.nn.relu(x) * w

        @tf.function
        def f(x):
            if kind.endswith("loop"):
                for _ in tf.range(2):
                    x = step(x)
            return step(x)

        x = tf.constant(1.0)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        tape.gradient(y, x)
        graph, trace = weakref.ref(f.get_concrete_function(x).graph), weakref.ref(f.get_concrete_function(x))
        del f, tape, y
        gc.collect()
        assert graph() is None and trace() is None

    def test_arguments_are_held_weakly_and_their_traces_go_with_them(self):
        class Options:
            rate = 2

        f = tf.function(lambda x, o: x * o.rate)
        options = Options()
        assert f(tf.constant(3), options).numpy() == 6 and f(tf.constant(3), options).numpy() == 6
        assert f.experimental_get_tracing_count() == 1
        trace = weakref.ref(f._list_all_concrete_functions()[0])
        gone = weakref.ref(options)
        del options
        gc.collect()
        assert gone() is None and trace() is None and not f._list_all_concrete_functions()

    def test_methods_belong_to_their_object(self):
        class Model:
            def __init__(self, k):
                self.k = k

            @tf.function
            def times(self, x):
                return x * self.k

            def __eq__(self, other):
                return True

            __hash__ = None

        a, b = Model(2), Model(3)
        assert a.times(tf.constant(5)).numpy() == 10 and b.times(tf.constant(5)).numpy() == 15
        assert a.times is a.times and a.times.experimental_get_tracing_count() == 1
        gone = weakref.ref(a)
        del a
        gc.collect()
        assert gone() is None

    def test_methods_may_have_a_signature(self):
        class Model:
            @tf.function(input_signature=[tf.TensorSpec([None])])
            def total(self, x):
                return tf.reduce_sum(x)

        model = Model()
        assert model.total([1.0, 2.0]).numpy() == 3 and model.total([1.0]).numpy() == 1
        assert model.total.experimental_get_tracing_count() == 1
        assert str(model.total.get_concrete_function().structured_input_signature[0][0]).endswith("name='x')")

    def test_prints_and_assertions_keep_the_order_of_the_program(self, capfd):
        @tf.function
        def f(x):
            tf.print("first", x + 1)
            tf.print("second")
            tf.debugging.assert_greater(x, 0, message="small")
            tf.print("third")
            return x

        f(tf.constant(1))
        assert capfd.readouterr().err == "first 2\nsecond\nthird\n"
        with pytest.raises(tf.errors.InvalidArgumentError, match="small"):
            f(tf.constant(-1))
        assert "third" not in capfd.readouterr().err

    def test_a_variable_changed_by_a_function_leaves_earlier_reads_alone(self):
        v = tf.Variable(np.ones(1000, "f"))
        before = v.read_value()

        @tf.function
        def bump():
            v.assign_add(tf.ones([1000]))
            return v.read_value()

        read = bump()
        bump()
        assert before.numpy()[0] == 1 and read.numpy()[0] == 2 and v.numpy()[0] == 3

    def test_random_numbers_go_on(self):
        f = tf.function(lambda: tf.random.uniform([3], seed=1))
        a, b = f().numpy(), f().numpy()
        assert not np.array_equal(a, b)

    def test_a_variable_that_starts_from_an_argument(self):
        class Lazy:
            v = None

            @tf.function
            def __call__(self, x):
                if self.v is None:
                    self.v = tf.Variable(x * 2.0)
                return self.v + x

        lazy = Lazy()
        assert lazy(tf.constant(1.0)).numpy() == 3.0
        assert lazy.v.numpy() == 2.0
        assert lazy(tf.constant(5.0)).numpy() == 7.0

    def test_functions_of_different_threads_share_variables(self):
        v = tf.Variable(0.0)

        @tf.function
        def bump(x):
            v.assign_add(x)

        threads = [threading.Thread(target=lambda: [bump(tf.constant(1.0)) for _ in range(50)]) for _ in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert v.numpy() == 200 and bump.experimental_get_tracing_count() == 1

    def test_a_tensor_of_a_trace_is_refused_elsewhere(self):
        kept = []

        @tf.function
        def leaks(x):
            kept.append(x + 1)
            return x

        leaks(tf.constant(1.0))
        with pytest.raises(TypeError, match="is a tensor of a graph"):
            kept[0] + 1
        with pytest.raises(ValueError, match="out of scope"):
            tf.function(lambda x: x + kept[0])(tf.constant(1.0))

    def test_errors_of_an_op_inside_name_the_users_line(self):
        @tf.function
        def f(x):
            return tf.matmul(x, x)

        with pytest.raises(ValueError, match=r"test_function\.py:\d+"):
            f(tf.zeros([2, 3]))

    def test_an_op_without_gradient_says_so_when_asked(self, monkeypatch):
        def no_gradient(*args, **kwargs):
            raise LookupError("No gradient defined for operation")

        monkeypatch.setattr(piece, "gradients", no_gradient)
        f = tf.function(lambda x: x * 2.0)
        x = tf.constant(1.0)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        assert y.numpy() == 2
        with pytest.raises(LookupError, match="No gradient defined"):
            tape.gradient(y, x)

    def test_gradients_come_from_what_the_call_saw(self):
        """The backward part gets what the forward part kept, also of random numbers."""
        f = tf.function(lambda x: tf.reduce_sum(x * tf.random.uniform([5])))
        x = tf.ones([5])
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        assert np.isclose(tape.gradient(y, x).numpy().sum(), y.numpy())

    def test_a_trace_that_is_first_called_inside_another(self):
        inner = tf.function(lambda x: x * 2)
        outer = tf.function(lambda x: inner(x) + 1)
        assert outer(tf.constant(3)).numpy() == 7 and inner(tf.constant(3)).numpy() == 6
        assert inner.experimental_get_tracing_count() == 1
        types = {op.type for op in outer.get_concrete_function(tf.constant(3)).graph.get_operations()}
        assert "PartitionedCall" in types

    def test_unknown_shapes_compile_for_each_shape_that_comes(self):
        f = tf.function(
            lambda x: tf.reduce_sum(x) / tf.cast(tf.shape(x)[0], tf.float32), input_signature=[tf.TensorSpec([None])]
        )
        assert [f(tf.ones([n])).numpy() for n in (1, 4, 7)] == [1, 1, 1]
        assert f.experimental_get_tracing_count() == 1

    def test_tensors_compare_by_content_in_the_users_code_only(self):
        seen = {}

        @tf.function(autograph=False)
        def f(x, y):
            seen[x], seen[y] = "x", "y"
            return x == y, x != y, x == None, tf.constant(seen[x] + seen[y])  # noqa: E711

        same, differ, none, names = f(tf.constant([1, 2]), tf.constant([1, 3]))
        assert same.numpy().tolist() == [True, False] and differ.numpy().tolist() == [False, True]
        assert not none.numpy() and names.numpy() == b"xy"

    def test_type_hints_make_tensors_of_numbers(self):
        @tf.function(experimental_follow_type_hints=True)
        def f(x: tf.Tensor):
            return x + 1

        f(1), f(2)
        assert f.experimental_get_tracing_count() == 1


def test_in_a_graph_of_tensorflow_1():
    x = tf1.placeholder(tf1.float32, [])
    v = tf1.get_variable("v", initializer=2.0, use_resource=True)

    @tf1.function
    def f(a):
        update = v.assign_add(a)
        if a > 0:
            return a * v
        return update

    y = f(x)
    with tf1.Session() as s:
        s.run(tf1.global_variables_initializer())
        assert s.run(y, {x: 3.0}) == 15.0
        assert s.run(v) == 5.0
        assert s.run(tf1.gradients(f(x), x)[0], {x: 1.0}) == pytest.approx(6.0 + 1.0)
