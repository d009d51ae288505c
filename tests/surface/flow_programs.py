"""Programs over accumulators, barriers and staging areas, in the manner of `queue_programs`.

A bench has `flow` beside `tf`: what has `Barrier` and `StagingArea`, which `tf` does not show.
"""

import time

import numpy as np

from tests.surface.queue_programs import nodes


def parts(b, slices):
    """What indexed slices are: values, indices and shape."""
    return b.run([slices.indices, slices.values, slices.dense_shape])


def kind(b, function):
    """The class of the error that building raises: TensorFlow tells more than the type that it wants."""
    made = b.build(function)
    return made[0] if len(made) == 2 and made[0].endswith("Error") else made


# ---- accumulators


def mean(b):
    tf = b.tf
    a, x = tf.ConditionalAccumulator(tf.float32, shape=[2], name="a"), tf.placeholder(tf.float32, [2])
    put, take = a.apply_grad(x), a.take_grad(2)
    out = [a.name, tf.as_dtype(a.dtype).name, a.accumulator_ref.dtype.name, b.build(lambda: take), b.build(a.num_accumulated)]
    out += b.run(a.num_accumulated())
    for v in ([1, 2], [3, 5], [0.25, 0]):
        out += b.run(put, feed_dict={x: v})
    out += b.run(a.num_accumulated(), take, a.num_accumulated(), a.take_grad(0), a.take_grad(-1))
    out += b.run(put, feed_dict={x: [7, 7]})
    return out + b.run(a.num_accumulated(), a.apply_grad(x, local_step=1), a.take_grad(1), feed_dict={x: [7, 8]})


def total(b):
    tf = b.tf
    a = tf.ConditionalAccumulator(tf.float64, shape=[], reduction_type="SUM")
    out = b.run(*[a.apply_grad(v) for v in (1.5, 2.5, 4.0)])
    return out + b.run(a.take_grad(3), a.num_accumulated())


def stale(b):
    """A gradient of an earlier step than the accumulator's is left out."""
    tf = b.tf
    a = tf.ConditionalAccumulator(tf.float32, shape=[])
    out = b.run(a.apply_grad(1.0, local_step=0), a.apply_grad(2.0, local_step=3), a.apply_grad(2.0, local_step=-1))
    out += b.run(a.num_accumulated(), a.take_grad(1), a.apply_grad(5.0, local_step=0), a.num_accumulated())
    out += b.run(a.apply_grad(5.0, local_step=1), a.num_accumulated(), a.set_global_step(7), a.num_accumulated())
    out += b.run(a.apply_grad(9.0, local_step=6), a.num_accumulated(), a.apply_grad(9.0, local_step=7), a.take_grad(2))
    return out + b.run(
        a.set_global_step(3), a.apply_grad(1.0, local_step=4), a.apply_grad(1.0, local_step=8), a.num_accumulated()
    )


def any_shape(b):
    tf = b.tf
    a, x = tf.ConditionalAccumulator(tf.float32), tf.placeholder(tf.float32)
    put, take = a.apply_grad(x), a.take_grad(1)
    out = [b.build(lambda: take)]
    for v in (np.ones(3), np.ones(2), np.ones((1, 3)), np.ones(3)):
        out += b.run(put, feed_dict={x: v})
    out += b.run(a.num_accumulated(), take)
    out += b.run(put, feed_dict={x: np.ones(4)}) + b.run(take)
    p = tf.ConditionalAccumulator(tf.float32, shape=[None, 2])
    put = p.apply_grad(x)
    for v in (np.ones((3, 2)), np.ones((3, 3)), np.ones((4, 2)), np.ones(2)):
        out += b.run(put, feed_dict={x: v})
    f = tf.ConditionalAccumulator(tf.float32, shape=[2])
    put = f.apply_grad(x)
    for v in (np.ones(3), np.ones((2, 2)), 1.0):
        out += b.run(put, feed_dict={x: v})
    out += b.run(f.num_accumulated(), f.apply_grad(x, local_step=-1), feed_dict={x: np.ones(3)})
    s = tf.ConditionalAccumulator(tf.float32)
    for step, v in ((0, np.ones(2)), (1, np.ones((2, 3))), (1, np.ones(2))):
        out += b.run(s.apply_grad(x, local_step=step), feed_dict={x: v})
        if not step:
            out += b.run(s.take_grad(1))
    return out + b.run(s.take_grad(1))


