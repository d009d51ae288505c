"""Programs of hooks and monitored sessions: run under TensorFlow 1.15 by `golden/record_sessions.py`, here by `test_sessions.py`.

Each takes `tf` and an empty folder and gives facts that JSON can hold; what depends on the clock is taken out of log lines.
"""

import logging
import os
import re

import numpy as np


class Lines(logging.Handler):
    """The log of `tf`, with times, folders and addresses taken out."""

    def __init__(self, folder):
        super().__init__()
        self.lines, self.folder = [], folder

    def emit(self, record):
        text = record.getMessage().replace(self.folder, "DIR")
        text = re.sub(r"\(\d+\.\d{3} sec\)", "(T sec)", text)
        text = re.sub(r"\(\d+\.\d{3} sec/step\)", "(T sec/step)", text)
        text = re.sub(r"\d{4}-\d\d-\d\d([T-])\d\d:\d\d:\d\d", r"DATE\1TIME", text)
        text = re.sub(r"/sec: [\d.e+-]+$", "/sec: N", text)
        self.lines.append(f"{record.levelname} {text}")


def logged(tf, folder, program):
    """What a program gives, and the lines that it logged, at level INFO."""
    logger, handler = logging.getLogger("tensorflow"), Lines(folder)
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        with tf.Graph().as_default():
            made = program(tf, folder)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    # not deprecations of TensorFlow's own calls, nor what depends on whether it reads the step before or after the step, a race
    noise = re.compile("WARNING (From |\nThe TensorFlow contrib|It seems that global step.*value: [1-9])")
    lines = [x for x in handler.lines if not noise.match(x)]
    return {"made": made, "log": lines}


def failure(call):
    """The type and the text of an error, or what the call gives."""
    try:
        return ["no error", repr(call())]
    except Exception as e:
        return [type(e).__name__, re.sub(r"0x[0-9a-f]+", "0x", str(e).splitlines()[0] if str(e) else "")]


def counter(tf):
    """A step that adds one to the global step, and a loss that falls with it."""
    step = tf.train.get_or_create_global_step()
    w = tf.get_variable("w", initializer=np.float32(2.0))
    loss = tf.multiply(w, 2.0, name="loss")
    with tf.control_dependencies([loss]):  # the loss is that of before the step
        train = tf.group(tf.assign_sub(w, 0.25), tf.assign_add(step, 1), name="train")
    return step, loss, train


def spy_hook(tf, calls, name="spy", fetch=None, feed=None, stop_at=None):
    class Spy(tf.train.SessionRunHook):
        runs = 0

        def begin(self):
            calls.append([name, "begin", tf.get_default_graph().finalized])

        def after_create_session(self, session, coord):
            calls.append([name, "after_create_session", type(session).__name__, type(coord).__name__, session.graph.finalized])

        def before_run(self, run_context):
            args = run_context.original_args
            calls.append([name, "before_run", len(args), repr(args.feed_dict), run_context.stop_requested])
            if fetch is not None or feed is not None:
                return tf.train.SessionRunArgs(fetches=fetch, feed_dict=feed)
            return None

        def after_run(self, run_context, run_values):
            self.runs += 1
            results = run_values.results
            calls.append([name, "after_run", repr(results), type(run_values.run_metadata).__name__])
            if stop_at == self.runs:
                run_context.request_stop()

        def end(self, session):
            calls.append([name, "end", type(session).__name__])

    return Spy()


def files(folder):
    return sorted(re.sub(r"events\.out\.tfevents\..*", "events", f) for f in os.listdir(folder))


def events(tf, folder):
    """What lies in the event files of a folder: [kind, step, tags or status]."""
    found = []
    tf.summary.FileWriterCache.clear()  # TensorFlow writes events late
    for name in sorted(f for f in os.listdir(folder) if "tfevents" in f):
        for e in tf.train.summary_iterator(os.path.join(folder, name)):
            kind = e.WhichOneof("what")
            if kind == "summary":
                found.append([kind, e.step, [v.tag for v in e.summary.value]])
            elif kind == "session_log":
                found.append([kind, e.step, e.session_log.status, e.session_log.checkpoint_path.replace(folder, "DIR")])
            elif kind == "tagged_run_metadata":
                found.append([kind, e.step, e.tagged_run_metadata.tag])
            elif kind != "file_version":
                found.append([kind, e.step])
    return found


