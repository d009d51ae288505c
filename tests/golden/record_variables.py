"""Records what TensorFlow 1.15 does with variables: `python record_variables.py --out DIR` under TensorFlow 1.15.

Runs every program of `tests/surface/variable_programs.py` in a new graph (seed 42) and writes `variables.json`: its facts, its
error as [type, message], its nodes as [name, type, inputs, colocation, device, attrs], the names in each collection, and for
some programs the first elements of every variable after initialization.
"""

import argparse
import json
import os
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
import tensorflow as tf  # noqa: E402

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "surface"))
import variable_programs  # noqa: E402

INTEGERS = ("seed", "seed2")
FLAGS = ("use_locking", "validate_shape")


def node(op):
    d = op.node_def
    attrs = {k: int(d.attr[k].i) for k in INTEGERS if k in d.attr}
    attrs.update((k, bool(d.attr[k].b)) for k in FLAGS if k in d.attr)
    if op.type in ("VariableV2", "VarHandleOp"):
        attrs.update(shape=str(tf.TensorShape(d.attr["shape"].shape)), shared_name=d.attr["shared_name"].s.decode())
    if op.type == "Const":
        value = tf.make_ndarray(d.attr["value"].tensor)
        if value.size == 1 and value.dtype.kind in "fi":
            attrs.update(value=float(value))
    where = [c.decode() for c in d.attr["_class"].list.s] if "_class" in d.attr else []
    return [op.name, op.type, list(d.input), where, op.device, attrs]


def values():
    held = tf.global_variables() + tf.local_variables()
    with tf.compat.v1.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        return {v.name: [str(x) if isinstance(x, bytes) else x for x in session.run(v).reshape(-1)[:8].tolist()] for v in held}


def record(fn):
    out = {}
    with tf.Graph().as_default() as graph:
        tf.compat.v1.set_random_seed(42)
        try:
            out["facts"] = fn(tf)
        except Exception as e:
            out["error"] = [type(e).__name__, str(e)]
        out["nodes"] = [node(o) for o in graph.get_operations()]
        if "error" not in out and fn.__name__ in variable_programs.WITH_VALUES:
            out["values"] = values()
        keys = sorted(k for k in graph.get_all_collection_keys() if isinstance(k, str) and not k.startswith("__"))
        out["collections"] = {k: [getattr(v, "name", str(v)) for v in graph.get_collection(k)] for k in keys}
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default=".")
    out = parser.parse_args().out
    tf.compat.v1.logging.set_verbosity("FATAL")
    held = {name: record(fn) for name, fn in variable_programs.PROGRAMS.items()}
    held["tensorflow"] = tf.__version__
    for key, value in held.items():
        if key != "tensorflow" and "error" in value:
            for tail in ("Originally defined at:", "originally defined at:"):  # a traceback of the recording machine
                value["error"][1] = value["error"][1].split(tail)[0].strip()
    with open(os.path.join(out, "variables.json"), "w") as f:
        json.dump(held, f, indent=None, sort_keys=True, separators=(",", ":"))
        f.write("\n")


main()
