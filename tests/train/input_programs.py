"""Programs over readers and the input pipelines of `tf.train`: run by the real TensorFlow 1.15 when recording, by ours in the test.

Like those of tests/surface/queue_programs.py; `files` makes files, whose folder is cut from what is recorded.
"""

import contextlib
import os
import shutil
import tempfile

import numpy as np

from tests.surface.queue_programs import nodes, plain


@contextlib.contextmanager
def files(**contents):
    """A folder with files of these contents; gives their paths in order."""
    folder = tempfile.mkdtemp()
    try:
        for name, content in contents.items():
            with open(os.path.join(folder, name), "wb") as f:
                f.write(content)
        yield [os.path.join(folder, name) for name in contents]
    finally:
        shutil.rmtree(folder)


def short(value, folder):
    """A result without the folder of its files."""
    if isinstance(value, list):
        return [short(v, folder) for v in value]
    return value.replace(folder + "/", "") if isinstance(value, str) else value


def _read_all(b, reader, paths):
    tf = b.tf
    q = tf.FIFOQueue(20, tf.string, shapes=[])
    read, state = reader.read(q), [reader.num_records_produced(), reader.num_work_units_completed()]
    out = [b.build(lambda: list(read)), reader.supports_serialize]
    out += b.run(q.enqueue_many([paths]), q.close())
    while not out or not (isinstance(out[-2], list) and out[-2][:1] == ["OutOfRangeError"]):
        out += b.run(list(read), state)
        if len(out) > 40:
            break
    out += b.run(reader.reset(), state)
    return short(out, os.path.dirname(paths[0]))


def _read_up_to(b, reader, paths, n):
    q = b.tf.FIFOQueue(20, b.tf.string, shapes=[])
    read, out = reader.read_up_to(q, n), []
    out += [b.build(lambda: list(read))] + b.run(q.enqueue_many([paths]), q.close())
    for _ in range(6):
        out += b.run(list(read), reader.num_records_produced())
    return short(out, os.path.dirname(paths[0]))


TEXT = dict(a=b"head\none\r\ntwo\rx\n\nlast", b=b"", c=b"only\n", d=b"head\nmore\n")


def text_lines(b):
    with files(**TEXT) as paths:
        return _read_all(b, b.tf.TextLineReader(), paths)


def text_lines_without_heads(b):
    with files(**TEXT) as paths:
        return _read_all(b, b.tf.TextLineReader(skip_header_lines=1, name="lines"), paths)


def text_lines_up_to(b):
    with files(**TEXT) as paths:
        return _read_up_to(b, b.tf.TextLineReader(), paths, 3)


def whole_files(b):
    with files(**TEXT) as paths:
        return _read_all(b, b.tf.WholeFileReader(), paths)


def whole_files_up_to(b):
    with files(**TEXT) as paths:
        return _read_up_to(b, b.tf.WholeFileReader(), paths, 3)


def identity(b):
    return _read_all(b, b.tf.IdentityReader(), ["/f/x", "/f/y"])


def identity_up_to(b):
    return _read_up_to(b, b.tf.IdentityReader(), ["/f/x", "/f/y", "/f/z"], 2)


FIXED = dict(a=b"HH" + b"abcdef" + b"F", b=b"HHabF", c=b"HHabcF", d=b"")


def fixed_records(b):
    with files(**FIXED) as paths:
        return _read_all(b, b.tf.FixedLengthRecordReader(2, header_bytes=2, footer_bytes=1), paths[:2])


def fixed_records_hop(b):
    with files(a=b"abcdefgh", b=b"ab") as paths:
        return _read_all(b, b.tf.FixedLengthRecordReader(4, hop_bytes=2), paths)


def fixed_records_up_to(b):
    with files(a=b"abcdefgh", b=b"ij") as paths:
        return _read_up_to(b, b.tf.FixedLengthRecordReader(2), paths, 3)


def _records(tf, names, count):
    for name in names:
        with tf.python_io.TFRecordWriter(name) as w:
            for i in range(count):
                w.write(f"{os.path.basename(name)}{i}".encode())


def records(b):
    with files(a=b"", b=b"", empty=b"") as paths:
        _records(b.tf, paths[:2], 2)
        return _read_all(b, b.tf.TFRecordReader(), paths)


def records_up_to(b):
    with files(a=b"", b=b"") as paths:
        _records(b.tf, paths, 3)
        return _read_up_to(b, b.tf.TFRecordReader(), paths, 2)


