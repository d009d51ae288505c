"""Records what the real TensorFlow 1.15 makes of `tests/train/summary_programs.py`.

Usage: python tests/golden/record_summary.py --out tests/golden/summary.json
"""

import argparse
import base64
import json
import os
import sys
import tempfile

import tensorflow as tf

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "train"))

import summary_programs as programs  # noqa: E402


def decode(data):
    with tf.Session() as sess:
        return sess.run(tf.image.decode_png(data))


def event_file():
    """The bytes of an event file with all times at 0, and the name of the machine left out."""
    with tempfile.TemporaryDirectory() as directory:
        programs.events(tf, directory, tf.RunMetadata())
        (name,) = os.listdir(directory)
        out = []
        for event in tf.train.summary_iterator(os.path.join(directory, name)):
            event.wall_time = 1.0
            if event.meta_graph_def:
                meta = tf.MetaGraphDef.FromString(event.meta_graph_def)
                event.meta_graph_def = b"nodes: %d" % len(meta.graph_def.node)
            out.append(base64.b64encode(event.SerializeToString()).decode())
        return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    out = parser.parse_args().out
    record = {
        "tensorflow": tf.__version__,
        "names": programs.names(tf),
        "bad_names": programs.bad_names(tf),
        "kinds": programs.kinds(tf),
        "images": programs.images(tf, tf.Summary.FromString, decode),
        "events": event_file(),
    }
    with open(out, "w") as f:
        json.dump(record, f, sort_keys=True, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()
