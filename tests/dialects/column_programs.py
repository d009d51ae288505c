"""Programs of `tf.contrib.layers`' feature columns: run under TensorFlow 1.15 by `golden/record_columns.py`."""

import os
import tempfile

import numpy as np


def words(tf):
    return tf.SparseTensor([[0, 0], [0, 1], [2, 0]], ["a", "b", "zz"], [3, 2])


def numbers(tf):
    return tf.SparseTensor([[0, 0], [0, 1], [2, 0]], tf.constant([1, 12, 3], tf.int64), [3, 2])


def features(tf):
    return {
        "x": tf.constant([[0.5, 1.5], [-1, 3], [1, 2.0]]),
        "y": tf.constant([[0.5], [1.5], [5]]),
        "s": words(tf),
        "t": words(tf),
        "i": numbers(tf),
        "j": numbers(tf),
        "w": tf.SparseTensor([[0, 0], [0, 1], [2, 0]], [0.5, 2.0, 3.0], [3, 2]),
        "d": tf.constant([["a", ""], ["b", "c"], ["a", "a"]]),
        "v": tf.constant(["a", "b", "q"]),
        "dw": tf.constant([[0.5, 1.0], [2.0, 3.0], [1.0, 1.0]]),
    }


def vocabulary():
    path = os.path.join(tempfile.gettempdir(), "mainstem_vocabulary.txt")
    with open(path, "w") as file:
        file.write("a\nb\nc\n")
    return path


def columns(tf):
    """The columns by name."""
    c = tf.contrib.layers
    real, real_y = c.real_valued_column("x", 2), c.real_valued_column("y", default_value=3, dtype=tf.float64)
    hashed, keys = c.sparse_column_with_hash_bucket("s", 10), c.sparse_column_with_keys("s", ["a", "b", "c"])
    also = c.sparse_column_with_hash_bucket("t", 10)
    integers = c.sparse_column_with_integerized_feature("i", 10)
    buckets = c.bucketized_column(real, [0.0, 1.0, 1.0, 2.0])
    weighted = c.weighted_sparse_column(keys, "w")
    ones = tf.ones_initializer()
    return {
        "real": real,
        "real with default": real_y,
        "normalized": c.real_valued_column("y", normalizer=lambda t: t * 2),
        "hashed": hashed,
        "hashed integers": c.sparse_column_with_hash_bucket("i", 10, combiner="mean", dtype=tf.int64),
        "hashed by keys": c.sparse_column_with_hash_bucket("s", 10, hash_keys=[[1, 2], [3, 4]]),
        "integers": integers,
        "keys": keys,
        "keys with default": c.sparse_column_with_keys("s", ["a", "b"], default_value=1, combiner="sqrtn"),
        "integer keys": c.sparse_column_with_keys("i", [1, 12], dtype=tf.int64),
        "file": c.sparse_column_with_vocabulary_file("s", vocabulary(), num_oov_buckets=2, vocab_size=3),
        "dense words": c.sparse_column_with_keys("d", ["a", "b", "c"]),
        "vector of words": c.sparse_column_with_keys("v", ["a", "b", "c"]),
        "weighted": weighted,
        "dense weights": c.weighted_sparse_column(c.sparse_column_with_keys("s", ["a", "b", "zz"]), "w"),
        "buckets": buckets,
        "crossed": c.crossed_column([also, hashed], 100),
        "crossed buckets": c.crossed_column([hashed, buckets], 50),
        "crossed crosses": c.crossed_column([hashed, c.crossed_column([keys, also], 100)], 100, combiner="mean"),
        "crossed integers": c.crossed_column([integers, c.sparse_column_with_hash_bucket("j", 10, dtype=tf.int64)], 100),
        "crossed words and integers": c.crossed_column([keys, integers], 100),
        "crossed with a key": c.crossed_column([hashed, also], 100, hash_key=7),
        "one-hot": c.one_hot_column(keys),
        "one-hot weighted": c.one_hot_column(c.weighted_sparse_column(c.sparse_column_with_keys("s", ["a", "b", "zz"]), "w")),
        "embedding": c.embedding_column(hashed, 3),
        "embedding sum": c.embedding_column(weighted, 2, combiner="sum", initializer=ones),
        "embedding crossed": c.embedding_column(c.crossed_column([hashed, also], 20), 2, combiner="sqrtn", max_norm=0.5),
        "embedding fixed": c.embedding_column(integers, 2, trainable=False),
        "scattered": c.scattered_embedding_column("s", 50, 4, hash_key=7),
    }


