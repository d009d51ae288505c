"""Times work on images on Mainstem and on the real TensorFlow 2, in turn, and prints the ratios.

    python benchmarks/images.py --tensorflow PATH/bin/python [--rounds 3] [--only decode_jpeg plain_loop]

Every system runs every program in one process a round, round after round (A B, A B, …), so that a drifting machine meets both
alike; the best time of a program counts. Ratios are "times faster than TensorFlow": above 1 Mainstem wins. The photographs are
those that scikit-learn brings, 640 x 427 pixels.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

BATCH = 16


def augmented(tf, content):
    """A JPEG file as a training example: decoded, resized, flipped, brightened, its contrast changed, standardized."""
    image = tf.image.resize(tf.io.decode_jpeg(content, channels=3), [224, 224])
    image = tf.image.random_flip_left_right(image, seed=1)
    image = tf.image.random_brightness(image, 0.2, seed=2)
    image = tf.image.random_contrast(image, 0.8, 1.2, seed=3)
    return tf.image.per_image_standardization(image)


def programs(tf, np, photos):
    """{name: a function without arguments to time}."""
    contents = [tf.constant(p) for p in photos]
    images = [tf.io.decode_jpeg(c, channels=3) for c in contents]
    batch = tf.stack([tf.image.resize(i, [256, 256]) for i in images] * 4)
    small = tf.constant(np.random.RandomState(0).rand(8, 128, 128, 3).astype("float32")) + 0.0
    step = tf.function(lambda content: augmented(tf, content))

    def gradient(method):
        @tf.function
        def run(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = tf.reduce_sum(tf.image.resize(x, [256, 256], method) ** 2)
            return tape.gradient(y, x)

        return lambda: run(small).numpy()

    def resized(method, size, source, antialias=False):
        run = tf.function(lambda x: tf.image.resize(x, size, method, antialias=antialias))
        return lambda: run(source).numpy()

    def pipeline(calls):
        data = tf.data.Dataset.from_tensor_slices(photos * (BATCH // 2))
        data = data.map(lambda c: augmented(tf, c), num_parallel_calls=calls).batch(BATCH)

        def run():
            for found in data:
                found.numpy()

        return run

    table = {
        "decode_jpeg": lambda: tf.io.decode_jpeg(contents[0], channels=3),
        "decode_half": lambda: tf.io.decode_jpeg(contents[0], channels=3, ratio=2),
        "decode_grey": lambda: tf.io.decode_jpeg(contents[0], channels=1),
        "encode_jpeg": lambda: tf.io.encode_jpeg(images[0]),
        "encode_png": lambda: tf.io.encode_png(images[0]),
        "resize_bilinear": resized("bilinear", [224, 224], batch),
        "resize_bicubic": resized("bicubic", [224, 224], batch),
        "resize_bicubic_up": resized("bicubic", [256, 256], small),
        "resize_nearest": resized("nearest", [224, 224], batch),
        "resize_area": resized("area", [224, 224], batch),
        "resize_antialias": resized("bilinear", [100, 100], batch, True),
        "gradient_bilinear": gradient("bilinear"),
        "gradient_bicubic": gradient("bicubic"),
        "plain_loop": lambda: tf.stack([augmented(tf, c) for c in contents * (BATCH // 2)]).numpy(),
        "function_loop": lambda: tf.stack([step(c) for c in contents * (BATCH // 2)]).numpy(),
    }
    if hasattr(getattr(tf, "data", None), "Dataset"):
        table["pipeline"], table["pipeline_parallel"] = pipeline(None), pipeline(2)
    return table


def best(function, seconds=0.6):
    """The best time of a call in µs."""
    function(), function()
    times, until = [], time.perf_counter() + seconds
    while time.perf_counter() < until or len(times) < 3:
        began = time.perf_counter()
        function()
        times.append((time.perf_counter() - began) * 1e6)
    return min(times)


def child(library, only, photos):
    """Prints {program: µs} of this process's library."""
    import numpy as np

    if library == "mainstem":
        import mainstem as tf
    else:
        import tensorflow as tf
    contents = []
    for path in photos:
        with open(path, "rb") as f:
            contents.append(f.read())
    found = {}
    for name, function in programs(tf, np, contents).items():
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
    parser.add_argument("--json", help="write the best times here")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--photos", nargs="*", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        return child(args.child, args.only, args.photos)
    import sklearn.datasets

    folder = os.path.join(os.path.dirname(sklearn.datasets.__file__), "images")
    photos = [os.path.join(folder, name) for name in ("china.jpg", "flower.jpg")]
    systems = {"mainstem": sys.executable, **({"tensorflow": args.tensorflow} if args.tensorflow else {})}
    environment = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES=os.environ.get("CUDA_VISIBLE_DEVICES", "-1"))
    times = {name: {} for name in systems}
    for _ in range(args.rounds):
        for name, python in systems.items():
            command = [python, os.path.abspath(__file__), "--child", name, "--photos", *photos]
            ran = subprocess.run(
                [*command, *(["--only", *args.only] if args.only else [])], env=environment, capture_output=True, text=True
            )
            if ran.returncode:
                raise RuntimeError(f"{name} failed:\n{ran.stderr[-2000:]}")
            sys.stderr.write("".join(line for line in ran.stderr.splitlines(True) if "Error" in line))
            for program, value in json.loads(ran.stdout.splitlines()[-1]).items():
                times[name].setdefault(program, []).append(value)
    report(times, args.json)


def report(times, path):
    """Prints a line a program: µs of each system, and how many times faster Mainstem is."""
    lowest = {name: {p: min(v) for p, v in found.items()} for name, found in times.items()}
    spread = {name: {p: statistics.median(v) for p, v in found.items()} for name, found in times.items()}
    print(f"{'program':20}{'Mainstem µs':>14}{'TensorFlow µs':>16}{'ratio':>8}")
    for program, mine in lowest["mainstem"].items():
        theirs = lowest.get("tensorflow", {}).get(program)
        shown = f"{theirs:16.1f}{theirs / mine:8.2f}" if theirs else ""
        print(f"{program:20}{mine:14.1f}{shown}")
    if path:
        with open(path, "w") as f:
            json.dump({"best": lowest, "medians": spread}, f, indent=1)


if __name__ == "__main__":
    main()