def bad_accumulators(b):
    tf = b.tf
    a = tf.ConditionalAccumulator(tf.float32, shape=[2])
    build = b.build
    out = [
        build(lambda: a.apply_grad([1.0, 2.0, 3.0])),
        kind(b, lambda: a.apply_grad("text")),
        kind(b, lambda: a.take_grad("x")),
    ]
    out += [
        build(lambda: a.apply_grad([1.0, 2.0], local_step=1.5)),
        kind(b, lambda: tf.ConditionalAccumulator(tf.string, shape=[])),
    ]
    out += [build(lambda: tf.ConditionalAccumulator(tf.float32, reduction_type="MEDIAN").accumulator_ref)]
    out += [kind(b, lambda: tf.ConditionalAccumulator(tf.bool).accumulator_ref)]
    s = tf.SparseConditionalAccumulator(tf.float32, shape=[3, 2])
    out += [build(lambda: s.apply_grad([0], [1.0])), build(lambda: s.apply_grad([0], [[1.0, 2.0]], local_step="x"))]
    return out


def names_of_accumulators(b):
    tf = b.tf
    with tf.name_scope("scope"):
        a = tf.ConditionalAccumulator(tf.float32, shape=[2])
    a.apply_grad([1.0, 2.0]), a.take_grad(1), a.num_accumulated(), a.set_global_step(2)
    (
        a.apply_grad([1.0, 2.0], name="own"),
        a.take_grad(1, name="take"),
        a.num_accumulated(name="n"),
        a.set_global_step(2, name="s"),
    )
    s = tf.SparseConditionalAccumulator(tf.float32, shape=[3, 2], name="sparse", shared_name="shared")
    slices = tf.IndexedSlices(tf.constant([[1.0, 2.0]]), tf.constant([0]), tf.constant([3, 2]))
    s.apply_grad(tf.constant([0], tf.int64), tf.constant([[1.0, 2.0]])), s.apply_indexed_slices_grad(slices)
    s.take_grad(1), s.take_indexed_slices_grad(1), s.num_accumulated(), s.set_global_step(2)
    attrs = {o.name: sorted(k for k in o.node_def.attr) for o in tf.get_default_graph().get_operations() if "ccumul" in o.type}
    return [nodes(tf.get_default_graph()), attrs, a.name, s.name]


def shared_accumulators(b):
    tf = b.tf
    one = tf.ConditionalAccumulator(tf.float32, shape=[2], shared_name="common", name="one")
    two = tf.ConditionalAccumulator(tf.float32, shape=[2], shared_name="common", name="two")
    out = b.run(one.apply_grad([1.0, 2.0]), two.num_accumulated(), two.take_grad(1))
    for make in (
        lambda: tf.ConditionalAccumulator(tf.float64, shape=[2], shared_name="common"),
        lambda: tf.ConditionalAccumulator(tf.float32, shape=[3], shared_name="common"),
        lambda: tf.ConditionalAccumulator(tf.float32, shape=[2], shared_name="common", reduction_type="SUM"),
    ):
        out += b.run(lambda make=make: make().num_accumulated())
    return out


def waiting_for_gradients(b):
    tf = b.tf
    a = tf.ConditionalAccumulator(tf.float32, shape=[])
    join = b.beside(a.take_grad(3), a.take_grad(1))
    out = [join.state()] + b.run(a.apply_grad(1.0), a.apply_grad(2.0))
    time.sleep(0.1)
    out += [join.state()] + b.run(a.apply_grad(6.0))
    time.sleep(0.1)
    out += [join.state()] + b.run(a.apply_grad(8.0, local_step=0), a.num_accumulated(), a.apply_grad(9.0, local_step=1))
    return out + [join()]


def gradients_when_the_session_closes(b):
    tf = b.tf
    a, s = tf.ConditionalAccumulator(tf.float32, shape=[]), tf.SparseConditionalAccumulator(tf.float32)
    join = b.beside(a.take_grad(1), s.take_grad(1)[0])
    out = [join.state()]
    b.session.close()
    return out + [join()]


def gradients_in_time(b):
    tf = b.tf
    a = tf.ConditionalAccumulator(tf.float32, shape=[])
    return b.run(a.take_grad(1), options=tf.RunOptions(timeout_in_ms=100)) + b.run(a.apply_grad(1.0), a.take_grad(1))