# ---- order of calls


def order_of_calls(tf, folder):
    calls = []
    _, loss, train = counter(tf)
    hooks = [spy_hook(tf, calls, "a", fetch=loss), spy_hook(tf, calls, "b", stop_at=2)]
    with tf.train.MonitoredSession(hooks=hooks) as session:
        calls.append(["user", type(session).__name__, session.should_stop(), tf.get_default_session() is None])
        while not session.should_stop():
            calls.append(["user", repr(session.run(train))])
        calls.append(["user", "out", session.graph is tf.get_default_graph()])
    calls.append(["user", session.should_stop(), tf.get_default_graph().finalized])
    return calls


def hooks_fetch_structures(tf, folder):
    calls = []
    step, loss, train = counter(tf)
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.add(x, loss, name="y")
    hooks = [spy_hook(tf, calls, "a", fetch={"l": loss, "pair": [loss, loss]}), spy_hook(tf, calls, "b", feed={x: 3.0})]
    hooks.append(spy_hook(tf, calls, "c", fetch=train))
    with tf.train.SingularMonitoredSession(hooks=hooks) as session:
        calls.append(repr(session.run({"y": y})))
        calls.append(repr(session.run(y)))
        calls.append(type(session.raw_session()).__name__)
    return calls


def feeds_that_clash(tf, folder):
    x = tf.placeholder(tf.float32, [], name="x")
    y = x + 1.0
    found = []
    with tf.train.MonitoredSession(hooks=[spy_hook(tf, [], feed={x: 3.0})]) as session:
        found.append(failure(lambda: session.run(y, {x: 2.0})))
    hooks = [spy_hook(tf, [], feed={x: 3.0}), spy_hook(tf, [], feed={x: 4.0})]
    with tf.train.MonitoredSession(hooks=hooks) as session:
        found.append(failure(lambda: session.run(y)))
    return found


def an_error_of_the_step(tf, folder):
    """Hooks do not end; the error comes out as it is."""
    calls = []
    x = tf.placeholder(tf.float32, [None], name="x")
    checked = tf.check_numerics(x, "bad number")

    def run():
        with tf.train.MonitoredSession(hooks=[spy_hook(tf, calls)]) as session:
            session.run(checked, {x: [np.nan]})

    return [failure(run)[0], calls]


def the_end_of_the_data(tf, folder):
    """OutOfRangeError and StopIteration leave the block quietly and hooks end."""
    calls = []
    counter(tf)
    with tf.train.MonitoredSession(hooks=[spy_hook(tf, calls)]):
        raise tf.errors.OutOfRangeError(None, None, "no more")
    with tf.train.MonitoredSession(hooks=[spy_hook(tf, calls)]):
        raise StopIteration

    def other():
        with tf.train.MonitoredSession(hooks=[spy_hook(tf, calls)]):
            raise KeyError("x")

    return [failure(other), calls]


def used_wrongly(tf, folder):
    calls, found = [], []
    _, _, train = counter(tf)
    session = tf.train.MonitoredSession(hooks=[spy_hook(tf, calls, stop_at=1)])
    session.run(train)
    found.append(failure(lambda: session.run(train)))
    session.close()
    found.append(failure(session.close))
    found.append(failure(lambda: tf.train.MonitoredSession(hooks=["x"])))
    return [found, calls[:5]]


def recovered(tf, folder):
    """Aborted and Unavailable errors close the session and open a new one, from the last checkpoint."""
    calls, raised = [], []
    step, _, train = counter(tf)

    class Failing(tf.train.SessionRunHook):
        def after_run(self, run_context, run_values):
            if len(raised) < 2 and run_context.session.run(step) == 3:
                raised.append(1)
                raise (tf.errors.AbortedError if len(raised) == 1 else tf.errors.UnavailableError)(None, None, "gone")

    hooks = [spy_hook(tf, calls), Failing(), tf.train.StopAtStepHook(last_step=4)]
    creator = tf.train.ChiefSessionCreator(checkpoint_dir=folder)
    saver = tf.train.CheckpointSaverHook(folder, save_steps=2)
    with tf.train.MonitoredSession(creator, hooks=[*hooks, saver]) as session:
        while not session.should_stop():
            session.run(train)
    return [calls, files(folder)]


