"""Records what TensorFlow's random ops give: run it under a real TensorFlow, `python record_random.py --out DIR`.

Writes `random_tf1.npz` or `random_tf2.npz`; the two agree bit for bit in every case that both have (float64 gamma: to 1e-16),
so only TensorFlow 2's file is kept. Each case is one op in one Session, run three times; of long results only some positions
and a checksum are kept. Values lie one after the other in an array for each dtype (bfloat16 as its bits); `index` is JSON.
"""

import argparse
import json
import os
import zlib

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

RUNS, LONG, KEPT = 3, 64, 24
FLOATS = ("float32", "float64", "float16", "bfloat16")


def vector(shape):
    return {"shape": (list(shape), "int32")}


def stateful_cases():
    for name in ("RandomUniform", "RandomStandardNormal", "TruncatedNormal"):
        for dtype in FLOATS:
            for shape, seeds in (([7], (7, 3)), ([3, 5, 2], (42, 0)))[: 2 if dtype == "float32" else 1]:
                yield name, vector(shape), {"dtype": dtype, "seed": seeds[0], "seed2": seeds[1]}
        for shape, seeds in (([1], (1, 2)), ([5], (0, 1)), ([0], (1, 1)), ([], (5, 6)), ([100003], (2147483647, 12345))):
            yield name, vector(shape), {"dtype": "float32", "seed": seeds[0], "seed2": seeds[1]}
        yield name, vector([30001]), {"dtype": "float64", "seed": 3, "seed2": -4}
        yield name, vector([4, 3]), {"dtype": "float32", "seed": -5, "seed2": 2**40 + 7}
    for kind, low, high in (("int32", 0, 100), ("int32", -(2**31), 2**31 - 1), ("int64", -7, 10**12), ("int64", 0, 3)):
        for shape, seeds in (([6], (87654321, 7)), ([1001], (4, 9))):
            inputs = dict(vector(shape), minval=(low, kind), maxval=(high, kind))
            yield "RandomUniformInt", inputs, {"seed": seeds[0], "seed2": seeds[1]}


def other_cases():
    for rows, shape in ((6, [6]), (1, [1]), (2, [2]), (1000, [1000]), (12, [4, 3]), (5, [5, 1]), (2, [1, 2])):
        value = (np.arange(rows if len(shape) == 1 else rows).reshape(shape).tolist(), "int32")
        yield "RandomShuffle", {"value": value}, {"seed": 1, "seed2": 2}
    rng = np.random.RandomState(0)
    for rows, classes, count in ((1, 3, 8), (1, 3, 1), (3, 4, 5), (2, 50, 30), (5, 2, 1), (4, 10, 7), (300, 3, 2)):
        logits = (np.round(rng.randn(rows, classes), 3).tolist(), "float32")
        for kind in ("int64", "int32")[: 2 if count == 8 else 1]:
            attrs = {"seed": 87654321, "seed2": 7, "output_dtype": kind}
            yield "Multinomial", {"logits": logits, "num_samples": (count, "int32")}, attrs
    yield (
        "Multinomial",
        {"logits": ([[0.0, float("-inf"), 1.0]], "float64"), "num_samples": (9, "int32")},
        {"seed": 3, "seed2": 4},
    )
    alphas = ([0.1, 0.5, 1.0, 2.0, 30.0], "float32")
    for shape in ([4, 5],):
        for kind in ("float32", "float64"):
            yield "RandomGamma", dict(vector(shape), alpha=(alphas[0], kind)), {"seed": 87654321, "seed2": 7}
            rate = ([0.3, 3.0, 9.9, 10.0, 12.5, 1000.0], kind)
            yield "RandomPoissonV2", dict(vector(shape), rate=rate), {"seed": 87654321, "seed2": 7, "dtype": kind}
    yield "RandomGamma", dict(vector([3]), alpha=(2.0, "float32")), {"seed": 87654321, "seed2": 7}
    yield "RandomPoissonV2", dict(vector([5]), rate=(3.0, "float32")), {"seed": 87654321, "seed2": 7, "dtype": "int32"}


