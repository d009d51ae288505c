"""Data sets, each made by a function of `(tf, D, at)`: TensorFlow's namespace, its `Dataset`, and `at(name)`, the path of a file.

`record_dataset.py` runs them under the real TensorFlow 1.15 (graphs) and 2.21 (eager), `tests/data/test_dataset_rows.py` under ours.
A row's elements, in order, and the error that ends it, are what is compared.
"""

import gzip
import os
import sqlite3
import struct
import zlib

import numpy as np

LIMIT = 60  # elements that are looked at


def write_files(folder):
    """Makes the files that rows read; gives the function from their names to their paths."""
    at = lambda name: os.path.join(folder, name)  # noqa: E731
    with open(at("a.txt"), "wb") as f:
        f.write(b"one\ntwo\r\nthree\n\nlast")
    with open(at("b.txt"), "wb") as f:
        f.write(b"eins\nzwei\n")
    with open(at("empty.txt"), "wb"):
        pass
    with gzip.open(at("z.gz"), "wb") as f:
        f.write(b"g1\ng2\n")
    with open(at("z.zlib"), "wb") as f:
        f.write(zlib.compress(b"z1\nz2\nz3"))
    with open(at("fixed.bin"), "wb") as f:
        f.write(b"HEAD" + b"".join(b"%03d" % i for i in range(5)) + b"FF")
    with open(at("data.csv"), "wb") as f:
        f.write(b'x,y,z\n1,2.5,"a,b"\n-4,,c\n7,1e3,""\n')
    with open(at("short.csv"), "wb") as f:
        f.write(b"1,2\n3\n5,6\n")
    with open(at("cut.tfrecord"), "wb") as f:
        f.write(struct.pack("<QI", 5, 1) + b"abc")
    if not os.path.exists(at("rows.sqlite")):
        with sqlite3.connect(at("rows.sqlite")) as c:
            c.execute("CREATE TABLE t (name TEXT, n INTEGER, x REAL)")
            c.executemany("INSERT INTO t VALUES (?, ?, ?)", [("a", 1, 0.5), ("b", -2, 1.5), (None, 3, None)])
    return at


def _lengths(tf, D):
    return D.from_generator(lambda: ([i] * n for i, n in enumerate([1, 3, 2, 5, 4, 1, 6, 2, 3])), tf.int32, [None])


def _e(tf):
    return tf.data.experimental


