"""The same programs run at once and traced: values, gradients and errors against TensorFlow 2.21."""

import pytest

import mainstem.v2 as tf
from tests.surface import control_programs as programs
from tests.surface.test_control_flow import V2, check, flat, form

pytestmark = pytest.mark.usefixtures("eager_mode")
GOLDEN = V2["functions"]


@pytest.mark.parametrize("traced", [False, True], ids=["eager", "traced"])
@pytest.mark.parametrize("make", programs.FUNCTIONS, ids=lambda f: f.__name__)
def test_program(make, traced):
    fn, args = make(tf)
    fn, golden = tf.function(fn) if traced else fn, GOLDEN["programs"][make.__name__]
    result = fn(*args)
    assert form(result) == golden["form"]
    for given, wanted in zip(flat(result), golden["values"], strict=True):
        check(given.numpy(), wanted, make.__name__)
    wanted = [a for a in args if a.dtype.is_floating]
    with tf.GradientTape() as tape:
        tape.watch(wanted)
        floats = [t for t in flat(fn(*args)) if t.dtype.is_floating]
        total = tf.add_n([tf.reduce_sum(tf.sin(t)) for t in floats])
    for given, grad in zip(tape.gradient(total, wanted), golden["grad"], strict=True):
        check(given.numpy(), grad, f"gradient of {make.__name__}")


@pytest.mark.parametrize("name", list(programs.REFUSED_V2))
def test_refused(name):
    """The types are TensorFlow's, but where its own are an AssertionError, or an error when it runs."""
    kind = {"cond_structures": "TypeError", "array_write_dtype": "TypeError"}.get(name, GOLDEN["refused"][name][0])
    with pytest.raises(Exception) as e:
        tf.function(lambda x: programs.REFUSED_V2[name](tf, x))(tf.constant(programs.V))
    assert type(e.value).__name__ == kind


@pytest.mark.parametrize("name", list(programs.FAILS_V2))
def test_fails(name):
    wanted = GOLDEN["fails"][name]
    if wanted is None:
        programs.FAILS_V2[name](tf, tf.constant(programs.V))
        return
    with pytest.raises(Exception) as e:
        programs.FAILS_V2[name](tf, tf.constant(programs.V))
    assert type(e.value).__name__ == wanted[0]
    if "nest" not in wanted[1] and "TensorShape" not in wanted[1]:
        assert wanted[1].strip() in str(e.value)


def test_effects_in_a_traced_branch_run_though_no_result_needs_them():
    v = tf.Variable(1.0)

    @tf.function
    def run(p):
        def branch():
            v.assign_add(1.0)
            return 3.0

        return tf.cond(p, branch, lambda: 4.0)

    assert run(tf.constant(True)) == 3 and v.numpy() == 2
    assert run(tf.constant(False)) == 4 and v.numpy() == 2
