"""Programs that parse Examples; `tf` is TensorFlow 1's namespace. Results under 1.15 and 2.21 are in tests/golden/parsing.json."""


def varint(n):
    out = b""
    while n >= 0x80:
        out, n = out + bytes([n & 0x7F | 0x80]), n >> 7
    return out + bytes([n])


def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def feature(values):
    """A serialized Feature of ints, floats or bytes; None has no kind."""
    import struct

    if values is None:
        return b""
    if not isinstance(values, list):
        return field(values[0], b"")  # an empty list of a kind
    if isinstance(values[0], bytes):
        return field(1, b"".join(field(1, v) for v in values))
    if isinstance(values[0], float):
        return field(2, field(1, struct.pack(f"<{len(values)}f", *values)))
    return field(3, field(1, b"".join(varint(v & (2**64 - 1)) for v in values)))


def features(**described):
    return b"".join(field(1, field(1, k.encode()) + field(2, feature(v))) for k, v in described.items())


def example(**described):
    return field(1, features(**described))


def sequence(context, **lists):
    """A serialized SequenceExample; a feature list is a list of what `feature` takes."""
    rows = b"".join(
        field(1, field(1, k.encode()) + field(2, b"".join(field(1, feature(f)) for f in listed))) for k, listed in lists.items()
    )
    return field(1, features(**context)) + field(2, rows)


A = example(x=[1.0, 2.0], y=[3], z=[b"q"])
B = example(x=[5.0, 6.0], z=[b"r", b"s"])
C = example(x=[7.0, 8.0], y=[-9], z=(1,))
N = example(x=None, y=(3,), z=[b"t"])
P = sequence({"c": [1, 2], "d": [0.5]}, a=[[1.0, 2.0], [3.0, 4.0]], b=[[1], [2, 3], (3,)])
Q = sequence({"c": [7]}, a=[[5.0, 6.0]], b=[])
R = sequence({"d": [2.5]}, b=[[9]])
M = sequence({"c": [1]}, a=[[1.0, 2.0], [3]])
E = "tf.parse_example([{}], {{{}}})"
S = "tf.io.parse_single_sequence_example({}, {{{}}}, {{{}}})"
T = "tf.io.parse_sequence_example([{}], {{{}}}, {{{}}})"
F, V, L = "tf.FixedLenFeature(", "tf.VarLenFeature(", "tf.FixedLenSequenceFeature("

