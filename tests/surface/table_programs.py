"""Programs of tables and feature columns: run under TensorFlow 1.15 by `golden/record_tables.py`, here by the tests."""

import os
import tempfile

import numpy as np


def _file(*lines):
    path = os.path.join(tempfile.mkdtemp(), "words.txt")
    with open(path, "w") as f:
        f.write("".join(line + "\n" for line in lines))
    return path


def static(tf):
    pairs = tf.lookup.KeyValueTensorInitializer([1, 2], ["x", "y"])
    table = tf.lookup.StaticHashTable(pairs, "UNK")
    words = tf.lookup.StaticVocabularyTable(tf.lookup.KeyValueTensorInitializer(["a", "b"], tf.constant([0, 1], tf.int64)), 3)
    return [table.lookup(tf.constant([[1, 5], [2, 1]])), table.size(), words.lookup(tf.constant(["a", "q", "r"])), words.size()]


def index(tf):
    table = tf.contrib.lookup.index_table_from_tensor(tf.constant(["a", "b", "c"]), num_oov_buckets=2)
    strong = tf.contrib.lookup.index_table_from_tensor(
        ["a"], num_oov_buckets=50, hasher_spec=tf.contrib.lookup.StrongHashSpec([3, 4])
    )
    numbers = tf.contrib.lookup.index_table_from_tensor([7, 9], num_oov_buckets=4, dtype=tf.int64)
    sparse = table.lookup(tf.SparseTensor([[0, 0], [1, 1]], ["b", "z"], [2, 2]))
    return [
        table.lookup(tf.constant(["a", "zz", "c", ""])),
        sparse.values,
        sparse.indices,
        strong.lookup(tf.constant(["a", "b", "c"])),
        numbers.lookup(tf.constant([9, 8, 7], tf.int64)),
        tf.contrib.lookup.index_to_string_table_from_tensor(["p", "q"], default_value="?").lookup(
            tf.constant([1, 4], tf.int64)
        ),
    ]


def from_files(tf):
    lookup, path = tf.contrib.lookup, _file("x", "y", "z")
    columns = lookup.HashTable(
        lookup.TextFileInitializer(_file("a 1.5", "b 2.5"), tf.string, 0, tf.float32, 1, delimiter=" "), -1.0
    )
    return [
        lookup.index_table_from_file(path, num_oov_buckets=1).lookup(tf.constant(["z", "nope"])),
        lookup.index_table_from_file(path, vocab_size=2).lookup(tf.constant(["z", "y"])),
        lookup.index_to_string_table_from_file(path).lookup(tf.constant([0, 2, 7], tf.int64)),
        columns.lookup(tf.constant(["b", "c"])),
    ]


def crosses(tf):
    words, numbers = tf.constant([["x"], ["y"]]), tf.constant([[1, 2], [3, -4]], tf.int64)
    sparse = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], ["p", "a long word of more than sixteen letters", ""], [2, 2])
    made = [
        tf.sparse.cross([words, numbers, sparse]),
        tf.sparse.cross_hashed([words, numbers, sparse]),
        tf.sparse.cross_hashed([sparse, numbers], num_buckets=100),
        tf.sparse.cross_hashed([numbers, numbers], num_buckets=100, hash_key=7),
    ]
    return [part for one in made for part in (one.indices, one.values, one.dense_shape)]


def features(tf):
    return {
        "a": tf.constant([[1.0], [20.0], [5.0]]),
        "s": tf.constant([["x"], ["y"], ["q"]]),
        "i": tf.constant([[1], [2], [0]], tf.int64),
        "w": tf.constant([[0.5], [2.0], [1.0]]),
        "sp": tf.SparseTensor([[0, 0], [0, 1], [2, 0]], ["x", "z", "y"], [3, 2]),
        "n2": tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
        "flat": tf.constant([1, 2, 9]),
    }


def columns(tf):
    fc = tf.feature_column
    a, n2 = fc.numeric_column("a"), fc.numeric_column("n2", shape=[2], normalizer_fn=lambda x: x * 2)
    b, wide = fc.bucketized_column(a, [2, 10]), fc.bucketized_column(fc.numeric_column("n2", shape=2), [2, 4])
    words = fc.categorical_column_with_vocabulary_list("sp", ["x", "y", "z"], num_oov_buckets=1)
    plain = fc.categorical_column_with_identity("i", 3)
    return {
        "a": a,
        "n2": n2,
        "buckets": b,
        "wide": wide,
        "hash": fc.categorical_column_with_hash_bucket("s", 5),
        "numbers": fc.categorical_column_with_hash_bucket("i", 5, tf.int64),
        "words": words,
        "file": fc.categorical_column_with_vocabulary_file("s", _file("x", "y"), default_value=1),
        "identity": plain,
        "outside": fc.categorical_column_with_identity("flat", 3, default_value=0),
        "cross": fc.crossed_column(["s", b], 7),
        "weighted": fc.weighted_categorical_column(plain, "w"),
    }


def inputs(tf):
    fc, c = tf.feature_column, columns(tf)
    dense = [c["a"], c["buckets"], c["wide"]]
    categories = ["hash", "words", "identity", "outside", "cross", "weighted"]
    dense += [fc.indicator_column(c[name]) for name in categories]
    ones = tf.constant_initializer(np.arange(8).reshape(4, 2) * 0.5)
    dense.append(fc.embedding_column(c["words"], 2, initializer=ones, combiner="sqrtn"))
    vocabulary = fc.categorical_column_with_vocabulary_list("s", ["x", "y", "z"], num_oov_buckets=1)
    shared = fc.shared_embedding_columns([c["words"], vocabulary], 3, initializer=tf.ones_initializer())
    variables, tensors = {}, {}
    out = fc.input_layer(features(tf), dense, cols_to_vars=variables, cols_to_output_tensors=tensors)
    return [
        out,
        tensors[c["a"]],
        fc.input_layer(features(tf), [c["n2"], fc.indicator_column(c["numbers"])]),
        fc.input_layer(features(tf), shared),
        fc.input_layer(features(tf), c["a"]),
    ]


