"""Times input pipelines on Mainstem and on the real TensorFlow 2, in turn, and prints the ratios.

    python benchmarks/data.py --tensorflow PATH/bin/python [--rounds 3] [--only generator shuffle_batch]

Every system runs every program in one process a round, round after round (A B, A B, …), so that a drifting machine meets both
alike; the best rate of a program counts. Ratios are "times faster than TensorFlow": above 1 Mainstem wins. `--memory` prints the
MiB that a pipeline over 10 GB of records adds, `--feeding` the share of a training step that feeding by `tf.data` costs.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

COUNT = 20000


def programs(tf, np):
    """{name: a function without arguments that gives elements a second}."""
    rows = np.random.RandomState(0).rand(COUNT, 64).astype("float32")
    D = tf.data.Dataset

    def generator():
        for i in range(COUNT):
            yield i, rows[i]

    def images():
        return D.from_tensor_slices(rows).shuffle(2000, seed=1)

    table = {
        "generator": lambda: D.from_generator(generator, (tf.int64, tf.float32), ([], [64])).batch(128),
        "slices_batch": lambda: D.from_tensor_slices(rows).batch(128),
        "shuffle_batch": lambda: images().batch(128),
        "map_batch": lambda: (
            D.from_tensor_slices(rows).map(lambda x: (x - 0.5) * 2.0, num_parallel_calls=2).batch(128).prefetch(2)
        ),
        "filter": lambda: D.range(COUNT).filter(lambda x: tf.equal(x % 2, 0)).batch(128),
        "interleave": lambda: D.range(20).interleave(lambda x: D.range(COUNT // 20), 4, 16).batch(128),
        "padded": lambda: D.range(1, COUNT // 10).map(lambda x: tf.range(x % 50)).padded_batch(64, [None]),
    }
    return {name: lambda make=make: rate(make()) for name, make in table.items()}


def rate(dataset):
    """Elements a second of the second pass."""
    for _ in range(2):
        start, count = time.perf_counter(), 0
        for element in dataset:
            first = element[0] if isinstance(element, tuple) else element
            count += int(first.shape[0])
        seconds = time.perf_counter() - start
    return count / seconds


def memory(tf, np, passes=2000):
    """MiB that a shuffled pipeline over one file, repeated to 10 GB, adds to the process."""
    import resource

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "records")
        with tf.io.TFRecordWriter(path) as writer:
            for _ in range(1000):
                writer.write(os.urandom(5000))
        dataset = tf.data.TFRecordDataset(path).repeat(passes).shuffle(2000, seed=1).batch(128).prefetch(2)
        iterator = iter(dataset)
        next(iterator)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in iterator:
            pass
        return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def feeding(np, batch=128, steps=40):
    """What feeding by `tf.data` costs a training step of a network with two convolutions, against fixed tensors in memory.

    Steps of both kinds alternate in one session, on the same weights, so that a drifting machine meets both alike. Gives the medians
    in ms, and the median of the differences of neighbours as a share of a step.
    """
    import statistics

    import mainstem.v1 as tf

    rng = np.random.RandomState(0)
    images, labels = rng.rand(20 * batch, 784).astype("float32"), rng.randint(0, 10, 20 * batch).astype("int64")
    data = tf.data.Dataset.from_tensor_slices((images, labels)).shuffle(2000, seed=1).repeat().batch(batch)
    fed = data.map(lambda a, b: (a - 0.5, b)).prefetch(2).make_one_shot_iterator().get_next()
    kept = [tf.Variable(v[:batch], trainable=False) for v in (images, labels)]

    def network(x, y):
        with tf.variable_scope("network", reuse=tf.AUTO_REUSE):
            h = tf.reshape(x, [-1, 28, 28, 1])
            for i, n in enumerate((32, 64)):
                h = tf.layers.conv2d(h, n, 5, padding="same", activation=tf.nn.relu, name=f"conv{i}")
                h = tf.layers.max_pooling2d(h, 2, 2)
            h = tf.layers.dense(tf.reshape(h, [-1, 3136]), 1024, tf.nn.relu, name="dense")
            return tf.reduce_mean(tf.losses.sparse_softmax_cross_entropy(y, tf.layers.dense(h, 10, name="logits")))

    losses = [network(*kept), network(*fed)]
    optimizer = tf.train.AdamOptimizer(1e-3)
    programs = [[optimizer.minimize(loss), loss] for loss in losses]
    times = [[], []]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for step in range(2 * (steps + 10)):
            start = time.perf_counter()
            session.run(programs[step % 2])
            times[step % 2].append(time.perf_counter() - start)
    apart, fed = times[0][10:], times[1][10:]
    lost = statistics.median(b - a for a, b in zip(apart, fed))
    return 1e3 * statistics.median(apart), 1e3 * statistics.median(fed), lost / statistics.median(fed)


def worker(args):
    """Runs inside each interpreter: prints {program: rate}."""
    if args.mainstem:
        import mainstem as tf
    else:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        import tensorflow as tf
    import numpy as np

    made = {}
    if args.memory:
        made["memory"] = memory(tf, np)
    elif args.feeding:
        made["feeding"] = feeding(np)
    else:
        for name, program in programs(tf, np).items():
            if not args.only or name in args.only:
                made[name] = program()
    print(json.dumps(made))


def call(python, args, *more):
    """The results of a worker."""
    command = [python, __file__, "--worker", *more, *(["--only", *args.only] if args.only else [])]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tensorflow", help="an interpreter that has TensorFlow 2")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--memory", action="store_true", help="only measures memory")
    parser.add_argument("--feeding", action="store_true", help="only measures what feeding a training loop costs")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--mainstem", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        worker(args)
        return
    if args.memory:
        print(f"memory {call(sys.executable, args, '--mainstem', '--memory')['memory']:.0f} MiB above start")
        return
    if args.feeding:
        apart, fed, share = call(sys.executable, args, "--mainstem", "--feeding")["feeding"]
        print(f"feeding: {fed:.1f} ms a step fed by tf.data, {apart:.1f} ms without: {100 * share:.1f} %")
        return
    best = {}
    for _ in range(args.rounds):
        for who, found in (("ours", call(sys.executable, args, "--mainstem")), ("theirs", call(args.tensorflow, args))):
            for name, value in found.items():
                key = (name, who)
                best[key] = max(best.get(key, 0.0), value)
    for name in dict.fromkeys(n for n, _ in best):
        ours, theirs = best[name, "ours"], best[name, "theirs"]
        print(f"{name:16} {ours:12.0f} elements/s   TensorFlow {theirs:12.0f}   ratio {ours / theirs:5.2f}", flush=True)


if __name__ == "__main__":
    main()