ROWS = {
    "dense": E.format("A, A", f"'x': {F}[2], tf.float32), 'y': {F}[], tf.int64), 'z': {F}[1], tf.string)"),
    "default": E.format("A, B", f"'x': {F}[2], tf.float32), 'y': {F}[], tf.int64, -1)"),
    "default_shape": E.format("A, B", f"'w': {F}[2, 1], tf.string, [['a'], ['b']])"),
    "default_unused_kind": E.format("N", f"'x': {F}[2], tf.float32, [8., 9.])"),
    "varlen": E.format("A, B, C", f"'x': {V}tf.float32), 'y': {V}tf.int64), 'z': {V}tf.string), 'w': {V}tf.int64)"),
    "sequence_feature": E.format("A, B, C", f"'y': {L}[], tf.int64, True, 4), 'z': {L}[], tf.string, True), 'x': {L}[2], tf.float32, True)"),
    "sparse_feature": E.format(
        "example(i=[1, 3], v=[.5, 1.5]), example(i=[0], v=[2.5])", "'s': tf.SparseFeature('i', 'v', tf.float32, 4)"
    ),
    "sparse_unsorted": E.format("example(i=[3, 1], v=[.5, 1.5])", "'s': tf.SparseFeature('i', 'v', tf.float32, 4)"),
    "sparse_sorted": E.format("example(i=[3, 1], v=[.5, 1.5])", "'s': tf.SparseFeature('i', 'v', tf.float32, 4, True)"),
    "sparse_2d": E.format(
        "example(i=[1, 3], j=[0, 2], v=[.5, 1.5])", "'s': tf.SparseFeature(['i', 'j'], 'v', tf.float32, [4, 5])"
    ),
    "missing": E.format("A, B", f"'y': {F}[], tf.int64)"),
    "missing_kind": E.format("A, N", f"'x': {F}[2], tf.float32)"),
    "empty_list": E.format("A, N", f"'y': {F}[], tf.int64, 7)"),
    "size": E.format("A", f"'x': {F}[3], tf.float32)"),
    "size_matrix": E.format("A, A", f"'x': {F}[2, 2], tf.float32)"),
    "size_sequence": E.format("A", f"'x': {L}[3], tf.float32, True)"),
    "kind": E.format("A", f"'x': {F}[2], tf.int64)"),
    "kind_varlen": E.format("A, B", f"'z': {V}tf.int64)"),
    "kind_empty": E.format("C", f"'z': {V}tf.int64)"),
    "garbage": E.format("A, b'\\xff\\xff'", f"'x': {F}[2], tf.float32)"),
    "no_examples": "tf.parse_example(np.array([], object), {" + f"'x': {F}[2], tf.float32), 'z': {V}tf.string)" + "})",
    "names": "tf.parse_example([A, B], {" + f"'y': {F}[], tf.int64)" + "}, example_names=['one', 'two'])",
    "names_size": "tf.parse_example([A], {" + f"'x': {F}[3], tf.float32)" + "}, example_names=['one'])",
    "names_count": "tf.parse_example([A, B], {" + f"'x': {F}[2], tf.float32)" + "}, example_names=['one'])",
    "single": "tf.parse_single_example(A, {" + f"'x': {F}[2], tf.float32), 'y': {F}[], tf.int64), 'z': {V}tf.string)" + "})",
    "single_missing": "tf.parse_single_example(B, {" + f"'y': {F}[], tf.int64)" + "})",
    "single_size": "tf.parse_single_example(B, {" + f"'x': {F}[3], tf.float32)" + "})",
    "single_kind": "tf.parse_single_example(B, {" + f"'x': {F}[2], tf.int64)" + "})",
    "single_kind_varlen": "tf.parse_single_example(B, {" + f"'x': {V}tf.string)" + "})",
    "single_garbage": "tf.parse_single_example(b'\\xff\\xff', {" + f"'x': {F}[2], tf.float32)" + "})",
    "single_default": "tf.parse_single_example(B, {" + f"'y': {F}[2], tf.int64, [4, 5])" + "})",
    "single_sequence_feature": "tf.parse_single_example(B, {" + f"'z': {L}[], tf.string, True), 'w': {L}[], tf.int64, True)" + "})",
    "single_sequence_size": "tf.parse_single_example(B, {" + f"'x': {L}[3], tf.float32, True)" + "})",
    "seq_dense": S.format("P", f"'d': {F}[], tf.float32), 'c': {V}tf.int64)", f"'a': {L}[2], tf.float32), 'b': {V}tf.int64)"),
    "seq_only_lists": S.format("P", "", f"'a': {L}[2], tf.float32)"),
    "seq_only_context": S.format("P", f"'c': {F}[2], tf.int64)", ""),
    "seq_missing_list": S.format("R", "", f"'a': {L}[2], tf.float32)"),
    "seq_allowed_missing": S.format("R", "", f"'a': {L}[2], tf.float32, True), 'z': {V}tf.string)"),
    "seq_missing_context": S.format("R", f"'c': {F}[], tf.int64)", f"'b': {V}tf.int64)"),
    "seq_default_context": S.format("R", f"'c': {F}[2], tf.int64, [6, 7])", f"'b': {V}tf.int64)"),
    "seq_size": S.format("P", "", f"'a': {L}[3], tf.float32)"),
    "seq_kind": S.format("P", "", f"'a': {L}[2], tf.int64)"),
    "seq_kind_mixed": S.format("M", "", f"'a': {L}[2], tf.float32)"),
    "seq_kind_varlen": S.format("P", "", f"'b': {V}tf.string)"),
    "seq_kind_context": S.format("P", f"'c': {F}[2], tf.float32)", ""),
    "seq_size_context": S.format("P", f"'c': {F}[3], tf.int64)", ""),
    "seq_garbage": S.format("b'\\xff\\xff'", f"'c': {F}[2], tf.int64)", ""),
    "seq_named": "tf.io.parse_single_sequence_example(R, {" + f"'c': {F}[], tf.int64)" + "}, example_name='one')",
    "seqs_dense": T.format("P, Q", f"'c': {V}tf.int64), 'd': {F}[], tf.float32, 9.)", f"'a': {L}[2], tf.float32), 'b': {V}tf.int64)"),
    "seqs_missing_list": T.format("P, R", "", f"'a': {L}[2], tf.float32)"),
    "seqs_allowed_missing": T.format("P, R", "", f"'a': {L}[2], tf.float32, True), 'b': {V}tf.int64)"),
    "seqs_missing_context": T.format("P, R", f"'c': {F}[2], tf.int64)", f"'b': {V}tf.int64)"),
    "seqs_size": T.format("P, Q", "", f"'a': {L}[3], tf.float32)"),
    "seqs_kind": T.format("P, Q", "", f"'a': {L}[2], tf.int64)"),
    "seqs_kind_varlen": T.format("P, Q", "", f"'b': {V}tf.string)"),
    "seqs_kind_context": T.format("P, Q", f"'c': {V}tf.string)", ""),
    "seqs_garbage": T.format("P, b'\\xff\\xff'", f"'c': {V}tf.int64)", ""),
    "json": "tf.io.decode_json_example(['{\"features\": {\"feature\": {\"a\": {\"int64_list\": {\"value\": [1, 2]}}}}}'])",
    "json_garbage": "tf.io.decode_json_example(['{no'])",
    "json_names": "tf.io.decode_json_example(['{\"features\": {\"feature\": {\"a\": {\"bytesList\": {\"value\": [\"YWI=\"]}}}}}'])",
    "no_features": "tf.parse_example([A], {})",
    "seq_no_features": "tf.io.parse_single_sequence_example(P)",
    "seq_wrong_context": S.format("P", f"'c': {L}[2], tf.int64)", ""),
    "seq_wrong_list": S.format("P", "", f"'a': {F}[2], tf.float32)"),
    "no_dtype": E.format("A", f"'x': {F}[2], None)"),
    "no_shape": E.format("A", f"'x': {F}None, tf.float32)"),
    "unknown_shape": E.format("A", f"'x': {F}[None], tf.float32)"),
    "sequence_not_allowed": E.format("A", f"'x': {L}[], tf.float32)"),
    "not_a_feature": E.format("A", "'x': 3"),
    "varlen_no_dtype": E.format("A", f"'x': {V}None)"),
    "wrong_dtype": E.format("A", f"'x': {V}tf.int32)"),
}  # fmt: skip