def records_damaged(b):
    with files(a=b"", b=b"no record file at all, but long enough") as paths:
        _records(b.tf, paths[:1], 1)
        found = _read_all(b, b.tf.TFRecordReader(), paths)[:9]
        return [r[:1] if isinstance(r, list) and r[:1] == ["DataLossError"] else r for r in found[:7]]


def missing_file(b):
    tf = b.tf
    out = []
    for reader in (tf.TextLineReader(), tf.WholeFileReader(), tf.TFRecordReader(), tf.FixedLengthRecordReader(2)):
        q = tf.FIFOQueue(20, tf.string, shapes=[])
        read = reader.read(q)
        out += b.run(q.enqueue_many([["/no/such/file", "/no/other"]]), list(read), reader.num_records_produced(), q.size())
    return out


def reader_state(b):
    tf = b.tf
    reader, q = tf.IdentityReader(), tf.FIFOQueue(20, tf.string, shapes=[])
    read, place = reader.read(q), tf.placeholder(tf.string, [])
    out = b.run(q.enqueue_many([["a", "b", "c", "d"]]), list(read), list(read))
    state = b.session.run(reader.serialize_state())
    out += [list(bytearray(state))] + b.run(list(read), reader.num_records_produced())
    out += b.run(
        reader.restore_state(place),
        reader.num_records_produced(),
        list(read),
        reader.num_records_produced(),
        feed_dict={place: state},
    )
    out += b.run(reader.restore_state(b"junk"), tf.TextLineReader().serialize_state(), tf.TextLineReader().restore_state(state))
    return out


def reader_names(b):
    tf = b.tf
    for make in (
        tf.TextLineReader,
        tf.WholeFileReader,
        tf.TFRecordReader,
        tf.IdentityReader,
        lambda: tf.FixedLengthRecordReader(3),
    ):
        reader, q = make(), tf.FIFOQueue(3, tf.string, shapes=[])
        reader.read(q), reader.read_up_to(q.queue_ref, 3, name="some"), reader.reset(), reader.num_records_produced()
        reader.num_work_units_completed(), reader.serialize_state(), reader.restore_state("x")
    attrs = {o.name: sorted(o.node_def.attr) for o in tf.get_default_graph().get_operations() if "Reader" in o.type}
    return [nodes(tf.get_default_graph()), attrs]


READERS = [
    text_lines, text_lines_without_heads, text_lines_up_to, whole_files, whole_files_up_to, identity, identity_up_to, fixed_records,
    fixed_records_hop, fixed_records_up_to, records, records_up_to, records_damaged, missing_file,
    reader_state, reader_names,
]  # fmt: skip


# ---- pipelines


def _run(b, fetches, times):
    """Starts everything, runs `fetches` so often, stops."""
    tf = b.tf
    out = b.run(tf.local_variables_initializer(), tf.global_variables_initializer())
    coord = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(b.session, coord)
    out += [sorted(t.name for t in threads)]
    for _ in range(times):
        # how much a batch lacks at the end depends on the threads
        out += [
            [t.partition(" (requested")[0] for t in r] if isinstance(r, list) and r[:1] == ["OutOfRangeError"] else r
            for r in b.run(fetches)
        ]
    coord.request_stop()
    try:
        coord.join(threads)
    except Exception as e:
        out += [type(e).__name__]
    return out


def _graph(tf):
    """Nodes, the attrs that matter, and the queue runners."""
    graph, found = tf.get_default_graph(), {}
    for op in graph.get_operations():
        if op.type in ("Const",):
            found[op.name] = plain(tf.make_ndarray(op.node_def.attr["value"].tensor))
        elif "capacity" in op.node_def.attr:
            found[op.name] = [int(op.get_attr("capacity")), op.get_attr("shared_name").decode(), len(op.get_attr("shapes"))]
        elif op.type == "ScalarSummary":
            found[op.name] = "summary"
    runners = [
        [
            r.queue.name,
            [o.name for o in r.enqueue_ops],
            r.close_op.name,
            r.cancel_op.name,
            [t.__name__ for t in r.queue_closed_exception_types],
        ]
        for r in tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)
    ]
    control = {o.name: [c.name for c in o.control_inputs] for o in graph.get_operations() if o.control_inputs}
    names = [
        k for k in graph.get_all_collection_keys() if k not in ("queue_runners", "cond_context") and not k.startswith("__")
    ]
    kept = {k: [v.name for v in tf.get_collection(k)] for k in sorted(names)}
    # the text of an assertion is in TensorFlow's graph twice
    made = [n for n in nodes(graph) if not n[0].endswith("/Assert/Const")]
    found = {k: v for k, v in found.items() if not k.endswith("/Assert/Const")}
    return [made, found, runners, control, kept]


