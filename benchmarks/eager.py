"""Times small eager programs on Mainstem and on the real TensorFlow 2, in turn, and prints the ratios.

    python benchmarks/eager.py --tensorflow PATH/bin/python [--rounds 3] [--only eager_add tape_step]

Every system runs every program in one process a round, round after round (A B, A B, …), so that a drifting machine meets both
alike; the best time of a program counts. Ratios are "times faster than TensorFlow": above 1 Mainstem wins.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time


def programs(tf, np):
    """{name: a function without arguments to time}."""
    x, y = tf.add(tf.constant([1.0, 2.0, 3.0]), 0.0), tf.add(tf.constant([4.0, 5.0, 6.0]), 0.0)
    m = tf.constant(np.random.RandomState(0).rand(4, 4).astype("float32")) + 0.0
    n = tf.constant([3, 4])
    table = {
        "eager_add": lambda: tf.add(x, y),
        "operator_add": lambda: x + y,
        "operator_number": lambda: 2.0 * x + 1.0,
        "reduce_sum": lambda: tf.reduce_sum(m, axis=1),
        "reshape": lambda: tf.reshape(m, [2, 8]),
        "matmul": lambda: tf.matmul(m, m),
        "slice_row": lambda: m[0],
        "slice_block": lambda: m[:, 1:3],
        "constant_number": lambda: tf.constant(1.0),
        "constant_list": lambda: tf.constant([1.0, 2.0]),
        "cast": lambda: tf.cast(x, tf.int32),
        "shape_arithmetic": lambda: tf.shape(m)[0] * n[1],
        "relu": lambda: tf.nn.relu(x),
        "concat": lambda: tf.concat([x, y], 0),
        "stack": lambda: tf.stack([x, y]),
        "compare": lambda: x < y,
        "numpy": lambda: x.numpy(),
        "loop_over_rows": lambda: [row for row in m],
        "softmax_loss": lambda: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=n[:1] - 3, logits=m[:1]),
    }
    if hasattr(tf, "GradientTape"):
        table["tape_step"] = tape_step(tf, np)
    if hasattr(tf, "function"):
        table["function_scalar"] = function_scalar(tf)
    return table


def tape_step(tf, np):
    """A training step of a perceptron 784-128-64-10 on a batch of 32, written with raw ops."""
    rng = np.random.RandomState(1)
    sizes = [784, 128, 64, 10]
    weights = [tf.Variable((rng.randn(a, b) / np.sqrt(a)).astype("float32")) for a, b in zip(sizes, sizes[1:])]
    biases = [tf.Variable(np.zeros(b, "float32")) for b in sizes[1:]]
    images, labels = tf.constant(rng.rand(32, 784).astype("float32")), tf.constant(rng.randint(0, 10, 32).astype("int64"))

    def step():
        with tf.GradientTape() as tape:
            h = images
            for i, (w, b) in enumerate(zip(weights, biases)):
                h = tf.matmul(h, w) + b
                h = tf.nn.relu(h) if i < 2 else h
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=h))
        variables = weights + biases
        for v, g in zip(variables, tape.gradient(loss, variables)):
            v.assign_sub(0.01 * g)
        return loss

    return step


def function_scalar(tf):
    """A traced function called on two scalars."""
    f = tf.function(lambda a, b: a * b + 1.0)
    a, b = tf.constant(2.0), tf.constant(3.0)
    return lambda: f(a, b)


def best(function, seconds=0.4, chunk=20):
    """The best time of a call in µs, as the mean of a chunk of calls."""
    for _ in range(10):
        function()
    times, until = [], time.perf_counter() + seconds
    while time.perf_counter() < until or len(times) < 5:
        began = time.perf_counter()
        for _ in range(chunk):
            function()
        times.append((time.perf_counter() - began) / chunk * 1e6)
    return min(times)


def child(library, only):
    """Prints {program: µs} of this process's library."""
    import numpy as np

    if library == "mainstem":
        import mainstem as tf
    else:
        import tensorflow as tf
    found = {}
    for name, function in programs(tf, np).items():
        if not only or name in only:
            try:
                found[name] = best(function)
            except Exception as e:
                print(f"{name}: {type(e).__name__}: {e}", file=sys.stderr)
    print(json.dumps(found))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tensorflow", help="the Python that has the real TensorFlow 2")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--json", help="write the medians here")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        return child(args.child, args.only)
    systems = {"mainstem": sys.executable, **({"tensorflow": args.tensorflow} if args.tensorflow else {})}
    environment = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES=os.environ.get("CUDA_VISIBLE_DEVICES", "-1"))
    times = {name: {} for name in systems}
    for _ in range(args.rounds):
        for name, python in systems.items():
            command = [python, os.path.abspath(__file__), "--child", name, *(["--only", *args.only] if args.only else [])]
            ran = subprocess.run(command, env=environment, capture_output=True, text=True)
            if ran.returncode:
                raise RuntimeError(f"{name} failed:\n{ran.stderr[-2000:]}")
            for program, value in json.loads(ran.stdout.splitlines()[-1]).items():
                times[name].setdefault(program, []).append(value)
    report(times, args.json)


def report(times, path):
    """Prints a line a program: µs of each system, and how many times faster Mainstem is."""
    medians = {name: {p: statistics.median(v) for p, v in found.items()} for name, found in times.items()}
    print(f"{'program':20}{'Mainstem µs':>14}{'TensorFlow µs':>16}{'ratio':>8}")
    for program, mine in medians["mainstem"].items():
        theirs = medians.get("tensorflow", {}).get(program)
        shown = f"{theirs:16.1f}{theirs / mine:8.2f}" if theirs else ""
        print(f"{program:20}{mine:14.1f}{shown}")
    if path:
        with open(path, "w") as f:
            json.dump(medians, f, indent=1)


if __name__ == "__main__":
    main()