NETWORK = [
    "real", "real with default", "normalized", "buckets", "one-hot", "embedding", "embedding sum", "embedding crossed",
    "embedding fixed", "scattered",
]  # fmt: skip
LINEAR = [
    "real", "real with default", "normalized", "hashed", "hashed integers", "hashed by keys", "integers", "keys", "keys with default", "integer keys",
    "file", "dense words", "vector of words", "weighted", "dense weights", "buckets", "crossed", "crossed buckets", "crossed crosses",
    "crossed integers", "crossed words and integers", "crossed with a key",
]  # fmt: skip
JOINT = ["hashed", "keys", "buckets", "crossed", "crossed buckets"]


def _network(name):
    return lambda tf: [tf.contrib.layers.input_from_feature_columns(features(tf), [columns(tf)[name]])]


def _linear(name, joint=False):
    def program(tf):
        kind = "joint_weighted_sum" if joint else "weighted_sum"
        total, found, bias = getattr(tf.contrib.layers, kind + "_from_feature_columns")(features(tf), [columns(tf)[name]], 2)
        return [total, bias, *(found if joint else [v for vs in found.values() for v in vs])]

    return program


def _made(name):
    return lambda tf: list(tf.contrib.layers.transform_features(features(tf), [columns(tf)[name]]).values())


def _several(names, kind="input", *args, **kwargs):
    def program(tf):
        function = getattr(tf.contrib.layers, kind + "_from_feature_columns")
        out = function(features(tf), [columns(tf)[n] for n in names], *args, **kwargs)
        return [*out[:1], *out[2:]] if isinstance(out, tuple) else [out]

    return program


def _shared(name=None, **kwargs):
    def program(tf):
        c = tf.contrib.layers
        both = [c.sparse_column_with_hash_bucket(k, 10) for k in "st"]
        shared = c.shared_embedding_columns(both, 3, shared_embedding_name=name, **kwargs)
        given = features(tf)
        return [c.input_from_feature_columns(given, shared), c.input_from_feature_columns(given, shared[:1])]

    return program


def examples(tf):
    example = tf.train.Example()
    example.features.feature["s"].bytes_list.value.extend([b"a", b"q"])
    example.features.feature["x"].float_list.value.extend([1, 2])
    return tf.constant([example.SerializeToString()] * 2)


def parsed(tf):
    c, known = tf.contrib.layers, columns(tf)
    found = c.parse_feature_columns_from_examples(examples(tf), [known[n] for n in ("one-hot", "real", "buckets")])
    more = c.parse_feature_columns_from_examples(examples(tf), [c.real_valued_column("u", 2, default_value=[4.0, 5.0])])
    named = sorted(
        [(k if isinstance(k, str) else " " + k.name, v) for d in (found, more) for k, v in d.items()], key=lambda p: p[0]
    )
    return [v for _, v in named]


def sequences(tf):
    c, example = tf.contrib.layers, tf.train.SequenceExample()
    example.context.feature["s"].bytes_list.value.extend([b"a", b"q"])
    for i in range(3):
        example.feature_lists.feature_list["x"].feature.add().float_list.value.extend([i, i + 0.5])
        example.feature_lists.feature_list["t"].feature.add().bytes_list.value.extend([b"a", b"b"][:i])
    known = columns(tf)
    context, lists = c.parse_feature_columns_from_sequence_examples(
        tf.constant(example.SerializeToString()), [known["hashed"]], [known["real"], c.sparse_column_with_hash_bucket("t", 10)]
    )
    return [context["s"], lists["t"], lists["x"]]


def recurrent(tf):
    known = columns(tf)
    given = {
        "x": tf.constant(np.arange(12, dtype="f").reshape(2, 3, 2)),
        "s": tf.SparseTensor([[0, 0, 0], [0, 1, 0], [0, 1, 1], [1, 2, 0]], ["a", "b", "c", "zz"], [2, 3, 2]),
    }
    chosen = [known["real"], tf.contrib.layers.embedding_column(known["keys"], 2, combiner="sum"), known["one-hot"]]
    return [tf.contrib.layers.sequence_input_from_feature_columns(given, chosen)]


def crosses(tf):
    cross, made = tf.contrib.slim.sparse_feature_cross, []
    for how in (
        {},
        {"hashed_output": True},
        {"hashed_output": True, "num_buckets": 100},
        {"hashed_output": True, "hash_key": 7},
    ):
        made.append(cross([words(tf), numbers(tf)], **how))
        made.append(cross([tf.constant([["q"], ["r"], ["v"]]), numbers(tf)], **how))
    key = tf.contrib.slim.SPARSE_FEATURE_CROSS_DEFAULT_HASH_KEY
    return [*made, cross([numbers(tf), numbers(tf)], True, 30, hash_key=key), cross([numbers(tf), numbers(tf)], True)]


