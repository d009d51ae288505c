"""Records what TensorFlow gives for the rows of tests/ops/cases_<subject>.py that have no recording yet.

    <python with TensorFlow 1.15> tests/golden/record_ops.py --subject math
    <python with TensorFlow 2>    tests/golden/record_ops.py --subject math      (rows of ops that 1.15 lacks)

Writes tests/golden/ops_<subject>.npz: `index` is JSON {row id: {"tf", "out": [[dtype, shape, offset]], "grad": {input: the same or
None}} or {"tf", "error"}}, `data` the bytes of all arrays one after the other. `--fresh` records every row again.
"""

import argparse
import importlib
import inspect
import json
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

if hasattr(tf, "contrib"):  # an op of a library that TensorFlow 1.15 loads on demand
    from tensorflow.contrib.seq2seq.python.ops import beam_search_ops

    tf.raw_ops.GatherTree = beam_search_ops.gather_tree

v1 = tf.compat.v1
RENAMED = {  # where tf.raw_ops departs from the OpDef's name
    "reduction_indices": "axis",
    "dim": "axis",
    "squeeze_dims": "axis",
    "split_dim": "axis",
    "t": "x",
    "e": "y",
    "input": "condition",
}


def config():
    c = v1.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
    c.graph_options.optimizer_options.opt_level = -1
    c.graph_options.rewrite_options.disable_meta_optimizer = True
    return c


def tensor(array, dtype):
    made = tf.constant(array, tf.float32 if dtype == "bfloat16" else tf.as_dtype(dtype))
    return tf.cast(made, tf.bfloat16) if dtype == "bfloat16" else made


class Recording:
    """Graph and session of one row."""

    def __init__(self, row):
        self.row, self.variables = row, []

    def one(self, sampler, array):
        if sampler.kind is None:
            return tensor(array, sampler.dtype)
        made = v1.Variable(tensor(array, sampler.dtype), use_resource=sampler.kind == "resource")
        self.variables.append(made)
        return made.handle if sampler.kind == "resource" else made._ref()

    def call(self):
        row = self.row
        args = {}
        for key, array in row.arrays().items():
            how = row.inputs[key]
            args[key] = [self.one(s, a) for s, a in zip(how, array)] if isinstance(how, list) else self.one(how, array)
        call = getattr(tf.raw_ops, row.op)
        known = inspect.signature(call).parameters
        made = call(**{k if k in known else RENAMED.get(k, k): v for k, v in dict(args, **row.attrs).items()})
        if hasattr(made, "_fields"):
            made = list(made)
        outputs = []
        for m in made if isinstance(made, (list, tuple)) else [] if isinstance(made, tf.Operation) else [made]:
            outputs += list(m) if isinstance(m, (list, tuple)) else [m]
        done = [made] if isinstance(made, tf.Operation) else outputs
        return args, [o for o in outputs if not o.dtype._is_ref_dtype], done

    def gradients(self, args, outputs, values):
        ys, gs = [], []
        for i, (o, v) in enumerate(list(zip(outputs, values))[: self.row.count]):
            if o.dtype.base_dtype.is_floating or o.dtype.base_dtype.is_complex:
                ys.append(o)
                gs.append(tf.cast(tf.constant(self.row.cotangent(i, np.shape(v), o.dtype.is_complex)), o.dtype))
        flat = []
        for name in self.row.grad:
            flat += args[name] if isinstance(args[name], list) else [args[name]]
        return [None if g is None else tf.convert_to_tensor(g) for g in tf.gradients(ys, flat, gs)]

    def run(self):
        """Gives (output arrays with dtype names, gradients likewise or None)."""
        with tf.Graph().as_default(), v1.Session(config=config()) as sess:
            args, outputs, done = self.call()
            sess.run(v1.global_variables_initializer())
            fetched = sess.run(outputs + done)[: len(outputs)]
            after = [sess.run(v.read_value() if hasattr(v, "read_value") else v) for v in self.variables]
            names = [v.dtype.base_dtype.name for v in self.variables] + [o.dtype.base_dtype.name for o in outputs]
            found = list(zip(after + fetched, names))
            grads = []
            if self.row.grad:
                made = self.gradients(args, outputs, fetched)
                values = iter(sess.run([g for g in made if g is not None]))
                grads = [None if g is None else (next(values), g.dtype.base_dtype.name) for g in made]
            return found, grads


