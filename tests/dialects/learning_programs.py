"""Programs of `contrib.training` and `slim.learning`: run under TensorFlow 1.15 by `golden/record_learning.py`, here by `test_learning.py`.

Each takes `tf` and an empty folder and gives facts that JSON can hold, see `train/session_programs.py`.
"""

import contextlib
import io
import os

import numpy as np

try:
    from session_programs import events, failure, files
except ImportError:  # beside the tests, not by itself
    from tests.train.session_programs import events, failure, files

X = np.float32([[(i * 7 + j * 3) % 5 - 2 for j in range(4)] for i in range(16)])
Y = np.float32([[float(i % 2)] for i in range(16)])


def model(tf, l2=0.0):
    slim = tf.contrib.slim
    x, y = tf.constant(X), tf.constant(Y)
    init = tf.constant_initializer(np.float32([[0.1], [-0.2], [0.3], [0.05]]))
    logits = slim.fully_connected(x, 1, activation_fn=None, weights_initializer=init, scope="fc")
    tf.losses.sigmoid_cross_entropy(y, logits)
    return logits


def nodes(tf, scope=""):
    return [
        [o.name, o.type, [i.name for i in o.inputs]]
        for o in tf.get_default_graph().get_operations()
        if o.name.startswith(scope)
    ]


def numbers(values):
    return [round(float(v), 5) for v in values]


def train_ops(tf, folder):
    slim = tf.contrib.slim
    model(tf)
    loss = tf.losses.get_total_loss()
    optimizer = tf.train.GradientDescentOptimizer(0.5)
    op = slim.learning.create_train_op(
        loss, optimizer, clip_gradient_norm=0.1, summarize_gradients=True, gradient_multipliers={"fc/weights": 2.0}
    )
    made = [
        op.name,
        [t.name for t in tf.get_collection(tf.GraphKeys.TRAIN_OP)],
        nodes(tf, "train_op"),
        [n[0] for n in nodes(tf, "clip_grads")][-1:],
    ]
    made += [
        [n[:2] for n in nodes(tf, "multiply_grads")],
        [n[0] for n in nodes(tf, "summarize_grads")],
        tf.train.get_global_step().name,
    ]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        made.append(numbers(session.run(op) for _ in range(3)))
        made.append(int(session.run(tf.train.get_global_step())))
    return made


def updates_and_steps(tf, folder):
    training = tf.contrib.training
    model(tf)
    loss = tf.losses.get_total_loss()
    counted = tf.get_variable("counted", initializer=0.0, trainable=False)
    tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, tf.assign_add(counted, 1.0))
    optimizer = tf.train.GradientDescentOptimizer(0.5)
    ops = [
        training.create_train_op(loss, optimizer),
        training.create_train_op(loss, optimizer, global_step=None, update_ops=[]),
        training.create_train_op(loss, optimizer, variables_to_train=tf.trainable_variables("fc/b"), check_numerics=False),
        training.create_train_op(loss, optimizer, transform_grads_fn=training.clip_gradient_norms_fn(0.01)),
    ]
    made = [[op.name for op in ops], [n for n in nodes(tf) if "update_barrier" in n[0]]]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for op in ops:
            made.append(numbers(session.run(op) for _ in range(2)))
            made.append(numbers(session.run([counted, tf.train.get_global_step()])))
    return made


