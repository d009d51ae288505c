"""Times TFRecord files and Examples on Mainstem and on the real TensorFlow, in turn, and prints the ratios.

    python benchmarks/records.py --tensorflow NAME=PATH/bin/python [--tensorflow …] [--rounds 3] [--only parse_dense write]

All systems work on the same files, which Mainstem writes first. Each has a process, and they take turns with five calls each, so that
what else the machine does meets all of them; the median over the rounds of the median of five counts. Ratios are "times faster than
TensorFlow". Random access and the index are Mainstem's own: they have no ratio.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

COUNT, MANY = 100_000, 1_000_000


def programs(tf, read, np, folder):
    """{name: (function without arguments, how many records it works on)} of what both systems do."""
    path = os.path.join(folder, "examples")
    records = list(read(path))
    batch = tf.constant(records)
    assert tf.io.parse_example(batch[:2], {"label": tf.io.FixedLenFeature([], tf.int64)})["label"].numpy().shape == (
        2,
    )  # eager
    fixed, varying = tf.io.FixedLenFeature, tf.io.VarLenFeature
    dense = {"image": fixed([], tf.string), "label": fixed([], tf.int64), "weight": fixed([8], tf.float32)}
    mixed = {**dense, "name": fixed([], tf.string), "ids": varying(tf.int64)}

    def through(data):
        return lambda: [None for _ in data]

    data = tf.data.Dataset.from_tensor_slices(batch)

    def write():
        with tf.io.TFRecordWriter(os.path.join(folder, f"written-{os.getpid()}")) as writer:
            for r in records:
                writer.write(r)

    return {
        "parse_dense": (lambda: tf.io.parse_example(batch, dense), COUNT),
        "parse_mixed": (lambda: tf.io.parse_example(batch, mixed), COUNT),
        "parse_to_numpy": (lambda: [t.numpy() for t in tf.io.parse_example(batch, dense).values()], COUNT),
        "pipeline_batches": (through(data.batch(256).map(lambda b: tf.io.parse_example(b, mixed))), COUNT),
        "pipeline_single": (through(data.map(lambda e: tf.io.parse_single_example(e, dense)).batch(256)), COUNT),
        "pipeline_sparse": (
            through(data.take(COUNT // 5).map(lambda e: tf.io.parse_single_example(e, mixed)).batch(256)),
            COUNT // 5,
        ),
        "write": (write, COUNT),
        "read": (lambda: sum(1 for _ in read(path)), COUNT),
    }


def own(np, folder):
    """The same for what only Mainstem has."""
    from mainstem.formats import record_index
    from mainstem.records import open_records

    path = os.path.join(folder, "many")
    records = open_records(path)
    numbers = np.random.RandomState(0).randint(0, MANY, 10_000).tolist()
    return {
        "index": (lambda: record_index.build(path), MANY),
        "random_access": (lambda: [records[n] for n in numbers], len(numbers)),
    }


def prepare(folder):
    """Writes the files."""
    import numpy as np

    from mainstem.formats import protos, tfrecord

    rng = np.random.RandomState(0)
    with tfrecord.RecordWriter(os.path.join(folder, "examples")) as writer:
        for i in range(COUNT):
            example = protos.Example()
            feature = example.features.feature
            feature["image"].bytes_list.value.append(rng.bytes(100))
            feature["label"].int64_list.value.append(int(rng.randint(0, 1000)))
            feature["weight"].float_list.value.extend(rng.rand(8).tolist())
            feature["name"].bytes_list.value.append(b"name%d" % i)
            feature["ids"].int64_list.value.extend(rng.randint(0, 100_000, rng.randint(1, 6)).tolist())
            writer.write(example.SerializeToString())
    with tfrecord.RecordWriter(os.path.join(folder, "many")) as writer:
        for i in range(MANY):
            writer.write(b"%d" % i * 10)


def child(library, folder):
    """Prints {program: units} of this process's library, and then, for each program that is asked for, how many seconds it takes."""
    import numpy as np

    if library == "mainstem":
        import mainstem as tf
        from mainstem.platform.records import tf_record_iterator  # `mainstem.v1` would switch to graph mode

        table = {**programs(tf, tf_record_iterator, np, folder), **own(np, folder)}
    else:
        import tensorflow as tf

        if tf.__version__[0] == "1":
            tf.enable_eager_execution()
            tf.io.TFRecordWriter = tf.python_io.TFRecordWriter
        table = programs(tf, tf.compat.v1.io.tf_record_iterator, np, folder)
    print(json.dumps({name: units for name, (_, units) in table.items()}), flush=True)
    for line in sys.stdin:
        times = []
        for _ in range(5):
            began = time.perf_counter()
            table[line.strip()][0]()
            times.append(time.perf_counter() - began)
        print(statistics.median(times), flush=True)


class System:
    """A library in a process of its own."""

    def __init__(self, name, python, folder):
        environment = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3")
        environment.setdefault("CUDA_VISIBLE_DEVICES", "-1")
        command = [python, os.path.abspath(__file__), "--child", name, folder]
        self.name, self.errors = name, open(os.path.join(folder, f"{name}.err"), "w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors
        )
        self.units = json.loads(self._line())

    def _line(self):
        for line in iter(self._process.stdout.readline, ""):
            if line[0] in "{0123456789":
                return line
        self.errors.seek(0)
        raise RuntimeError(f"{self.name} failed:\n{self.errors.read()[-2000:]}")

    def call(self, program):
        """How many µs a unit a call takes, the median of five."""
        self._process.stdin.write(program + "\n")
        self._process.stdin.flush()
        return float(self._line()) / self.units[program] * 1e6

    def close(self):
        self._process.stdin.close()
        self._process.wait()
        self.errors.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--tensorflow", action="append", default=[], metavar="NAME=PYTHON", help="a real TensorFlow, by the Python that has it"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        return child(*args.child)
    pythons = {"mainstem": sys.executable, **dict(t.split("=", 1) for t in args.tensorflow)}
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder)
        systems = [System(name, python, folder) for name, python in pythons.items()]
        print(
            f"{'program':18}"
            + "".join(f"{s.name + ' µs':>16}" for s in systems)
            + "   (a record; how many times faster in brackets)"
        )
        for program in systems[0].units:
            if args.only and program not in args.only:
                continue
            able = [s for s in systems if program in s.units]
            rows = [[s.call(program) for s in able] for _ in range(args.rounds)]
            mine, *others = (statistics.median(column) for column in zip(*rows))
            print(f"{program:18}{mine:16.3f}" + "".join(f"{v:8.3f} ({v / mine:5.2f})" for v in others), flush=True)
        for s in systems:
            s.close()


if __name__ == "__main__":
    main()
