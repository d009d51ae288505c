"""Plans: pruning, order, segments, hazards on slots, static values, and what a run then does."""

import re

import jax
import numpy as np
import pytest

import mainstem.v1 as tf
from mainstem.lower import prune
from mainstem.lower.plan import Plan
from mainstem.lower.program import Program
from mainstem.lower.slots import Slots


def plan(*fetches, targets=(), feeds=()):
    return Plan(list(fetches), list(targets), list(feeds))


def kinds(p):
    return [("host" if s.host else "device", [o.type for o in s.ops]) for s in p.segments]


def session(*variables):
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    return sess


# ---- pruning


def test_only_what_is_needed_in_order_of_creation():
    a, b = tf.constant(1.0, name="a"), tf.constant(2.0, name="b")
    c = tf.add(a, b, name="c")
    tf.multiply(a, b, name="unused")
    with tf.control_dependencies([tf.constant(3.0, name="k")]):
        d = tf.identity(c, name="d")
    assert [o.name for o in prune.needed({d.op}, set())] == ["a", "b", "c", "k", "d"]
    assert [o.name for o in prune.needed({d.op}, {c})] == ["k", "d"], "a fed tensor hides what made it"


def test_edges_to_later_operations_are_followed():
    a = tf.constant(1.0, name="a")
    first = tf.identity(a, name="first")
    late = tf.constant(2.0, name="late")
    after = tf.identity(first, name="after")
    first.op._add_control_input(late.op)
    assert [o.name for o in prune.needed({after.op}, set())] == ["a", "late", "first", "after"]
    assert tf.Session().run(after) == 1.0


def test_a_late_control_edge_orders_a_write_before_a_read():
    v = tf.Variable(1.0)
    read = tf.add(v, 0.0)
    sess = session()
    write = v.assign(5.0)
    assert sess.run(read) == 1.0
    read.op._add_control_input(write.op)
    assert sess.run(read) == 5.0, "a changed graph is planned anew"


def test_a_cycle_is_named():
    a = tf.constant(1.0)
    b = tf.identity(a, name="b")
    c = tf.identity(b, name="c")
    b.op._add_control_input(c.op)
    with pytest.raises(tf.errors.InvalidArgumentError, match="cycle through"):
        tf.Session().run(c)


# ---- segments


def test_a_step_is_one_segment_and_a_python_function_cuts_it():
    x = tf.placeholder(tf.float32, [2])
    y = tf.exp(x) + 1.0
    assert [k for k, _ in kinds(plan(y, feeds=[x]))] == ["device"]
    z = tf.py_func(lambda a: a, [y], tf.float32) * 2.0
    p = plan(z, feeds=[x])
    assert [k for k, _ in kinds(p)] == ["device", "host", "device"]
    assert p.segments[0].outputs == [y] and p.segments[1].inputs == [y]
    p = plan(z, tf.exp(x), feeds=[x])
    assert [k for k, _ in kinds(p)] == ["device", "host", "device"], "work that waits for nothing shares the first segment"


def test_strings_stay_on_the_host():
    s = tf.identity(tf.constant("a"))
    both = tf.string_join([s, "b"])
    assert [k for k, _ in kinds(plan(both))] == ["host"]
    assert tf.Session().run([both, tf.constant(1.0) + 1.0]) == [b"ab", 2.0]


def test_constants_and_variables_are_in_no_segment():
    v = tf.Variable(1.0)
    assert sum([ops for _, ops in kinds(plan(v + 2.0))], []) == ["AddV2"] or "VariableV2" not in str(kinds(plan(v + 2.0)))


def test_a_fed_output_of_a_host_operation_needs_no_host():
    x = tf.py_func(lambda: np.float32(1), [], tf.float32)
    y = x + 1.0
    assert [k for k, _ in kinds(plan(y, feeds=[x]))] == ["device"]
    assert tf.Session().run(y, {x: 5.0}) == 6.0


# ---- slots between host and device


def test_host_reads_and_device_writes_keep_their_order():
    v = tf.Variable(1.0)
    seen = []
    with tf.control_dependencies([tf.py_func(lambda a: seen.append(float(a)), [v + 0.0], [])]):
        write = v.assign(10.0)
    with tf.control_dependencies([write]):
        after = tf.py_func(lambda a: seen.append(float(a)), [v.read_value()], [])
    sess = session()
    sess.run(after)
    assert seen == [1.0, 10.0] and sess.run(v) == 10.0


def test_v_read_under_control_dependencies_sees_the_write():
    v = tf.Variable(1.0)
    add = v.assign_add(1.0)
    with tf.control_dependencies([add]):
        late = v.read_value()
        shared = v * 1.0  # v/read was made before: it shares the variable's memory, and runs after the write
    sess = session()
    assert sess.run([late, shared]) == [2.0, 2.0]
    assert sess.run([v, late])[1] == 3.0