def gradients(tf, folder):
    training = tf.contrib.training
    v = tf.get_variable("v", initializer=[[3.0, 4.0], [1.0, 1.0]])
    w = tf.get_variable("w", initializer=[6.0, 8.0])
    dense = tf.constant([3.0, 4.0])
    sparse = tf.IndexedSlices(tf.constant([[6.0, 8.0]]), tf.constant([1]), tf.constant([2, 2]))
    pairs = [(sparse, v), (dense, w)]
    clipped = training.clip_gradient_norms([*pairs, (None, w)], 1.0)
    times = training.multiply_gradients(pairs, {v: 3.0, "w": tf.constant(0.5)})
    made = training.add_gradients_summaries([*pairs, (None, w)])
    found = [type(clipped[0][0]).__name__, repr(clipped[2][0]), [s.name for s in made], [s.op.type for s in made]]
    with tf.Session() as session:
        for pairs_ in (clipped[:2], times):
            got = session.run([pairs_[0][0].values, pairs_[1][0]])
            found.append([g.tolist() for g in got])
    found += [failure(lambda: training.multiply_gradients((1,), {v: 1})), failure(lambda: training.multiply_gradients([1], {}))]
    found += [
        failure(lambda: training.multiply_gradients([1], [1])),
        failure(lambda: training.multiply_gradients([(None, v)], {v: 1})),
    ]
    return found


def simple_training(tf, folder):
    training = tf.contrib.training
    model(tf)
    op = training.create_train_op(tf.losses.get_total_loss(), tf.train.GradientDescentOptimizer(0.5))
    hooks = [tf.train.StopAtStepHook(num_steps=20)]
    loss = training.train(op, folder, hooks=hooks, save_summaries_steps=10)
    errors = [failure(lambda: training.train(op, None)), failure(lambda: training.train(op, None, save_summaries_steps=None))]
    return [numbers([loss]), files(folder), errors]


def slim_training(tf, folder):
    slim = tf.contrib.slim
    model(tf)
    tf.summary.scalar("total", tf.losses.get_total_loss())
    op = slim.learning.create_train_op(tf.losses.get_total_loss(), tf.train.GradientDescentOptimizer(0.5))
    calls = []
    loss = slim.learning.train(
        op,
        folder,
        number_of_steps=20,
        log_every_n_steps=10,
        init_fn=lambda session: calls.append(type(session).__name__),
        session_wrapper=lambda session: (calls.append("wrapped"), session)[1],
        trace_every_n_steps=8,
        session_config=tf.ConfigProto(allow_soft_placement=True),
    )
    return [
        numbers([loss]),
        [f for f in files(folder) if "-0." not in f],
        calls,
        tf.train.latest_checkpoint(folder).replace(folder, "DIR"),
    ]


def slim_goes_on(tf, folder):
    slim, found = tf.contrib.slim, []
    for steps in (5, 8, 8):
        with tf.Graph().as_default():
            model(tf)
            op = slim.learning.create_train_op(tf.losses.get_total_loss(), tf.train.GradientDescentOptimizer(0.5))
            loss = slim.learning.train(
                op, folder, number_of_steps=steps, log_every_n_steps=0, save_interval_secs=0, save_summaries_secs=0
            )
            found.append(numbers([loss]))
    return [found, sorted(set(files(folder)))]


def slim_without_directory(tf, folder):
    slim = tf.contrib.slim
    model(tf)
    op = slim.learning.create_train_op(tf.losses.get_total_loss(), tf.train.GradientDescentOptimizer(0.5))
    learning = slim.learning

    def own_step(session, train_op, global_step, kwargs):
        loss, stop = learning.train_step(session, train_op, global_step, kwargs)
        kwargs["seen"].append(sorted(kwargs))
        return loss, stop or len(kwargs["seen"]) == 3

    kwargs = {"seen": []}
    found = [numbers([learning.train(op, None, train_step_fn=own_step, train_step_kwargs=kwargs)]), kwargs["seen"]]
    with tf.Graph().as_default():
        model(tf)
        op = learning.create_train_op(tf.losses.get_total_loss(), tf.train.GradientDescentOptimizer(0.5))
        found += [failure(lambda: learning.train(None, folder)), failure(lambda: learning.train(op, None, summary_op=None))]
        found.append(failure(lambda: learning.train(op, None, saver=tf.train.Saver())))
        found.append(failure(lambda: learning.train(op, None, trace_every_n_steps=1)))
        found.append(failure(lambda: learning.train(op, folder, number_of_steps=0)))
    with tf.Graph().as_default():
        model(tf)
        op = learning.create_train_op(tf.losses.get_total_loss(), tf.train.GradientDescentOptimizer(0.5))
        found.append(failure(lambda: learning.train(op, None, init_op=None, number_of_steps=1))[0])
    return found


