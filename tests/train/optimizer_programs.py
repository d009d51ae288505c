"""The programs behind the optimizer goldens: plain Python that runs with any namespace spelled like TensorFlow 1's.

`tests/golden/record_optimizers.py` runs them under the real TensorFlow, `tests/train/test_optimizers.py` under Mainstem.
"""

import numpy as np

STEPS = 5
KEEP = (1, 5)  # the steps whose values are recorded

# (case, optimizer, arguments); "contrib.opt." names live there, "@step" stands for the global step
CASES = [
    ("gradient_descent", "train.GradientDescentOptimizer", {"learning_rate": 0.1}),
    ("momentum", "train.MomentumOptimizer", {"learning_rate": 0.1, "momentum": 0.9}),
    ("nesterov", "train.MomentumOptimizer", {"learning_rate": 0.1, "momentum": 0.9, "use_nesterov": True}),
    ("adam", "train.AdamOptimizer", {"learning_rate": 0.1}),
    ("adam_tuned", "train.AdamOptimizer", {"learning_rate": 0.02, "beta1": 0.5, "beta2": 0.9, "epsilon": 0.1, "name": "A"}),
    ("adagrad", "train.AdagradOptimizer", {"learning_rate": 0.1}),
    ("adagrad_start", "train.AdagradOptimizer", {"learning_rate": 0.1, "initial_accumulator_value": 1.5}),
    ("adagrad_da", "train.AdagradDAOptimizer", {"learning_rate": 0.1, "global_step": "@step"}),
    (
        "adagrad_da_sparse",
        "train.AdagradDAOptimizer",
        {
            "learning_rate": 0.1,
            "global_step": "@step",
            "l1_regularization_strength": 0.05,
            "l2_regularization_strength": 0.02,
        },
    ),
    ("proximal_adagrad", "train.ProximalAdagradOptimizer", {"learning_rate": 0.1}),
    (
        "proximal_adagrad_l1",
        "train.ProximalAdagradOptimizer",
        {"learning_rate": 0.3, "l1_regularization_strength": 0.5, "l2_regularization_strength": 0.2},
    ),
    (
        "proximal",
        "train.ProximalGradientDescentOptimizer",
        {"learning_rate": 0.3, "l1_regularization_strength": 0.5, "l2_regularization_strength": 0.2},
    ),
    ("adadelta", "train.AdadeltaOptimizer", {}),
    ("adadelta_fast", "train.AdadeltaOptimizer", {"learning_rate": 1.0, "rho": 0.5, "epsilon": 1e-3}),
    ("rmsprop", "train.RMSPropOptimizer", {"learning_rate": 0.1}),
    ("rmsprop_momentum", "train.RMSPropOptimizer", {"learning_rate": 0.1, "momentum": 0.9, "decay": 0.8, "epsilon": 1.0}),
    ("rmsprop_centered", "train.RMSPropOptimizer", {"learning_rate": 0.1, "momentum": 0.5, "centered": True}),
    ("ftrl", "train.FtrlOptimizer", {"learning_rate": 0.1}),
    (
        "ftrl_l1",
        "train.FtrlOptimizer",
        {"learning_rate": 0.5, "l1_regularization_strength": 0.5, "l2_regularization_strength": 0.2},
    ),
    (
        "ftrl_shrinkage",
        "train.FtrlOptimizer",
        {
            "learning_rate": 0.5,
            "learning_rate_power": -0.7,
            "initial_accumulator_value": 0.3,
            "l2_shrinkage_regularization_strength": 0.3,
        },
    ),
    ("adamax", "contrib.opt.AdaMaxOptimizer", {"learning_rate": 0.1}),
    ("nadam", "contrib.opt.NadamOptimizer", {"learning_rate": 0.1}),
    ("lazy_adam", "contrib.opt.LazyAdamOptimizer", {"learning_rate": 0.1}),
    ("power_sign", "contrib.opt.PowerSignOptimizer", {"learning_rate": 0.1}),
    ("add_sign", "contrib.opt.AddSignOptimizer", {"learning_rate": 0.1}),
    ("adamw", "contrib.opt.AdamWOptimizer", {"weight_decay": 0.01, "learning_rate": 0.1}),
    ("momentumw", "contrib.opt.MomentumWOptimizer", {"weight_decay": 0.01, "learning_rate": 0.1, "momentum": 0.9}),
]
DENSE_ONLY = ("power_sign", "add_sign")