BOTH = {
    "slices": lambda tf, D, at: D.from_tensor_slices(np.arange(6).reshape(3, 2)),
    "slices_nest": lambda tf, D, at: D.from_tensor_slices({"a": [1, 2], "b": (np.float32([[1], [2]]), ["x", "yy"])}),
    "tensors": lambda tf, D, at: D.from_tensors((1, [2.0, 3.0], b"s")),
    "slices_uneven": lambda tf, D, at: D.from_tensor_slices(([1, 2], [1, 2, 3])),
    "slices_scalar": lambda tf, D, at: D.from_tensor_slices(3),
    "range_1": lambda tf, D, at: D.range(4),
    "range_3": lambda tf, D, at: D.range(10, 2, -3),
    "range_0": lambda tf, D, at: D.range(3, 1),
    "zip": lambda tf, D, at: D.zip((D.range(3), {"b": D.range(5, 9)})),
    "concatenate": lambda tf, D, at: D.range(3).concatenate(D.range(7, 9)),
    "concatenate_types": lambda tf, D, at: D.range(3).concatenate(D.from_tensors(1.0)),
    "repeat_2": lambda tf, D, at: D.range(3).repeat(2),
    "repeat_0": lambda tf, D, at: D.range(3).repeat(0),
    "repeat": lambda tf, D, at: D.range(7).repeat(),
    "repeat_empty": lambda tf, D, at: D.range(0).repeat(),
    "take": lambda tf, D, at: D.range(9).take(4),
    "take_all": lambda tf, D, at: D.range(5).take(-1),
    "skip": lambda tf, D, at: D.range(9).skip(4),
    "skip_all": lambda tf, D, at: D.range(9).skip(-1),
    "skip_many": lambda tf, D, at: D.range(9).skip(40),
    "shard": lambda tf, D, at: D.range(10).shard(3, 1),
    "shard_wrong": lambda tf, D, at: D.range(10).shard(3, 3),
    "enumerate": lambda tf, D, at: D.from_tensor_slices([b"a", b"b"]).enumerate(5),
    "batch": lambda tf, D, at: D.range(7).batch(3),
    "batch_drop": lambda tf, D, at: D.range(7).batch(3, drop_remainder=True),
    "batch_batch": lambda tf, D, at: D.range(12).batch(2).batch(3),
    "batch_uneven": lambda tf, D, at: _lengths(tf, D).batch(2),
    "batch_strings": lambda tf, D, at: D.from_tensor_slices([b"a", b"bb", b"c"]).batch(2),
    "batch_zero": lambda tf, D, at: D.range(7).batch(0),
    "unbatch": lambda tf, D, at: D.range(7).batch(3).unbatch(),
    "unbatch_nest": lambda tf, D, at: D.from_tensors((np.arange(4), np.arange(8).reshape(4, 2))).unbatch(),
    "padded": lambda tf, D, at: _lengths(tf, D).padded_batch(4, [None]),
    "padded_fixed": lambda tf, D, at: _lengths(tf, D).padded_batch(4, [7], padding_values=-1),
    "padded_small": lambda tf, D, at: _lengths(tf, D).padded_batch(4, [4]),
    "padded_nest": lambda tf, D, at: (
        _lengths(tf, D)
        .map(lambda x: {"x": x, "n": tf.size(x), "s": tf.fill([tf.size(x), 1], "q")})
        .padded_batch(4, {"x": [None], "n": [], "s": [None, 2]}, {"x": 9, "n": 0, "s": "-"}, drop_remainder=True)
    ),
    "window": lambda tf, D, at: D.range(7).window(3).flat_map(lambda w: w.batch(9)),
    "window_shift": lambda tf, D, at: D.range(9).window(3, 2, 2, True).flat_map(lambda w: w.batch(9)),
    "window_part": lambda tf, D, at: D.range(9).window(3, 2, 2).flat_map(lambda w: w.batch(9)),
    "window_far": lambda tf, D, at: D.range(20).window(2, 5, 2).flat_map(lambda w: w.batch(9)),
    "window_nest": lambda tf, D, at: (
        D.zip((D.range(5), D.range(10, 15))).window(2).flat_map(lambda a, b: D.zip((a.batch(5), b.batch(5))))
    ),
    "map": lambda tf, D, at: D.range(5).map(lambda x: x * x + 1),
    "map_nest": lambda tf, D, at: D.zip((D.range(3), D.range(3))).map(lambda a, b: {"s": a + b, "t": (a, tf.as_string(b))}),
    "map_list": lambda tf, D, at: D.range(3).map(lambda a: [a, tf.cast(a, tf.float32)]),
    "map_constant": lambda tf, D, at: D.range(2).map(lambda a: (a, 7, "t")),
    "map_parallel": lambda tf, D, at: D.range(20).map(lambda x: x * 2, num_parallel_calls=4),
    "map_shape": lambda tf, D, at: D.range(4).map(lambda x: tf.range(x)),
    "map_if": lambda tf, D, at: D.range(4).map(lambda x: tf.cond(x > 1, lambda: x, lambda: -x)),
    "map_random": lambda tf, D, at: D.range(5).map(lambda x: tf.random.uniform([2], seed=3)).repeat(2),
    "map_random_v1": lambda tf, D, at: D.range(5).map(lambda x: tf.random.normal([], seed=3)).batch(2).repeat(2),
    "map_py_func": lambda tf, D, at: D.range(5).map(lambda x: tf.compat.v1.py_func(lambda v: v + 1, [x], tf.int64)),
    "map_py_raises": lambda tf, D, at: D.range(5).map(
        lambda x: tf.compat.v1.py_func(lambda v: [v][v - 3 if v < 3 else 1], [x], tf.int64)
    ),
    "map_assert": lambda tf, D, at: D.range(5).map(_below_three(tf)),
    "map_wrong": lambda tf, D, at: D.range(5).map(lambda x: object()),
    "map_numeric_check": lambda tf, D, at: D.from_tensor_slices([1.0, 0.0, -1.0]).map(
        lambda x: tf.debugging.check_numerics(tf.math.log(x), "bad")
    ),
    "filter": lambda tf, D, at: D.range(10).filter(lambda x: tf.equal(x % 3, 0)),
    "filter_nest": lambda tf, D, at: D.zip((D.range(9), D.range(9, 0, -1))).filter(lambda a, b: a < b),
    "filter_none": lambda tf, D, at: D.range(10).filter(lambda x: x < 0),
    "filter_wrong": lambda tf, D, at: D.range(10).filter(lambda x: x),
    "flat_map": lambda tf, D, at: D.range(4).flat_map(lambda x: D.range(x)),
    "flat_map_repeat": lambda tf, D, at: D.from_tensor_slices([1, 2, 3]).flat_map(lambda x: D.from_tensors(x).repeat(2)),
    "flat_map_wrong": lambda tf, D, at: D.range(4).flat_map(lambda x: x),
    "interleave_2_1": lambda tf, D, at: D.range(1, 6).interleave(lambda x: D.from_tensors(x).repeat(x), 2, 1),
    "interleave_2_3": lambda tf, D, at: D.range(1, 6).interleave(lambda x: D.from_tensors(x).repeat(x + 2), 2, 3),
    "interleave_3_2": lambda tf, D, at: D.range(8).interleave(lambda x: D.range(x * 10, x * 10 + x % 4), 3, 2),
    "interleave_9": lambda tf, D, at: D.range(4).interleave(lambda x: D.range(x * 10, x * 10 + x + 1), 9, 2),
    "interleave_parallel": lambda tf, D, at: D.range(8).interleave(
        lambda x: D.range(x * 10, x * 10 + x % 4), 3, 2, num_parallel_calls=2
    ),
    "interleave_parallel_1": lambda tf, D, at: D.range(1, 7).interleave(
        lambda x: D.from_tensors(x).repeat(x), 4, 1, num_parallel_calls=4
    ),
    "shuffle": lambda tf, D, at: D.range(8).shuffle(4, seed=1).repeat(2),
    "shuffle_once": lambda tf, D, at: D.range(8).shuffle(4, seed=1, reshuffle_each_iteration=False).repeat(2),
    "shuffle_whole": lambda tf, D, at: D.range(20).shuffle(100, seed=7),
    "shuffle_1": lambda tf, D, at: D.range(5).shuffle(1, seed=7),
    "shuffle_repeat": lambda tf, D, at: D.range(7).repeat(3).shuffle(5, seed=2),
    "shuffle_map_batch": lambda tf, D, at: D.range(30).map(lambda x: x * 2).shuffle(10, seed=5).batch(4).repeat(2),
    "shuffle_shuffle": lambda tf, D, at: D.range(9).shuffle(3, seed=1).shuffle(4, seed=2).repeat(2),
    "shuffle_batch_shuffle": lambda tf, D, at: D.range(12).batch(2).shuffle(3, seed=3).unbatch().shuffle(4, seed=9),
    "shuffle_strings": lambda tf, D, at: D.from_tensor_slices([b"%d" % i for i in range(9)]).shuffle(4, seed=11),
    "shuffle_ragged": lambda tf, D, at: _lengths(tf, D).shuffle(4, seed=11),
    "shuffle_seed_0": lambda tf, D, at: D.range(9).shuffle(4, seed=0),
    "shuffle_zero": lambda tf, D, at: D.range(9).shuffle(0, seed=0),
    "cache": lambda tf, D, at: D.range(5).shuffle(5, seed=1).cache().repeat(2),
    "prefetch": lambda tf, D, at: D.range(9).map(lambda x: x + 1).prefetch(2),
    "generator": lambda tf, D, at: D.from_generator(
        lambda: ((i, [i] * 2) for i in range(3)), (tf.int64, tf.float32), ([], [2])
    ),
    "generator_args": lambda tf, D, at: D.from_generator(lambda n, m: iter(range(n, m)), tf.int64, args=(2, 5)),
    "generator_strings": lambda tf, D, at: D.from_generator(lambda: iter(["a", b"b", "é"]), tf.string),
    "generator_shape": lambda tf, D, at: D.from_generator(lambda: iter([[1, 2], [1, 2, 3]]), tf.int64, [2]),
    "generator_type": lambda tf, D, at: D.from_generator(lambda: iter([1, "x"]), tf.int64),
    "generator_structure": lambda tf, D, at: D.from_generator(lambda: iter([(1, 2), 3]), (tf.int64, tf.int64)),
    "generator_raises": lambda tf, D, at: D.from_generator(lambda: (10 // (2 - i) for i in range(5)), tf.int64),
    "lines": lambda tf, D, at: tf.data.TextLineDataset([at("a.txt"), at("empty.txt"), at("b.txt")]),
    "lines_gzip": lambda tf, D, at: tf.data.TextLineDataset(at("z.gz"), "GZIP"),
    "lines_zlib": lambda tf, D, at: tf.data.TextLineDataset(at("z.zlib"), "ZLIB"),
    "lines_missing": lambda tf, D, at: tf.data.TextLineDataset([at("b.txt"), at("nothing.txt")]),
    "lines_of_dataset": lambda tf, D, at: tf.data.TextLineDataset(D.from_tensor_slices([at("b.txt"), at("a.txt")])),
    "lines_parallel": lambda tf, D, at: tf.data.TextLineDataset([at("a.txt"), at("b.txt")], num_parallel_reads=2),
    "records_cut": lambda tf, D, at: tf.data.TFRecordDataset(at("cut.tfrecord")),
    "fixed": lambda tf, D, at: tf.data.FixedLengthRecordDataset(at("fixed.bin"), 3, 4, 2),
    "fixed_wrong": lambda tf, D, at: tf.data.FixedLengthRecordDataset(at("fixed.bin"), 4, 4, 2),
    "list_files": lambda tf, D, at: D.list_files(at("*.txt"), shuffle=False).map(_base(tf)),
    "list_files_shuffled": lambda tf, D, at: D.list_files(at("*.txt"), seed=3).map(_base(tf)),
    "list_files_none": lambda tf, D, at: D.list_files(at("*.nothing")),
    "csv": lambda tf, D, at: _e(tf).CsvDataset(at("data.csv"), [tf.int32, [0.5], tf.string], header=True),
    "csv_select": lambda tf, D, at: _e(tf).CsvDataset(at("data.csv"), [tf.string], header=True, select_cols=[2]),
    "csv_short": lambda tf, D, at: _e(tf).CsvDataset(at("short.csv"), [tf.int32, tf.int32]),
    "csv_required": lambda tf, D, at: _e(tf).CsvDataset(at("data.csv"), [tf.int32, tf.float32, tf.string], header=True),
    "make_csv": lambda tf, D, at: _e(tf).make_csv_dataset(at("data.csv"), 2, label_name="y", num_epochs=1, shuffle=False),
    "make_csv_shuffled": lambda tf, D, at: _e(tf).make_csv_dataset(at("data.csv"), 2, num_epochs=2, shuffle_seed=4),
    "sql": lambda tf, D, at: _e(tf).SqlDataset(
        "sqlite", at("rows.sqlite"), "SELECT name, n, x FROM t", (tf.string, tf.int32, tf.float64)
    ),
    "scan": lambda tf, D, at: D.range(5).apply(_e(tf).scan(np.int64(10), lambda s, x: (s + x, (s, x)))),
    "take_while": lambda tf, D, at: D.range(9).apply(_e(tf).take_while(lambda x: x < 4)),
    "unique": lambda tf, D, at: D.from_tensor_slices([1, 2, 1, 3, 2, 4]).apply(_e(tf).unique()),
    "counter": lambda tf, D, at: _e(tf).Counter(3, 2).take(4),
    "random_dataset": lambda tf, D, at: _e(tf).RandomDataset(4).take(5),
    "bucket": lambda tf, D, at: _lengths(tf, D).apply(
        _e(tf).bucket_by_sequence_length(lambda x: tf.shape(x)[0], [3, 5], [2, 3, 2])
    ),
    "bucket_boundary": lambda tf, D, at: (
        _lengths(tf, D)
        .filter(lambda x: tf.size(x) < 5)
        .apply(
            _e(tf).bucket_by_sequence_length(
                lambda x: tf.size(x), [3, 5], [2, 3, 2], pad_to_bucket_boundary=True, padding_values=-1
            )
        )
    ),
    "group_by_window": lambda tf, D, at: D.range(11).apply(
        _e(tf).group_by_window(lambda x: x % 3, lambda k, w: D.zip((D.from_tensors(k), w.batch(9))), 2)
    ),
    "group_by_window_func": lambda tf, D, at: D.range(11).apply(
        _e(tf).group_by_window(lambda x: x % 3, lambda k, w: w.batch(9), window_size_func=lambda k: k + 1)
    ),
    "group_by_reducer": lambda tf, D, at: D.range(8).apply(
        _e(tf).group_by_reducer(lambda x: x % 3, _e(tf).Reducer(lambda k: np.int64(0), lambda s, x: s + x, lambda s: s * 10))
    ),
    "sample": lambda tf, D, at: _e(tf).sample_from_datasets(
        [D.from_tensors(i).repeat(9) for i in range(3)], [0.5, 0.2, 0.3], seed=3
    ),
    "sample_even": lambda tf, D, at: _e(tf).sample_from_datasets([D.range(i * 10, i * 10 + 4) for i in range(3)], seed=3),
    "choose": lambda tf, D, at: _e(tf).choose_from_datasets(
        [D.range(i * 10, i * 10 + 3) for i in range(3)], D.range(3).repeat(4)
    ),
    "parallel_interleave": lambda tf, D, at: D.range(1, 7).apply(
        _e(tf).parallel_interleave(lambda x: D.from_tensors(x).repeat(x), 2, 2)
    ),
    "parallel_interleave_3": lambda tf, D, at: D.range(8).apply(
        _e(tf).parallel_interleave(lambda x: D.range(x * 10, x * 10 + x % 4), 3, 2)
    ),
    "map_and_batch": lambda tf, D, at: D.range(7).apply(_e(tf).map_and_batch(lambda x: x * x, 3)),
    "map_and_batch_drop": lambda tf, D, at: D.range(7).apply(_e(tf).map_and_batch(lambda x: x * x, 3, drop_remainder=True)),
    "shuffle_and_repeat": lambda tf, D, at: D.range(6).apply(_e(tf).shuffle_and_repeat(4, 3, seed=1)),
    "dense_to_sparse": lambda tf, D, at: _lengths(tf, D).apply(_e(tf).dense_to_sparse_batch(4, [7])),
    "ignore_errors": lambda tf, D, at: (
        D.from_tensor_slices([1.0, 0.0, 4.0])
        .map(lambda x: tf.debugging.check_numerics(1.0 / x, "bad"))
        .apply(_e(tf).ignore_errors())
    ),
    "rejection": lambda tf, D, at: (
        D.from_tensor_slices(np.arange(40) % 2)
        .apply(_e(tf).rejection_resample(lambda x: x, [0.3, 0.7], [0.5, 0.5], seed=2))
        .map(lambda a, b: b)
        .take(8)
    ),
    "sparse_slices": lambda tf, D, at: D.from_tensor_slices(_sparse(tf)),
    "sparse_batch": lambda tf, D, at: D.from_tensor_slices(_sparse(tf)).batch(2),
    "sparse_map": lambda tf, D, at: D.range(1, 4).map(lambda x: tf.SparseTensor([[x]], [x * 2], [x + 1])).batch(2),
    "sparse_unbatch": lambda tf, D, at: D.from_tensor_slices(_sparse(tf)).batch(2).unbatch(),
    "parse": lambda tf, D, at: D.from_tensor_slices(_examples(tf)).map(lambda e: tf.io.parse_single_example(e, _features(tf))),
    "parse_batch": lambda tf, D, at: (
        D.from_tensor_slices(_examples(tf)).batch(2).map(lambda e: tf.io.parse_example(e, _features(tf)))
    ),
    "parse_dataset": lambda tf, D, at: (
        D.from_tensor_slices(_examples(tf)).batch(2).apply(_e(tf).parse_example_dataset(_features(tf)))
    ),
    "options": lambda tf, D, at: D.range(3).with_options(tf.data.Options()),
    "get_single": lambda tf, D, at: D.from_tensors(_e(tf).get_single_element(D.range(3).batch(3))),
    "prefetch_zero": lambda tf, D, at: D.range(4).prefetch(0),
    "prefetch_negative": lambda tf, D, at: D.range(4).prefetch(-2),
}
V1 = {
    "sparse_rows": lambda tf, D, at: D.from_sparse_tensor_slices(_sparse(tf)),
    "sloppy": lambda tf, D, at: D.range(3).apply(tf.contrib.data.sloppy_interleave(lambda x: D.from_tensors(x), 1)),
    "sliding": lambda tf, D, at: D.range(8).apply(tf.contrib.data.sliding_window_batch(3, window_shift=2)),
    "graph_seed": lambda tf, D, at: (tf.set_random_seed(5), D.range(12).shuffle(5).repeat(2))[1],
    "graph_seed_map": lambda tf, D, at: (tf.set_random_seed(5), D.range(4).map(lambda x: tf.random_uniform([2])))[1],
}
V2 = {
    "if_statement": lambda tf, D, at: D.range(5).map(_branch),
    "range_type": lambda tf, D, at: D.range(3, output_type=tf.float32),
    "scan_method": lambda tf, D, at: D.range(5).scan(np.int64(0), lambda s, x: (s + x, s)),
    "rebatch": lambda tf, D, at: D.range(7).batch(3).rebatch(2),
    "sample_stop": lambda tf, D, at: D.sample_from_datasets([D.range(3), D.range(10, 20)], seed=3, stop_on_empty_dataset=True),
    "choose_stop": lambda tf, D, at: D.choose_from_datasets([D.range(2), D.range(10, 20)], D.range(2).repeat(4)),
    "assert_cardinality": lambda tf, D, at: D.range(5).filter(lambda x: x > 1).apply(_e(tf).assert_cardinality(3)),
    "assert_few": lambda tf, D, at: D.range(5).filter(lambda x: x > 1).apply(_e(tf).assert_cardinality(4)),
    "assert_many": lambda tf, D, at: D.range(5).filter(lambda x: x > 1).apply(_e(tf).assert_cardinality(2)),
    "global_seed": lambda tf, D, at: (tf.random.set_seed(5), D.range(12).shuffle(5).repeat(2))[1],
    "pad_to_cardinality": lambda tf, D, at: D.from_tensor_slices({"a": [1, 2]}).apply(_e(tf).pad_to_cardinality(3)),
    "zip_args": lambda tf, D, at: D.zip(D.range(3), D.range(3)),
    "padded_default": lambda tf, D, at: _lengths(tf, D).padded_batch(4),
    "bucket_method": lambda tf, D, at: _lengths(tf, D).bucket_by_sequence_length(lambda x: tf.size(x), [3, 5], [2, 3, 2]),
    "signature": lambda tf, D, at: D.from_generator(lambda: iter([1, 2]), output_signature=tf.TensorSpec([], tf.int32)),
    "interleave_auto": lambda tf, D, at: D.range(3).interleave(
        lambda x: D.range(x, x + 2), 2, num_parallel_calls=tf.data.AUTOTUNE
    ),
}


def _branch(x):
    if x > 2:
        return x * 10
    return x


def _below_three(tf):
    def check(x):
        with tf.control_dependencies([tf.debugging.assert_less(x, tf.constant(3, tf.int64))]):
            return tf.identity(x)

    return check


def _base(tf):
    return lambda f: tf.strings.regex_replace(f, ".*/", "")


def _sparse(tf):
    return tf.SparseTensor([[0, 1], [1, 0], [1, 2], [2, 2]], [1.0, 2.0, 3.0, 4.0], [4, 3])


def _features(tf):
    return {
        "n": tf.io.FixedLenFeature([], tf.int64),
        "x": tf.io.FixedLenFeature([2], tf.float32, [0.5, 0.5]),
        "words": tf.io.VarLenFeature(tf.string),
    }


def _examples(tf):
    made = []
    for i in range(5):
        f = {"n": tf.train.Feature(int64_list=tf.train.Int64List(value=[i]))}
        if i % 2:
            f["x"] = tf.train.Feature(float_list=tf.train.FloatList(value=[i, -i]))
        f["words"] = tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"w"] * i))
        made.append(tf.train.Example(features=tf.train.Features(feature=f)).SerializeToString())
    return made