def trained(tf, folder):
    """A checkpoint of the model at step 5."""
    with tf.Graph().as_default():
        model(tf)
        op = tf.contrib.training.create_train_op(tf.losses.get_total_loss(), tf.train.GradientDescentOptimizer(0.5))
        hooks = [tf.train.StopAtStepHook(num_steps=5)]
        tf.contrib.training.train(op, folder, hooks=hooks, save_summaries_steps=0, save_checkpoint_secs=1000)
    return tf.train.latest_checkpoint(folder)


def metric(tf):
    """A streaming count of right answers, without `tf.metrics`."""
    right = tf.reduce_sum(tf.cast(tf.equal(model(tf) > 0.0, tf.constant(Y) > 0.5), tf.float32))
    total = tf.get_variable("right", initializer=0.0, trainable=False, collections=[tf.GraphKeys.LOCAL_VARIABLES])
    return total, tf.assign_add(total, right)


def evaluating_once(tf, folder):
    training = tf.contrib.training
    path = trained(tf, folder)
    total, update = metric(tf)
    tf.summary.scalar("total", total)
    logs = os.path.join(folder, "logs")
    hooks = [training.StopAfterNEvalsHook(3), training.SummaryAtEndHook(logs)]
    found = [training.evaluate_once(path, eval_ops=update, final_ops={"total": total}, hooks=hooks)]
    found[0] = {k: float(v) for k, v in found[0].items()}
    found += [events(tf, logs), training.get_or_create_eval_step().name, len(tf.local_variables())]
    found.append(training.get_or_create_eval_step() is training.get_or_create_eval_step())
    with tf.Graph().as_default():
        total, update = metric(tf)
        hooks = [training.StopAfterNEvalsHook(40)]
        found.append(float(training.evaluate_once(path, eval_ops=[update], final_ops=total, hooks=hooks)))
    with tf.Graph().as_default():
        total, update = metric(tf)
        found.append(training.evaluate_once(path, eval_ops=None, final_ops=None))
    found.append(failure(lambda: training.SummaryAtEndHook()))
    return found


def evaluating_repeatedly(tf, folder):
    training = tf.contrib.training
    trained(tf, folder)
    total, update = metric(tf)
    hooks = [training.StopAfterNEvalsHook(2, log_progress=False)]
    found = [
        float(training.evaluate_repeatedly(folder, eval_ops=update, final_ops=total, hooks=hooks, max_number_of_evaluations=1))
    ]
    calls = []
    with tf.Graph().as_default():
        found.append(
            training.evaluate_repeatedly(
                os.path.join(folder, "none"), timeout=0.1, timeout_fn=lambda: calls.append(1) or len(calls) == 2, hooks=hooks
            )
        )
    paths = list(training.checkpoints_iterator(folder, timeout=0))
    found += [len(calls), [p.replace(folder, "DIR") for p in paths]]
    found.append(training.wait_for_new_checkpoint(folder, paths[0], 0.05, timeout=0.1))
    return found


def slim_evaluation(tf, folder):
    slim = tf.contrib.slim
    path = trained(tf, folder)
    total, update = metric(tf)
    tf.summary.scalar("total", total)
    logs = os.path.join(folder, "logs")
    rows = {"num_evals": 2, "eval_op": update, "final_op": total}
    found = [float(slim.evaluation.evaluate_once("", path, logs, **rows)), events(tf, logs)]
    with tf.Graph().as_default():
        total, update = metric(tf)
        rows = {"num_evals": 2, "eval_op": update, "final_op": [total], "summary_op": None}
        some = {"fc/weights": slim.get_variables_by_name("weights")[0]}
        init = slim.get_variables_by_name("biases")[0].initializer
        once = slim.evaluation.evaluate_once
        found.append(failure(lambda: once("", path, logs, variables_to_restore=some, initial_op=init, **rows))[0])
    with tf.Graph().as_default():
        total, update = metric(tf)
        rows = {"num_evals": 2, "eval_op": update, "final_op": total, "summary_op": None}
        found.append(float(slim.evaluation.evaluation_loop("", folder, logs, max_number_of_evaluations=1, **rows)))
    return found