def scattered(tf):
    slim, table = tf.contrib.slim, tf.constant(np.arange(20, dtype="f"))
    square = tf.constant([["a", "b"], ["c", "d"]])
    return [
        slim.scattered_embedding_lookup([table], square, 3),
        slim.scattered_embedding_lookup([table], square, 3, hash_key=7),
        slim.scattered_embedding_lookup([table, table * 10], tf.constant(["a", "b"]), 3, hash_key=7),
        slim.scattered_embedding_lookup([table], tf.constant([4, 5]), 2),
        slim.scattered_embedding_lookup_sparse([table], words(tf), 3, combiner="sum"),
        slim.scattered_embedding_lookup_sparse([table], words(tf), 3, combiner="mean", default_value="zz", hash_key=7),
        slim.scattered_embedding_lookup_sparse([table], words(tf), 3, combiner="sqrtn"),
    ]


def placeholders(tf):
    known = columns(tf)
    made = tf.contrib.layers.make_place_holder_tensors_for_base_features([known[n] for n in ("real", "weighted")])
    spec = tf.contrib.layers.create_feature_spec_for_parsing(list(known.values())[:5] + [known["crossed buckets"]])
    read = "; ".join(k + " " + str(getattr(v, "shape", None)) + str(v.dtype.name) for k, v in sorted(spec.items()))
    inferred = tf.contrib.layers.infer_real_valued_columns({"a": tf.ones([2, 3, 4]), "b": tf.constant([[1]])})
    inferred = " ".join(c.column_name + str(c.dimension) + c.dtype.name for c in inferred)
    names = " ".join([made["x"].name, made["s"].values.name, made["w"].values.name])
    return [tf.constant(read), tf.constant(names), tf.constant(inferred)]


def described(tf):
    c, known = tf.contrib.layers, columns(tf)
    names = [k + ":" + v.name for k, v in known.items()]
    more = [c.embedding_column(known["hashed"], 3).initializer.stddev, known["scattered"].initializer.stddev]
    return [tf.constant("; ".join(names)), tf.constant(more)]


def twice(tf):
    column, given = columns(tf)["embedding"], features(tf)
    outs = [tf.contrib.layers.input_from_feature_columns(given, [column]) for _ in range(2)]
    parts = {}
    tf.contrib.layers.input_from_feature_columns(given, [column, columns(tf)["real"]], cols_to_outs=parts, scope="own")
    return [*outs, *[parts[k] for k in sorted(parts, key=lambda k: k.name)]]


PROGRAMS = {
    **{"network " + n: _network(n) for n in NETWORK},
    **{"linear " + n: _linear(n) for n in LINEAR},
    **{"joint " + n: _linear(n, True) for n in JOINT},
    **{"made " + n: _made(n) for n in [*LINEAR, "one-hot", "scattered"]},
    "several": _several(["real with default", "real", "one-hot", "embedding fixed", "buckets", "embedding sum"]),
    "several in a scope": _several(["real", "embedding"], scope="mine", weight_collections=["own"], trainable=False),
    "sum of several": _several(["real", "hashed", "crossed", "buckets", "normalized"], "weighted_sum", 2),
    "sum in a scope": _several(
        ["real", "hashed"], "weighted_sum", 1, weight_collections=["own"], trainable=False, scope="mine"
    ),
    "joint of several": _several(["hashed", "crossed"], "joint_weighted_sum", 2),
    "shared": _shared(),
    "shared by name": _shared("emb", combiner="sqrtn", max_norm=0.5),
    "parsed": parsed,
    "sequences": sequences,
    "recurrent": recurrent,
    "crosses": crosses,
    "scattered": scattered,
    "placeholders": placeholders,
    "described": described,
    "twice": twice,
}


def _c(tf):
    return tf.contrib.layers


