"""Supervisors, clusters, local servers: what TensorFlow 1.15 does, logs and writes (golden/record_sessions.py)."""

import json
import pathlib
import re

import pytest

import mainstem.v1 as tf
from tests.train import session_programs, supervisor_programs
from tests.train.test_sessions import plain

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "sessions.json").read_text())
THREADS = re.compile("INFO (Saving checkpoint to path|Recording summary|global_step/sec|Starting queue runners)")


def settled(log):
    """Log lines with those of threads apart, since they come in any order."""
    log = [re.sub("(Error reported to Coordinator: ).*", r"\1", x, flags=re.S) for x in log]
    return [x for x in log if not THREADS.match(x)], sorted({x for x in log if THREADS.match(x)})


@pytest.mark.parametrize("name", supervisor_programs.PROGRAMS)
def test_programs_do_what_tensorflow_does(name, tmp_path):
    found = json.loads(json.dumps(session_programs.logged(tf, str(tmp_path), supervisor_programs.PROGRAMS[name])))
    golden = GOLDEN[name]
    assert plain(found["made"]) == plain(golden["made"])
    if name != "errors_inside":  # whether a thread logs before the error ends it is chance
        assert settled(plain(found["log"])) == settled(plain(golden["log"]))


def test_what_needs_several_processes_is_refused_by_name():
    with pytest.raises(NotImplementedError, match="tf.train.Server: a cluster of several tasks"):
        tf.train.Server({"ps": ["a:1"], "worker": ["b:1"]}, job_name="ps", task_index=0)
    with pytest.raises(NotImplementedError, match="no server of this process"):
        tf.Session("grpc://elsewhere:2222")
    with pytest.raises(NotImplementedError, match="Server.join"):
        tf.train.Server.create_local_server().join()


def test_server_definitions_are_real_messages():
    config = tf.ConfigProto(log_device_placement=True)
    made = tf.train.Server({"me": ["localhost:1"]}, config=config).server_def
    again = tf.train.ServerDef.FromString(made.SerializeToString())
    assert (
        again == made and again.default_session_config.log_device_placement and again.cluster.job[0].tasks[0] == "localhost:1"
    )
    assert tf.train.Server(again).server_def.job_name == "me"


def test_the_basic_loop_trains_until_somebody_asks_to_stop():
    step = tf.train.get_or_create_global_step()
    grow, seen = tf.assign_add(step, 1), []
    sv = tf.train.Supervisor()

    def train(session, text, end):
        seen.append((int(session.run(grow)), text))
        if len(seen) == end:
            sv.request_stop()

    tf.train.basic_train_loop(sv, train, args=("x",), kwargs={"end": 3})
    assert seen == [(1, "x"), (2, "x"), (3, "x")]
