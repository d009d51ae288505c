"""Times big networks on Mainstem and on real TensorFlows, in turn, and prints the ratios.

    python benchmarks/networks.py --tensorflow NAME=PATH/bin/python [--tensorflow …] [--zoo FOLDER] [--rounds 3] [--only resnet]

The forward passes: Mainstem builds a network and writes its GraphDef; every system loads that one file, sets the variables and times
`session.run` of the scores for a batch of 8. `build`: Inception-ResNet v2 with the gradients of all variables, built by Mainstem, and by
a TensorFlow 1.15 that finds the model zoo's package `nets` in FOLDER. Every system runs in a process of its own a round, round after
round (A B C, A B C, …), so that a drifting machine meets all alike; the best time counts. Ratios are "times faster than TensorFlow".
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

NETWORKS = {"resnet": ("resnet_v1_50", 224), "inception": ("inception_v3", 299), "mobilenet": ("mobilenet_v2", 224)}
BATCH = 8


def write_graphs(folder, names):
    """Writes the GraphDef of every network, built by Mainstem."""
    import mainstem.v1 as tf
    from mainstem.dialects.nets import nets_factory

    for name in names:
        network, size = NETWORKS[name]
        with tf.Graph().as_default() as graph:
            tf.set_random_seed(1)  # in the file, so that all start with the same weights
            images = tf.placeholder(tf.float32, [BATCH, size, size, 3], name="images")
            logits, _ = nets_factory.get_network_fn(network, 1001)(images)
            tf.identity(logits, name="scores")
            tf.global_variables_initializer()
            with open(os.path.join(folder, name + ".pb"), "wb") as f:
                f.write(graph.as_graph_def().SerializeToString())


def forward(tf, np, path, size, seconds):
    """The best time of a forward pass in ms, and a checksum of the scores."""
    definition = tf.GraphDef()
    with open(path, "rb") as f:
        definition.ParseFromString(f.read())
    with tf.Graph().as_default() as graph, tf.Session() as session:
        tf.import_graph_def(definition, name="")
        session.run("init")
        feed = {"images:0": np.random.RandomState(0).uniform(-1, 1, (BATCH, size, size, 3)).astype("float32")}
        scores = graph.get_tensor_by_name("scores:0")
        for _ in range(5):
            value = session.run(scores, feed)
        times, until = [], time.perf_counter() + seconds
        while time.perf_counter() < until or len(times) < 5:
            began = time.perf_counter()
            session.run(scores, feed)
            times.append(time.perf_counter() - began)
        return min(times) * 1e3, float(np.abs(value).mean())


def build(tf, inception):
    """The best of two times in seconds to build Inception-ResNet v2 with gradients, and the number of operations."""
    times = []
    for _ in range(2):
        began = time.perf_counter()
        with tf.Graph().as_default() as graph:
            images = tf.placeholder(tf.float32, [BATCH, 299, 299, 3])
            labels = tf.placeholder(tf.int64, [BATCH])
            with tf.contrib.slim.arg_scope(inception.inception_resnet_v2_arg_scope()):
                logits, _ = inception.inception_resnet_v2(images, 1001, is_training=True)
            loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
            gradients = tf.gradients(loss, tf.trainable_variables())
        times.append(time.perf_counter() - began)
    assert sum(g is not None for g in gradients) > 400
    return min(times), len(graph.get_operations())


def child(system, folder, zoo, names, seconds):
    """Prints {program: [time, check]} of this process's library."""
    import numpy as np

    if system == "mainstem":
        import mainstem.v1 as tf
        from mainstem.dialects.nets import inception
    else:
        import tensorflow

        tf = tensorflow.compat.v1
        tf.disable_v2_behavior()
        inception = None
        if zoo and tensorflow.__version__.startswith("1."):
            sys.path.insert(0, zoo)
            import tensorflow as tf
            from nets import inception
    found = {}
    for name in names:
        if name != "build":
            found[name] = forward(tf, np, os.path.join(folder, name + ".pb"), NETWORKS[name][1], seconds)
        elif inception is not None:
            found[name] = build(tf, inception)
    print(json.dumps(found))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tensorflow", action="append", default=[], help="NAME=PYTHON that has a real TensorFlow")
    parser.add_argument("--zoo", default="", help="a folder with the model zoo's package nets")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3, help="how long a program is timed")
    parser.add_argument("--only", nargs="*", default=["build", *NETWORKS])
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        return child(*args.child, args.zoo, args.only, args.seconds)
    systems = {"mainstem": sys.executable, **dict(pair.split("=", 1) for pair in args.tensorflow)}
    environment = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES=os.environ.get("CUDA_VISIBLE_DEVICES", "-1"))
    best = {}
    with tempfile.TemporaryDirectory() as folder:
        write_graphs(folder, [n for n in args.only if n != "build"])
        for _ in range(args.rounds):
            for system, python in systems.items():
                command = [python, os.path.abspath(__file__), "--child", system, folder, "--zoo", args.zoo]
                command += ["--seconds", str(args.seconds), "--only", *args.only]
                ran = subprocess.run(command, env=environment, capture_output=True, text=True)
                if ran.returncode:
                    raise RuntimeError(f"{system} failed:\n{ran.stderr[-2000:]}")
                for program, (value, check) in json.loads(ran.stdout.splitlines()[-1]).items():
                    before = best.setdefault(program, {}).get(system, (float("inf"), check))
                    best[program][system] = (min(value, before[0]), check)
    report(best, systems)


def report(best, systems):
    """Prints a line a program and system: the time, and how many times faster Mainstem is; the check shows that both did the same."""
    for system, python in systems.items():
        print(f"{system}: {python}")
    print(f"{'program':12}{'system':16}{'ms':>10}{'ratio':>8}{'check':>12}")
    for program, found in best.items():
        mine = found["mainstem"][0]
        for system, (value, check) in found.items():
            shown = value * 1e3 if program == "build" else value
            print(f"{program:12}{system:16}{shown:10.1f}{value / mine:8.2f}{check:12.5g}")


if __name__ == "__main__":
    main()
