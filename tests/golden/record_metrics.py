"""Records what TensorFlow 1.15 makes of `tests/dialects/metric_rows.py`, `contrib_metric_rows.py`, `contrib_loss_programs.py` and
`contrib_nn_programs.py`.

<python with TensorFlow 1.15> record_metrics.py [--out tests/golden]: metrics.json, contrib_metrics.json, contrib_losses.json, contrib_nn.json
"""

import argparse
import json
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "dialects"))
import contrib_loss_programs  # noqa: E402
import contrib_metric_rows  # noqa: E402
import contrib_nn_programs  # noqa: E402
import metric_rows  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from tensorflow.contrib.losses.python.metric_learning import metric_loss_ops  # noqa: E402


class Metrics:
    """Stands for scikit-learn's metrics, which `cluster_loss` takes from it, where that is not installed."""

    @staticmethod
    def normalized_mutual_info_score(first, second):
        pairs, (a, b) = {}, [np.unique(x, return_inverse=True)[1] for x in (first, second)]
        for pair in zip(a, b):
            pairs[pair] = pairs.get(pair, 0) + 1.0 / len(a)
        entropy = [-sum(p * np.log(p) for p in np.bincount(x) / float(len(x))) for x in (a, b)]
        shared = sum(entropy) + sum(p * np.log(p) for p in pairs.values())
        return np.float64(1.0 if sum(entropy) == 0 else 2.0 * shared / sum(entropy))


def save(path, content):
    with open(str(path), "w") as f:
        json.dump(content, f, sort_keys=True, separators=(",", ":"), indent=None)
        f.write("\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default=str(HERE))
    out = pathlib.Path(parser.parse_args().out)
    made = {"rows": {name: metric_rows.outcome(tf, row) for name, row in metric_rows.ROWS.items()}}
    made["errors"] = {name: metric_rows.failure(tf, program) for name, program in metric_rows.ERRORS.items()}
    made["run errors"] = {name: metric_rows.run_failure(tf, row) for name, row in metric_rows.RUN_ERRORS.items()}
    save(out / "metrics.json", made)
    made = {"rows": {name: metric_rows.outcome(tf, row) for name, row in contrib_metric_rows.ROWS.items()}}
    made["errors"] = {name: metric_rows.failure(tf, program) for name, program in contrib_metric_rows.ERRORS.items()}
    save(out / "contrib_metrics.json", made)
    metric_loss_ops.HAS_SKLEARN, metric_loss_ops.metrics = True, Metrics
    made = {"rows": {name: contrib_loss_programs.outcome(tf, p) for name, p in contrib_loss_programs.PROGRAMS.items()}}
    made["errors"] = {name: metric_rows.failure(tf, program) for name, program in contrib_loss_programs.ERRORS.items()}
    save(out / "contrib_losses.json", made)
    made = {"rows": {name: contrib_loss_programs.outcome(tf, p) for name, p in contrib_nn_programs.PROGRAMS.items()}}
    made["errors"] = {name: metric_rows.failure(tf, program) for name, program in contrib_nn_programs.ERRORS.items()}
    save(out / "contrib_nn.json", made)