def outcome(tf, row):
    """["value", JSON of the fetched values] or ["error", class, message] of a row."""
    import numpy as np

    def plain(v):
        if isinstance(v, dict):
            return {k: plain(v[k]) for k in sorted(v)}
        if isinstance(v, (list, tuple)) and hasattr(v, "dense_shape"):
            return {"indices": plain(v.indices), "values": plain(v.values), "dense_shape": plain(v.dense_shape)}
        if isinstance(v, (list, tuple)):
            return [plain(x) for x in v]
        v = np.asarray(v)
        items = v.reshape(-1).tolist()
        items = [x.decode("latin1") if isinstance(x, bytes) else x for x in items]
        return ["string" if v.dtype.kind in "OS" else v.dtype.name, list(v.shape), items]

    def static(v):
        if isinstance(v, dict):
            return {k: static(v[k]) for k in sorted(v)}
        if isinstance(v, (list, tuple)):
            return [static(x) for x in v]
        if hasattr(v, "dense_shape"):
            return [v.indices.name, str(v.get_shape())]
        return [v.name, str(v.shape), v.dtype.name]

    try:
        with tf.Graph().as_default(), tf.Session() as session:
            made = eval(ROWS[row], dict(globals(), tf=tf, np=np))
            return ["value", plain(session.run(made)), static(made)]
    except Exception as e:
        return ["error", type(e).__name__, str(e).split("\n")[0]]
