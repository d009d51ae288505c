"""Graphs of input pipelines pass between TensorFlow 1.15 and us: datasets with their functions, queues with their runners."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

import mainstem.v1 as tf
from tests.data import pipeline_graphs

GOLDEN = pathlib.Path(__file__).parents[1] / "golden"
RESULTS = json.loads((GOLDEN / "pipelines" / "results.json").read_text())
each = pytest.mark.parametrize("program", pipeline_graphs.PROGRAMS, ids=lambda p: p.__name__)


@each
def test_theirs(program):
    meta = tf.MetaGraphDef.FromString((GOLDEN / "pipelines" / f"{program.__name__}.meta").read_bytes())
    assert pipeline_graphs.results(tf, meta) == RESULTS[program.__name__]


@each
def test_ours_and_back(program):
    meta = pipeline_graphs.meta_graph(tf, program)
    again = tf.MetaGraphDef.FromString(meta.SerializeToString())
    assert pipeline_graphs.results(tf, again) == RESULTS[program.__name__]
    with tf.Graph().as_default():
        tf.train.import_meta_graph(again)
        third = tf.train.export_meta_graph()
    assert pipeline_graphs.results(tf, third) == RESULTS[program.__name__]


def test_a_graph_from_a_file_is_the_first_to_need_datasets():
    code = (
        "import mainstem.v1 as tf, sys; assert 'mainstem.data.iteration' not in sys.modules\n"
        "tf.train.import_meta_graph(sys.argv[1])\n"
        "with tf.Session() as s: assert s.run(tf.get_collection('out')[0]).tolist() == [4, 10]"
    )
    subprocess.run([sys.executable, "-c", code, str(GOLDEN / "pipelines" / "one_shot.meta")], check=True, timeout=120)


@pytest.mark.skipif("MAINSTEM_TF1_PYTHON" not in os.environ, reason="needs a TensorFlow 1.15")
def test_ours_in_theirs(tmp_path):
    for program in pipeline_graphs.PROGRAMS:
        (tmp_path / f"{program.__name__}.meta").write_bytes(pipeline_graphs.meta_graph(tf, program).SerializeToString())
    command = [os.environ["MAINSTEM_TF1_PYTHON"], str(GOLDEN / "record_pipelines.py"), "--check", str(tmp_path)]
    ran = subprocess.run(
        command, capture_output=True, text=True, timeout=300, env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert json.loads(ran.stdout.splitlines()[-1]) == RESULTS
