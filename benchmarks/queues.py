"""Times queues and the input pipelines made of them on Mainstem and on the real TensorFlow 1.15, in turn, and prints the ratios.

    python benchmarks/queues.py --tensorflow PATH/bin/python [--rounds 3] [--only batch records]

Every pipeline runs as programs run it: queue runners fill the queues while the main thread takes batches. A program runs in a process of
its own, round after round, and the best time counts. Ratios are "times faster than TensorFlow".
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

EXAMPLES, BATCH, PIXELS = 4096, 64, 784


def enqueue_dequeue(tf, np, folder):
    """One element in and one out, by a `run` each."""
    queue = tf.FIFOQueue(10, [tf.float32, tf.int32], [[8], []])
    x = tf.placeholder(tf.float32, [8])
    put, take = queue.enqueue([x, 3]), queue.dequeue()
    value = np.ones(8, np.float32)

    def step(session):
        session.run(put, {x: value})
        session.run(take)

    return step, 1


def many(tf, np, folder):
    """A batch in and a batch out."""
    queue = tf.FIFOQueue(4 * BATCH, [tf.float32, tf.int32], [[PIXELS], []])
    x, y = tf.placeholder(tf.float32, [None, PIXELS]), tf.placeholder(tf.int32, [None])
    put, take = queue.enqueue_many([x, y]), queue.dequeue_many(BATCH)
    values = np.ones((BATCH, PIXELS), np.float32), np.arange(BATCH, dtype=np.int32)

    def step(session):
        session.run(put, {x: values[0], y: values[1]})
        session.run(take)

    return step, BATCH


def _slices(tf, np):
    rng = np.random.RandomState(0)
    images, labels = rng.rand(EXAMPLES, PIXELS).astype(np.float32), rng.randint(0, 10, EXAMPLES).astype(np.int32)
    return tf.train.slice_input_producer([tf.constant(images), tf.constant(labels)], seed=1)


def batch(tf, np, folder):
    """Slices of arrays in memory, gathered one by one."""
    made = tf.train.batch(_slices(tf, np), BATCH, capacity=4 * BATCH)
    return (lambda session: session.run(made)), BATCH


def batch_threads(tf, np, folder):
    """The same with four threads."""
    made = tf.train.batch(_slices(tf, np), BATCH, num_threads=4, capacity=4 * BATCH)
    return (lambda session: session.run(made)), BATCH


def batch_scaled(tf, np, folder):
    """The same with arithmetic on every example before."""
    image, label = _slices(tf, np)
    image = tf.reshape((image - 0.5) * 2.0, [28, 28, 1])
    made = tf.train.batch([image, tf.one_hot(label, 10)], BATCH, capacity=4 * BATCH)
    return (lambda session: session.run(made)), BATCH


def shuffle_batch(tf, np, folder):
    """Slices of arrays in memory, mixed."""
    made = tf.train.shuffle_batch(_slices(tf, np), BATCH, capacity=1000 + 3 * BATCH, min_after_dequeue=1000, seed=1)
    return (lambda session: session.run(made)), BATCH


def _example(tf, serialized):
    features = {"image": tf.FixedLenFeature([], tf.string), "label": tf.FixedLenFeature([], tf.int64)}
    parsed = tf.parse_single_example(serialized, features)
    image = tf.decode_raw(parsed["image"], tf.uint8)
    image.set_shape([PIXELS])
    return tf.cast(image, tf.float32) * (1.0 / 255) - 0.5, tf.cast(parsed["label"], tf.int32)


def records(tf, np, folder):
    """File names, a TFRecordReader, the parsing of each Example, its pixels scaled, batches in random order."""
    files = tf.train.string_input_producer([os.path.join(folder, f"{i}.tfrecords") for i in range(4)], seed=1)
    _, serialized = tf.TFRecordReader().read(files)
    made = tf.train.shuffle_batch(_example(tf, serialized), BATCH, capacity=1000 + 3 * BATCH, min_after_dequeue=1000, seed=1)
    return (lambda session: session.run(made)), BATCH


def records_at_once(tf, np, folder):
    """The same with the Examples batched as they are and parsed together."""
    files = tf.train.string_input_producer([os.path.join(folder, f"{i}.tfrecords") for i in range(4)], seed=1)
    _, serialized = tf.TFRecordReader().read(files)
    together = tf.train.shuffle_batch([serialized], BATCH, capacity=1000 + 3 * BATCH, min_after_dequeue=1000, seed=1)
    features = {"image": tf.FixedLenFeature([], tf.string), "label": tf.FixedLenFeature([], tf.int64)}
    parsed = tf.parse_example(together, features)
    images = tf.cast(tf.decode_raw(parsed["image"], tf.uint8), tf.float32) * (1.0 / 255) - 0.5
    return (lambda session: session.run([images, parsed["label"]])), BATCH


PROGRAMS = (enqueue_dequeue, many, batch, batch_threads, batch_scaled, shuffle_batch, records, records_at_once)


def measured(tf, np, program, folder, seconds=2.0):
    """The time of a unit in µs: the best of stretches of some steps."""
    with tf.Graph().as_default(), tf.Session() as session:
        step, units = program(tf, np, folder)
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coordinator)
        for _ in range(30):
            step(session)
        # queues that were filled before must not count: many steps, whose mean is that of whoever fills them
        count, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            step(session)
            count += 1
        spent = time.perf_counter() - began
        coordinator.request_stop()
        coordinator.join(threads)
    return spent / count / units * 1e6


def prepare(folder):
    """Writes the files of records."""
    import numpy as np

    from mainstem.formats import protos, tfrecord

    rng = np.random.RandomState(0)
    for i in range(4):
        with tfrecord.RecordWriter(os.path.join(folder, f"{i}.tfrecords")) as writer:
            for _ in range(EXAMPLES // 4):
                example = protos.Example()
                example.features.feature["image"].bytes_list.value.append(rng.bytes(PIXELS))
                example.features.feature["label"].int64_list.value.append(int(rng.randint(0, 10)))
                writer.write(example.SerializeToString())


def child(library, folder, only):
    """Prints {program: µs a unit} of this process's library."""
    import numpy as np

    if library == "mainstem":
        import mainstem.v1 as tf
    else:
        import tensorflow as tf

        tf.compat.v1.logging.set_verbosity("ERROR")
        tf = tf.compat.v1
    print(json.dumps({p.__name__: measured(tf, np, p, folder) for p in PROGRAMS if not only or p.__name__ in only}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tensorflow", help="the Python that has the real TensorFlow 1.15")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        return child(*args.child, args.only)
    systems = {"mainstem": sys.executable, **({"tensorflow": args.tensorflow} if args.tensorflow else {})}
    environment = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES=os.environ.get("CUDA_VISIBLE_DEVICES", "-1"))
    times = {name: {} for name in systems}
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder)
        for _ in range(args.rounds):
            for name, python in systems.items():
                command = [python, os.path.abspath(__file__), "--child", name, folder]
                ran = subprocess.run(
                    [*command, *(["--only", *args.only] if args.only else [])], env=environment, capture_output=True, text=True
                )
                if ran.returncode:
                    raise RuntimeError(f"{name} failed:\n{ran.stderr[-2000:]}")
                for program, value in json.loads(ran.stdout.splitlines()[-1]).items():
                    times[name][program] = min(value, times[name].get(program, value))
    print(f"{'program':18}{'Mainstem µs':>14}{'TensorFlow µs':>16}{'ratio':>8}   (an element)")
    for program, mine in times["mainstem"].items():
        theirs = times.get("tensorflow", {}).get(program)
        print(f"{program:18}{mine:14.2f}" + (f"{theirs:16.2f}{theirs / mine:8.2f}" if theirs else ""))


if __name__ == "__main__":
    main()