def test_several_writes_run_in_order_of_creation():
    v = tf.Variable(1.0)
    a = v.assign_add(2.0)
    with tf.control_dependencies([a]):
        b = v.assign(v * 10.0)
    sess = session()
    assert sess.run(b) == 30.0
    doubled = tf.assign(v, v.read_value() * 2.0)
    assert sess.run([doubled, v])[0] == 60.0 and sess.run(v) == 60.0


def test_a_host_write_is_seen_by_the_device():
    v = tf.Variable(0.0)
    w = v.assign(tf.py_func(lambda: np.float32(4), [], tf.float32))
    with tf.control_dependencies([w]):
        y = v.read_value() + 1.0
    sess = session()
    assert sess.run(y) == 5.0 and sess.run(v) == 4.0


# ---- static values


def test_a_fed_shape_is_compiled_for_each_value():
    n = tf.placeholder(tf.int32, [])
    t = tf.zeros(tf.stack([n, 2])) + 1.0
    sess = tf.Session()
    assert sess.run(t, {n: 3}).shape == (3, 2) and sess.run(t, {n: 1}).shape == (1, 2) and sess.run(t, {n: 3}).sum() == 6
    p = plan(t, feeds=[n])
    assert p.segments[-1].statics == [n] and p.segments[-1].inputs == []


def test_a_computed_shape_cuts():
    x = tf.placeholder(tf.int32, [None])
    t = tf.fill(tf.expand_dims(tf.reduce_max(x), 0), 7)
    sess = tf.Session()
    assert sess.run(t, {x: [1, 3]}).tolist() == [7, 7, 7] and sess.run(t, {x: [2]}).tolist() == [7, 7]


def test_the_axis_may_come_from_python():
    axis = tf.py_func(lambda: np.int32(1), [], tf.int32)
    axis.set_shape([])
    assert tf.Session().run(tf.reduce_sum([[1.0, 2.0], [3.0, 4.0]], axis)).tolist() == [3.0, 7.0]


def test_static_feeds_may_also_be_data():
    n = tf.placeholder(tf.int32, [])
    out = tf.range(n) * n
    sess = tf.Session()
    assert sess.run([out, n], {n: 3})[0].tolist() == [0, 3, 6]
    assert sess.run([out, n], {n: 2})[1] == 2


# ---- programs


def test_big_constants_are_arguments_of_the_program():
    big = tf.constant(np.arange(40000, dtype="f"))
    small = tf.constant(np.arange(4, dtype="f"))
    y, z = tf.reduce_sum(big * 2.0), tf.reduce_sum(small)
    program = Program([y, z], [], [], Slots())
    assert program.segments[0].big == [big]
    np.testing.assert_allclose([float(v) for v in program.run([])], [2.0 * np.arange(40000).sum(), 6.0], rtol=1e-6)
    assert tf.Session().run(big + 1.0, {big: np.zeros(40000, "f")}).max() == 1.0, "a fed big constant is the feed"


def test_initializers_give_every_variable_a_buffer_of_its_own():
    one = tf.zeros([100])
    a, b = tf.Variable(one), tf.Variable(one)
    c = tf.Variable(a.initialized_value())
    sess = session()
    both = [a.assign_add(tf.ones([100])), b.assign_add(tf.ones([100]) * 2.0), c.assign_add(tf.ones([100]) * 3.0)]
    for _ in range(3):
        sess.run(both)
    assert [x.max() for x in sess.run([a, b, c])] == [3.0, 6.0, 9.0]
    sess.run(a.assign_add(tf.ones([100])))
    assert [x.max() for x in sess.run([a, b, c])] == [4.0, 6.0, 9.0]


def test_copies_between_variables_do_not_share_buffers():
    a, b = tf.Variable(tf.ones([50])), tf.Variable(tf.zeros([50]))
    copy, grow = b.assign(a), a.assign_add(tf.ones([50]))
    sess = session()
    sess.run(copy)
    sess.run(grow)
    sess.run(grow)
    assert sess.run(b).max() == 1.0 and sess.run(a).max() == 3.0
    sess.run(tf.group(b.assign(a), name="both"))
    sess.run(grow)
    assert sess.run(b).max() == 3.0 and sess.run(a).max() == 4.0


