"""Records an object-based checkpoint of TensorFlow 2: `python record_checkpoint.py --out DIR` makes DIR/ck-1.* and facts.json.

`facts.json` holds the object graph, what is in the objects, and what they hold after one more step.
"""

import argparse
import json
import os
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
import tensorflow as tf  # noqa: E402
from tensorflow.core.protobuf import trackable_object_graph_pb2  # noqa: E402

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "train"))
import checkpoint_programs as programs  # noqa: E402


def graph_of(prefix):
    raw = tf.train.load_checkpoint(prefix).get_tensor("_CHECKPOINTABLE_OBJECT_GRAPH")
    return [
        [
            [[c.local_name, c.node_id] for c in n.children],
            [[a.name, a.full_name, a.checkpoint_key] for a in n.attributes],
            [[s.original_variable_node_id, s.slot_name, s.slot_variable_node_id] for s in n.slot_variables],
            n.has_checkpoint_values.value,
        ]
        for n in trackable_object_graph_pb2.TrackableObjectGraph.FromString(raw).nodes
    ]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    out = parser.parse_args().out
    net, optimizer, step, text = programs.objects(tf, 2)
    saved = tf.train.Checkpoint(net=net, optimizer=optimizer, step=step, text=text)
    prefix = saved.save(os.path.join(out, "ck"))
    record = {"tensorflow": tf.__version__, "graph": graph_of(prefix), "saved": programs.facts(tf, net, optimizer, step)}
    programs.train(tf, net, optimizer, step)
    record["later"] = programs.facts(tf, net, optimizer, step)
    with open(os.path.join(out, "facts.json"), "w") as f:
        json.dump(record, f, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()