def sparse_mean(b):
    tf = b.tf
    a = tf.SparseConditionalAccumulator(tf.float32, shape=[4, 2])
    out = [a.name, b.build(lambda: a.take_grad(1)), a.accumulator_ref.dtype.name]
    put = lambda i, v, **more: b.run(a.apply_grad(np.array(i, np.int64), np.array(v, np.float32), **more))  # noqa: E731
    out += put([0, 2], [[1, 2], [3, 4]]) + put([2, 3], [[5, 6], [7, 8]]) + b.run(a.num_accumulated(), a.take_grad(2))
    out += put([3, 1], [[1, 1], [2, 2]], local_step=1) + b.run(a.num_accumulated(), a.take_grad(1))
    out += put([1, 1], [[1, 1], [2, 2]], local_step=2) + b.run(a.num_accumulated(), a.take_grad(1))
    out += put([0], [[1, 1]], local_step=1) + b.run(a.num_accumulated())
    out += put([0], [[1, 1]], local_step=7) + put([2], [[3, 3]], local_step=7) + parts(b, a.take_indexed_slices_grad(2))
    s = tf.SparseConditionalAccumulator(tf.float32, shape=[4], reduction_type="SUM")
    out += b.run(*[s.apply_grad(np.array(i, np.int64), np.array(v, np.float32)) for i, v in (([0, 2], [1, 2]), ([2], [5]))])
    out += b.run(s.take_grad(2), s.apply_grad([5], [1.0], local_step=0))
    for i, v in (([3, 1, 1], [1.0, 2.0, 3.0]), ([1, 3, 3], [10.0, 20.0, 30.0]), ([0, 3], [100.0, 200.0])):
        out += b.run(s.apply_grad(np.array(i, np.int64), np.array(v, np.float32), local_step=1))
    return out + b.run(s.take_grad(3))


def sparse_shapes(b):
    tf = b.tf
    i, v, shape = tf.placeholder(tf.int64), tf.placeholder(tf.float32), tf.placeholder(tf.int64)
    out = []
    for given in (None, [3, 2], [None, 2]):
        a = tf.SparseConditionalAccumulator(tf.float32, shape=given)
        put, put_shaped, take = a.apply_grad(i, v), a.apply_grad(i, v, shape), a.take_grad(1)
        for fed in (
            {i: [0], v: [[1, 2]]},
            {i: [0], v: [[1, 2, 3]]},
            {i: [0, 1], v: [[1, 2]]},
            {i: [5], v: [[1, 2]]},
            {i: [[0]], v: [[1, 2]]},
        ):
            out += b.run(put, feed_dict=fed)
        for told_shape in ([3, 2], [4, 2], [3, 2, 1], [3, 3]):
            out += b.run(put_shaped, feed_dict={i: [1], v: [[1, 2]], shape: told_shape})
        out += b.run(put_shaped, feed_dict={i: [1], v: 3.0, shape: [3, 2]}) + b.run(put, feed_dict={i: [], v: np.zeros((0, 2))})
        out += b.run(a.num_accumulated(), take)
    return out


# ---- barriers


def flat(b, taken):
    """The names and shapes of what is taken from a barrier."""
    indices, keys, values = taken
    return b.build(lambda: [indices, keys, *values])


def barrier(b):
    tf = b.tf
    q = b.flow.Barrier((tf.float32, tf.int32), shapes=((2,), ()), name="b")
    out = [q.name, q.barrier_ref.dtype.name, flat(b, q.take_many(2)), b.build(q.ready_size), b.build(q.incomplete_size)]
    first, second = q.insert_many(0, ["a", "b", "c"], [[1.0, 1], [2, 2], [3, 3]]), q.insert_many(1, ["c", "a"], [30, 10])
    out += b.run(first, q.ready_size(), q.incomplete_size(), second, q.ready_size(), q.incomplete_size())
    out += b.run(
        q.take_many(1), q.insert_many(1, ["a"], [11]), q.insert_many(0, ["b"], [[0.0, 0]]), q.insert_many(1, ["c"], [0])
    )
    out += b.run(q.take_many(1), q.insert_many(1, ["d", "b"], [40, 20]), q.ready_size(), q.incomplete_size(), q.take_many(1))
    return out + b.run(q.insert_many(0, ["d"], [[4.0, 4.0]]), q.take_many(1))


def closed_barrier(b):
    tf = b.tf
    q = b.flow.Barrier((tf.float32, tf.int32), shapes=((), ()))
    out = b.run(q.insert_many(0, ["a", "b", "c"], [1.0, 2.0, 3.0]), q.insert_many(1, ["a"], [1]), q.close(), q.ready_size())
    out += b.run(q.insert_many(0, ["d"], [1.0]), q.insert_many(1, ["b"], [2]), q.ready_size(), q.incomplete_size())
    out += b.run(q.take_many(3), q.take_many(3, allow_small_batch=True), q.insert_many(1, ["c"], [3]), q.incomplete_size())
    out += b.run(q.take_many(2), q.take_many(2, allow_small_batch=True), q.take_many(2, allow_small_batch=True), q.take_many(1))
    out += b.run(q.insert_many(1, ["c"], [3]), q.close(), q.close(cancel_pending_enqueues=True), q.take_many(1))
    return out