def step_functions(tf, folder):
    calls = []
    step, loss, train = counter(tf)

    def once(step_context):
        calls.append(["step", type(step_context.session).__name__])
        value = step_context.session.run(loss)
        calls.append(repr(step_context.run_with_hooks(loss)))
        step_context.run_with_hooks(train)
        return float(value)

    def stops(step_context):
        step_context.request_stop()

    class Owner:
        def once(self, step_context):
            return float(step_context.session.run(loss))

    with tf.train.MonitoredSession(hooks=[spy_hook(tf, calls)]) as session:
        calls.append(session.run_step_fn(once))
        calls.append(session.run_step_fn(Owner().once))
        calls.append(failure(lambda: session.run_step_fn(lambda a, b: 1)))
        calls.append(failure(lambda: session.run_step_fn(lambda other: 1)))
        while not session.should_stop():
            session.run_step_fn(stops)
            calls.append("not here")
    return calls


# ---- the basic hooks


def train_with(tf, hooks, steps=None, fetches=None, **kwargs):
    _, _, train = counter(tf)
    with tf.train.MonitoredTrainingSession(hooks=hooks() if callable(hooks) else hooks, **kwargs) as session:
        n = 0
        while not session.should_stop() and (steps is None or n < steps):
            session.run(train)
            n += 1
    return n


def stop_at_step(tf, folder):
    n = [train_with(tf, [tf.train.StopAtStepHook(last_step=3)], checkpoint_dir=folder)]
    for hook in (tf.train.StopAtStepHook(num_steps=2), tf.train.StopAtStepHook(last_step=4)):
        with tf.Graph().as_default():
            n.append(train_with(tf, [hook], checkpoint_dir=folder))
    found = [failure(lambda: tf.train.StopAtStepHook()), failure(lambda: tf.train.StopAtStepHook(1, 2))]
    with tf.Graph().as_default():
        found.append(failure(lambda: tf.train.MonitoredSession(hooks=[tf.train.StopAtStepHook(2)])))
    return [n, found, files(folder)]


def logging_tensors(tf, folder):
    step, loss, train = counter(tf)
    vector = tf.multiply(tf.constant([1.0, 1e-5, 20.0]), 1.0, name="vector")
    makers = [
        lambda: tf.train.LoggingTensorHook({"loss": loss, "a": vector}, every_n_iter=2),
        lambda: tf.train.LoggingTensorHook(["loss", "vector:0"], every_n_iter=3, at_end=True),
        lambda: tf.train.LoggingTensorHook([loss], at_end=True),
        lambda: tf.train.LoggingTensorHook({"l": "loss"}, every_n_secs=1000),
        lambda: tf.train.LoggingTensorHook({"x": loss}, every_n_iter=2, formatter=lambda d: "own " + repr(sorted(d))),
    ]
    for make in makers:
        with tf.train.MonitoredSession(hooks=[make()]) as session:
            for _ in range(5):
                session.run(train)
    split = tf.split(vector, 3, name="split")
    return [
        failure(lambda: tf.train.LoggingTensorHook([loss])),
        failure(lambda: tf.train.LoggingTensorHook([loss], every_n_iter=1, every_n_secs=1)),
        failure(lambda: tf.train.LoggingTensorHook([loss], every_n_iter=0)),
        failure(lambda: tf.train.MonitoredSession(hooks=[tf.train.LoggingTensorHook(["split"], every_n_iter=1)])),
        failure(lambda: tf.train.MonitoredSession(hooks=[tf.train.LoggingTensorHook(["nothing"], every_n_iter=1)])),
        len(split),
    ]


def listener(tf, calls, stop_at=None):
    class Listener(tf.train.CheckpointSaverListener):
        def begin(self):
            calls.append("begin")

        def before_save(self, session, global_step_value):
            calls.append(["before_save", int(global_step_value)])

        def after_save(self, session, global_step_value):
            calls.append(["after_save", int(global_step_value)])
            return stop_at == global_step_value

        def end(self, session, global_step_value):
            calls.append(["end", int(global_step_value)])

    return Listener()


