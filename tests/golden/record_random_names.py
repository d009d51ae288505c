"""Records which ops TensorFlow 1.15's random functions add: `python record_random_names.py --out DIR` under TensorFlow 1.15.

Writes `random_names.json`: for each call of `CALLS` (name of the function, arguments) its nodes as [name, type, inputs, seed,
seed2], the name of the result, and two runs of it in one Session; and `seeds`: pairs of graph and op seed with `get_seed`'s answers.
"""

import argparse
import json
import os

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

GRAPH_SEED = 42
CALLS = [
    ["random_uniform", {"shape": [2, 3]}],
    ["random_uniform", {"shape": [2], "minval": -1, "maxval": 2, "seed": 7, "name": "u"}],
    ["random_uniform", {"shape": [4], "maxval": 10, "dtype": "int32"}],
    ["random_normal", {"shape": [2], "mean": 1.0, "seed": 4}],
    ["random_normal", {"shape": [], "stddev": 0.5, "dtype": "float64"}],
    ["truncated_normal", {"shape": [5], "stddev": 0.1}],
    ["random_shuffle", {"value": [1, 2, 3, 4]}],
    ["multinomial", {"logits": [[1.0, 2.0]], "num_samples": 5, "seed": 2}],
    ["random.categorical", {"logits": [[1.0, 2.0]], "num_samples": 5, "dtype": "int32"}],
    ["random_gamma", {"shape": [2], "alpha": [1.0, 2.0], "beta": 3.0}],
    ["random_poisson", {"lam": [1.0, 20.0], "shape": [3]}],
    ["random_crop", {"value": [[1, 2, 3], [4, 5, 6], [7, 8, 9]], "size": [2, 1], "seed": 3}],
    ["random.stateless_uniform", {"shape": [3], "seed": [1, 2], "minval": -1.0, "maxval": 1.0}],
    ["random.stateless_uniform", {"shape": [3], "seed": [1, 2], "maxval": 9, "dtype": "int32"}],
    ["random.stateless_normal", {"shape": [3], "seed": [1, 2]}],
    ["random.stateless_truncated_normal", {"shape": [3], "seed": [1, 2]}],
    ["random.stateless_categorical", {"logits": [[1.0, 2.0]], "num_samples": 3, "seed": [1, 2]}],
    ["random.stateless_multinomial", {"logits": [[1.0, 2.0]], "num_samples": 3, "seed": [1, 2]}],
]
SEEDS = [
    (None, None),
    (1, None),
    (None, 5),
    (3, 5),
    (0, 0),
    (2**31 - 1, 0),
    (2**31, 2**31 + 5),
    (0, None),
    (-1, None),
    (None, -3),
]


def node(op):
    held = op.node_def.attr
    found = [int(held[key].i) if key in held else None for key in ("seed", "seed2")]
    return [op.name, op.type, [i.name for i in op.inputs], *found]


def record(name, arguments):
    function = tf
    for part in name.split("."):
        function = getattr(function, part)
    with tf.Graph().as_default() as graph, tf.compat.v1.Session() as session:
        tf.compat.v1.set_random_seed(GRAPH_SEED)
        result = function(**arguments)
        runs = [np.asarray(session.run(result)).tolist() for _ in range(2)]
        return {"call": name, "arguments": arguments, "nodes": [node(op) for op in graph.get_operations()],
                "result": result.name, "shape": result.shape.as_list(), "runs": runs}  # fmt: skip


def seed_pair(graph_seed, op_seed):
    with tf.Graph().as_default():
        tf.compat.v1.set_random_seed(graph_seed)
        tf.constant(1), tf.constant(2)
        return [graph_seed, op_seed, 2, list(tf.compat.v1.get_seed(op_seed))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    out = parser.parse_args().out
    found = {"tensorflow": tf.__version__, "calls": [record(*c) for c in CALLS], "seeds": [seed_pair(*s) for s in SEEDS]}
    with open(os.path.join(out, "random_names.json"), "w") as target:
        json.dump(found, target, indent=0)


if __name__ == "__main__":
    main()
