"""Programs over queues, written for a namespace `tf`: the real TensorFlow 1.15 when recording, ours in the test.

A program gets a `Bench` and gives a list of plain values. Plain Python, also of 3.7.
"""

import re
import threading
import time

import numpy as np


def plain(value):
    """A fetched value as lists, numbers and text."""
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in sorted(value.items())}
    if isinstance(value, np.ndarray):
        assert value.dtype != object or not any(isinstance(v, np.ndarray) for v in value.ravel().tolist()), "arrays in an array"
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    return value.decode() if isinstance(value, bytes) else value


def told(error):
    """An exception as [class, first line of its text], without the numbers of resources and places in files."""
    text = str(error).split("\n")[0]
    text = re.sub(r" \(defined at .*| \(op '.*|\. Declared at .*| for '\S+' \(op: '.*", "", text)
    return [type(error).__name__, re.sub(r"(['\s])_\d+_", r"\1_N_", text).rstrip(" .")]


class Bench:
    """A graph and a session to work with; `run` gives plain values, or what an error told."""

    def __init__(self, tf, session):
        self.tf, self.session = tf, session

    def run(self, *fetches, **more):
        """Runs one after the other, made by a function or not, and gives one result each."""
        out = []
        for f in fetches:
            try:
                out.append(plain(self.session.run(f() if callable(f) else f, **more)))
            except Exception as e:
                out.append(told(e))
        return out

    def build(self, function):
        """What `function()` raises; its result's names when it raises nothing."""
        try:
            made = function()
        except Exception as e:
            return told(e)
        made = made if isinstance(made, (list, tuple)) else [made]
        return [[m.name, None if m.shape.ndims is None else m.shape.as_list()] if hasattr(m, "shape") else m.name for m in made]

    def beside(self, *fetches):
        """Starts a run of its own thread each, a tenth of a second apart; gives a function that waits for the results."""
        results, threads = [None] * len(fetches), []

        def work(i, f):
            results[i] = self.run(f)[0]

        for i, f in enumerate(fetches):
            threads.append(threading.Thread(target=work, args=(i, f), daemon=True))
            threads[-1].start()
            time.sleep(0.1)

        def join():
            for t in threads:
                t.join(20)
            return [r if not t.is_alive() else "waits" for r, t in zip(results, threads)]

        def state():
            return ["waits" if t.is_alive() else r for r, t in zip(results, threads)]

        join.state = state
        return join


def nodes(graph):
    """[name, type, inputs] of every node."""
    return [[o.name, o.type, [i.name for i in o.inputs]] for o in graph.get_operations()]


# ---- one thread


def fifo(b):
    q = b.tf.FIFOQueue(10, [b.tf.float32, b.tf.string], shapes=[[2], []])
    x = b.tf.placeholder(b.tf.float32, [None, 2])
    many = q.enqueue_many([x, ["a", "b", "c"]])
    out = b.run(q.enqueue([[0.5, 1.5], "z"]), q.size(), q.is_closed())
    out += b.run(many, feed_dict={x: np.arange(6).reshape(3, 2)})
    out += b.run(q.size(), q.dequeue(), q.dequeue_many(2), q.size(), q.dequeue_up_to(1), q.size())
    out += b.run(q.dequeue_many(0), q.dequeue_up_to(0), lambda: q.dequeue_many(-1))
    out += b.run(many, feed_dict={x: np.zeros((2, 2))})
    out += b.run(q.close(), q.is_closed(), q.enqueue([[0, 0], "q"]), q.size(), q.dequeue(), q.close())
    out += b.run(q.close(cancel_pending_enqueues=True), q.dequeue_many(0))
    return out


def closed(b):
    q = b.tf.FIFOQueue(10, b.tf.int32, shapes=[])
    out = b.run(q.enqueue_many([[1, 2, 3]]), q.close(), q.dequeue_many(5), q.size(), q.dequeue_up_to(2), q.dequeue_up_to(5))
    out += b.run(
        q.dequeue_up_to(5), q.dequeue_many(5), q.dequeue(), q.enqueue_many([[1]]), q.enqueue_many([[]]), q.dequeue_many(0)
    )
    return out