ERRORS = {
    **{"network of " + n: _network(n) for n in ("hashed", "keys", "weighted", "crossed")},
    **{"linear " + n: _linear(n) for n in ("one-hot", "embedding", "scattered")},
    **{"joint " + n: _linear(n, True) for n in ("real", "weighted", "hashed integers", "one-hot", "embedding")},
    "twice the same": _several(["real", "real"]),
    "no column": lambda tf: _c(tf).input_from_feature_columns(features(tf), ["a"]),
    "no feature": lambda tf: _c(tf).input_from_feature_columns({}, [columns(tf)["real"]]),
    "sequence of words": lambda tf: _c(tf).sequence_input_from_feature_columns(features(tf), [columns(tf)["keys"]]),
    "sequence of buckets": lambda tf: _c(tf).sequence_input_from_feature_columns(features(tf), [columns(tf)["buckets"]]),
    "dimension 0": lambda tf: _c(tf).real_valued_column("x", 0),
    "dimension None": lambda tf: _c(tf).real_valued_column("x", None),
    "dimension 2.5": lambda tf: _c(tf).real_valued_column("x", 2.5),
    "too few defaults": lambda tf: _c(tf).real_valued_column("x", 2, default_value=[1.0]),
    "default of text": lambda tf: _c(tf).real_valued_column("x", 2, default_value="a"),
    "fraction for integers": lambda tf: _c(tf).real_valued_column("x", dtype=tf.int32, default_value=2.5),
    "numbers as text": lambda tf: _c(tf).real_valued_column("x", dtype=tf.string),
    "buckets of words": lambda tf: _c(tf).bucketized_column(columns(tf)["hashed"], [1.0]),
    "no boundaries": lambda tf: _c(tf).bucketized_column(columns(tf)["real"], []),
    "unsorted boundaries": lambda tf: _c(tf).bucketized_column(columns(tf)["real"], [3.0, 1.0]),
    "cross of one": lambda tf: _c(tf).crossed_column([columns(tf)["hashed"]], 10),
    "cross of numbers": lambda tf: _c(tf).crossed_column([columns(tf)["hashed"], columns(tf)["real"]], 10),
    "cross without buckets": lambda tf: _c(tf).crossed_column([columns(tf)["hashed"], columns(tf)["keys"]], 0),
    "initializer": lambda tf: _c(tf).embedding_column(columns(tf)["hashed"], 2, initializer=3),
    "half a checkpoint": lambda tf: _c(tf).embedding_column(columns(tf)["hashed"], 2, ckpt_to_load_from="a"),
    "embedding of numbers": lambda tf: _c(tf).embedding_column(columns(tf)["real"], 3),
    "hash of floats": lambda tf: _c(tf).sparse_column_with_hash_bucket("s", 10, dtype=tf.float32),
    "words as ids": lambda tf: _c(tf).sparse_column_with_integerized_feature("s", 10, dtype=tf.string),
    "no ids": lambda tf: _c(tf).sparse_column_with_integerized_feature("s", 0),
    "weights of text": lambda tf: _c(tf).weighted_sparse_column(columns(tf)["keys"], "w", dtype=tf.string),
    "file without size": lambda tf: _c(tf).sparse_column_with_vocabulary_file("s", "f", 2),
    "nothing shared": lambda tf: _c(tf).shared_embedding_columns([], 2),
    "nothing scattered": lambda tf: _c(tf).scattered_embedding_column("s", 0, 2, 1),
    "inferred sparse": lambda tf: _c(tf).infer_real_valued_columns({"x": words(tf)}),
    "inferred text": lambda tf: _c(tf).infer_real_valued_columns({"x": tf.constant(["a"])}),
    "cross of a tensor": lambda tf: tf.contrib.slim.sparse_feature_cross(words(tf)),
    "cross of a number": lambda tf: tf.contrib.slim.sparse_feature_cross([1]),
    "words of another dtype": lambda tf: _c(tf).transform_features({"s": tf.constant([[1], [2]])}, [columns(tf)["keys"]]),
}


def plain(value):
    """A value as lists of JSON."""
    if hasattr(value, "dense_shape"):
        return [plain(part) for part in (value.indices, value.values, value.dense_shape)]
    if isinstance(value, tuple):
        return [plain(part) for part in value]
    value = np.asarray(value)
    if value.dtype.kind in "OS":
        return [v.decode() if isinstance(v, bytes) else v for v in value.ravel().tolist()]
    return value.tolist()


def outcome(tf, program):
    """What a program gives: names of variables and collections, and values where every variable holds small numbers."""
    with tf.Graph().as_default(), tf.Session() as session:
        outs = program(tf)
        variables = tf.global_variables()
        result = {
            key: [v.name for v in tf.get_collection(key)]
            for key in ("variables", "trainable_variables", "model_variables", "own")
        }
        result["shapes"] = [v.shape.as_list() for v in variables]
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        for v in variables:
            shape = v.shape.as_list()
            v.load((np.arange(np.prod(shape)).reshape(shape) % 7 * 0.1).astype("f"), session)
        result["values"] = [plain(v) for v in session.run(outs)]
    return result


def failure(tf, program):
    """The type of the error that a wrong program raises."""
    with tf.Graph().as_default():
        try:
            program(tf)
        except Exception as e:
            return type(e).__name__
    return "none"