def printed(call):
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        value = call()
    return [list(value) if isinstance(value, tuple) else value, text.getvalue()]


def analyzed(tf, folder):
    slim = tf.contrib.slim
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    slim.fully_connected(x, 3, scope="fc")
    tf.get_variable("count", [2, 3], tf.int64)
    tf.split(x, 2, axis=1, name="parts")
    analyzer = slim.model_analyzer
    found = [printed(lambda: analyzer.analyze_vars(tf.global_variables(), print_info=True))]
    found.append(printed(lambda: analyzer.analyze_vars(tf.trainable_variables())))
    found.append(printed(lambda: analyzer.analyze_ops(tf.get_default_graph()))[0] > 0)
    lines = printed(lambda: analyzer.analyze_ops(tf.get_default_graph(), print_info=True))[1].splitlines()
    shown = [line for line in lines if line.split(" ")[0] in ("x", "fc/MatMul", "fc/BiasAdd", "fc/Relu", "parts", "count")]
    found.append([shown, lines[:3], lines[-3:] and len(lines) > 5])
    found += [analyzer.tensor_description(v) for v in tf.global_variables()]
    found += [analyzer.tensor_description(tf.constant([[1.0], [2.0]])), failure(lambda: analyzer.tensor_description(x))]
    return found


def named_summaries(tf, folder):
    summaries = tf.contrib.slim.summaries
    x = tf.constant([0.0, 1.0, 0.0, 2.0], name="x")
    image, scalar = tf.zeros([1, 2, 2, 3], name="image"), tf.constant(2.0, name="scalar")
    made = [
        summaries.add_histogram_summary(x),
        summaries.add_histogram_summary(x, name="h", prefix="p"),
        summaries.add_image_summary(image, prefix="q"),
        summaries.add_scalar_summary(scalar, name="s"),
        summaries.add_scalar_summary(scalar, "s2", "p", print_summary=True),
        summaries.add_zero_fraction_summary(x, prefix="z"),
        *summaries.add_histogram_summaries([x, x]),
        *summaries.add_image_summaries([image]),
        *summaries.add_scalar_summaries([scalar, scalar], "a"),
        *summaries.add_zero_fraction_summaries([x], "b"),
    ]
    merged = tf.summary.merge_all()
    with tf.Session() as session:
        text = session.run(merged)
    read = tf.Summary.FromString(text)
    kept = [t.name for t in tf.get_collection(tf.GraphKeys.SUMMARIES)]
    return [
        [m.name for m in made],
        kept,
        [v.tag for v in read.value],
        [v.simple_value for v in read.value if v.HasField("simple_value")],
    ]


def running_queues(tf, folder):
    slim = tf.contrib.slim
    queue = tf.FIFOQueue(4, [tf.int32], [[]])
    counter = tf.get_variable("n", initializer=0)
    put = queue.enqueue(tf.assign_add(counter, 1))
    tf.train.add_queue_runner(tf.train.QueueRunner(queue, [put]))
    taken = queue.dequeue()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        with slim.queues.QueueRunners(session) as threads:
            found = [session.run(taken) > 0 for _ in range(6)]
            nested = failure(lambda: slim.queues.QueueRunners(session).__enter__())
        alive = [t.is_alive() for t in threads or ()]
    return [[bool(f) for f in found], nested, any(alive)]