def _short(x):
    """A float32 with the digits that tell it apart."""
    return float(f"{float(x):.9g}")


def gradients(case, sparse):
    """The gradients of `w` and `b` for each step."""
    index = [c[0] for c in CASES].index(case)
    random = np.random.RandomState(100 + index)
    rows = 3 if sparse else 4
    return [(random.randn(rows, 2).astype("f"), random.randn(2).astype("f")) for _ in range(STEPS)]


def make(tf, case, step):
    """The optimizer of a case."""
    _, path, arguments = next(c for c in CASES if c[0] == case)
    cls = tf
    for part in path.split("."):
        cls = getattr(cls, part)
    return cls(**{k: step if v == "@step" else v for k, v in arguments.items()})


def train(tf, case, sparse, resource, steps=STEPS):
    """Applies given gradients (of `w` by rows 2, 0, 2 when `sparse`) and gives values, slots and names."""
    fed = gradients(case, sparse)
    with tf.Graph().as_default() as graph:
        w = tf.get_variable("w", initializer=np.linspace(-1, 2, 8).reshape(4, 2).astype("f"), use_resource=resource)
        b = tf.get_variable("b", initializer=np.array([0.5, -0.25], "f"), use_resource=resource)
        step = tf.train.get_or_create_global_step()
        gw = tf.placeholder(tf.float32, fed[0][0].shape)
        gb = tf.placeholder(tf.float32, [2])
        grad = tf.IndexedSlices(gw, tf.constant([2, 0, 2]), tf.constant([4, 2])) if sparse else gw
        optimizer = make(tf, case, step)
        train_op = optimizer.apply_gradients([(grad, w), (gb, b)], global_step=step)
        variables = [w, b, step] + optimizer.variables()
        values = {}
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for i in range(steps):
                session.run(train_op, {gw: fed[i][0], gb: fed[i][1]})
                if i + 1 in KEEP:
                    for v in variables:
                        value = np.asarray(session.run(v))
                        values[f"{v.op.name}@{i + 1}"] = [_short(x) for x in value.reshape(-1)]
        slots = {
            v.op.name: {
                s: optimizer.get_slot(v, s).op.name for s in optimizer.get_slot_names() if optimizer.get_slot(v, s) is not None
            }
            for v in (w, b)
        }
        applied = [o.name for o in graph.get_operations() if "update_b/" in o.name and "Apply" in o.type]
        return {
            "values": values,
            "slots": slots,
            "train_op": train_op.name,
            "applied": applied,
            "collection": [v.name for v in tf.global_variables()],
            "variables": [v.name for v in optimizer.variables()],
        }


MINIMIZED = [
    "gradient_descent",
    "momentum",
    "adam",
    "adagrad",
    "adagrad_da",
    "proximal_adagrad",
    "proximal",
    "adadelta",
    "rmsprop",
    "rmsprop_centered",
    "ftrl",
    "ftrl_shrinkage",
]


def minimize(tf, case, resource, counted):
    """Names and types of the nodes that `minimize` adds after the gradients."""
    with tf.Graph().as_default() as graph:
        w = tf.get_variable("w", initializer=np.ones((4, 2), "f"), use_resource=resource)
        b = tf.get_variable("b", initializer=np.ones((2,), "f"), use_resource=resource)
        loss = tf.add(tf.multiply(w, 2.0), b)
        step = tf.train.get_or_create_global_step()
        before = len(graph.get_operations())
        make(tf, case, step).minimize(loss, global_step=step if counted else None)
        return [f"{o.name} {o.type}" for o in graph.get_operations()[before:] if not o.name.startswith("gradients/")]