@pytest.mark.skipif(jax.__version_info__ < (0, 12), reason="XLA of JAX 0.10.2 inserts the copy before it orders the program")
def test_a_step_does_not_copy_a_large_variable_before_it_writes_it():
    x, w = tf.placeholder(tf.float32, [64, 600]), tf.get_variable("w", [600, 500])
    first = tf.get_variable("first", [600, 600])
    loss = tf.reduce_sum(tf.tanh(tf.matmul(tf.matmul(x, first), w)))
    step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    segment = Program([], [step], [x], Slots()).segments[0]
    arguments = [jax.ShapeDtypeStruct(s, np.float32) for s in ((600, 600), (600, 500))]
    names = [n.split("/")[-1] for n in segment.segment.writes_read]
    if names[0] != "first":
        arguments.reverse()
    text = segment.function.lower(arguments, [], [], [jax.ShapeDtypeStruct((64, 600), np.float32)]).compile().as_text()
    assert text.count(" dot(") + text.count("onednn$matmul") == 5, "two of the values, three of the gradients: x needs none"
    assert not re.search(r"= f32\[600,500\]\S* copy\(", text)


def test_fetched_values_outlive_the_buffers_that_a_step_gives_away():
    v = tf.Variable(tf.ones([10]))
    step = v.assign_add(tf.ones([10]))
    sess = session()
    before = sess.run(v)
    old, new = sess.run([v, step])
    for _ in range(3):
        sess.run(step)
    assert before.max() == 1.0 and new.max() == 2.0 and old.max() in (1.0, 2.0)


def test_a_failed_step_leaves_the_variables_as_they_were():
    v = tf.Variable([1.0, 2.0])
    x = tf.placeholder(tf.float32, None)
    step = tf.assign(v, v + x)
    sess = session()
    with pytest.raises((ValueError, tf.errors.OpError)):
        sess.run(step, {x: np.ones(3, "f")})
    assert sess.run(v).tolist() == [1.0, 2.0]
    sess.run(step, {x: np.ones(2, "f")})
    assert sess.run(v).tolist() == [2.0, 3.0]


def test_branches_of_other_shapes_after_what_python_did_without_an_effect():
    """The program is planned again, with the condition computed before; a host operation without an effect may run again."""
    text = tf.placeholder(tf.string, [])
    numbers = tf.string_to_number(tf.string_split([text]).values)
    x = tf.reshape(numbers, [2])
    chosen = tf.cond(tf.equal(tf.reduce_prod(tf.shape(x)), 0), lambda: numbers[:0], lambda: x)
    with tf.Session() as sess:
        assert sess.run(chosen, {text: "1 2"}).tolist() == [1.0, 2.0]


def test_shape_arithmetic_of_an_earlier_segment_is_static_in_a_later_one():
    x = tf.placeholder(tf.float32)
    queue = tf.FIFOQueue(4, tf.float32, shapes=[2])
    filled = queue.enqueue_many([[[1.0, 2.0], [3.0, 4.0]]])
    size = tf.size(x) - 1  # known before the queue is asked, needed after
    taken = queue.dequeue()[:size]
    sess = tf.Session()
    sess.run(filled)
    assert sess.run(taken, {x: [0.0, 0.0]}).tolist() == [1.0]
    assert sess.run(taken, {x: [0.0, 0.0, 0.0]}).tolist() == [3.0, 4.0]


def test_who_read_before_a_variable_got_another_shape_keeps_the_old_value():
    grow = tf.placeholder(tf.bool, [])
    v = tf.Variable([1.0, 2.0], validate_shape=False)

    def longer():
        old = v.value()
        with tf.control_dependencies([old]):
            emptied = tf.assign(v, tf.zeros([4]), validate_shape=False)
        with tf.control_dependencies([emptied]):
            filled = v[:2].assign(old[:2])
        with tf.control_dependencies([filled]):
            return tf.constant(True)

    in_branch, plain = tf.cond(grow, longer, lambda: tf.constant(False)), longer()
    sess = session()
    assert sess.run(in_branch, {grow: True})
    assert sess.run(v).tolist() == [1, 2, 0, 0]
    sess.run(v.initializer)
    assert sess.run(plain)
    assert sess.run(v).tolist() == [1, 2, 0, 0]


def test_what_a_kernel_borrows_stays_as_it_is_while_a_step_replaces_it(monkeypatch):
    v = tf.Variable(tf.ones([50]))
    save = tf.raw_ops.SaveV2(prefix="unused", tensor_names=["v"], shape_and_slices=[""], tensors=[v._ref()])
    step, sess, seen = v.assign_add(tf.ones([50])), session(), []

    def kernel(prefix, tensor_names, shape_and_slices, tensors):
        if not seen:
            sess.run(step)
        seen.append((tensors[0].max(), tensors[0].ctypes.data))

    monkeypatch.setattr(save.definition, "kernel", kernel)
    sess.run(save)
    slot = next(s for s in sess._slots if s.value is not None and np.shape(s.value) == (50,))
    assert seen[0][0] == 1.0 and sess.run(v).max() == 2.0 and slot.lent == 0
    sess.run(save)
    assert seen[1] == (2.0, slot.value.unsafe_buffer_pointer()) and slot.lent == 0, "not a copy"
    sess.run(step)
    assert sess.run(v).max() == 3.0