def number(tf):
    """A tensor that gives 1, 2, 3, … for as often as it runs, then ends the data."""
    seen = tf.get_variable("seen", initializer=0, trainable=False)
    with tf.control_dependencies([tf.assign_add(seen, 1)]):
        n = seen + 0
    queue = tf.FIFOQueue(2, [tf.int32], [[]])
    tf.train.add_queue_runner(tf.train.QueueRunner(queue, [queue.enqueue(n)]))
    return queue.dequeue()


def fed(tf, run, times):
    """What `run` gives so many times in a session with queue runners."""
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coord)
        made = [session.run(run) for _ in range(times)]
        coord.request_stop()
        coord.join(threads, ignore_live_threads=True, stop_grace_period_secs=5)
    return made


def buckets(tf, folder):
    training, found = tf.contrib.training, []
    n = number(tf)
    which, made = training.bucket({"n": n, "m": n * 2}, n % 2, batch_size=3, num_buckets=2, capacity=4)
    found.append([sorted(made), str(made["n"].get_shape()), which.dtype.name])
    got = fed(tf, [which, made["n"], made["m"]], 8)
    for i in range(2):
        mine = [v for w, v, _ in got if w == i]
        found.append([bool(len(mine) > 1), np.concatenate(mine).tolist()[:6], all((m == 2 * v).all() for _, v, m in got)])
    found.append([s.op.type + " " + s.name for s in tf.get_collection(tf.GraphKeys.SUMMARIES)])
    with tf.Graph().as_default():
        n = number(tf)
        words = tf.range(n % 7)
        lengths, (made,) = training.bucket_by_sequence_length(n % 7, [words], 2, [2, 4], dynamic_pad=True)
        found.append([str(lengths.get_shape()), str(made.get_shape())])
        for length, batch in fed(tf, [lengths, made], 8):
            bounds = {sum(x >= b for b in (2, 4)) for x in length.tolist()}
            found.append(
                [
                    len(bounds),
                    batch.shape == (2, length.max()),
                    all(r[:k].tolist() == list(range(k)) for r, k in zip(batch, length)),
                ]
            )
    with tf.Graph().as_default():
        n = tf.constant(1)
        wrong = [
            lambda: training.bucket([n], n, 2, 1), lambda: training.bucket([], n, 2, 2), lambda: training.bucket([n], n, [2], 2),
            lambda: training.bucket([n], n, 2, 2, bucket_capacities=[1]), lambda: training.bucket_by_sequence_length(n, [n], 2, 3),
            lambda: training.bucket_by_sequence_length(n, [n], 2, []), lambda: training.bucket_by_sequence_length(n, [n], 2, [2, 2]),
            lambda: training.bucket_by_sequence_length(n, [n], 2, [1.5, 2]),
        ]  # fmt: skip
        found += [failure(call)[:1] for call in wrong]
    return found


def sampled(tf, folder):
    """Probabilities of 0 and 1 only: what is drawn does not matter."""
    training, found = tf.contrib.training, []
    n = number(tf)
    (made,) = training.rejection_sample([n], lambda t: tf.cast(tf.less(t[0] % 10, 3), tf.float32), 4, runtime_checks=True)
    found.append([str(made.get_shape()), [m.tolist() for m in fed(tf, made, 3)]])
    with tf.Graph().as_default():
        n = number(tf)
        several = tf.stack([n, -n])
        made = training.rejection_sample([several, several * 2], lambda t: tf.cast(t[0] > 0, tf.float32), 3, enqueue_many=True)
        found.append([[x.tolist() for x in m] for m in fed(tf, made, 2)])
    with tf.Graph().as_default():
        n = number(tf)
        (made,), labels = training.stratified_sample([n], n % 3, [0.5, 0.0, 0.5], 4, init_probs=[1 / 3.0] * 3)
        found.append([[m.tolist(), x.tolist()] for m, x in fed(tf, [made, labels], 2)])
    with tf.Graph().as_default():
        n = number(tf)
        (made,), labels = training.stratified_sample([n], n % 2, [0.0, 1.0], 3)
        found.append([sorted({int(x) for _, x in fed(tf, [made, labels], 2) for x in x}), len(tf.global_variables())])
    with tf.Graph().as_default():
        found.append(
            failure(lambda: training.stratified_sample([tf.constant(1)], tf.constant(1), [0.5, 0.5], 2, init_probs=[1.0]))[0]
        )
    return found


