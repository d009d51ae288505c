"""Records what TensorFlow 2.21 gives for tests/ops/wav_rows.py: <python with TensorFlow 2.21> record_wav.py"""

import json
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
import tensorflow as tf  # noqa: E402

from tests.ops import wav_rows as rows  # noqa: E402

pathlib.Path(__file__).with_name("wav.json").write_text(json.dumps(rows.results(tf), sort_keys=True) + "\n")
