"""Records what TensorFlow's Saver does: `python record_saver.py --out DIR` under TensorFlow 1.15 (or 2.21 for its own part).

Under 1.15: `saver.json` (nodes, SaverDefs and errors of `tests/train/saver_programs.py`) and `saver/` with a small trained model:
checkpoint, meta graph as binary and text, and what it computes. Under 2.x: `saver/object-*`, an object-based checkpoint, and
`saver/tf2.meta` with its checkpoint.
"""

import argparse
import json
import os
import re
import shutil
import sys
import tempfile

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "train"))
import saver_programs  # noqa: E402

V1 = tf.compat.v1
FLAGS = ("use_locking", "validate_shape")


def node(op):
    d = op.node_def
    attrs = {k: bool(d.attr[k].b) for k in FLAGS if k in d.attr}
    if op.type == "Const":
        value = tf.make_ndarray(d.attr["value"].tensor)
        if value.dtype == object:
            attrs["value"] = [text(x) for x in value.reshape(-1)]
    where = [c.decode() for c in d.attr["_class"].list.s] if "_class" in d.attr else []
    return [op.name, op.type, list(d.input), where, op.device, attrs]


def text(x):
    return re.sub("_temp_[0-9a-f]{32}", "_temp_X", x.decode())


def record(fn):
    out = {}
    with tf.Graph().as_default() as graph:
        try:
            made = fn(tf)
            out["made"] = [str(x.saver_def) if hasattr(x, "saver_def") else x for x in made or ()]
        except Exception as e:
            out["error"] = [type(e).__name__, str(e)]
        out["nodes"] = [node(o) for o in graph.get_operations()]
    return out


def model():
    """A small classifier with every sort of node that programs of that time have; gives what the tests look at."""
    x = V1.placeholder(tf.float32, [None, 8, 8, 1], name="x")
    y = V1.placeholder(tf.int64, [None], name="y")
    zero, some = V1.zeros_initializer(), V1.truncated_normal_initializer(stddev=0.3, seed=1)
    with V1.variable_scope("conv"):
        w = V1.get_variable("W", [3, 3, 1, 4], initializer=some)
        b = V1.get_variable("b", [4], initializer=zero)
        h = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, w, [1, 1, 1, 1], "SAME"), b))
        h = tf.nn.max_pool(h, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    with V1.variable_scope("fc", use_resource=True):
        w = V1.get_variable("W", [64, 3], initializer=some)
        b = V1.get_variable("b", [3], initializer=zero)
        logits = tf.add(tf.matmul(tf.reshape(h, [-1, 64]), w), b, name="logits")
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits), name="loss")
    step = V1.train.get_or_create_global_step()
    train = V1.train.AdamOptimizer(0.01).minimize(loss, global_step=step, name="train")
    for key, value in (("strings", "hello"), ("ints", 3), ("floats", 2.5), ("tensors", logits), ("ops", train)):
        V1.add_to_collection(key, value)
    return train


def record_model(out, name):
    values = np.random.RandomState(0)
    x, y = values.rand(5, 8, 8, 1).astype(np.float32), np.array([0, 1, 2, 0, 1])
    with tf.Graph().as_default():
        train = model()
        saver = V1.train.Saver()
        with V1.Session() as session:
            session.run(V1.global_variables_initializer())
            for _ in range(3):
                session.run(train, {"x:0": x, "y:0": y})
            saver.save(session, os.path.join(out, name), write_state=False)
            logits, loss = session.run(["fc/logits:0", "loss:0"], {"x:0": x, "y:0": y})
        saver.export_meta_graph(os.path.join(out, name + ".pbtxt"), as_text=True)
    np.savez_compressed(os.path.join(out, name + ".npz"), x=x, y=y, logits=logits, loss=loss)


def record_object_based(out):
    net = tf.Module(name="net")
    net.w = tf.Variable([[1.0, 2.0], [3.0, 4.0]], name="dense/kernel")
    net.b = tf.Variable([5.0, 6.0], name="dense/bias")
    tf.train.Checkpoint(model=net).write(os.path.join(out, "object"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    out = parser.parse_args().out
    files = os.path.join(out, "saver")
    os.makedirs(files, exist_ok=True)
    if not tf.__version__.startswith("1."):
        record_object_based(files)
        V1.disable_v2_behavior()
        record_model(files, "tf2")
        os.remove(os.path.join(files, "tf2.pbtxt"))
        return
    record_model(files, "tf1")
    os.remove(os.path.join(files, "tf1.pbtxt"))
    scratch = tempfile.mkdtemp()
    os.chdir(scratch)
    try:
        with tf.Graph().as_default():
            kept = [V1.get_variable(n, s) for n, s in (("a", [2, 3]), ("c", [2]), ("p", [5, 3]))]
            with V1.Session() as session:
                session.run(V1.global_variables_initializer())
                V1.train.Saver(kept).save(session, "ckpt")
        tf.checkpoint = "ckpt"
        golden = {name: record(fn) for name, fn in saver_programs.PROGRAMS.items()}
    finally:
        os.chdir(out)
        shutil.rmtree(scratch)
    with open(os.path.join(out, "saver.json"), "w") as f:
        json.dump(golden, f, separators=(",", ":"), sort_keys=True)


if __name__ == "__main__":
    main()