def _shown(made):
    made = list(made) if isinstance(made, (list, tuple)) else [made]
    return [[t.name, None if t.shape.ndims is None else t.shape.as_list(), t.dtype.name] for t in made]


def string_producer(b):
    q = b.tf.train.string_input_producer(["a", "b", "c"], num_epochs=2, shuffle=False)
    take = q.dequeue()
    return _graph(b.tf) + _run(b, take, 7)


def string_producer_shuffled(b):
    q = b.tf.train.string_input_producer(["a", "b", "c", "d", "e"], seed=5, capacity=4, name="names", shared_name="s")
    take = q.dequeue()
    return _graph(b.tf) + _run(b, take, 12)


def string_producer_bad(b):
    tf = b.tf
    train = tf.train
    out = [b.build(lambda: train.string_input_producer([]))]
    out += [b.build(lambda: train.string_input_producer(["a"], num_epochs=0).queue_ref)]
    out += [b.build(lambda: train.input_producer(tf.placeholder(tf.float32)).queue_ref)]
    out += [b.build(lambda: train.slice_input_producer([])), b.build(lambda: train.limit_epochs(tf.constant(1.0), 0))]
    out += [
        b.build(lambda: train.batch([tf.placeholder(tf.float32)], 2)),
        b.build(lambda: train.batch([], 2)),
        b.build(lambda: train.batch([tf.constant(1)], 2, 0)),
    ]
    out += [
        b.build(lambda: train.shuffle_batch([tf.constant(1)], 2, 10, 11)),
        b.build(lambda: train.batch([tf.constant(1)], 2, enqueue_many=True)),
    ]
    out += [
        b.build(lambda: train.batch_join([[tf.constant(1)], [tf.constant(1.0)]], 2)),
    ]
    out += [
        b.build(lambda: train.batch_join([[tf.constant(1)], [tf.constant(1), tf.constant(2)]], 2)),
        b.build(lambda: train.batch_join([], 2)),
    ]
    out += [
        b.build(lambda: train.maybe_batch([tf.constant(1)], tf.constant([True]), 2)),
    ]
    return out


def empty_at_run_time(b):
    tf = b.tf
    q = tf.train.string_input_producer(tf.placeholder_with_default(np.array([], np.str_), [None]))
    return _run(b, q.dequeue(), 1)[3:]


def input_producer(b):
    tf = b.tf
    q = tf.train.input_producer(tf.constant([[1, 2], [3, 4]]), num_epochs=1, shuffle=False, summary_name="fraction")
    take = q.dequeue()
    return [_shown(take)] + _graph(tf) + _run(b, take, 3)


def range_producer(b):
    take = b.tf.train.range_input_producer(6, num_epochs=2, seed=3).dequeue_many(4)
    return [_shown(take)] + _graph(b.tf) + _run(b, take, 4)


def slice_producer(b):
    take = b.tf.train.slice_input_producer(
        [np.arange(8, dtype=np.float32).reshape(4, 2), ["a", "b", "c", "d"]], num_epochs=1, seed=2
    )
    return [_shown(take)] + _graph(b.tf) + _run(b, take, 5)


def batch(b):
    x, y = b.tf.train.slice_input_producer(
        [np.arange(10, dtype=np.float32).reshape(5, 2), np.arange(5)], shuffle=False, num_epochs=2
    )
    made = b.tf.train.batch([x, y], 3)
    return [_shown(made)] + _graph(b.tf) + _run(b, made, 4)


def batch_smaller(b):
    x = b.tf.train.range_input_producer(5, shuffle=False, num_epochs=1).dequeue()
    made = b.tf.train.batch({"x": x, "y": x * 2}, 3, allow_smaller_final_batch=True, num_threads=1, name="own", capacity=7)
    return [sorted(made), _shown([made[k] for k in sorted(made)])] + _graph(b.tf) + _run(b, made, 3)


def batch_many(b):
    x = b.tf.train.range_input_producer(5, shuffle=False, num_epochs=1).dequeue()
    made = b.tf.train.batch([b.tf.stack([x, x + 10])], 5, enqueue_many=True, shapes=[[]], shared_name="many")
    return [_shown(made)] + _graph(b.tf) + _run(b, made, 3)


