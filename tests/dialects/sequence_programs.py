"""Programs of sequence feature columns and of Slim's `InputLayer`: run under TensorFlow 1.15 by `golden/record_columns.py`."""

import os
import tempfile

import numpy as np


def features(tf):
    return {
        "i": tf.SparseTensor([[0, 0], [0, 1], [1, 0], [3, 1]], tf.constant([2, 0, 1, 2], tf.int64), [4, 2]),
        "w": tf.SparseTensor([[0, 0], [1, 1], [1, 2], [3, 0]], ["a", "b", "zz", "a"], [4, 3]),
        "w3": tf.SparseTensor([[0, 0, 0], [0, 0, 1], [0, 1, 0], [2, 1, 0]], ["a", "b", "b", "a"], [4, 2, 2]),
        "x": tf.SparseTensor([[0, 0], [0, 1], [1, 0], [3, 1]], [0.5, 1.5, 2.5, 3.5], [4, 2]),
        "xy": tf.SparseTensor([[0, 0], [0, 1], [0, 2], [0, 3], [1, 0], [1, 1]], np.float32([1, 2, 3, 4, 5, 6]), [4, 4]),
        "c": tf.constant([[1.0], [2.0], [3.0], [4.0]]),
    }


def vocabulary():
    path = os.path.join(tempfile.gettempdir(), "mainstem_sequence_vocabulary.txt")
    with open(path, "w") as file:
        file.write("a\nb\n")
    return path


def columns(tf, space):
    """The columns by name; `space` is `tf.feature_column` or `tf.contrib.feature_column`."""
    return {
        "hash": space.sequence_categorical_column_with_hash_bucket("w", 10),
        "hashed integers": space.sequence_categorical_column_with_hash_bucket("i", 10, tf.int64),
        "identity": space.sequence_categorical_column_with_identity("i", 3),
        "outside": space.sequence_categorical_column_with_identity("i", 2, default_value=1),
        "file": space.sequence_categorical_column_with_vocabulary_file("w", vocabulary(), num_oov_buckets=1),
        "file by size": space.sequence_categorical_column_with_vocabulary_file("w", vocabulary(), 1, default_value=0),
        "list": space.sequence_categorical_column_with_vocabulary_list("w", ["a", "b"], num_oov_buckets=2),
        "several words": space.sequence_categorical_column_with_vocabulary_list("w3", ["a", "b"]),
        "numbers": space.sequence_numeric_column("x"),
        "default": space.sequence_numeric_column("x", default_value=-1.0),
        "pairs": space.sequence_numeric_column("xy", shape=(2,)),
        "normalized": space.sequence_numeric_column("x", normalizer_fn=lambda x: x * 2),
    }


CATEGORIES = ["hash", "hashed integers", "identity", "outside", "file", "file by size", "list", "several words"]
NUMBERS = ["numbers", "default", "pairs", "normalized"]


def _layer(*chosen, wrap=None):
    def program(tf):
        space = tf.contrib.feature_column
        made = [columns(tf, space)[name] for name in chosen]
        if wrap is not None:
            made = [wrap(tf, column) for column in made]
        return list(space.sequence_input_layer(features(tf), made))

    return program


def _embedded(tf, column):
    return tf.feature_column.embedding_column(column, 3, combiner="sum")


def _indicated(tf, column):
    return tf.feature_column.indicator_column(column)


def mixed(tf):
    space = tf.contrib.feature_column
    known = columns(tf, space)
    made = [
        _embedded(tf, known["identity"]),
        known["numbers"],
        _indicated(tf, space.sequence_categorical_column_with_identity("i", 4)),
    ]
    given = features(tf)
    with tf.variable_scope("mine"):
        first = space.sequence_input_layer(given, made, weight_collections=["own"], trainable=False)
    return [*first, *space.sequence_input_layer(given, made[:2])]


def shared(tf):
    space, fc = tf.contrib.feature_column, tf.feature_column
    two = [
        space.sequence_categorical_column_with_identity("i", 3),
        space.sequence_categorical_column_with_vocabulary_list("w", ["a", "b", "c"]),
    ]
    given = {"i": features(tf)["i"], "w": tf.SparseTensor([[0, 0], [1, 1]], ["a", "b"], [4, 2])}
    made = fc.shared_embedding_columns(two, 2, initializer=tf.ones_initializer())
    return list(space.sequence_input_layer(given, made[:1]))


def weighted(tf):
    space, fc = tf.contrib.feature_column, tf.feature_column
    column = fc.weighted_categorical_column(columns(tf, space)["identity"], "x")
    return list(space.sequence_input_layer(features(tf), [_embedded(tf, column)]))


def newer(tf):
    """The columns of `tf.feature_column` in the layer of contrib."""
    known = columns(tf, tf.feature_column)
    made = [_embedded(tf, known["identity"]), _indicated(tf, known["identity"])]
    return list(tf.contrib.feature_column.sequence_input_layer(features(tf), made))


