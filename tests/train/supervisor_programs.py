"""Programs of supervisors and servers: run under TensorFlow 1.15 by `golden/record_sessions.py`, here by `test_supervisor.py`."""

import os
import time

import numpy as np

try:
    from session_programs import counter, events, failure, files
except ImportError:  # beside the tests, not by itself
    from tests.train.session_programs import counter, events, failure, files

SETTLE = 0.7  # seconds in which the threads do what they do first


def defaults(tf, folder):
    step, loss, train = counter(tf)
    tf.summary.scalar("loss", loss)
    sv = tf.train.Supervisor(logdir=folder)
    names = "summary_op ready_op ready_for_local_init_op init_op saver global_step summary_writer session_manager coord"
    found = {name: type(getattr(sv, name)).__name__ for name in names.split()}
    keys = tf.GraphKeys
    sizes = {
        k: len(tf.get_collection(k)) for k in (keys.READY_OP, keys.INIT_OP, keys.LOCAL_INIT_OP, keys.SAVERS, keys.SUMMARY_OP)
    }
    plain = [sv.is_chief, sv.save_model_secs, sv.save_summaries_secs, sv.save_path.replace(folder, "DIR"), sv.init_feed_dict]
    return [found, sizes, plain, tf.get_default_graph().finalized, sv.USE_DEFAULT, sv.should_stop()]


def managed(tf, folder):
    step, loss, train = counter(tf)
    tf.summary.scalar("loss", loss)
    sv = tf.train.Supervisor(logdir=folder)
    found = []
    with sv.managed_session() as session:
        time.sleep(SETTLE)
        found.append([type(session).__name__, tf.get_default_session() is session])
        while not sv.should_stop() and session.run(step) < 5:
            session.run(train)
        found.append(int(session.run(step)))
        sv.summary_computed(session, session.run(sv.summary_op))
        sv.saver.save(session, sv.save_path, global_step=sv.global_step)
        sv.request_stop()
        found.append([sv.should_stop(), sv.wait_for_stop()])
    return [found, files(folder), sorted(map(repr, events(tf, folder)))]


def continues(tf, folder):
    found = []
    for _ in range(2):
        with tf.Graph().as_default():
            step, loss, train = counter(tf)
            sv = tf.train.Supervisor(logdir=folder, save_summaries_secs=0, save_model_secs=0)
            with sv.managed_session() as session:
                found.append(int(session.run(step)))
                session.run(train)
                sv.saver.save(session, sv.save_path, global_step=sv.global_step)
    return [found, sorted(set(files(folder)))]  # two runs in one second share an event file there


def without_services(tf, folder):
    step, loss, train = counter(tf)
    sv = tf.train.Supervisor(logdir=folder, summary_op=None)
    session = sv.prepare_or_wait_for_session("", start_standard_services=False)
    found = [int(session.run(step))]
    calls = []
    looper = sv.loop(0.01, calls.append, args=(1,))
    time.sleep(SETTLE)
    sv.stop()
    return [*found, type(looper).__name__, len(calls) > 3, looper.is_alive(), events(tf, folder), files(folder)]


def no_directory(tf, folder):
    step, loss, train = counter(tf)
    sv = tf.train.Supervisor()
    with sv.managed_session() as session:
        session.run(train)
        found = [repr(sv.save_path), repr(sv.summary_writer), failure(lambda: sv.summary_computed(session, b""))]
    return found


def own_parts(tf, folder):
    step, loss, train = counter(tf)
    x = tf.placeholder(tf.float32, [], name="x")
    fed = tf.get_variable("fed", initializer=x)
    local = tf.get_variable("local", initializer=3.0, collections=[tf.GraphKeys.LOCAL_VARIABLES], trainable=False)
    calls = []
    sv = tf.train.Supervisor(
        init_feed_dict={x: 2.0}, init_fn=lambda s: calls.append(float(s.run(fed))), saver=None, global_step=None, logdir=folder
    )
    with sv.managed_session() as session:
        time.sleep(SETTLE)
        calls += [float(session.run(fed)), float(session.run(local))]
    return [calls, repr(sv.saver), repr(sv.global_step), files(folder)]


def errors_inside(tf, folder):
    step, loss, train = counter(tf)
    x = tf.placeholder(tf.float32, [], name="x")
    bad = tf.check_numerics(x, "bad")
    sv = tf.train.Supervisor(logdir=folder)

    def fails():
        with sv.managed_session() as session:
            session.run(bad, {x: np.nan})

    def ends():
        with sv.managed_session():
            raise tf.errors.OutOfRangeError(None, None, "end")

    def in_a_thread():
        def raises():
            raise ValueError("in a thread")

        with sv.managed_session():
            sv.loop(0.1, raises)
            while not sv.should_stop():
                time.sleep(0.05)

    found = [failure(fails)[0], sv.should_stop(), failure(ends), failure(in_a_thread)]
    found.append(failure(lambda: sv.start_queue_runners(tf.Session(), [1]))[0])
    return found


def not_the_chief(tf, folder):
    step, loss, train = counter(tf)
    found = [failure(lambda: tf.train.Supervisor(is_chief=False))]
    with tf.Graph().as_default():
        with tf.device("/job:worker/task:0"):
            counter(tf)
        sv = tf.train.Supervisor(is_chief=False, logdir=folder)
        found.append([repr(sv.summary_writer), repr(sv.save_path), repr(sv.save_model_secs), files(folder)])
        found.append(failure(lambda: sv.start_standard_services(None)))
    return found