def scopes(tf, resource):
    """Names that optimizers in scopes, beside each other, used twice and on a cut variable give their operations and slots."""
    with tf.Graph().as_default() as graph:
        kind = {"use_resource": resource}
        with tf.variable_scope("net"):
            w = tf.get_variable("w", initializer=np.ones(2, "f"), **kind)
        b = tf.get_variable("b", initializer=np.ones(2, "f"), **kind)
        cut = tf.get_variable(
            "cut", [4, 2], initializer=lambda *a, **k: tf.constant(1.0, shape=[2, 2]), partitioner=lambda **k: [2, 1], **kind
        )
        loss = tf.add(tf.multiply(w, 2.0), b)
        adam = tf.train.AdamOptimizer(0.1)
        names = []
        with tf.name_scope("loss"):
            names.append(adam.minimize(loss, var_list=[w]).name)
        names.append(adam.minimize(loss, var_list=[w, b]).name)
        with tf.variable_scope("train"):
            names.append(tf.train.AdamOptimizer(0.1).minimize(loss, var_list=[w]).name)
            names.append(tf.train.MomentumOptimizer(0.1, 0.9, name="M").minimize(loss, var_list=[b], name="go").name)
        with tf.control_dependencies([loss]):
            names.append(tf.train.RMSPropOptimizer(0.1).minimize(loss, var_list=(b,)).name)
        parts = list(cut)
        momentum = tf.train.MomentumOptimizer(0.1, 0.9)
        names.append(momentum.apply_gradients([(tf.constant(1.0, shape=[2, 2]), p) for p in parts]).name)
        slices = [momentum.get_slot(p, "momentum")._get_save_slice_info() for p in parts]
        return {
            "train_ops": names,
            "collection": [o.name for o in graph.get_collection("train_op")],
            "variables": [v.name for v in tf.global_variables()],
            "slices": [[s.full_name, list(s.full_shape), list(s.var_offset), list(s.var_shape)] for s in slices],
            "control": sorted(
                c.name for c in graph.get_operation_by_name("RMSProp/update_b/" + _applied(resource)).control_inputs
            ),
        }


def _applied(resource):
    return "ResourceApplyRMSProp" if resource else "ApplyRMSProp"


CURVES = [
    ("adam", "AdamOptimizer", ()),
    ("momentum", "MomentumOptimizer", (0.9,)),
    ("adagrad", "AdagradOptimizer", ()),
    ("rmsprop", "RMSPropOptimizer", ()),
]


def curve(tf, index, resource):
    """The losses of twelve steps of a small classifier on looked-up rows, with a decaying rate."""
    random = np.random.RandomState(7)
    with tf.Graph().as_default():
        table = tf.get_variable("table", initializer=random.randn(20, 6).astype("f"), use_resource=resource)
        kernel = tf.get_variable("kernel", initializer=(random.randn(6, 4) / 2).astype("f"), use_resource=resource)
        bias = tf.get_variable("bias", initializer=np.zeros(4, "f"), use_resource=resource)
        ids = tf.placeholder(tf.int32, [8])
        labels = tf.placeholder(tf.int32, [8])
        rows = tf.nn.embedding_lookup(table, ids)
        logits = tf.matmul(tf.tanh(rows), kernel) + bias
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
        step = tf.train.get_or_create_global_step()
        rate = tf.train.exponential_decay(0.1, step, 4, 0.5, staircase=True)
        _, name, more = CURVES[index]
        train_op = getattr(tf.train, name)(rate, *more).minimize(loss, global_step=step)
        losses = []
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for _ in range(12):
                at = random.randint(0, 10, 8)  # from ten rows: some repeat, some never come
                losses.append(_short(session.run([loss, train_op], {ids: at, labels: at % 4})[0]))
            return {"loss": losses, "table": [_short(x) for x in session.run(table)[:12].reshape(-1)]}


