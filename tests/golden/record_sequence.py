"""Records what TensorFlow 2.21 gives for tests/ops/sequence_rows.py: <python with TensorFlow 2.21> record_sequence.py"""

import json
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
import tensorflow as tf  # noqa: E402

from tests.ops import sequence_rows as rows  # noqa: E402

found = rows.results(tf, tf.train.SequenceExample)
pathlib.Path(__file__).with_name("sequence.json").write_text(json.dumps(found, sort_keys=True) + "\n")