def linear(tf):
    fc, c = tf.feature_column, columns(tf)
    names = ["a", "buckets", "wide", "hash", "words", "cross", "weighted"]
    one = fc.linear_model(features(tf), [c[n] for n in names])
    return [one, fc.linear_model(features(tf), [c["n2"], c["identity"]], units=2, sparse_combiner="mean")]


PROGRAMS = {"static": static, "index": index, "from files": from_files, "crosses": crosses, "inputs": inputs, "linear": linear}


def outcome(tf, program):
    """(variables' names and shapes, values) of a program; variables hold 1, 1.5, 2 …"""
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(7)
        outs = program(tf)
        variables = sorted(tf.global_variables(), key=lambda v: v.name)
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        for v in variables:
            size = int(np.prod(v.shape.as_list()))
            v.load(np.arange(size).reshape(v.shape.as_list()) * 0.5 + 1, session)
        return [[v.name, v.shape.as_list()] for v in variables], [np.asarray(v).tolist() for v in session.run(outs)]


def specs(tf):
    """What `make_parse_example_spec` says of each column, as text."""
    with tf.Graph().as_default():
        made = columns(tf).items()
        return {n: {k: str(v) for k, v in tf.feature_column.make_parse_example_spec([c]).items()} for n, c in made}


def _initializer(tf):
    return tf.lookup.KeyValueTensorInitializer([1, 2], ["x", "y"])


ERRORS = {
    "dtype of keys": lambda tf: tf.lookup.StaticHashTable(_initializer(tf), "").lookup(tf.constant(["a"])),
    "dtype of the default": lambda tf: tf.lookup.StaticHashTable(_initializer(tf), 3),
    "no file": lambda tf: tf.contrib.lookup.index_table_from_file(""),
    "no words": lambda tf: tf.contrib.lookup.index_table_from_tensor(None),
    "fewer than no buckets": lambda tf: tf.contrib.lookup.index_table_from_tensor(["a"], num_oov_buckets=-1),
    "no buckets": lambda tf: tf.lookup.StaticVocabularyTable(_initializer(tf), 0),
    "values that are no ids": lambda tf: tf.lookup.StaticVocabularyTable(_initializer(tf), 1),
    "key of a hash": lambda tf: tf.contrib.lookup.StrongHashSpec([1]),
    "line number as a string": lambda tf: tf.lookup.TextFileInitializer("f", tf.string, -1, tf.int64, -1),
    "shape": lambda tf: tf.feature_column.numeric_column("a", shape=[0]),
    "dtype of numbers": lambda tf: tf.feature_column.numeric_column("a", dtype=tf.string),
    "default of numbers": lambda tf: tf.feature_column.numeric_column("a", default_value=[1, 2]),
    "normalizer": lambda tf: tf.feature_column.numeric_column("a", normalizer_fn=3),
    "boundaries": lambda tf: tf.feature_column.bucketized_column(tf.feature_column.numeric_column("a"), [3, 2]),
    "source of buckets": lambda tf: tf.feature_column.bucketized_column(columns(tf)["hash"], [2]),
    "buckets of a hash": lambda tf: tf.feature_column.categorical_column_with_hash_bucket("a", 0),
    "empty list": lambda tf: tf.feature_column.categorical_column_with_vocabulary_list("a", []),
    "repeated words": lambda tf: tf.feature_column.categorical_column_with_vocabulary_list("a", ["a", "a"]),
    "buckets and default": lambda tf: tf.feature_column.categorical_column_with_vocabulary_list("a", ["a"], None, 2, 3),
    "missing file": lambda tf: tf.feature_column.categorical_column_with_vocabulary_file("a", ""),
    "identity of nothing": lambda tf: tf.feature_column.categorical_column_with_identity("a", 0),
    "default outside": lambda tf: tf.feature_column.categorical_column_with_identity("a", 3, default_value=3),
    "one key": lambda tf: tf.feature_column.crossed_column(["a"], 3),
    "cross of hashes": lambda tf: tf.feature_column.crossed_column(["a", columns(tf)["hash"]], 3),
    "cross of numbers": lambda tf: tf.feature_column.crossed_column(["a", columns(tf)["a"]], 3),
    "dimension": lambda tf: tf.feature_column.embedding_column(columns(tf)["hash"], 0),
    "half a checkpoint": lambda tf: tf.feature_column.embedding_column(columns(tf)["hash"], 2, ckpt_to_load_from="x"),
    "shared sizes": lambda tf: tf.feature_column.shared_embedding_columns([columns(tf)["hash"], columns(tf)["identity"]], 2),
    "categories as input": lambda tf: tf.feature_column.input_layer(features(tf), [columns(tf)["hash"]]),
    "no columns": lambda tf: tf.feature_column.input_layer(features(tf), []),
    "missing feature": lambda tf: tf.feature_column.input_layer({}, [columns(tf)["a"]]),
    "column twice": lambda tf: tf.feature_column.linear_model(features(tf), [columns(tf)["a"]] * 2),
    "no column": lambda tf: tf.feature_column.make_parse_example_spec(["a"]),
}


def failure(tf, program):
    """The type of the error that a wrong program raises."""
    with tf.Graph().as_default():
        try:
            program(tf)
        except Exception as e:
            return type(e).__name__
    return "none"