def prefetched(tf, folder):
    n = number(tf)
    queue = tf.contrib.slim.prefetch_queue.prefetch_queue({"a": n, "b": n + 1}, capacity=3, num_threads=1)
    made = queue.dequeue()
    pad = tf.contrib.slim.prefetch_queue.prefetch_queue([tf.range(made["a"])], dynamic_pad=True)
    padded = pad.dequeue_many(2)
    found = [type(queue).__name__, type(pad).__name__, queue.names, [s.name for s in tf.get_collection(tf.GraphKeys.SUMMARIES)]]
    return [*found, [p.shape for p in fed(tf, padded, 2)], len(tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS))]


def placed_by_strategy(tf, folder):
    training, found = tf.contrib.training, []
    for strategy in (
        training.RandomStrategy(5, seed=3),
        training.RandomStrategy(5),
        training.GreedyLoadBalancingStrategy(3, training.byte_size_load_fn),
        training.GreedyLoadBalancingStrategy(2, lambda op: 1.0),
    ):
        with tf.Graph().as_default(), tf.device(tf.train.replica_device_setter(ps_tasks=5, ps_strategy=strategy)):
            made = [
                tf.get_variable(f"v{i}", [s, 2], d)
                for i, (s, d) in enumerate([(9, tf.float32), (1, tf.float64), (2, tf.int64), (1, tf.int32), (1, tf.int32)])
            ]
            found.append([v.op.device for v in made])
    return found


def hyperparameters(tf, folder):
    training = tf.contrib.training
    h = training.HParams(rate=0.1, steps=10, name="adam", on=True, layers=[8, 4], words=["a", "b"], none=None)
    same = h.parse("rate=1,steps=5,name=sgd,on=false,layers=[1,2, 3],words=[x]")
    found = [same is h, sorted(map(repr, h.values().items())), str(h), repr(h), "rate" in h, "x" in h]
    for text in ("on=1", "on=True", "rate=1e-3", "steps=7", "name=", "name=a b", "layers=[]", "rate=2, steps=3"):
        found.append([text, failure(lambda text=text: sorted(h.parse(text).values().items(), key=repr))])
    wrong = [
        "steps=1.5",
        "rate=x",
        "on=maybe",
        "other=1",
        "steps=[1]",
        "layers=1",
        "layers[0]=3",
        "rate=1,rate=2",
        "=3",
        "rate",
        "a=1,,b=2",
    ]
    found += [[text, failure(lambda text=text: h.parse(text))] for text in wrong]
    calls = [
        lambda: h.add_hparam("rate", 1), lambda: h.add_hparam("parse", 1), lambda: h.add_hparam("empty", []),
        lambda: h.set_hparam("steps", 2.5), lambda: h.set_hparam("steps", True), lambda: h.set_hparam("on", 1),
        lambda: h.set_hparam("name", 3), lambda: h.set_hparam("rate", "1"), lambda: h.set_hparam("rate", 3), lambda: h.rate,
        lambda: h.set_hparam("layers", [1.5]), lambda: h.set_hparam("missing", 1), lambda: h.get("missing", 5), lambda: h.get("steps"),
        lambda: h.get("steps", 1.5), lambda: h.get("layers", 1), lambda: h.get("rate", 2), lambda: h.get("layers", ["x"]),
        lambda: h.to_json(sort_keys=True), lambda: h.parse_json('{"steps": 4, "layers": [9]}').layers, lambda: h.override_from_dict({"q": 1}),
        lambda: h.del_hparam("none"), lambda: h.del_hparam("none"), lambda: sorted(h.values()), lambda: h.set_from_map({"steps": 8}).steps,
        lambda: training.parse_values("a[1]=2,a[0]=3,b=x", {"a": int, "b": str}),
        lambda: training.parse_values("a[1]=2,a[1]=3", {"a": int}), lambda: training.parse_values("a=1,c=[2]", {"a": float}, ignore_unknown=True),
        lambda: training.parse_values("a=1,a[1]=3", {"a": int}), lambda: training.parse_values("a[1]=[3]", {"a": int}),
    ]  # fmt: skip
    found += [failure(call) for call in calls]
    text = (
        training.HParams(a=1, b=0.5, c="s", d=[True, False], e=[1, 2], f=["x"], g=[0.5], h=True)
        .to_proto()
        .SerializeToString(deterministic=True)
    )
    read = training.HParams(training.HParams(z=1).to_proto())
    found += [text.hex(), repr(read), training.HParams(model_structure="m").get_model_structure()]
    return found


