"""Records what the real TensorFlow 1.15's `timeline` and `inspect_checkpoint` make of `tests/run/timeline_rows.py` and a checkpoint.

Usage: python tests/golden/record_tools.py --out tests/golden/tools.json
"""

import argparse
import contextlib
import io
import json
import os
import sys
import tempfile

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import step_stats_pb2
from tensorflow.python.client import timeline
from tensorflow.python.tools import inspect_checkpoint

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "run"))

import timeline_rows as rows  # noqa: E402


def traces():
    """The events of the rows, with and without arrows and memory."""
    stats = rows.stats(step_stats_pb2.StepStats())
    made = [timeline.Timeline(stats).generate_chrome_trace_format(**options) for options in rows.OPTIONS]
    return [json.loads(text) for text in made]


def printed():
    """What is printed of a checkpoint, for each set of arguments."""
    with tf.Graph().as_default(), tf.Session() as session, tempfile.TemporaryDirectory() as folder:
        for name, value in rows.checkpoint(np).items():
            tf.get_variable(name, initializer=value)
        session.run(tf.global_variables_initializer())
        path = tf.train.Saver().save(session, os.path.join(folder, "model"))
        found = []
        for options in rows.PRINTED:
            text = io.StringIO()
            with contextlib.redirect_stdout(text):
                inspect_checkpoint.print_tensors_in_checkpoint_file(path, **options)
            found.append(text.getvalue())
        return found


def main():
    """Writes both."""
    ap = argparse.ArgumentParser()
    ap.add_argument("--out", required=True)
    with open(ap.parse_args().out, "w") as f:
        json.dump({"version": tf.__version__, "traces": traces(), "printed": printed()}, f, indent=1, sort_keys=True)
        f.write("\n")


main()