def layer_of_inputs(tf):
    fc, slim = tf.feature_column, tf.contrib.slim
    words = fc.categorical_column_with_vocabulary_list("s", ["x", "y"])
    made = [fc.numeric_column("c"), fc.embedding_column(words, 2)]
    given = {"c": features(tf)["c"], "s": tf.constant([["x"], ["y"], ["x"], ["q"]])}
    first = slim.InputLayer(made)
    outs = [first(given), first(given)]
    second = slim.InputLayer(made, create_scope_now=False, name="mine", trainable=False)
    with tf.variable_scope("out"):
        outs.append(second(given))
    third = slim.InputLayer(made)
    outs.append(third(given))
    told = []
    for layer in (first, second, third):
        lists = (layer.variables, layer.trainable_variables, layer.non_trainable_variables, layer.weights)
        lists += (layer.trainable_weights, layer.non_trainable_weights)
        told.append(f"{layer.name}: {[[v.name for v in vs] for vs in lists]}")
    return outs + [tf.constant(told)]


def repeated(tf):
    """`linear_model` and `input_layer` again and again, and in scopes."""
    fc, given = tf.feature_column, features(tf)
    words = fc.categorical_column_with_identity("i", 3)
    made, dense = [fc.numeric_column("c"), words], [fc.embedding_column(words, 2)]
    outs = [fc.linear_model(given, made) for _ in range(3)] + [fc.input_layer(given, dense) for _ in range(2)]
    with tf.variable_scope("o"):
        outs += [fc.linear_model(given, made), fc.linear_model(given, made), fc.input_layer(given, dense)]
    with tf.variable_scope("q", reuse=tf.AUTO_REUSE):
        outs += [fc.linear_model(given, made), fc.input_layer(given, dense)]
    with tf.variable_scope("q", reuse=tf.AUTO_REUSE):
        outs += [fc.linear_model(given, made), fc.input_layer(given, dense)]
    return outs + [tf.constant([o.name for o in outs])]


PROGRAMS = {
    **{"embedding of " + name: _layer(name, wrap=_embedded) for name in CATEGORIES},
    **{"indicator of " + name: _layer(name, wrap=_indicated) for name in CATEGORIES},
    **{name: _layer(name) for name in NUMBERS},
    "mixed": mixed,
    "shared": shared,
    "newer columns": newer,
    "layer of inputs": layer_of_inputs,
    "repeated": repeated,
}


def specs(tf):
    """The columns' names and what parses them, in both namespaces."""
    told = {}
    for key, space in (("feature_column", tf.feature_column), ("contrib", tf.contrib.feature_column)):
        for name, column in columns(tf, space).items():
            spec = column.parse_example_spec if hasattr(column, "parse_example_spec") else column._parse_example_spec
            told[key + " " + name] = [column.name, sorted((k, type(v).__name__, v.dtype.name) for k, v in spec.items())]
    return told


def _c(tf):
    return tf.contrib.feature_column


ERRORS = {
    "weighted": weighted,
    "no sequence": lambda tf: _c(tf).sequence_input_layer(features(tf), [tf.feature_column.numeric_column("c")]),
    "embedding of no sequence": lambda tf: _c(tf).sequence_input_layer(
        features(tf), [_embedded(tf, tf.feature_column.categorical_column_with_identity("i", 3))]
    ),
    "indicator of no sequence": lambda tf: _c(tf).sequence_input_layer(
        features(tf), [_indicated(tf, tf.feature_column.categorical_column_with_identity("i", 3))]
    ),
    "categories": lambda tf: _c(tf).sequence_input_layer(features(tf), [columns(tf, _c(tf))["hash"]]),
    "sequence as input": lambda tf: tf.feature_column.input_layer(
        features(tf), [_embedded(tf, columns(tf, _c(tf))["identity"])]
    ),
    "indicator as input": lambda tf: tf.feature_column.input_layer(
        features(tf), [_indicated(tf, columns(tf, _c(tf))["identity"])]
    ),
    "sequence as categories": lambda tf: tf.feature_column.linear_model(features(tf), [columns(tf, _c(tf))["identity"]]),
    "numbers as input": lambda tf: tf.feature_column.input_layer(features(tf), [columns(tf, _c(tf))["numbers"]]),
    "dense numbers": lambda tf: _c(tf).sequence_input_layer({"x": tf.ones([2, 3])}, [columns(tf, _c(tf))["numbers"]]),
    "shape": lambda tf: _c(tf).sequence_numeric_column("x", shape=[0]),
    "shape of text": lambda tf: _c(tf).sequence_numeric_column("x", shape=["a"]),
    "dtype": lambda tf: _c(tf).sequence_numeric_column("x", dtype=tf.string),
    "normalizer": lambda tf: _c(tf).sequence_numeric_column("x", normalizer_fn=3),
    "no buckets": lambda tf: _c(tf).sequence_categorical_column_with_identity("x", 0),
    "default outside": lambda tf: _c(tf).sequence_categorical_column_with_identity("x", 3, default_value=5),
    "no columns": lambda tf: _c(tf).sequence_input_layer(features(tf), []),
    "missing feature": lambda tf: _c(tf).sequence_input_layer({}, [columns(tf, _c(tf))["numbers"]]),
}