def resampled(tf, folder):
    tf.set_random_seed(2)
    x, y = tf.constant(np.arange(6, dtype="float32")), tf.constant(np.arange(12).reshape(6, 2))
    rates = tf.constant([0.0, 1, 2, 3.5, 0.5, 0.2])
    plain = tf.contrib.training.resample_at_rate([x, y], rates, seed=5)
    passed = tf.contrib.training.resample_at_rate([x], rates, seed=5, back_prop=True)
    weighted = tf.contrib.training.weighted_resample([x, y], tf.constant([1.0, 2, 3, 4, 5, 6]), 0.5, seed=7, mean_decay=0.9)
    kept = [tf.global_variables(), tf.local_variables()]
    found = [[v.name for v in group] for group in kept] + [type(weighted).__name__]
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        for _ in range(3):
            made = session.run([plain, passed, weighted])
            found.append([[a.tolist() for a in g] for g in made[:2]] + [[a.tolist() for a in made[2][0]], numbers(made[2][1])])
            found.append(numbers(session.run(kept[0] + kept[1])))
    return found


def fed_queues(tf, folder):
    queue, n = tf.FIFOQueue(20, tf.int32, []), tf.placeholder(tf.int32, [])
    enqueue = queue.enqueue(n)

    def counting(first):
        numbers = iter(range(first, first + 4))

        def feed():
            for number in numbers:
                return {n: number}
            raise tf.errors.OutOfRangeError(None, None, "no more")

        return feed

    runner = tf.contrib.training.FeedingQueueRunner(queue, [enqueue, enqueue], feed_fns=[counting(0), counting(100)])
    made = queue.dequeue_many(8)
    with tf.Session() as session:
        threads = runner.create_threads(session, start=True)
        found = [len(threads), sorted(session.run(made).tolist())]
        for t in threads:
            t.join()
        found += [failure(lambda: session.run(queue.dequeue()))[0], len(runner.exceptions_raised)]
    found.append([t.__name__ for t in runner.queue_closed_exception_types])
    calls = [
        lambda: tf.contrib.training.FeedingQueueRunner(queue, [enqueue], feed_fns=[]),
        lambda: runner.to_proto(),
    ]
    return found + [failure(call)[0] for call in calls]