def components(b):
    tf = b.tf
    q = tf.FIFOQueue(10, ["int32", "float32"], names=["a", "b"], shapes=[[], [2]], name="named")
    out = [b.build(lambda: q.enqueue({"a": 1, "b": [1.0, 2.0]})), b.build(lambda: q.enqueue({"a": 1}))]
    out += [b.build(lambda: q.enqueue([1, [1.0, 2.0]])), b.build(lambda: q.enqueue({"a": 1, "b": [1.0, 2.0, 3.0]}))]
    out += [b.build(lambda: q.enqueue({"a": 1, "b": [1.0, 2.0], "c": 1}))]
    out += [b.build(lambda: q.enqueue({"a": 1, "b": tf.constant([1, 2])}))]
    out += [q.name, q.names, [tf.as_dtype(t).name for t in q.dtypes], [s.as_list() for s in q.shapes], q.queue_ref.dtype.name]
    out += b.run(q.enqueue({"a": 1, "b": [1.0, 2.0]}), q.enqueue_many({"a": [1, 2], "b": np.ones((2, 2))}))
    out += b.run(q.dequeue(), q.dequeue_many(1), q.dequeue_up_to(1))
    return out


def bad_building(b):
    tf = b.tf
    q = tf.FIFOQueue(10, [tf.int32, tf.float32], name="two")
    r = tf.FIFOQueue(10, tf.int32, shapes=[[3]])
    build = b.build
    out = [
        build(lambda: q.enqueue(1)),
        build(lambda: q.enqueue([1])),
        build(lambda: q.enqueue([1, 2, 3])),
        build(lambda: q.enqueue([1.5, 2])),
    ]
    out += [
        build(lambda: q.enqueue_many([1, 2])),
        build(lambda: q.enqueue_many([[1, 2], [1.0]])),
        build(lambda: q.enqueue({"a": 1})),
    ]
    out += [
        build(lambda: r.enqueue([[1, 2]])),
        build(lambda: r.enqueue_many([[[1, 2]]])),
        build(lambda: r.enqueue_many([[1, 2, 3]])),
    ]
    out += [build(lambda: r.enqueue("text")), build(lambda: q.dequeue_many(2)), build(lambda: r.dequeue_many(2))]
    out += [
        build(lambda: tf.FIFOQueue(10, [tf.int32, tf.float32], shapes=[[]])),
        build(lambda: tf.FIFOQueue(10, tf.int32, names=["a", "b"])),
    ]
    out += [build(lambda: tf.FIFOQueue(10, [])), build(lambda: tf.FIFOQueue(10, tf.int32, shapes=[[None]]).dequeue_many(2))]
    out += [
        build(lambda: tf.PaddingFIFOQueue(10, [tf.int32], None)),
        build(lambda: tf.PaddingFIFOQueue(10, [tf.int32], [[None], []])),
    ]
    out += [
        build(lambda: tf.PriorityQueue(10, [tf.int32]).dequeue()),
        build(lambda: tf.RandomShuffleQueue(10, 3, [tf.int32], shapes=[]).dequeue_many(4)),
    ]
    out += [build(lambda: tf.FIFOQueue(10, [tf.int32], shapes=[[2], [3]]))]
    return out


def bad_running(b):
    tf = b.tf
    x = tf.placeholder(tf.float32)
    y = tf.placeholder(tf.int32)
    q = tf.FIFOQueue(10, [tf.float32, tf.int32], shapes=[[2], []])
    f = tf.FIFOQueue(10, [tf.float32])
    out = b.run(q.enqueue([x, y]), q.enqueue_many([x, y]), feed_dict={x: np.zeros(3), y: 3})
    out += b.run(q.enqueue_many([x, y]), feed_dict={x: np.zeros((2, 2)), y: [1, 2, 3]})
    out += b.run(q.enqueue_many([x, y]), feed_dict={x: np.zeros((2, 3)), y: [1, 2]})
    out += b.run(f.enqueue(x), f.enqueue_many(x), feed_dict={x: [1.0, 2.0]})
    out += b.run(lambda: f.dequeue_many(2), lambda: f.dequeue_up_to(2), f.dequeue(), f.size(), f.dequeue())
    p = tf.PaddingFIFOQueue(10, [tf.float32], [[None, 2]])
    out += b.run(p.enqueue(x), feed_dict={x: np.zeros((2, 3))})
    out += b.run(p.enqueue(x), feed_dict={x: 1.0})
    out += b.run(p.enqueue_many(x), feed_dict={x: np.zeros((2, 3, 3))})
    r = tf.RandomShuffleQueue(10, 2, [tf.float32])
    out += b.run(r.enqueue_many(x), feed_dict={x: [1.0, 2.0]})
    out += b.run(lambda: r.dequeue_many(1))
    out += b.run(*[lambda c=c: tf.FIFOQueue(c, tf.int32).size() for c in (0, -1)])
    out += b.run(lambda: tf.RandomShuffleQueue(3, 5, tf.int32).size())
    out += b.run(lambda: tf.RandomShuffleQueue(3, -1, tf.int32).size())
    return out


