"""Schedules, moving averages and templates in eager mode: numbers and names of TensorFlow 2.21."""

import pytest

import mainstem.v2 as tf

pytestmark = pytest.mark.usefixtures("eager_mode")
v1 = tf.compat.v1
train = v1.train

DECAYS = [
    ("exponential_decay", (0.5, None, 10, 0.5), [0.5, 0.46651649475097656, 0.43527528643608093]),
    ("piecewise_constant", (None, [0, 1], [1.0, 0.5, 0.1]), [1.0, 0.5, 0.1]),
    ("polynomial_decay", (0.5, None, 10), [0.5, 0.4500100016593933, 0.4000200033187866]),
    ("natural_exp_decay", (0.5, None, 10, 0.5), [0.5, 0.4756147265434265, 0.452418714761734]),
    ("inverse_time_decay", (0.5, None, 10, 0.5), [0.5, 0.4761905074119568, 0.45454543828964233]),
    ("cosine_decay", (0.5, None, 10), [0.5, 0.4877641201019287, 0.4522542357444763]),
    ("cosine_decay_restarts", (0.5, None, 10), [0.5, 0.4877641201019287, 0.4522542357444763]),
    ("linear_cosine_decay", (0.5, None, 10), [0.5005000233650208, 0.4394876956939697, 0.36230337619781494]),
]


@pytest.mark.parametrize(("name", "args", "want"), DECAYS, ids=[d[0] for d in DECAYS])
def test_a_schedule_is_a_function_of_the_step_as_it_is(name, args, want):
    step = tf.Variable(0)
    rate = getattr(train, name)(*[step if a is None else a for a in args])
    got = []
    for _ in want:
        got.append(float(rate()))
        step.assign_add(1)
    assert got == pytest.approx(want, rel=1e-6)


def test_an_optimizer_follows_it():
    step, v, out = tf.Variable(0), tf.Variable(1.0), []
    optimizer = train.GradientDescentOptimizer(train.exponential_decay(1.0, step, 1, 0.5))
    for _ in range(3):
        optimizer.minimize(lambda: v * 1.0, global_step=step)
        out.append(float(v))
    assert out == [0.0, -0.5, -0.75]
    with pytest.raises(ValueError, match="global_step is required"):
        train.exponential_decay(1.0, None, 1, 0.5)


def test_moving_averages():
    v, average = v1.Variable([1.0, 2.0], name="v"), train.ExponentialMovingAverage(0.9)
    assert average.apply([v]) is None
    v.assign([3.0, 3.0])

    @tf.function
    def update():
        average.apply([v])

    update()
    assert average.average(v).numpy() == pytest.approx([1.2, 2.1])
    assert (average.average_name(v), average.average(v).name) == (
        "v/ExponentialMovingAverage",
        "v/ExponentialMovingAverage:0",
    )
    assert average.average(tf.Variable(1.0)) is None
    slow, w = train.ExponentialMovingAverage(0.9, num_updates=tf.Variable(3)), tf.Variable([1.0, 2.0])
    slow.apply([w])
    w.assign([3.0, 3.0])
    slow.apply([w])
    assert slow.average(w).numpy() == pytest.approx([2.3846154, 2.6923077])
    with pytest.raises(TypeError, match="does not support non-Variable tensors"):
        average.apply([tf.constant(1.0)])


def test_a_template_shares_its_variables():
    def layer(x):
        w = v1.get_variable("w", [2], initializer=v1.ones_initializer())
        with v1.variable_scope("in"):
            b = v1.get_variable("b", [2], initializer=v1.zeros_initializer(), trainable=False)
        return x * w + b, w

    one, two = v1.make_template("tp", layer), v1.make_template("tp", layer)
    a, b, c = one(1.0)[1], one(2.0)[1], two(1.0)[1]
    assert a is b and a is not c and (a.name, c.name) == ("tp/w:0", "tp_1/w:0")
    assert [v.name for v in one.variables] == ["tp/in/b:0", "tp/w:0"]
    assert [v.name for v in one.trainable_variables] == ["tp/w:0"]
    assert [v.name for v in one.non_trainable_variables] == ["tp/in/b:0"]
    outer = v1.make_template("outer", lambda x: inner(x))
    inner = v1.make_template("inner", layer)
    outer(1.0)
    outer(1.0)
    assert [v.name for v in outer.variables] == [v.name for v in inner.variables] == ["outer/inner/in/b:0", "outer/inner/w:0"]
    names = iter("ab")
    growing = v1.make_template("bad", lambda: v1.get_variable(next(names), [], initializer=v1.ones_initializer()))
    growing()
    with pytest.raises(ValueError, match="after the first time"):
        growing()