class Store:
    """The recordings of one subject: an index and a growing block of bytes."""

    def __init__(self, path, fresh):
        self.path, self.index, self.blob = path, {}, b""
        if path.exists() and not fresh:
            with np.load(str(path)) as f:
                self.index, self.blob = json.loads(f["index"].tobytes().decode()), f["data"].tobytes()

    def put(self, value, dtype):
        value = np.asarray(value, object if dtype == "string" else None)
        if value.dtype == object:
            flat = [v.decode("latin1") for v in value.reshape(-1)]
            return [dtype, list(value.shape), flat]
        if dtype in ("bfloat16", "qint8", "quint8", "qint32", "qint16", "quint16"):
            value = value.astype(np.float32)
        start, self.blob = len(self.blob), self.blob + np.ascontiguousarray(value).tobytes()
        return [dtype, list(value.shape), start]

    def keep(self, ids):
        """Drops the recordings of rows that are gone, and their bytes."""
        old, self.blob = self.blob, b""
        self.index = {k: v for k, v in self.index.items() if k in ids}
        for entry in self.index.values():
            for item in entry.get("out", []) + [g for g in entry.get("grad", []) if g]:
                if not isinstance(item[2], list):
                    kind = np.dtype("float32" if item[0] == "bfloat16" or item[0].startswith("q") else item[0])
                    size = kind.itemsize * int(np.prod(item[1]))
                    start, self.blob = len(self.blob), self.blob + old[item[2] : item[2] + size]
                    item[2] = start

    def save(self):
        index = np.frombuffer(json.dumps(self.index, sort_keys=True).encode(), np.uint8)
        np.savez_compressed(str(self.path), index=index, data=np.frombuffer(self.blob, np.uint8))


def record(row, store):
    """Records one row; gives a complaint, or None."""
    version = tf.__version__
    try:
        outputs, grads = Recording(row).run()
    except LookupError as e:  # no gradient in this version: the other one may have it
        return f"{row.id}: {e}"
    except Exception as e:  # every class of exception is a result here
        if not row.raises:
            return f"{row.id}: {type(e).__name__}: {str(e)[:300]}"
        store.index[row.id] = {"tf": version, "error": type(e).__name__}
        return None
    if row.raises:
        return f"{row.id}: did not fail, but gave {[v for v, _ in outputs]!r}"
    store.index[row.id] = {
        "tf": version,
        "out": [store.put(*o) for o in outputs],
        "grad": [None if g is None else store.put(*g) for g in grads],
    }
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subject", required=True)
    parser.add_argument("--out", default=str(pathlib.Path(__file__).resolve().parent))
    parser.add_argument("--fresh", action="store_true")
    options = parser.parse_args()
    rows = importlib.import_module("tests.ops.cases_" + options.subject).CASES
    store = Store(pathlib.Path(options.out) / (f"ops_{options.subject}.npz"), options.fresh)
    store.keep(set(r.id for r in rows))
    todo = [r for r in rows if r.id not in store.index and int(tf.__version__[0]) >= (r.since or 1)]
    missing = sorted(set(r.op for r in todo if not hasattr(tf.raw_ops, r.op)))
    complaints = [c for c in (record(r, store) for r in todo if hasattr(tf.raw_ops, r.op)) if c]
    store.save()
    print(f"{len(rows)} rows, {len(todo)} to record, {len(complaints)} failed")
    for c in complaints:
        print(" ", c)
    if missing:
        print("not in TensorFlow {}: {}".format(tf.__version__, " ".join(missing)))
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