def saving_checkpoints(tf, folder):
    calls = []
    counter(tf)
    hooks = [tf.train.CheckpointSaverHook(folder, save_steps=2, listeners=[listener(tf, calls)])]
    train = tf.get_default_graph().get_operation_by_name("train")
    with tf.train.MonitoredSession(hooks=hooks) as session:
        for _ in range(5):
            session.run(train)
    return [calls, files(folder), events(tf, folder), tf.train.latest_checkpoint(folder).replace(folder, "DIR")]


def listeners_that_stop(tf, folder):
    calls = []
    _, _, train = counter(tf)
    hooks = [
        tf.train.CheckpointSaverHook(folder, save_steps=2, listeners=[listener(tf, calls, stop_at=2)], checkpoint_basename="m")
    ]
    n = 0
    with tf.train.MonitoredSession(hooks=hooks) as session:
        while not session.should_stop():
            session.run(train)
            n += 1
    scaffold = tf.train.Scaffold()
    return [
        n,
        calls,
        files(folder),
        failure(lambda: tf.train.CheckpointSaverHook(folder)),
        failure(lambda: tf.train.CheckpointSaverHook(folder, save_steps=1, save_secs=1)),
        failure(lambda: tf.train.CheckpointSaverHook(folder, save_steps=1, saver=tf.train.Saver(), scaffold=scaffold)),
    ]


def counting_steps(tf, folder):
    _, _, train = counter(tf)
    stuck = tf.group(tf.no_op())
    with tf.train.MonitoredSession(hooks=[tf.train.StepCounterHook(every_n_steps=2, output_dir=folder)]) as session:
        for _ in range(7):
            session.run(train)
    second = os.path.join(folder, "second")
    with tf.train.MonitoredSession(hooks=[tf.train.StepCounterHook(every_n_steps=1, output_dir=second)]) as session:
        for _ in range(3):
            session.run(stuck)
    return [events(tf, folder), failure(lambda: tf.train.StepCounterHook(every_n_steps=1, every_n_secs=1))]


def saving_summaries(tf, folder):
    step, loss, train = counter(tf)
    tf.summary.scalar("loss", loss)
    other = tf.summary.scalar("other", loss * 2.0, collections=[])
    scaffold = tf.train.Scaffold(summary_op=tf.summary.merge_all())
    makers = {
        "merged": lambda d: tf.train.SummarySaverHook(save_steps=2, output_dir=d, scaffold=scaffold),
        "list": lambda d: tf.train.SummarySaverHook(save_steps=2, output_dir=d, summary_op=[other, tf.summary.merge_all()]),
        "secs": lambda d: tf.train.SummarySaverHook(save_secs=1000, output_dir=d, summary_op=other),
    }
    found = {}
    for name, make in makers.items():
        path = os.path.join(folder, name)
        with tf.train.MonitoredSession(hooks=[make(path)]) as session:
            for _ in range(6):
                session.run(train)
        found[name] = events(tf, path)
    return [
        found,
        failure(lambda: tf.train.SummarySaverHook(save_steps=1)),
        failure(lambda: tf.train.SummarySaverHook(save_steps=1, save_secs=1, summary_op=other)),
        failure(lambda: tf.train.SummarySaverHook(save_steps=1, summary_op=other, scaffold=tf.train.Scaffold())),
        failure(lambda: tf.train.SummarySaverHook(summary_op=other)),
    ]


def losses_that_are_nan(tf, folder):
    x = tf.placeholder(tf.float32, [], name="x")
    loss = x * 1.0

    def fails():
        with tf.train.MonitoredSession(hooks=[tf.train.NanTensorHook(loss)]) as session:
            session.run(loss, {x: 1.0})
            session.run(loss, {x: np.nan})

    with tf.train.MonitoredSession(hooks=[tf.train.NanTensorHook(loss, fail_on_nan_loss=False)]) as session:
        session.run(loss, {x: np.nan})
        stopped = session.should_stop()
    return [failure(fails), stopped, issubclass(tf.train.NanLossDuringTrainingError, RuntimeError)]