def stateless_cases():
    for seed in ([1, 2], [0, 0], [-3, 2147483647]):
        for kind in ("int32", "int64")[: 2 if seed == [1, 2] else 1]:
            given = {"seed": (seed, kind)}
            for name in ("StatelessRandomUniform", "StatelessRandomNormal", "StatelessTruncatedNormal"):
                for dtype in FLOATS[: 2 if kind == "int32" and seed == [1, 2] else 1]:
                    yield name, dict(vector([3, 3]), **given), {"dtype": dtype}
            inputs = dict(vector([7]), minval=(-5, "int32"), maxval=(9, "int32"), **given)
            yield "StatelessRandomUniformInt", inputs, {}
            inputs = dict(vector([7]), minval=(-5, "int64"), maxval=(2**50, "int64"), **given)
            yield "StatelessRandomUniformInt", inputs, {}
            logits = ([[0.1, 0.2, 2.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]], "float32")
            inputs = {"logits": logits, "num_samples": (7, "int32")}
            yield "StatelessMultinomial", dict(inputs, **given), {"output_dtype": "int64"}
            if tf.__version__.startswith("2"):
                inputs = dict(vector([3, 2]), alpha=([0.5, 4.0], "float32"), **given)
                yield "StatelessRandomGammaV2", inputs, {}
                inputs = dict(vector([3, 2]), lam=([0.5, 40.0], "float32"), **given)
                yield "StatelessRandomPoisson", inputs, {"dtype": "int32"}
                yield "StatelessRandomGetKeyCounter", given, {}
                yield "StatelessRandomUniformFullInt", dict(vector([7]), **given), {"dtype": "uint64"}


def candidate_cases():
    true = ([[1, 3], [0, 7]], "int64")
    for name in ("UniformCandidateSampler", "LogUniformCandidateSampler"):
        for unique, limit, count in ((True, 20, 10), (False, 20, 10), (True, 10000, 64), (False, 1000, 64), (True, 16, 16)):
            attrs = {"num_true": 2, "num_sampled": count, "unique": unique, "range_max": limit, "seed": 5, "seed2": 8}
            yield name, {"true_classes": true}, attrs
    yield (
        "AllCandidateSampler",
        {"true_classes": true},
        {"num_true": 2, "num_sampled": 9, "unique": True, "seed": 5, "seed2": 8},
    )
    weights = [1.0, 2.0, 0.5, 4.0, 3.0, 1.0, 1.0, 6.0, 0.25]
    for unique in (True, False):
        attrs = {"num_true": 2, "num_sampled": 5, "unique": unique, "range_max": 9, "seed": 5, "seed2": 8}
        yield "LearnedUnigramCandidateSampler", {"true_classes": true}, attrs
        for extra in ({"distortion": 0.75}, {"num_reserved_ids": 1, "unigrams": weights[1:]}):
            more = dict({"unigrams": weights}, **extra)
            yield "FixedUnigramCandidateSampler", {"true_classes": true}, dict(attrs, **more)


def evaluate(name, inputs, attrs):
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        given = {k: tf.constant(v, dtype=kind) for k, (v, kind) in inputs.items()}
        attrs = {k: tf.as_dtype(v) if "dtype" in k else v for k, v in attrs.items()}
        outputs = getattr(tf.raw_ops, name)(**given, **attrs)
        outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        return [session.run(outputs) for _ in range(1 if name.startswith("Stateless") else RUNS)]


def keep(store, value):
    """Adds one result to the list of its dtype; gives how to find it: [dtype, shape, first, count, checksum]."""
    value = np.asarray(value)
    kind, shape = value.dtype.name, list(value.shape)
    value = np.ascontiguousarray(value.view(np.uint16) if kind == "bfloat16" else value).reshape(-1)
    checksum = zlib.crc32(value.tobytes())
    if value.size > LONG:
        value = value[np.linspace(0, value.size - 1, KEPT).astype(np.int64)]
    kept = store.setdefault(kind, [])
    first = sum(v.size for v in kept)
    kept.append(value)
    return [kind, shape, first, value.size, checksum]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    out = parser.parse_args().out
    store, index = {}, []
    for make in (stateful_cases, other_cases, stateless_cases, candidate_cases):
        for name, inputs, attrs in make():
            try:
                runs = evaluate(name, inputs, attrs)
            except (TypeError, tf.errors.InvalidArgumentError) as error:
                print("left out:", name, attrs, str(error)[:80])
                continue
            found = [[keep(store, value) for value in outputs] for outputs in runs]
            index.append({"op": name, "inputs": inputs, "attrs": attrs, "runs": found})
    packed = {kind: np.concatenate(values) for kind, values in store.items()}
    packed["index"] = np.array(json.dumps({"tensorflow": tf.__version__, "cases": index}))
    np.savez_compressed(os.path.join(out, f"random_tf{tf.__version__[0]}.npz"), **packed)


if __name__ == "__main__":
    main()
