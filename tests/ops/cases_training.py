"""Rows for `ops/training.py`: every update rule on ref and resource variables, dense and by rows."""

from tests.ops.case import case, handle, normal, of, positive, uniform, variable

SHAPE = (4, 2)


def slot(name, dtype):
    """A start value that fits the slot."""
    if name in ("mg", "m", "linear", "var", "mom", "gradient_accumulator"):
        low, high = (-0.2, 0.2) if name == "mg" else (-2.0, 2.0)
        return uniform(*SHAPE, low=low, high=high, dtype=dtype)
    return positive(*SHAPE, dtype=dtype)


# (rule, variables, hyperparameters, attrs, has a sparse op, has ref ops)
RULES = [
    ("GradientDescent", "var", {"alpha": 0.1}, {}, False, True),
    ("ProximalGradientDescent", "var", {"alpha": 0.3, "l1": 0.4, "l2": 0.2}, {}, True, True),
    ("ProximalGradientDescent", "var", {"alpha": 0.3, "l1": 0.0, "l2": 0.2}, {}, True, True),
    ("Momentum", "var accum", {"lr": 0.1, "momentum": 0.9}, {}, True, True),
    ("Momentum", "var accum", {"lr": 0.1, "momentum": 0.9}, {"use_nesterov": True}, True, True),
    ("Adagrad", "var accum", {"lr": 0.1}, {}, True, True),
    ("Adagrad", "var accum", {"lr": 0.1}, {"update_slots": False}, True, True),
    ("ProximalAdagrad", "var accum", {"lr": 0.3, "l1": 0.4, "l2": 0.2}, {}, True, True),
    (
        "AdagradDA",
        "var gradient_accumulator gradient_squared_accumulator",
        {"lr": 0.3, "l1": 0.2, "l2": 0.1, "global_step": of(3, "int64")},
        {},
        True,
        True,
    ),
    ("Adadelta", "var accum accum_update", {"lr": 0.5, "rho": 0.9, "epsilon": 0.001}, {}, True, True),
    ("RMSProp", "var ms mom", {"lr": 0.1, "rho": 0.8, "momentum": 0.9, "epsilon": 0.01}, {}, True, True),
    ("CenteredRMSProp", "var mg ms mom", {"lr": 0.1, "rho": 0.8, "momentum": 0.9, "epsilon": 0.01}, {}, True, True),
    ("Ftrl", "var accum linear", {"lr": 0.3, "l1": 0.5, "l2": 0.2, "lr_power": -0.5}, {}, True, True),
    ("Ftrl", "var accum linear", {"lr": 0.3, "l1": 0.0, "l2": 0.0, "lr_power": -0.7}, {}, True, True),
    (
        "FtrlV2",
        "var accum linear",
        {"lr": 0.3, "l1": 0.5, "l2": 0.2, "l2_shrinkage": 0.3, "lr_power": -0.5},
        {},
        True,
        True,
    ),
    (
        "Adam",
        "var m v",
        {"beta1_power": 0.7, "beta2_power": 0.99, "lr": 0.1, "beta1": 0.9, "beta2": 0.999, "epsilon": 0.01},
        {},
        False,
        True,
    ),
    (
        "Adam",
        "var m v",
        {"beta1_power": 0.7, "beta2_power": 0.99, "lr": 0.1, "beta1": 0.9, "beta2": 0.999, "epsilon": 0.01},
        {"use_nesterov": True},
        False,
        True,
    ),
    ("AdaMax", "var m v", {"beta1_power": 0.7, "lr": 0.1, "beta1": 0.9, "beta2": 0.5, "epsilon": 0.01}, {}, False, True),
    ("PowerSign", "var m", {"lr": 0.1, "logbase": 0.7, "sign_decay": 0.5, "beta": 0.9}, {}, False, True),
    ("AddSign", "var m", {"lr": 0.1, "alpha": 0.7, "sign_decay": 0.5, "beta": 0.9}, {}, False, True),
    ("KerasMomentum", "var accum", {"lr": 0.1, "momentum": 0.9}, {}, True, False),
    ("KerasMomentum", "var accum", {"lr": 0.1, "momentum": 0.9}, {"use_nesterov": True}, True, False),
    (
        "AdamWithAmsgrad",
        "var m v vhat",
        {"beta1_power": 0.7, "beta2_power": 0.99, "lr": 0.1, "beta1": 0.9, "beta2": 0.999, "epsilon": 0.01},
        {},
        False,
        False,
    ),
    ("AdagradV2", "var accum", {"lr": 0.1, "epsilon": 0.1}, {}, True, True),
    ("AdagradV2", "var accum", {"lr": 0.1, "epsilon": 0.1}, {"update_slots": False}, True, True),
]


def rows(rule, variables, values, attrs, sparse, refs, dtype="float32"):
    """The rows of one rule."""
    for kind in (variable, handle) if refs else (handle,):
        prefix = "Resource" if kind is handle else ""
        given = {name: kind(slot(name, dtype)) for name in variables.split()}
        given.update({k: of(v, dtype) if isinstance(v, float) else v for k, v in values.items()})
        grad = "delta" if rule.endswith("GradientDescent") else "grad"
        yield case(prefix + "Apply" + rule, attrs, inputs=dict(given, **{grad: normal(*SHAPE, dtype=dtype)}))
        if sparse:
            for index in ("int32", "int64"):
                own = dict(given, grad=normal(2, 2, dtype=dtype), indices=of([3, 1], index))
                yield case(prefix + "SparseApply" + rule, attrs, inputs=own)


CASES = [row for rule in RULES for row in rows(*rule)]
CASES += [row for rule in RULES if rule[0] in ("Adam", "Momentum", "Ftrl") for row in rows(*rule, dtype="float64")]
CASES += [
    case("ApplyGradientDescent", inputs={"var": variable(normal(3)), "alpha": 0.1, "delta": normal(2)}, raises=True),
    case("ApplyGradientDescent", inputs={"var": variable(normal(3)), "alpha": normal(1), "delta": normal(3)}, raises=True),
    case(
        "ApplyAdagrad",
        inputs={"var": variable(normal(3)), "accum": variable(normal(2)), "lr": 0.1, "grad": normal(3)},
        raises=True,
    ),
    case(
        "SparseApplyAdagrad",
        inputs={
            "var": variable(normal(3, 2)),
            "accum": variable(positive(3, 2)),
            "lr": 0.1,
            "grad": normal(2, 3),
            "indices": [0, 1],
        },
        raises=True,
    ),
]