def padding(b):
    tf = b.tf
    q = tf.PaddingFIFOQueue(10, [tf.float32, tf.string, tf.int64], [[None, 2], [None], []])
    x, s = tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.string, [None])
    put, out = q.enqueue([x, s, 7]), []
    for i in (1, 3, 0, 2, 2):
        out += b.run(put, feed_dict={x: np.full((i, 2), i + 0.5), s: ["t"] * i})
    take = q.dequeue_many(3)
    out += [b.build(lambda: take), b.build(q.dequeue)] + b.run(take, q.dequeue(), q.size())
    out += b.run(q.close(), q.dequeue_up_to(5), q.dequeue_many(2))
    big = tf.PaddingFIFOQueue(10, [tf.int32], [[None, None]])
    for shape in ((1, 2), (3, 1)):
        out += b.run(big.enqueue(np.ones(shape, np.int32)))
    return out + b.run(big.enqueue_many([np.full((2, 2, 2), 5, np.int32)]), big.dequeue_up_to(4))


def priority(b):
    tf = b.tf
    q = tf.PriorityQueue(10, [tf.string], [[]])
    text = [c for c in "abcdef"]
    out = [b.build(q.dequeue), [tf.as_dtype(t).name for t in q.dtypes], [s.as_list() for s in q.shapes]]
    out += b.run(
        q.enqueue_many([np.array([3, 1, 2, 1, 3, 1], np.int64), text]),
        q.size(),
        q.dequeue_many(2),
        q.dequeue(),
        q.dequeue_many(3),
    )
    out += b.run(
        q.enqueue([np.int64(-5), "minus"]),
        q.enqueue([np.int64(4), "plus"]),
        q.dequeue(),
        q.close(),
        q.dequeue(),
        q.dequeue(),
    )
    return out


def _drawn(b, seed, graph_seed=None, shared_name=None):
    tf = b.tf
    if graph_seed is not None:
        tf.set_random_seed(graph_seed)
    q = tf.RandomShuffleQueue(100, 0, [tf.int32], shapes=[[]], seed=seed, shared_name=shared_name)
    node = q.queue_ref.op
    out = [[int(node.get_attr("seed")), int(node.get_attr("seed2"))]]
    out += b.run(q.enqueue_many([np.arange(20, dtype=np.int32)]), q.dequeue_many(7), q.dequeue(), q.dequeue())
    return out + b.run(q.enqueue_many([np.arange(20, 30, dtype=np.int32)]), q.dequeue_up_to(5), q.close(), q.dequeue_up_to(40))


def shuffle_seed(b):
    return _drawn(b, 7)


def shuffle_graph_seed(b):
    return _drawn(b, None, 3)


def shuffle_both_seeds(b):
    return _drawn(b, 11, 3)


def shuffle_shared_seed(b):
    return _drawn(b, None, 3, "shared")


def shuffle_keeps(b):
    q = b.tf.RandomShuffleQueue(10, 4, [b.tf.int32], shapes=[[]], seed=1)
    out = b.run(q.enqueue_many([[0, 1, 2, 3, 4, 5]]), q.dequeue(), q.dequeue_many(1), q.size())
    return out + b.run(q.close(), q.dequeue_many(3), q.dequeue_many(2), q.size(), q.dequeue(), q.dequeue())


def names_of_nodes(b):
    tf = b.tf
    q = tf.FIFOQueue(10, [tf.int32, tf.float32], shapes=[[], []])
    with tf.name_scope("scope"):
        r = tf.RandomShuffleQueue(10, 2, [tf.int32], shapes=[[]], name="random")
        r.enqueue([3])
        r.enqueue_many([[1, 2]], name="own")
    for s in (q, r):
        (
            s.dequeue(),
            s.dequeue_many(3),
            s.dequeue_up_to(2),
            s.size(),
            s.is_closed(),
            s.close(),
            s.close(True),
            s.dequeue(name="given"),
        )
        (
            s.close(name="shut"),
            s.size(name="how_many"),
            s.is_closed("over"),
            s.dequeue_many(2, name="some"),
            s.dequeue_up_to(2, name="less"),
        )
    q.enqueue([1, 2.0]), q.enqueue_many([[1], [2.0]]), q.enqueue([tf.constant(1), tf.constant(2.0)])
    tf.PaddingFIFOQueue(5, [tf.int32], [[None]]).enqueue([[1]])
    tf.PriorityQueue(5, [tf.int32], [[]]).enqueue([tf.constant(1, tf.int64), 2])
    attrs = {}
    for op in tf.get_default_graph().get_operations():
        if op.type.startswith("Queue") or op.type.endswith("QueueV2"):
            attrs[op.name] = sorted(k for k in op.node_def.attr)
    return [nodes(tf.get_default_graph()), attrs]