DECAYS = [
    ("exponential_decay", {"learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5}),
    ("exponential_decay", {"learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5, "staircase": True}),
    ("natural_exp_decay", {"learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5}),
    ("natural_exp_decay", {"learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5, "staircase": True}),
    ("inverse_time_decay", {"learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5}),
    ("inverse_time_decay", {"learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5, "staircase": True}),
    ("polynomial_decay", {"learning_rate": 0.1, "decay_steps": 10, "end_learning_rate": 0.01}),
    ("polynomial_decay", {"learning_rate": 0.1, "decay_steps": 10, "end_learning_rate": 0.01, "power": 0.5, "cycle": True}),
    ("piecewise_constant", {"boundaries": [5, 10], "values": [1.0, 0.5, 0.1]}),
    ("cosine_decay", {"learning_rate": 0.1, "decay_steps": 20, "alpha": 0.1}),
    ("cosine_decay_restarts", {"learning_rate": 0.1, "first_decay_steps": 7, "t_mul": 2.0, "m_mul": 0.5, "alpha": 0.1}),
    ("cosine_decay_restarts", {"learning_rate": 0.1, "first_decay_steps": 7, "t_mul": 1.0}),
    ("linear_cosine_decay", {"learning_rate": 0.1, "decay_steps": 20, "num_periods": 1.5, "alpha": 0.1, "beta": 0.01}),
]
DECAY_STEPS = [0, 1, 5, 6, 7, 10, 11, 15, 20, 23, 30]


def decay(tf, index, kind):
    """The rates of one decay at `DECAY_STEPS`; the step is of type `kind`."""
    name, arguments = DECAYS[index]
    with tf.Graph().as_default():
        step = tf.placeholder(getattr(tf, kind), [])
        arguments = dict(arguments, **{"x" if name == "piecewise_constant" else "global_step": step})
        rate = getattr(tf.train, name)(**arguments)
        with tf.Session() as session:
            values = [_short(session.run(rate, {step: s})) for s in DECAY_STEPS]
        return {"name": rate.name, "dtype": rate.dtype.name, "values": values}


AVERAGES = [
    {"decay": 0.9},
    {"decay": 0.9, "num_updates": True},
    {"decay": 0.9, "zero_debias": True},
    {"decay": 0.99, "num_updates": True, "zero_debias": True, "name": "ema"},
]


def average(tf, index, resource):
    """Moving averages of a variable and of a tensor over four updates, and their names."""
    arguments = dict(AVERAGES[index])
    with tf.Graph().as_default():
        v = tf.get_variable("v", initializer=np.array([1.0, 2.0], "f"), use_resource=resource)
        step = tf.train.get_or_create_global_step()
        x = tf.placeholder(tf.float32, [2], name="x")
        t = tf.multiply(x, 2.0, name="t")
        if arguments.get("num_updates"):
            arguments["num_updates"] = step
        ema = tf.train.ExponentialMovingAverage(**arguments)
        with tf.control_dependencies([v.assign_add(x), step.assign_add(1)]):
            update = ema.apply([v, t])
        rows = []
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for i in range(4):
                session.run(update, {x: [i + 1.0, -i]})
                rows.append([[_short(a) for a in session.run(ema.average(s))] for s in (v, t)])
        return {
            "values": rows,
            "name": ema.name,
            "average": [ema.average(s).op.name for s in (v, t)],
            "average_name": [ema.average_name(s) for s in (v, t)],
            "restore": sorted(ema.variables_to_restore()),
            "update": update.name,
            "variables": [a.name for a in tf.global_variables()],
            "averaged": [a.name for a in tf.moving_average_variables()],
        }
