"""Messages of a type that only the test knows, decoded into tensors and encoded again, well and badly."""

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_FIELDS = (
    ("d", 1, 1), ("fl", 2, 3), ("i64", 3, 1), ("u64", 4, 1), ("i32", 5, 3), ("fx64", 6, 1), ("fx32", 7, 1), ("b", 8, 3), ("s", 9, 3),
    ("by", 12, 1), ("u32", 13, 1), ("sf32", 15, 1), ("sf64", 16, 1), ("si32", 17, 1), ("si64", 18, 3),
)  # fmt: skip


def described():
    """The FileDescriptorProto of t.M."""
    file = descriptor_pb2.FileDescriptorProto(name="t.proto", package="t", syntax="proto2")
    made = file.message_type.add(name="M")
    for number, (name, kind, label) in enumerate(_FIELDS, 1):
        made.field.add(name=name, number=number, type=kind, label=label)
    made.field.add(name="sub", number=20, type=11, label=3, type_name=".t.Sub")
    made.field.add(name="e", number=21, type=14, label=1, type_name=".t.E")
    made.field.add(name="dd", number=22, type=5, label=1, default_value="42")
    made.field.add(name="pk", number=23, type=5, label=3).options.packed = True
    made.field.add(name="t", number=24, type=9, label=1, default_value="text")
    file.message_type.add(name="Sub").field.add(name="x", number=1, type=5, label=1)
    kinds = file.enum_type.add(name="E")
    kinds.value.add(name="A", number=0)
    kinds.value.add(name="B", number=5)
    return file


FILE = described()
SOURCE = b"bytes://" + descriptor_pb2.FileDescriptorSet(file=[FILE]).SerializeToString()
DECODED = (  # names, dtypes
    (["d", "fl", "i64"], ["float64", "float32", "int64"]),
    (["u64", "i32", "b", "s", "by"], ["uint64", "int32", "bool", "string", "string"]),
    (["sub", "e", "dd", "pk", "t"], ["string", "int32", "int32", "int32", "string"]),
    (["fx64", "fx32", "sf32", "sf64", "si32", "si64"], ["uint64", "uint32", "int32", "int64", "int32", "int64"]),
    (["u32"], ["uint32"]), (["u32"], ["uint64"]), (["u32"], ["int64"]), (["u32"], ["int32"]), (["u64"], ["int64"]),
    (["fl"], ["float64"]), (["fl"], ["int32"]), (["i32"], ["int64"]), (["d"], ["float32"]), (["fx32"], ["int64"]), (["b"], ["int32"]),
    (["nope"], ["int32"]), (["fl", "i64", "nope"], ["float32", "int64"]),
)  # fmt: skip
ENCODED = (  # sizes, values, dtypes, names
    ([[1, 2], [0, 0]], [[[1.5], [2.0]], [[1, 2, 3], [4, 5, 6]]], ["float64", "float32"], ["d", "fl"]),
    ([[2, 1], [0, 1]], [[[1, 2, 3], [4, 5, 6]], [[1.5], [2.0]]], ["float32", "float64"], ["fl", "d"]),
    ([[3]], [[[1, 2]]], ["float32"], ["fl"]),
    ([[2]], [[[1, 2]]], ["int32"], ["pk"]),
    ([[1, 1]], [[[b"\x08\x03"]], [[5]]], ["string", "int32"], ["sub", "e"]),
    ([[2]], [[[1, 2]]], ["int32"], ["dd"]),
    ([[2, 1]], [[[b"a", b"b\0"]], [[b"\xff\0"]]], ["string", "string"], ["s", "by"]),
    ([[1]], [[[1]]], ["int32"], ["fl"]),
    ([[1]], [[[1]]], ["int64"], ["u64"]),
    ([[1]], [[[1]]], ["uint64"], ["u64"]),
    ([[1]], [[[7]]], ["int32"], ["i64"]),
    ([[[1]]], [[[[1]]]], ["int64"], ["i64"]),
    ([[1, 1]], [[[1]]], ["int64"], ["i64"]),
    ([[1]], [[[1]]], ["int32"], ["nope"]),
)


def messages():
    """Serialized messages [1, 2]: a full one and an empty one."""
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(FILE.SerializeToString())
    kind = message_factory.GetMessageClass(pool.FindMessageTypeByName("t.M"))
    full = kind(
        d=1.5, fl=[1, 2, 3], i64=-5, u64=2**63 + 1, i32=[1, -2], b=[True, False], s=["x", "y"], by=b"\0z", u32=2**32 - 1, si64=[-1],
        e=5, pk=[7, 8, 9], fx64=2**64 - 1, fx32=2**32 - 1, sf32=-3, sf64=-4, si32=-6,
    )  # fmt: skip
    full.sub.add(x=3)
    full.sub.add(x=4)
    out = np.empty((1, 2), object)
    out[0] = [full.SerializeToString(), kind().SerializeToString()]
    return out


def plain(value):
    """A value of an array, or nested lists of them, as JSON has it."""
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value.decode("latin-1") if isinstance(value, bytes) else value


def attempt(call):
    """What a call gives, or [type of the error, its message]."""
    try:
        return plain(call())
    except Exception as e:  # noqa: BLE001
        return [type(e).__name__, str(e).split("}} ")[-1].split(" [Op:")[0].split(". This may be")[0]]


def results(tf):
    """{name: outputs, or [type of the error, its message]}."""
    data, found = messages(), {}

    def decode(names, kinds, given=data, **more):
        made = tf.io.decode_proto(given, "t.M", names, [tf.as_dtype(k) for k in kinds], **{"descriptor_source": SOURCE, **more})
        return [made.sizes.numpy().tolist(), *([v.dtype.name, v.numpy().tolist()] for v in made.values)]

    def encode(sizes, values, kinds, names):
        values = [tf.constant(v, tf.as_dtype(k)) for v, k in zip(values, kinds)]
        return tf.io.encode_proto(sizes, values, names, "t.M", descriptor_source=SOURCE).numpy().tolist()

    for names, kinds in DECODED:
        found[f"decode {names} {kinds}"] = attempt(lambda names=names, kinds=kinds: decode(names, kinds))
    fl = ["fl"], ["float32"]
    found["damage"] = attempt(lambda: decode(*fl, tf.constant([b"\xff\xff"])))
    found["scalar"] = attempt(lambda: decode(*fl, tf.constant(b"")))
    found["local"] = attempt(lambda: decode(*fl, descriptor_source="local://"))
    found["text"] = attempt(lambda: decode(*fl, tf.constant([b'fl: 2 s: "q"']), message_format="text"))
    found["sanitized"] = attempt(lambda: decode(*fl, sanitize=True))
    for i, row in enumerate(ENCODED):
        found[f"encode {i}"] = attempt(lambda row=row: encode(*row))
    example = tf.constant([b"\x0a\x00", b""])
    found["example"] = attempt(
        lambda: tf.io.decode_proto(example, "tensorflow.Example", ["features"], [tf.string]).sizes.numpy().tolist()
    )
    return found
