"""SequenceExamples for ParseSequenceExampleV2 with dense, sparse and ragged features, and without what it needs."""

import numpy as np


def record(example, context, lists):
    """A serialized SequenceExample of {key: values} and {key: [values, …]}."""
    fields = {bytes: "bytes_list", float: "float_list", int: "int64_list"}
    for key, values in context.items():
        for v in values:
            getattr(example.context.feature[key], fields[type(v)]).value.append(v)
    for key, rows in lists.items():
        for row in rows:
            feature = example.feature_lists.feature_list[key].feature.add()
            for v in row:
                getattr(feature, fields[type(v)]).value.append(v)
    return example.SerializeToString()


FULL = (
    {"id": [7], "name": [b"a\0", b"b"], "w": [0.5, 1.5], "r": [1, 2, 3]},
    {"x": [[1.0, 2.0], [3.0, 4.0]], "s": [[1], [], [2, 3]], "t": [[b"p", b"q"], [], [b"r"]]},
)
BARE = ({"id": [8], "r": []}, {"x": [[5.0, 6.0]], "t": []})
LONG = ({"id": [9], "name": [b"c"], "r": [4]}, {"x": [[0.0, 1.0]] * 3, "s": [[5, 6]], "t": [[b"u"]]})
RECORDS = {"full": FULL, "bare": BARE, "long": LONG}
BAD = {
    "no_id": ({}, {"x": []}),
    "id_twice": ({"id": [1, 2]}, {"x": []}),
    "id_of_text": ({"id": [b"x"]}, {"x": []}),
    "r_of_text": ({"id": [1], "r": [b"x"]}, {"x": []}),
    "name_of_numbers": ({"id": [1], "name": [3]}, {"x": []}),
    "no_x": ({"id": [1]}, {}),
    "x_of_three": ({"id": [1]}, {"x": [[1.0, 2.0, 3.0]]}),
    "x_of_ints": ({"id": [1]}, {"x": [[1, 2]]}),
    "s_of_text": ({"id": [1]}, {"x": [], "s": [[b"x"]]}),
    "t_of_ints": ({"id": [1]}, {"x": [], "t": [[b"x"], [3]]}),
}
CALLS = {"batch": ["full", "bare", "long"], "one": "full", "one_bare": "bare", "none": []}


def strings(values):
    out = np.empty(len(values), object)
    out[:] = values
    return out


def call(tf, serialized, names=(), assumed=False):
    """The op's outputs for what the records above have."""
    return tf.raw_ops.ParseSequenceExampleV2(
        serialized=serialized,
        debug_name=strings(names) if isinstance(names, (tuple, list)) else names,
        context_sparse_keys=strings([b"name"]),
        context_dense_keys=strings([b"id", b"w"]),
        context_ragged_keys=strings([b"r"]),
        feature_list_sparse_keys=strings([b"s"]),
        feature_list_dense_keys=strings([b"x"]),
        feature_list_ragged_keys=strings([b"t"]),
        feature_list_dense_missing_assumed_empty=np.array([assumed]),
        context_dense_defaults=[np.zeros(0, np.int64), np.array([0.25, 0.75], np.float32)],
        Ncontext_sparse=1,
        context_ragged_value_types=[tf.int64],
        context_ragged_split_types=[tf.int32],
        context_dense_shapes=[[], [2]],
        Nfeature_list_sparse=1,
        Nfeature_list_dense=1,
        feature_list_dense_types=[tf.float32],
        feature_list_sparse_types=[tf.int64],
        feature_list_ragged_value_types=[tf.string],
        feature_list_ragged_split_types=[tf.int64],
        feature_list_dense_shapes=[[2]],
        context_sparse_types=[tf.string],
    )


def plain(made):
    """Outputs as (dtype, shape, values), lists of them for lists."""
    if isinstance(made, (list, tuple)):
        return [plain(m) for m in made]
    value = np.asarray(made.numpy())
    shown = [v.decode("latin-1") if isinstance(v, bytes) else v for v in value.reshape(-1).tolist()]
    return [made.dtype.name, list(value.shape), shown]


def attempt(tf, given, names=(), assumed=False):
    """The outputs of a call, or [type of the error, its message]."""
    given = tf.constant(strings(given) if isinstance(given, list) else given, tf.string)
    try:
        return plain(
            list(call(tf, given, tf.constant(strings(names) if isinstance(names, list) else names, tf.string), assumed))
        )
    except Exception as e:  # noqa: BLE001
        return [type(e).__name__, str(e).split("}} ")[-1].split(" [Op:")[0]]


def results(tf, SequenceExample):  # noqa: N803
    """{name: outputs, or [type of the error, its message]}."""
    made = {k: record(SequenceExample(), *v) for k, v in {**RECORDS, **BAD}.items()}
    found = {}
    for name, which in CALLS.items():
        found[name] = attempt(tf, [made[w] for w in which] if isinstance(which, list) else made[which], [])
    for name in BAD:
        found[f"{name} batch"] = attempt(tf, [made["full"], made[name]], [b"A", b"B"])
        found[f"{name} nameless"] = attempt(tf, [made["full"], made[name]], [])
        found[f"{name} one"] = attempt(tf, made[name], b"C")
    found["no_x assumed"] = attempt(tf, [made["no_x"], made["full"]], [], True)
    found["no_x assumed one"] = attempt(tf, made["no_x"], b"", True)
    found["one without name"] = attempt(tf, made["full"], b"")
    found["damage"] = attempt(tf, [b"\x0a\xff"], [])
    found["damage one"] = attempt(tf, b"\x0a\xff", b"")
    return found