def plain(value):
    """An element as JSON can hold it."""
    if hasattr(value, "dense_shape"):
        return {"indices": plain(value.indices), "values": plain(value.values), "shape": plain(value.dense_shape)}
    if isinstance(value, dict):
        return {k: plain(value[k]) for k in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if hasattr(value, "numpy"):
        value = value.numpy()
    value = np.asarray(value)
    if value.dtype.kind in "OSU":
        return (
            [v.decode("latin1") if isinstance(v, bytes) else v for v in value.reshape(-1).tolist()]
            if value.ndim
            else plain_text(value)
        )
    return (
        [float(f"{v:.7g}") for v in value.reshape(-1)]
        if value.dtype.kind == "f" and value.ndim
        else (float(f"{value:.7g}") if value.dtype.kind == "f" else value.tolist())
    )


def plain_text(value):
    """A scalar string."""
    value = value[()]
    return value.decode("latin1") if isinstance(value, bytes) else value


def message(error):
    """An error as the recordings hold it: its class, and the line that tells what happened."""
    return [type(error).__name__, str(error)]


def run_graph(tf, row, at):
    """What a row gives in a graph."""
    with tf.Graph().as_default():
        out = []
        try:
            made = row(tf, tf.data.Dataset, at)
            element = tf.compat.v1.data.make_one_shot_iterator(made).get_next()
            with tf.compat.v1.Session() as session:
                while len(out) < LIMIT:
                    out.append(plain(session.run(element)))
        except tf.errors.OutOfRangeError:
            pass
        except Exception as e:
            return {"elements": out, "error": message(e)}
        return {"elements": out}


def run_eager(tf, row, at):
    """What a row gives in eager mode."""
    out = []
    try:
        for element in row(tf, tf.data.Dataset, at):
            out.append(plain(element))
            if len(out) == LIMIT:
                break
    except Exception as e:
        return {"elements": out, "error": message(e)}
    return {"elements": out}