def from_list(b):
    tf = b.tf
    queues = [tf.FIFOQueue(10, [tf.int32], shapes=[[2]], name=f"q{i}") for i in range(3)]
    i = tf.placeholder(tf.int32, [])
    q = tf.QueueBase.from_list(i, queues)
    out = [q.names, [tf.as_dtype(t).name for t in q.dtypes], [s.as_list() for s in q.shapes]]
    for k in range(3):
        out += b.run(queues[k].enqueue([[k, k]]))
    take, size, put = q.dequeue(), q.size(), q.enqueue([[9, 9]])
    for k in (2, 0):
        out += b.run(take, size, put, size, feed_dict={i: k})
    out += [b.build(lambda: tf.QueueBase.from_list(0, [])), b.build(lambda: tf.QueueBase.from_list(0, 3))]
    out += [b.build(lambda: tf.QueueBase.from_list(0, [queues[0], tf.FIFOQueue(1, [tf.float32], shapes=[[2]])]).dequeue())]
    out += [b.build(lambda: tf.QueueBase.from_list(0, [queues[0], tf.FIFOQueue(1, [tf.int32], shapes=[[3]])]).dequeue())]
    return out + [b.build(lambda: tf.QueueBase.from_list(0, [queues[0], tf.FIFOQueue(1, [tf.int32])]).dequeue())]


def shared(b):
    tf = b.tf
    one = tf.FIFOQueue(10, [tf.int32], shapes=[[]], shared_name="common", name="one")
    two = tf.FIFOQueue(10, [tf.int32], shapes=[[]], shared_name="common", name="two")
    out = b.run(one.enqueue(5), two.size(), two.dequeue(), one.close(), two.dequeue())
    for make in (
        lambda: tf.FIFOQueue(11, [tf.int32], shapes=[[]], shared_name="common"),
        lambda: tf.FIFOQueue(10, [tf.float32], shapes=[[]], shared_name="common"),
        lambda: tf.FIFOQueue(10, [tf.int32], shapes=[[2]], shared_name="common"),
        lambda: tf.FIFOQueue(10, [tf.int32], shared_name="common"),
        lambda: tf.RandomShuffleQueue(10, 2, [tf.int32], shapes=[[]], shared_name="common"),
    ):
        out += b.run(lambda make=make: make().size())
    tf.RandomShuffleQueue(10, 2, [tf.int32], shared_name="r", seed=1)
    out += b.run(
        *[tf.RandomShuffleQueue(10, k, [tf.int32], shared_name="r", seed=s).size() for k, s in ((2, 1), (3, 1), (2, 2))]
    )
    return out


def old_types(b):
    """The op types of old graphs, whose handles are tensors of strings."""
    raw, int32 = b.tf.raw_ops, b.tf.int32
    out = []
    for q in (
        raw.FIFOQueue(component_types=[int32], shapes=[[]], capacity=5),
        raw.RandomShuffleQueue(component_types=[int32], shapes=[[]], capacity=5, seed=3),
        raw.PaddingFIFOQueue(component_types=[int32], shapes=[[]], capacity=5),
    ):
        take = raw.QueueDequeue(handle=q, component_types=[int32])
        out += b.run(raw.QueueEnqueue(handle=q, components=[4]), raw.QueueEnqueueMany(handle=q, components=[[5, 6, 7]]))
        out += b.run(raw.QueueSize(handle=q), take, raw.QueueDequeueMany(handle=q, n=2, component_types=[int32]))
        out += b.run(
            raw.QueueIsClosed(handle=q) if hasattr(raw, "QueueIsClosed") else raw.QueueSize(handle=q), raw.QueueClose(handle=q)
        )
        out += b.run(raw.QueueDequeueUpTo(handle=q, n=2, component_types=[int32]), take)
    return out


# ---- several threads


def waiting(b):
    q = b.tf.FIFOQueue(2, b.tf.int32, shapes=[])
    join = b.beside(q.dequeue(), q.dequeue_many(2), q.dequeue_up_to(3), q.dequeue())
    out = [join.state()] + b.run(q.enqueue(1), q.enqueue_many([[2, 3, 4]]))
    time.sleep(0.1)
    out += [join.state()] + b.run(q.size(), q.close())
    return out + [join()]