def stopped_and_started(tf, folder):
    step, loss, train = counter(tf)
    sv = tf.train.Supervisor(logdir=folder, save_model_secs=0, save_summaries_secs=0)
    found = []
    for _ in range(2):
        with sv.managed_session() as session:
            session.run(train)
            found.append([int(session.run(step)), sv.should_stop()])
        found.append(sv.should_stop())

    def kept():
        with sv.stop_on_exception():
            raise KeyError("kept")

    found.append(failure(kept))
    sv.coord.clear_stop()
    kept()
    found.append(failure(sv.stop))
    return found


# ---- clusters and devices


def clusters(tf, folder):
    spec = tf.train.ClusterSpec({"worker": ["w0:1", "w1:2"], "ps": {1: "p1:3", 0: "p0:4"}})
    same = tf.train.ClusterSpec(spec.as_cluster_def())
    sparse = tf.train.ClusterSpec({"worker": {1: "w1:2"}})
    found = [
        spec.as_dict(),
        spec.jobs,
        spec.num_tasks("ps"),
        spec.task_indices("worker"),
        spec.task_address("ps", 1),
        spec.job_tasks("ps"),
    ]
    found += [same == spec, same != spec, bool(spec), bool(tf.train.ClusterSpec({})), tf.train.ClusterSpec(spec) == spec]
    found += [sorted(sparse.as_dict()["worker"].items()), sparse.job_tasks("worker"), sparse.task_indices("worker")]
    found += [
        failure(lambda: spec.num_tasks("x")),
        failure(lambda: spec.task_address("ps", 7)),
        failure(lambda: spec.job_tasks("x")),
    ]
    found += [failure(lambda: spec.task_indices("x")), failure(lambda: spec.task_address("x", 0))]
    found += [failure(lambda: tf.train.ClusterSpec([1])), failure(lambda: tf.train.ClusterSpec({"a": 3}))]
    found += [failure(lambda: tf.train.ClusterSpec({"a": {"0": "x"}})), failure(lambda: tf.train.ClusterSpec({"a": [3]}))]
    return found


def placed(tf, setter):
    with tf.device(setter):
        a = tf.get_variable("a", [2])
        b = tf.get_variable("b", [3])
        c = tf.identity(a, name="c")
        with tf.device("/cpu:0"):
            d = tf.get_variable("d", [1])
            e = tf.add(c, 1.0, name="e")
        with tf.device("/job:other/task:3"):
            f = tf.get_variable("f", [1])
    return [x.op.device if hasattr(x, "op") else x.device for x in (a, b, c, d, e, f)]


def device_setters(tf, folder):
    cluster = {"ps": ["p0:1", "p1:2"], "worker": ["w0:3"]}
    made = {
        "tasks": lambda: tf.train.replica_device_setter(ps_tasks=2),
        "cluster": lambda: tf.train.replica_device_setter(cluster=cluster, worker_device="/job:worker/task:0"),
        "spec": lambda: tf.train.replica_device_setter(
            cluster=tf.train.ClusterSpec(cluster), worker_device="/job:worker/task:0/gpu:1"
        ),
        "other": lambda: tf.train.replica_device_setter(ps_tasks=3, ps_device="/job:x", worker_device="/job:y"),
        "ops": lambda: tf.train.replica_device_setter(ps_tasks=2, ps_ops=["Identity"]),
        "strategy": lambda: tf.train.replica_device_setter(ps_tasks=4, ps_strategy=lambda op: 3),
    }
    found = {}
    for name, make in made.items():
        with tf.Graph().as_default():
            found[name] = placed(tf, make())
    with tf.Graph().as_default():
        found["none"] = tf.train.replica_device_setter(ps_tasks=0)
        found["error"] = failure(lambda: tf.train.replica_device_setter(ps_tasks=1, ps_strategy=3))
        found["not merged"] = placed(tf, tf.train.replica_device_setter(ps_tasks=2, merge_devices=False))
    return found


def local_servers(tf, folder):
    server = tf.train.Server.create_local_server()
    found = [
        server.target.rsplit(":", 1)[0],
        server.server_def.job_name,
        server.server_def.task_index,
        server.server_def.protocol,
    ]
    v = tf.get_variable("v", initializer=1.0)
    grow = tf.assign_add(v, 1.0)
    with tf.Session(server.target) as session:
        session.run(tf.global_variables_initializer())
        session.run(grow)
    with tf.Session(server.target) as session:
        found.append(float(session.run(v)))
    calls = [failure(lambda: tf.train.Server("x"))[0], failure(lambda: tf.train.Server({"a": ["localhost:0"], "b": ["x:1"]}))]
    return [found, calls]


PROGRAMS = {
    f.__name__: f
    for f in (
        defaults, managed, continues, without_services, no_directory, own_parts, errors_inside, not_the_chief, stopped_and_started,
        clusters, device_setters, local_servers,
    )
}  # fmt: skip
if not os.environ.get("TF_CPP_MIN_LOG_LEVEL"):
    SETTLE = 0.2
