"""Records a tree that TensorFlow 1.15 grew, as its bytes, and what it says: forest/tree.pb, forest.json.

<python with TensorFlow 1.15> record_forest.py
"""

import json
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "dialects"))
import forest_programs as programs  # noqa: E402
import tensorflow as tf  # noqa: E402
from tensorflow.contrib.tensor_forest.python import tensor_forest  # noqa: E402
from tensorflow.python.ops import resources  # noqa: E402

if __name__ == "__main__":
    made = {}
    for name, settings in programs.SETTINGS.items():
        graph = programs.Forest(tf, tensor_forest, resources, settings)
        params = graph.forest.params
        made[name] = {
            "filled": {k: v for k, v in params.values().items() if isinstance(v, (int, float, str, bool)) or v is None},
            "nodes": sorted({o.name for o in graph.graph.get_operations() if o.type in programs.OURS}),
            "quality": graph.quality(60),
            "size": float(graph.session.run(graph.size)),
        }
        if name == "classes":
            (HERE / "forest").mkdir(exist_ok=True)
            (HERE / "forest" / "tree.pb").write_bytes(graph.session.run("tree-0/TreeSerialize:0"))
            one = programs.Forest(
                tf, tensor_forest, resources, dict(settings, num_trees=1), [(HERE / "forest" / "tree.pb").read_bytes()]
            )
            made["said"] = one.say().round(5).tolist()
    with open(str(HERE / "forest.json"), "w") as f:
        json.dump(made, f, sort_keys=True, separators=(",", ":"))
        f.write("\n")