def waiting_to_put(b):
    q = b.tf.FIFOQueue(2, b.tf.int32, shapes=[])
    join = b.beside(q.enqueue_many([[1, 2, 3]]), q.enqueue(4), q.close())
    out = [join.state()] + b.run(q.size(), q.dequeue())
    time.sleep(0.1)
    out += [join.state()] + b.run(q.dequeue_many(3))
    return out + [join()] + b.run(q.is_closed(), q.dequeue())


def cancelled_puts(b):
    q = b.tf.FIFOQueue(2, b.tf.int32, shapes=[])
    join = b.beside(q.enqueue_many([[1, 2, 3]]), q.enqueue(4))
    out = [join.state()] + b.run(q.close(cancel_pending_enqueues=True))
    return out + [join()] + b.run(q.size(), q.dequeue_up_to(3), q.dequeue())


def closed_takes(b):
    q = b.tf.FIFOQueue(5, b.tf.int32, shapes=[])
    out = b.run(q.enqueue_many([[1, 2, 3]]))
    join = b.beside(q.dequeue_many(5), q.dequeue_up_to(4), q.dequeue())
    out += [join.state()] + b.run(q.size(), q.close())
    return out + [join()] + b.run(q.size())


def closed_shuffled_takes(b):
    q = b.tf.RandomShuffleQueue(8, 2, b.tf.int32, shapes=[], seed=5)
    out = b.run(q.enqueue_many([[1, 2, 3, 4]]))
    join = b.beside(q.dequeue_many(5), q.dequeue())
    out += [join.state()] + b.run(q.size(), q.close())
    return [r if not isinstance(r, int) else r for r in out + [join()] + b.run(q.size())]


def priority_waits(b):
    q = b.tf.PriorityQueue(5, [b.tf.string], [[]])
    join = b.beside(q.dequeue_many(2), q.dequeue())
    out = b.run(q.enqueue_many([np.array([3, 1], np.int64), ["c", "a"]]), q.enqueue([np.int64(2), "b"]))
    return out + [join()]


def session_closes(b):
    q, full = b.tf.FIFOQueue(5, b.tf.int32, shapes=[]), b.tf.FIFOQueue(1, b.tf.int32, shapes=[], name="full")
    r = b.tf.RandomShuffleQueue(8, 2, b.tf.int32, shapes=[])
    p = b.tf.PaddingFIFOQueue(8, [b.tf.int32], shapes=[[None]])
    b.run(full.enqueue(1), full.size())
    join = b.beside(q.dequeue(), q.dequeue_many(2), q.dequeue_up_to(2), full.enqueue(2), r.dequeue(), p.dequeue_many(2))
    out = [join.state()]
    b.session.close()
    return out + [join()] + b.run(q.size())


def timeouts(b):
    q, full = b.tf.FIFOQueue(5, b.tf.int32, shapes=[]), b.tf.FIFOQueue(1, b.tf.int32, shapes=[], name="full")
    options = b.tf.RunOptions(timeout_in_ms=100)
    out = b.run(full.enqueue(1)) + b.run(
        q.dequeue(), q.dequeue_many(2), full.enqueue(2), q.size(), full.size(), options=options
    )
    return out + b.run(q.enqueue(3), q.dequeue(), full.dequeue())


def together(b):
    """A run that takes and puts: neither waits for ever."""
    q = b.tf.FIFOQueue(1, b.tf.int32, shapes=[])
    take, put = q.dequeue(), q.enqueue(3)
    put_computed = q.enqueue(b.tf.random_uniform([], 4, 5, b.tf.int32))
    out = b.run([take, put], [put, take], [take, put_computed], q.size(), put)
    return [r[0] if isinstance(r, list) and r[0] is not None else r for r in out] + b.run(q.size())


def in_branches(b):
    q = b.tf.FIFOQueue(5, b.tf.int32, shapes=[])
    p = b.tf.placeholder(b.tf.bool, [])
    x = b.tf.cond(p, lambda: q.dequeue(), lambda: b.tf.constant(-1))
    put = b.tf.cond(p, lambda: b.tf.group(q.enqueue_many([[1, 2]])), b.tf.no_op).op
    out = b.run(put, q.size(), feed_dict={p: False}) + b.run(put, q.size(), x, feed_dict={p: True})
    return out + b.run(x, q.size(), feed_dict={p: False})


PROGRAMS = [
    fifo, closed, components, bad_building, bad_running, padding, priority, shuffle_seed, shuffle_graph_seed, shuffle_both_seeds,
    shuffle_shared_seed, shuffle_keeps, names_of_nodes, from_list, shared, old_types, waiting, waiting_to_put, cancelled_puts,
    closed_takes, closed_shuffled_takes, priority_waits, session_closes, timeouts, together, in_branches,
]  # fmt: skip