def other_hooks(tf, folder):
    step, loss, train = counter(tf)
    x = tf.placeholder_with_default(1.0, [], name="x")
    y = x + 1.0
    final = tf.train.FinalOpsHook({"loss": loss, "y": y}, final_ops_feed_dict={x: 5.0})
    found = [repr(final.final_ops_values)]
    hooks = [final, tf.train.FeedFnHook(lambda: {x: 9.0}), tf.train.GlobalStepWaiterHook(0)]
    with tf.train.MonitoredSession(hooks=hooks) as session:
        found.append(float(session.run([y, train])[0]))
    values = final.final_ops_values
    found.append({k: float(v) for k, v in values.items()})
    waits = tf.train.GlobalStepWaiterHook(1)
    with tf.train.MonitoredSession(hooks=[waits]) as session:
        session.run_step_fn(lambda step_context: step_context.session.run(train))
        session.run(train)
    empty = tf.train.FinalOpsHook(None)
    with tf.train.MonitoredSession(hooks=[empty]):
        pass
    return [found, repr(empty.final_ops_values)]


def profiles(tf, folder):
    _, _, train = counter(tf)
    with tf.train.MonitoredSession(hooks=[tf.train.ProfilerHook(save_steps=2, output_dir=folder)]) as session:
        for _ in range(5):
            session.run(train)
    return [files(folder), events(tf, folder)]


def timers(tf, folder):
    timer = tf.train.SecondOrStepTimer(every_steps=3)
    found = [timer.should_trigger_for_step(1), timer.last_triggered_step(), repr(timer.update_last_triggered_step(1))]
    found += [timer.should_trigger_for_step(s) for s in (1, 2, 3, 4, 5)]
    found += [timer.last_triggered_step(), timer.update_last_triggered_step(4)[1]]
    timer.reset()
    found += [timer.last_triggered_step(), timer.should_trigger_for_step(4)]
    found += [failure(lambda: tf.train.SecondOrStepTimer()), failure(lambda: tf.train.SecondOrStepTimer(1, 2))]
    return found


# ---- scaffolds and monitored training


def training_session(tf, folder):
    _, loss, train = counter(tf)
    tf.summary.scalar("loss", loss)
    calls = []
    with tf.train.MonitoredTrainingSession(
        checkpoint_dir=folder,
        hooks=[spy_hook(tf, calls, "h")],
        chief_only_hooks=[spy_hook(tf, calls, "chief")],
        save_checkpoint_steps=2,
        save_summaries_steps=2,
        log_step_count_steps=2,
    ) as session:
        for _ in range(5):
            session.run(train)
    return [[c[:2] for c in calls], files(folder), events(tf, folder)]


def continued(tf, folder):
    """A second session goes on from the checkpoint of the first."""
    steps = []

    def look(step_context):
        return int(step_context.session.run(tf.train.get_global_step()))

    for _ in range(2):
        with tf.Graph().as_default():
            _, _, train = counter(tf)
            with tf.train.MonitoredTrainingSession(
                checkpoint_dir=folder, save_checkpoint_secs=None, save_checkpoint_steps=100
            ) as s:
                steps.append(s.run_step_fn(look))
                for _ in range(3):
                    s.run(train)
    return [steps, files(folder), open(os.path.join(folder, "checkpoint")).read().replace(folder, "DIR")]


def scaffolds(tf, folder):
    step, loss, train = counter(tf)
    local = tf.get_variable("local", initializer=7.0, collections=[tf.GraphKeys.LOCAL_VARIABLES], trainable=False)
    x = tf.placeholder(tf.float32, [], name="x")
    w = tf.get_default_graph().get_tensor_by_name("w:0")
    fed = tf.get_variable("fed", initializer=x)
    calls = []

    def init_fn(scaffold, session):
        calls.append([type(scaffold).__name__, type(session).__name__, float(session.run(w))])

    scaffold = tf.train.Scaffold(init_fn=init_fn, init_feed_dict={x: 4.0}, init_op=tf.global_variables_initializer())
    before = [
        repr(getattr(scaffold, k)) for k in ("ready_op", "local_init_op", "saver", "summary_op", "ready_for_local_init_op")
    ]
    with tf.train.MonitoredTrainingSession(scaffold=scaffold) as session:
        calls.append([float(v) for v in session.run([local, fed, w])])
    after = [type(getattr(scaffold, k)).__name__ for k in ("ready_op", "local_init_op", "saver", "summary_op")]
    keys = tf.GraphKeys
    sizes = {
        k: len(tf.get_collection(k)) for k in (keys.INIT_OP, keys.READY_OP, keys.READY_FOR_LOCAL_INIT_OP, keys.LOCAL_INIT_OP)
    }
    sizes.update({k: len(tf.get_collection(k)) for k in (keys.SAVERS, keys.SUMMARY_OP)})
    same = tf.train.Scaffold(copy_from_scaffold=scaffold)
    return [before, after, sizes, calls, same.init_op is scaffold.init_op, same.saver is scaffold.saver]