def states_saved(tf, folder):
    """Three sequences of different lengths, a state that adds up what was seen, batches of two, one sequence taken in at a time."""
    n = tf.placeholder(tf.int32, [])
    padded = tf.floordiv(n + 1, 2) * 2
    steps = tf.reshape(tf.range(tf.cast(padded * 2, tf.float32)), [-1, 2])
    saver = tf.contrib.training.SequenceQueueingStateSaver(
        batch_size=2, num_unroll=2, input_length=n, input_key=tf.string_join(["s", tf.as_string(n)]),
        input_sequences={"x": steps, "w": tf.fill(tf.stack([padded]), "w")}, input_context={"c": tf.stack([n, 10 * n])},
        initial_states={"sum": tf.zeros([2]), "steps": tf.constant(7)}, capacity=2, allow_small_batch=True,
    )  # fmt: skip
    batch = saver.next_batch
    total = batch.state("sum") + tf.reduce_sum(batch.sequences["x"], axis=1)
    saves = [batch.save_state("sum", total), batch.save_state("steps", batch.state("steps") + batch.length)]
    read = [batch.key, batch.next_key, batch.length, batch.total_length, batch.sequence, batch.sequence_count, batch.batch_size]
    read += [batch.context["c"], batch.sequences["x"], batch.sequences["w"], batch.state("sum"), batch.state("steps"), total]
    read += [saver.barrier.ready_size()]
    shapes = [t.shape.as_list() for t in (batch.key, batch.context["c"], batch.sequences["x"], batch.state("sum"))]
    found = [
        sorted(batch.context),
        sorted(batch.sequences),
        shapes[0][0] in (None, 2),
        [s[1:] for s in shapes],
        saver.num_unroll,
    ]
    with tf.Session() as session:
        for size in (3, 6):
            session.run(saver.prefetch_op, {n: size})
        for step in range(3):
            if step == 2:
                session.run(saver.prefetch_op, {n: 1})
            made = session.run(read + saves)[:-3]
            found.append(
                [np.asarray(v).tolist() if v.dtype != object else np.char.decode(v.astype("S")).tolist() for v in made]
            )
        session.run(saver.close())
        found.append(failure(lambda: session.run(saves))[0])
    wrong = [
        dict(input_sequences={}), dict(initial_states={}), dict(initial_states={"a:b": 1.0}), dict(capacity=1),
        dict(input_length=tf.constant(3, tf.int64)), dict(input_key=tf.constant(3)), dict(input_context={1: n}),
        dict(input_sequences={"x": tf.placeholder(tf.float32)}),
    ]  # fmt: skip
    usual = dict(
        batch_size=2, num_unroll=2, input_length=n, input_key=tf.constant("k"), input_sequences={"x": tf.zeros([4, 2])}, input_context={},
        initial_states={"s": 0.0},
    )  # fmt: skip
    found += [failure(lambda w=w: tf.contrib.training.SequenceQueueingStateSaver(**{**usual, **w}))[0] for w in wrong]
    found.append(failure(lambda: batch.save_state("other", 1.0)))
    return found


def sequences_batched(tf, folder):
    n = tf.train.limit_epochs(tf.constant(5), 1)
    batch = tf.contrib.training.batch_sequences_with_states(
        tf.constant("key"),
        {"x": tf.cast(tf.range(n), tf.float32)},
        {"c": n},
        None,
        {"s": tf.constant(0.0)},
        2,
        1,
        num_threads=1,
        capacity=3,
    )
    save = batch.save_state("s", batch.state("s") + tf.reduce_sum(batch.sequences["x"], axis=1))
    found = [len(tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)), len(tf.get_collection(tf.GraphKeys.SUMMARIES))]
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coordinator)
        for _ in range(3):
            made = session.run([batch.length, batch.sequences["x"], batch.state("s"), batch.context["c"], batch.key, save])[:-1]
            found.append([v.tolist() for v in made[:-1]] + [made[-1][0].decode()])
        found.append(failure(lambda: session.run([batch.key, save]))[0])
        coordinator.request_stop()
        coordinator.join(threads)
    return found


PROGRAMS = {
    f.__name__: f
    for f in (
        train_ops, updates_and_steps, gradients, simple_training, slim_training, slim_goes_on, slim_without_directory, evaluating_once,
        evaluating_repeatedly, slim_evaluation, analyzed, named_summaries, running_queues, hyperparameters,
        buckets, prefetched, placed_by_strategy, sampled, resampled, fed_queues, states_saved, sequences_batched,
    )
}  # fmt: skip