def batch_padded(b):
    tf = b.tf
    x = tf.train.range_input_producer(5, shuffle=False, num_epochs=1).dequeue()
    made = tf.train.batch([tf.range(x), tf.fill([x, 2], "s")], 2, dynamic_pad=True, allow_smaller_final_batch=True)
    return [_shown(made)] + _graph(tf) + _run(b, made, 4)


def maybe_batch(b):
    x = b.tf.train.range_input_producer(8, shuffle=False, num_epochs=1).dequeue()
    made = b.tf.train.maybe_batch([x], x % 3 > 0, 2)
    return [_shown(made)] + [r for r in _graph(b.tf)[2:3]] + _run(b, made, 3)


def maybe_batch_many(b):
    tf = b.tf
    x = tf.train.range_input_producer(8, shuffle=False, num_epochs=1).dequeue()
    made = tf.train.maybe_batch([tf.stack([x, -x])], tf.stack([x % 2 > 0, x % 3 > 0]), 4, enqueue_many=True)
    return _run(b, made, 3)


def batch_join(b):
    xs = [b.tf.train.range_input_producer(3, shuffle=False, num_epochs=1, name=f"n{i}").dequeue() + 10 * i for i in range(2)]
    made = b.tf.train.batch_join([[x, x] for x in xs], 6)
    out = _run(b, made, 2)
    return [_shown(made)] + _graph(b.tf) + out[:3] + [sorted(out[3][0])] + out[4:]


def maybe_batch_join(b):
    xs = [b.tf.train.range_input_producer(3, shuffle=False, num_epochs=1, name=f"n{i}").dequeue() + 10 * i for i in range(2)]
    made = b.tf.train.maybe_batch_join([[x] for x in xs], xs[0] > -1, 6, shapes=[[]])
    out = _run(b, made, 2)
    return [_shown(made)] + out[:3]


def shuffle_batch(b):
    x = b.tf.train.range_input_producer(20, shuffle=False, num_epochs=1).dequeue()
    made = b.tf.train.shuffle_batch([x, x], 4, 20, 10, seed=1)
    out = _run(b, made, 6)
    drawn = out[3:-1]
    return [_shown(made)] + _graph(b.tf) + out[:3] + [sorted(v for r in drawn[:5] for v in r[0]), out[-1]]


def shuffle_batch_join(b):
    xs = [b.tf.train.range_input_producer(6, shuffle=False, num_epochs=1, name=f"n{i}").dequeue() for i in range(2)]
    made = b.tf.train.shuffle_batch_join([[x] for x in xs], 4, 20, 10, allow_smaller_final_batch=True)
    out = _run(b, made, 3)
    return [_shown(made)] + _graph(b.tf) + [sorted(v for r in out[3:6] for v in r)]


def maybe_shuffle_batch(b):
    x = b.tf.train.range_input_producer(8, shuffle=False, num_epochs=1).dequeue()
    made = b.tf.train.maybe_shuffle_batch([x], 2, 10, 1, x % 3 > 0)
    out = _run(b, made, 3)
    other = b.tf.train.maybe_shuffle_batch_join([[x]], 2, 10, 1, True)
    return [_shown(made), _shown(other), len([v for r in out[3:5] for v in r])] + out[5:]


def limit_epochs(b):
    limited = b.tf.train.limit_epochs(b.tf.constant([1.0]), 2, name="twice")
    free = b.tf.train.limit_epochs(limited)
    out = b.run(limited) + b.run(b.tf.local_variables_initializer(), limited, free, limited)
    return [free is limited, _shown(limited), _graph(b.tf)[0], _graph(b.tf)[4]] + out


def match_filenames(b):
    tf = b.tf
    with files(a_1=b"", a_2=b"", b_1=b"") as paths:
        folder = os.path.dirname(paths[0])
        found = tf.train.match_filenames_once(folder + "/a_*", name="found")
        out = [
            _shown(found),
            nodes(tf.get_default_graph()),
            [v.name for v in tf.local_variables()],
            [v.name for v in tf.global_variables()],
        ]
        out += b.run(found) + b.run(tf.local_variables_initializer(), found)
        return short(out, folder)


PIPELINES = [
    string_producer, string_producer_shuffled, string_producer_bad, empty_at_run_time, input_producer, range_producer, slice_producer,
    batch, batch_smaller, batch_many, batch_padded, maybe_batch, maybe_batch_many, batch_join,
    maybe_batch_join, shuffle_batch, shuffle_batch_join, maybe_shuffle_batch, limit_epochs, match_filenames,
]  # fmt: skip