def cancelled_barrier(b):
    tf = b.tf
    q = b.flow.Barrier((tf.float32, tf.int32), shapes=((), ()))
    out = b.run(q.insert_many(0, ["a", "b"], [1.0, 2.0]), q.insert_many(1, ["a"], [1]), q.close(cancel_pending_enqueues=True))
    out += b.run(
        q.insert_many(1, ["b"], [2]), q.ready_size(), q.incomplete_size(), q.take_many(2), q.take_many(1), q.take_many(1)
    )
    return out + b.run(q.close(cancel_pending_enqueues=True), q.take_many(1, allow_small_batch=True))


def waiting_for_a_barrier(b):
    tf = b.tf
    q = b.flow.Barrier((tf.float32, tf.int32), shapes=((), ()))
    join = b.beside(q.take_many(2), q.take_many(2))
    out = b.run(q.insert_many(0, ["a", "b", "c", "d"], [1.0, 2.0, 3.0, 4.0]), q.insert_many(1, ["b", "a"], [2, 1]))
    time.sleep(0.1)
    out += [join.state()] + b.run(q.insert_many(1, ["d"], [4]), q.close())
    time.sleep(0.1)
    out += [join.state()] + b.run(q.insert_many(1, ["c"], [3]))
    return out + [join()]


def barrier_when_the_session_closes(b):
    q = b.flow.Barrier((b.tf.float32,), shapes=((),))
    join = b.beside(q.take_many(2))
    out = [join.state()]
    b.session.close()
    return out + [join()]


def bad_barriers(b):
    tf, build = b.tf, b.build
    q = b.flow.Barrier((tf.float32, tf.int32), shapes=((2,), ()), name="b")
    one = b.flow.Barrier(tf.float32)
    v, k = tf.placeholder(tf.float32), tf.placeholder(tf.string)
    out = [build(lambda: q.insert_many(0, ["a"], [1.0])), build(lambda: q.insert_many(2, ["a"], [1.0]))]
    out += [build(lambda: q.insert_many(0, ["a"], ["x"])), build(lambda: b.flow.Barrier((tf.float32,), shapes=((), ())))]
    out += [build(lambda: b.flow.Barrier((tf.float32,), shapes=((None,),))), kind(b, lambda: q.take_many("x"))]
    put = q.insert_many(0, k, v)
    for keys, values in ((["a"], [[1.0]]), (["f", "f"], [[1, 2], [3, 4]])):
        out += b.run(put, feed_dict={k: keys, v: values})
    out += b.run(q.incomplete_size(), q.take_many(0), lambda: q.take_many(-1))
    out += b.run(one.insert_many(0, ["a"], [[1.0, 2.0]]), one.insert_many(0, ["b"], [1.0]), one.ready_size())
    return out + b.run(lambda: b.flow.Barrier((tf.float32,), shapes=((0,),)).ready_size())


def names_of_barriers(b):
    tf = b.tf
    q = b.flow.Barrier((tf.float32, tf.int32), shapes=((2,), ()), name="b")
    q.insert_many(0, ["a"], [[1.0, 2.0]]), q.take_many(2), q.ready_size(), q.incomplete_size(), q.close(), q.close(True)
    q.insert_many(0, ["a"], [[1.0, 2.0]], name="own"), q.take_many(2, name="take"), q.close(name="shut")
    attrs = {o.name: sorted(k for k in o.node_def.attr) for o in tf.get_default_graph().get_operations() if "Barrier" in o.type}
    return [nodes(tf.get_default_graph()), attrs]


# ---- staging areas


def staging(b):
    tf = b.tf
    s = b.flow.StagingArea([tf.float32, tf.int32], shapes=[[2], []], names=None)
    x = tf.placeholder(tf.float32, [2])
    put, get = s.put([x, tf.constant(3)]), s.get()
    out = [[tf.as_dtype(t).name for t in s.dtypes], [d.as_list() for d in s.shapes], s.names, s.capacity, s.memory_limit]
    out += [b.build(lambda: get)]
    for i in range(3):
        out += b.run(put, feed_dict={x: [i, i + 0.5]})
    out += b.run(s.size(), get, s.peek(1), s.peek(0), s.size(), get, s.clear(), s.size())
    return out


