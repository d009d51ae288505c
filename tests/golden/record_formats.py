"""Records small files in TensorFlow's own formats: run under TensorFlow 1.15 and 2.21 with --out <folder>."""

import argparse
import hashlib
import json
import os
import shutil

import numpy as np
import tensorflow as tf
from tensorflow.python.ops import gen_io_ops, io_ops

v1 = tf.compat.v1
DTYPES = "float32 float64 int32 uint8 int16 int8 complex64 int64 bool bfloat16 uint16 complex128 float16 uint32 uint64".split()  # noqa: SIM905


def every_dtype():
    tensors = {}
    for d in DTYPES:
        low = 0 if d[0] in "ub" and d != "bfloat16" else -2
        values = np.arange(low, low + 6).reshape(2, 3).astype(np.float32)
        tensors["dtypes/" + d] = values.astype(getattr(tf, d).as_numpy_dtype)
    tensors["scalar"] = np.float32(3.5)
    tensors["empty"] = np.zeros((0, 3), np.float32)
    tensors["string"] = np.array(b"one", object)
    tensors["strings"] = np.array([[b"a", b""], [b"\x00\xff" * 70, b"z" * 300]], object)
    return tensors


def save(prefix, tensors, slices=None):
    with tf.Graph().as_default(), v1.Session() as s:
        values = [tf.constant(v, dtype=tf.string if v.dtype == object else None) for _, v in tensors]
        s.run(io_ops.save_v2(prefix, [n for n, _ in tensors], slices or [""] * len(tensors), values))


def bundles(out):
    save(out + "/all", sorted(every_dtype().items()))
    whole = np.arange(40, dtype=np.float32).reshape(10, 4)
    parts = [("p", whole[:3]), ("p", whole[3:]), ("z", np.int32(1)), ("q", whole[:, :1]), ("q", whole[:, 1:])]
    save(out + "/part", parts, ["10 4 0,3:-", "10 4 3,7:-", "", "10 4 0,10:0,1", "10 4 0,10:1,3"])
    save(out + "/a", [("m", np.arange(3)), ("b", np.ones(2, np.float32))])
    save(out + "/b", [("c", np.ones((2, 2))), ("a", np.float32(1))])
    with tf.Graph().as_default(), v1.Session() as s:
        s.run(gen_io_ops.merge_v2_checkpoints([out + "/a", out + "/b"], out + "/sharded", delete_old_dirs=False))
    many = [(f"layer_{i}/kernel_with_a_long_name_{i * i}", np.float32(i)) for i in range(9000)]
    save(out + "/many", many)
    with open(out + "/many.index", "rb") as f:
        digest = hashlib.sha256(f.read()).hexdigest()
    for name in os.listdir(out):
        if name.startswith(("many.", "a.", "b.")):
            os.remove(os.path.join(out, name))
    return digest


def savers(out):
    for name, version in (("saver", v1.train.SaverDef.V2), ("old", v1.train.SaverDef.V1)):
        with tf.Graph().as_default(), v1.Session() as s:
            w = v1.get_variable("w", initializer=tf.constant(np.arange(24, dtype=np.float32).reshape(6, 4)), use_resource=False)
            v1.get_variable("step", initializer=np.int64(7), use_resource=False)
            v1.get_variable(
                "emb", [5, 2], initializer=v1.constant_initializer(1.5), partitioner=v1.fixed_size_partitioner(2),
                use_resource=False,
            )  # fmt: skip
            v1.get_variable("flag", initializer=tf.constant([True, False]), use_resource=False)
            v1.get_variable("zeros", initializer=tf.zeros([300]), use_resource=False)
            s.run(v1.global_variables_initializer())
            saver = v1.train.Saver(write_version=version)
            saver.save(s, out + "/" + name, latest_filename="checkpoint_" + name, write_meta_graph=False)
            del w
    if tf.__version__.startswith("2"):
        return
    with tf.Graph().as_default(), v1.Session() as s:
        v1.get_variable("x", initializer=np.arange(3.0), use_resource=False)
        v1.get_variable("y", initializer=np.arange(4.0), use_resource=False)
        s.run(v1.global_variables_initializer())
        saver = v1.train.Saver(write_version=v1.train.SaverDef.V1, sharded=True)
        saver.save(s, out + "/old_sharded", write_meta_graph=False, write_state=False)


def records(out):
    for kind, name in (("", "plain"), ("GZIP", "gzip"), ("ZLIB", "zlib")):
        options = tf.io.TFRecordOptions(compression_type=kind)
        with tf.io.TFRecordWriter(out + "/" + name + ".tfrecord", options) as w:
            for i in range(5):
                w.write(b"%d" % i * i * 40)
    example = tf.train.Example()
    example.features.feature["n"].int64_list.value.extend([1, -2])
    example.features.feature["x"].float_list.value.extend([0.5])
    example.features.feature["s"].bytes_list.value.extend([b"\x00a"])
    sequence = tf.train.SequenceExample(context=example.features)
    sequence.feature_lists.feature_list["l"].feature.add().int64_list.value.append(3)
    with tf.Graph().as_default() as g:
        a = v1.placeholder(tf.float32, [None, 2], name="a")
        tf.identity(tf.matmul(a, tf.constant([[1.0], [2.0]])), name="out")
        writer = v1.summary.FileWriter(out + "/events", g)
        summary = v1.Summary(value=[v1.Summary.Value(tag="loss", simple_value=0.25)])
        writer.add_summary(summary, 3)
        writer.close()
        v1.train.write_graph(g, out, "graph.pb", as_text=False)
        v1.train.write_graph(g, out, "graph.pbtxt", as_text=True)
    (name,) = os.listdir(out + "/events")
    shutil.move(out + "/events/" + name, out + "/events.bin")
    os.rmdir(out + "/events")
    return {"Example": example, "SequenceExample": sequence}


def tensor_protos():
    rows = []
    for d in DTYPES:
        kind = getattr(tf, d).as_numpy_dtype
        for value, shape in (([1, 2, 3], None), (7, None), ([[5]], None), ([], None), (3, [2, 2])):
            rows.append((d, value, shape, v1.make_tensor_proto(np.array(value).astype(kind), shape=shape)))
    for value in (["a", "bc"], "x", [], [["u", "v"]]):
        rows.append(("string", value, None, v1.make_tensor_proto(value, dtype=tf.string)))
    return [(d, value, shape, p.SerializeToString().hex()) for d, value, shape, p in rows]


def objects(out):
    if not tf.__version__.startswith("2"):
        return
    tf.compat.v1.enable_eager_execution()
    root = tf.train.Checkpoint(w=tf.Variable([1.0, 2.0]), inner=tf.train.Checkpoint(n=tf.Variable(5)))
    root.write(out + "/object")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    out = parser.parse_args().out
    os.makedirs(out, exist_ok=True)
    v1.disable_eager_execution()
    facts = {"many.index sha256": bundles(out), "version": tf.__version__, "tensor_protos": tensor_protos()}
    savers(out)
    facts.update({k: m.SerializeToString().hex() for k, m in records(out).items()})
    with open(out + "/facts.json", "w") as f:
        json.dump(facts, f)
    objects(out)


main()
