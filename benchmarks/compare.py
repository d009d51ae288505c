"""Times the same TensorFlow 1 programs on Mainstem and on each real TensorFlow given, in turn, and prints the ratios.

    python benchmarks/compare.py --workloads workloads.py --tensorflow tf115=PATH/bin/python --tensorflow tf221=PATH/bin/python

Every system runs every workload in a process of its own, round after round (A B C, A B C, …), so that a drifting machine meets
all of them alike; medians are compared. `import` times the import alone, `empty_run` a Session.run of one scalar feed.
Ratios are "times faster than": above 1 Mainstem wins, whatever the unit.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
DEFAULT = ["perceptron", "conv_net", "word2vec", "resnet20", "graph_build", "first_step", "checkpoint"]
EMPTY_RUN = """
import time, sys
import tensorflow as tf
if not hasattr(tf, "placeholder"):
    import tensorflow.compat.v1 as tf
    tf.disable_v2_behavior()
x = tf.placeholder(tf.float32, [])
y = tf.identity(x)
s = tf.Session()
for _ in range(200):
    s.run(y, {x: 1.0})
times = []
for _ in range(20):
    t = time.perf_counter()
    for _ in range(200):
        s.run(y, {x: 1.0})
    times.append((time.perf_counter() - t) / 200 * 1e6)
import json
print(json.dumps({"workload": "empty_run", "value": sorted(times)[len(times) // 2], "unit": "us", "better": "lower"}))
"""


def measure(command, workload, path, scratch):
    """Runs one workload in a new process; gives (value, unit, higher is better, peak MiB)."""
    environment = dict(os.environ, CUDA_VISIBLE_DEVICES=os.environ.get("CUDA_VISIBLE_DEVICES", "-1"), TF_CPP_MIN_LOG_LEVEL="3")
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its bytecode
    script, arguments = str(path), [workload, "--json"]
    if workload in ("empty_run", "import"):
        script, arguments = str(scratch / f"{workload}.py"), []
    began = time.perf_counter()
    child = subprocess.Popen(
        [*command, script, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True
    )
    out, err = child.stdout.read(), child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - began
    if status:
        raise RuntimeError(f"{workload} failed under {' '.join(command)}:\n{err[-2000:]}")
    if workload == "import":
        return seconds, "s", False, usage.ru_maxrss / 1024
    row = json.loads(out.strip().splitlines()[-1])
    return row["value"], row["unit"], row["better"] == "higher", usage.ru_maxrss / 1024


def compare(systems, workloads, path, rounds):
    """Gives {workload: {system: [(value, unit, higher, peak MiB), …]}}; a first round warms caches and is not counted."""
    table = {w: {s: [] for s in systems} for w in workloads}
    with tempfile.TemporaryDirectory() as d:
        scratch = pathlib.Path(d)
        (scratch / "empty_run.py").write_text(EMPTY_RUN)
        (scratch / "import.py").write_text("import tensorflow as tf\ntf.float32\n")
        for workload in workloads:
            for i in range(rounds + 1):
                for name, command in systems.items():
                    result = measure(command, workload, path, scratch)
                    if i:
                        table[workload][name].append(result)
    return table


def report(table, systems):
    """Prints medians and ratios as a Markdown table."""
    others = [s for s in systems if s != "mainstem"]
    print("| workload | unit | " + " | ".join(systems) + " | " + " | ".join(f"vs {o}" for o in others) + " |")
    print("|---" * (2 + len(systems) + len(others)) + "|")
    for workload, row in table.items():
        unit, higher = row["mainstem"][0][1:3]
        median = {s: statistics.median(r[0] for r in row[s]) for s in systems}
        memory = {s: statistics.median(r[3] for r in row[s]) for s in systems}
        ratio = [median["mainstem"] / median[o] if higher else median[o] / median["mainstem"] for o in others]
        cells = [f"{median[s]:.4g} ({memory[s]:.0f} MiB)" for s in systems] + [f"{r:.2f}x" for r in ratio]
        print(f"| {workload} | {unit} | " + " | ".join(cells) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workloads", default=str(HERE.parent.parent / "shared" / "bench" / "workloads.py"))
    parser.add_argument(
        "--tensorflow", action="append", default=[], metavar="NAME=PYTHON", help="an interpreter with TensorFlow"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("names", nargs="*", help=f"workloads, also `import` and `empty_run` (default: {' '.join(DEFAULT)})")
    args = parser.parse_args()
    systems = {"mainstem": [sys.executable, "-m", "mainstem", "run", "--api", "v1"]}
    systems.update((name, [python]) for name, python in (t.split("=", 1) for t in args.tensorflow))
    for workload in args.names or [*DEFAULT, "empty_run", "import"]:
        report(compare(systems, [workload], args.workloads, args.rounds), systems)


if __name__ == "__main__":
    main()
