"""Times models of `tf.keras` on Mainstem and on the real TensorFlow 1.15, in turn, and prints the ratios.

    python benchmarks/keras_models.py --tensorflow PATH/bin/python [--rounds 3] [--only mlp_fit lstm_fit]

A program makes a model, trains it once, and is timed from then on: µs a step of `fit`, `evaluate` or `predict` with batches of 32. Every
program runs in a process of its own, round after round (A B, A B, …), and the best time counts. Ratios are "times faster than TensorFlow".
"""

import argparse
import json
import os
import subprocess
import sys
import time

BATCH = 32


def _compiled(tf, layers, loss="mse", optimizer="adam"):
    model = tf.keras.Sequential(layers)
    model.compile(optimizer, loss)
    return model


def _mlp(tf):
    k = tf.keras.layers
    return _compiled(tf, [k.Dense(64, "relu", input_shape=(32,)), k.Dense(10, "softmax")], "sparse_categorical_crossentropy")


def _data(steps, shape, classes=10):
    import numpy as np

    rng = np.random.RandomState(0)
    return rng.rand(steps * BATCH, *shape).astype("float32"), rng.randint(0, classes, steps * BATCH)


def mlp_fit(tf):
    """A small network, where what `fit` does around a step counts."""
    (x, y), model = _data(300, (32,)), _mlp(tf)
    return lambda: model.fit(x, y, batch_size=BATCH, verbose=0), 300


def mlp_fit_dataset(tf):
    """The same from a `tf.data.Dataset`."""
    (x, y), model = _data(300, (32,)), _mlp(tf)
    batches = tf.data.Dataset.from_tensor_slices((x, y)).repeat().batch(BATCH)
    return lambda: model.fit(batches, steps_per_epoch=300, verbose=0), 300


def mlp_evaluate(tf):
    """The loss of the small network."""
    (x, y), model = _data(300, (32,)), _mlp(tf)
    return lambda: model.evaluate(x, y, batch_size=BATCH, verbose=0), 300


def mlp_predict(tf):
    """The outputs of the small network."""
    (x, _), model = _data(300, (32,)), _mlp(tf)
    return lambda: model.predict(x, batch_size=BATCH), 300


def wide_fit(tf):
    """Dense layers of 784, 512 and 10."""
    k, (x, y) = tf.keras.layers, _data(60, (784,))
    layers = [k.Dense(512, "relu", input_shape=(784,)), k.Dropout(0.2), k.Dense(10, "softmax")]
    model = _compiled(tf, layers, "sparse_categorical_crossentropy")
    return lambda: model.fit(x, y, batch_size=BATCH, verbose=0), 60


def conv_fit(tf):
    """A convolution of 32 filters with batch normalization on 28 x 28 pixels."""
    k, (x, y) = tf.keras.layers, _data(20, (28, 28, 1))
    layers = [
        k.Conv2D(32, 3, activation="relu", input_shape=(28, 28, 1)),
        k.BatchNormalization(),
        k.MaxPooling2D(),
        k.Flatten(),
    ]
    model = _compiled(tf, [*layers, k.Dense(10, "softmax")], "sparse_categorical_crossentropy")
    return lambda: model.fit(x, y, batch_size=BATCH, verbose=0), 20


def lstm_fit(tf):
    """An LSTM of 128 units over 50 times."""
    k, (x, y) = tf.keras.layers, _data(10, (50, 32))
    model = _compiled(tf, [k.LSTM(128, input_shape=(50, 32)), k.Dense(10, "softmax")], "sparse_categorical_crossentropy")
    return lambda: model.fit(x, y, batch_size=BATCH, verbose=0), 10


PROGRAMS = (mlp_fit, mlp_fit_dataset, mlp_evaluate, mlp_predict, wide_fit, conv_fit, lstm_fit)


def measured(tf, program, least=5, seconds=3.0):
    """µs a step: the best of some calls after the first two."""
    call, steps = program(tf)
    call(), call()
    times, began = [], time.perf_counter()
    while len(times) < least or time.perf_counter() - began < seconds:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times) / steps * 1e6


def child(library, name, mode):
    """Prints what `measured` gives for this process's library."""
    if library == "mainstem":
        import mainstem.v1 as tf
    else:
        import tensorflow as tf

        tf.get_logger().setLevel("ERROR")
    if mode == "eager":
        tf.enable_eager_execution()
    print(json.dumps(measured(tf, globals()[name])))


def _run(python, library, name, mode):
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    if library != "mainstem":
        environment.pop("PYTHONPATH", None)
    command = [python, "-W", "ignore", os.path.abspath(__file__), "--child", library, name, mode]
    done = subprocess.run(command, stdout=subprocess.PIPE, env=environment, check=True)
    return json.loads(done.stdout.decode().splitlines()[-1])


def main():
    """Prints a row a program and mode."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tensorflow", metavar="PYTHON", help="the Python that has the real TensorFlow 1.15")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=[p.__name__ for p in PROGRAMS])
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        child(*args.child)
        return
    systems = {"mainstem": sys.executable, **({"tensorflow": args.tensorflow} if args.tensorflow else {})}
    print("| program | mode | " + " | ".join(f"{s} us" for s in systems) + " | ratio |\n|" + "---|" * (3 + len(systems)))
    for name in args.only or [p.__name__ for p in PROGRAMS]:
        for mode in ("graph", "eager"):
            best = dict.fromkeys(systems, float("inf"))
            for _ in range(args.rounds):
                for library, python in systems.items():
                    best[library] = min(best[library], _run(python, library, name, mode))
            ratio = f"{best['tensorflow'] / best['mainstem']:.2f}" if args.tensorflow else ""
            print(f"| {name} | {mode} | " + " | ".join(f"{v:.1f}" for v in best.values()) + f" | {ratio} |", flush=True)


if __name__ == "__main__":
    main()