def scaffold_errors(tf, folder):
    counter(tf)
    tf.add_to_collection(tf.GraphKeys.READY_OP, tf.constant(1))
    tf.add_to_collection(tf.GraphKeys.READY_OP, tf.constant(2))
    found = [failure(lambda: tf.train.Scaffold().finalize())[0]]
    found.append(failure(lambda: tf.train.Scaffold(copy_from_scaffold="x")))
    return found


def nothing_makes_ready(tf, folder):
    with tf.Graph().as_default() as graph:
        counter(tf)
        found = [
            failure(lambda: tf.train.MonitoredSession(tf.train.ChiefSessionCreator(tf.train.Scaffold(init_op=tf.no_op()))))
        ]
        found.append(graph.finalized)
    counter(tf)
    manager = tf.train.SessionManager(ready_op=tf.report_uninitialized_variables())
    found.append(failure(lambda: manager.prepare_session("")))
    found.append(failure(lambda: manager.wait_for_session("", max_wait_secs=0)))
    found.append(failure(lambda: manager.prepare_session("", init_op=tf.no_op())))
    found.append(failure(lambda: tf.train.SessionManager(ready_for_local_init_op=tf.no_op())))
    both = {"checkpoint_dir": folder, "checkpoint_filename_with_path": "x", "saver": tf.train.Saver()}
    found.append(failure(lambda: manager.prepare_session("", **both)))
    session, ready = manager.recover_session("", saver=tf.train.Saver(), checkpoint_dir=folder)
    found.append(["recover", type(session).__name__, ready])
    return found


def session_managers(tf, folder):
    step, loss, train = counter(tf)
    saver, found = tf.train.Saver(), []
    manager = tf.train.SessionManager(ready_op=tf.report_uninitialized_variables(), recovery_wait_secs=0.1)
    with manager.prepare_session("", init_op=tf.global_variables_initializer(), saver=saver, checkpoint_dir=folder) as session:
        session.run(train)
        saver.save(session, os.path.join(folder, "m"), 1)
    session, ready = manager.recover_session("", saver=saver, checkpoint_dir=folder)
    found.append([ready, int(session.run(step))])
    called = []
    with manager.prepare_session("", init_fn=called.append, saver=saver, checkpoint_dir=folder) as session:
        found.append([len(called), int(session.run(step))])
    path = os.path.join(folder, "m-1")
    with manager.prepare_session("", saver=saver, checkpoint_filename_with_path=path) as session:
        found.append(int(session.run(step)))
    late = os.path.join(folder, "none")
    found.append(failure(lambda: manager.wait_for_session("", max_wait_secs=0.05)))
    waits = {"checkpoint_dir": late, "wait_for_checkpoint": True, "max_wait_secs": 0.1, "saver": saver}
    found.append(manager.recover_session("", **waits)[1])
    return found


def workers(tf, folder):
    _, _, train = counter(tf)
    calls = []
    creator = tf.train.WorkerSessionCreator(max_wait_secs=0)
    return [failure(lambda: tf.train.MonitoredSession(creator, hooks=[spy_hook(tf, calls)])), calls]


PROGRAMS = {
    f.__name__: f
    for f in (
        order_of_calls, hooks_fetch_structures, feeds_that_clash, an_error_of_the_step, the_end_of_the_data, used_wrongly, recovered,
        step_functions, stop_at_step, logging_tensors, saving_checkpoints, listeners_that_stop, counting_steps, saving_summaries,
        losses_that_are_nan, other_hooks, profiles, timers, training_session, continued, scaffolds, scaffold_errors,
        nothing_makes_ready, session_managers, workers,
    )
}  # fmt: skip