def named_staging(b):
    tf = b.tf
    c = tf.constant
    s = b.flow.StagingArea([tf.float32, tf.int32], names=["x", "y"], shapes=[[], []])
    out = b.run(s.put({"x": c(1.0), "y": c(2)}), s.put({"y": c(4), "x": c(3.0)}), s.get(), s.peek(0), s.get(), s.size())
    out += [
        b.build(lambda: s.put([c(1.0), c(2)])),
        b.build(lambda: s.put({"x": c(1.0), "z": c(2)})),
        b.build(lambda: s.put({"x": c(1.0)})),
    ]
    one = b.flow.StagingArea([tf.float32], shapes=[[]])
    out += b.run(one.put(c(1.0)), one.put([c(2.0)]), one.put((c(3.0),)), one.get(), one.get())
    out += [
        b.build(lambda: one.put([c(1.0), c(2.0)])),
        b.build(lambda: one.put({"x": c(1.0)})),
        b.build(lambda: one.put(c([1.0, 2.0]))),
    ]
    out += [b.build(lambda: b.flow.StagingArea([tf.float32], shapes=[[], []]))]
    out += [b.build(lambda: b.flow.StagingArea([tf.float32], names=["x", "y"])), kind(b, lambda: one.put([tf.constant(1)]))]
    return out + [b.build(lambda: b.flow.StagingArea([tf.float32], capacity=-1).put(c(1.0)))]


def full_staging(b):
    tf = b.tf
    c = tf.constant
    s = b.flow.StagingArea([tf.int32], shapes=[[]], capacity=2)
    out = b.run(s.put(c(1)), s.put(c(2)))
    join = b.beside(s.put(c(3)))
    out += [join.state(), *b.run(s.size(), s.get())]
    out += [join(), *b.run(s.size(), s.get(), s.get())]
    join = b.beside(s.get())
    out += [join.state(), *b.run(s.put(c(7))), join()]
    join = b.beside(s.peek(1))
    out += [join.state(), *b.run(s.put(c(8)))]
    time.sleep(0.1)
    out += [join.state(), *b.run(s.put(c(9))), join(), *b.run(s.size(), s.clear())]
    m = b.flow.StagingArea([tf.int32], shapes=[[4]], memory_limit=32)
    out += b.run(*[m.put(c([i] * 4)) for i in range(2)])
    join = b.beside(m.put(c([2] * 4)))
    out += [join.state(), *b.run(m.get()), join(), *b.run(m.clear(), m.size())]
    big = b.flow.StagingArea([tf.int32], shapes=[[16]], memory_limit=32)
    return out + b.run(big.put(c([1] * 16)), big.size())


def staged_step(b):
    """A pipeline: what is taken and what is put in one run."""
    tf = b.tf
    s = b.flow.StagingArea([tf.float32], shapes=[[]])
    v = tf.Variable(0.0, use_resource=True)
    put, get = s.put(v.assign_add(1.0).read_value() if hasattr(v, "read_value") else v), s.get()
    out = b.run(v.initializer, put)
    for _ in range(3):
        out += [b.run([get, put])[0][0]]
    return out + b.run(s.size(), [put, get], get, s.size())


def names_of_staging(b):
    tf = b.tf
    with tf.name_scope("scope"):
        s = b.flow.StagingArea([tf.float32, tf.int32], shapes=[[2], []])
    t = b.flow.StagingArea([tf.float32], shared_name="shared", capacity=3, memory_limit=100)
    s.put([tf.constant([1.0, 2.0]), tf.constant(3)]), s.get(), s.peek(0), s.size(), s.clear()
    (
        t.put(tf.constant(1.0)),
        t.get(),
        t.put(tf.constant(1.0), name="own"),
        t.get(name="get"),
        t.size(name="n"),
        t.clear(name="c"),
        t.peek(1, name="p"),
    )
    attrs = {o.name: sorted(k for k in o.node_def.attr) for o in tf.get_default_graph().get_operations() if "tage" in o.type}
    shared = [o.get_attr("shared_name").decode() for o in tf.get_default_graph().get_operations() if "tage" in o.type]
    return [nodes(tf.get_default_graph()), attrs, shared, s.name, t.name]


PROGRAMS = [
    mean, total, stale, any_shape, bad_accumulators, names_of_accumulators, shared_accumulators,
    waiting_for_gradients, gradients_when_the_session_closes, gradients_in_time, sparse_mean, sparse_shapes, barrier,
    closed_barrier, cancelled_barrier, waiting_for_a_barrier, barrier_when_the_session_closes, bad_barriers, names_of_barriers,
    staging, named_staging, full_staging, staged_step, names_of_staging,
]  # fmt: skip
