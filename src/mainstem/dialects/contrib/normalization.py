"""`batch_norm` (Ioffe and Szegedy, arXiv:1502.03167) and `layer_norm` (Ba, Kiros and Hinton, arXiv:1607.06450)."""

from mainstem.base import dtypes, shapes
from mainstem.dialects.contrib import collected
from mainstem.dialects.contrib.arg_scope import add_arg_scope
from mainstem.dialects.contrib.getter import collect_variable, finished, model_getter
from mainstem.dialects.contrib.variables import model_variable
from mainstem.dialects.layers.branch import smart_cond, static_value
from mainstem.dialects.layers.normalization import ONES, ZEROS, BatchNormalization
from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.surface import array, framework, norm
from mainstem.surface.framework import constant_v1, convert_to_tensor
from mainstem.surface.variable_scope import get_variable_scope, variable_scope
from mainstem.train.moving_averages import assign_moving_average


@add_arg_scope
def batch_norm(
    inputs,
    decay=0.999,
    center=True,
    scale=False,
    epsilon=0.001,
    activation_fn=None,
    param_initializers=None,
    param_regularizers=None,
    updates_collections=GraphKeys.UPDATE_OPS,
    is_training=True,
    reuse=None,
    variables_collections=None,
    outputs_collections=None,
    trainable=True,
    batch_weights=None,
    fused=None,
    data_format="NHWC",
    zero_debias_moving_mean=False,
    scope=None,
    renorm=False,
    renorm_clipping=None,
    renorm_decay=0.99,
    adjustment=None,
):
    """Batch normalization; the moving moments are updated by operations in `updates_collections`.

    Args:
        inputs: [batch, .., channels], or channels second with `data_format` "NCHW".
        decay: of the moving moments.
        center, scale: whether there are `beta` and `gamma`.
        epsilon: added to the variance.
        activation_fn: applied to the result, or None.
        param_initializers, param_regularizers: dicts by "beta", "gamma", "moving_mean", "moving_variance".
        updates_collections: where the updates go; None runs them within the step.
        is_training: a bool or a bool tensor: use the batch's moments, and update.
        fused: None or True: one op where the input has two or four axes.
        zero_debias_moving_mean: correct the moving mean for its start at zero.
        batch_weights: [batch]: how much each example counts in the moments; or None.
        renorm, renorm_clipping, renorm_decay, adjustment: as of `tf.layers.BatchNormalization`.
        reuse, variables_collections, outputs_collections, trainable, scope: as of `fully_connected`.

    Raises ValueError for another data format, an unknown number of channels, and for `renorm` or an `adjustment` beside batch
    weights, other updates_collections or zero_debias_moving_mean.
    """
    if data_format not in ("NCHW", "NHWC"):
        raise ValueError("data_format has to be either NCHW or NHWC.")
    inputs = convert_to_tensor(inputs)
    own = {"decay": decay, "debias": zero_debias_moving_mean, "updates": updates_collections, "training": is_training}
    own["weights"] = batch_weights
    starts, penalties = param_initializers or {}, param_regularizers or {}
    rank, usual = inputs.shape.ndims, updates_collections == GraphKeys.UPDATE_OPS
    plain = batch_weights is None and not renorm and adjustment is None
    by_one_op = fused in (None, True) and plain and rank in (2, 4) and (zero_debias_moving_mean or rank == 2 or not usual)
    by_layer = not by_one_op and usual and not zero_debias_moving_mean and batch_weights is None
    if not by_layer and (renorm or adjustment is not None):
        raise ValueError("renorm is not supported with batch_weights, updates_collections or zero_debias_moving_mean")
    getter = None if by_one_op else model_getter()
    with variable_scope(scope, "BatchNorm", [inputs], reuse=reuse, custom_getter=getter) as sc:
        if by_layer:
            layer = BatchNormalization(
                axis=1 if data_format == "NCHW" else -1,
                momentum=decay,
                epsilon=epsilon,
                center=center,
                scale=scale,
                beta_initializer=starts.get("beta", ZEROS),
                gamma_initializer=starts.get("gamma", ONES),
                moving_mean_initializer=starts.get("moving_mean", ZEROS),
                moving_variance_initializer=starts.get("moving_variance", ONES),
                beta_regularizer=penalties.get("beta"),
                gamma_regularizer=penalties.get("gamma"),
                trainable=trainable,
                fused=fused,
                renorm=renorm,
                renorm_clipping=renorm_clipping,
                renorm_momentum=renorm_decay,
                adjustment=adjustment,
                name=sc.name,
                _scope=sc,
                _reuse=reuse,
            )
            outputs = layer(inputs, training=is_training)
            for name in ("moving_mean", "moving_variance", "beta", "gamma"):
                if getattr(layer, name) is not None:
                    collect_variable(getattr(layer, name), variables_collections, name)
        else:
            make = _Variables(variables_collections, starts, penalties, trainable)
            outputs = (_one_op if by_one_op else _by_hand)(inputs, make, center, scale, epsilon, data_format, own)
        return finished(outputs, None, None, activation_fn, outputs_collections, sc.name)


class _Variables:
    """Makes the variables of one normalization."""

    def __init__(self, variables_collections, starts, penalties, trainable):
        self.collections, self.starts, self.penalties, self.trainable = variables_collections, starts, penalties, trainable

    def _make(self, name, shape, dtype, start, trainable):
        return model_variable(
            name,
            shape=shape,
            dtype=dtype,
            initializer=self.starts.get(name, start),
            regularizer=self.penalties.get(name) if trainable is not False else None,
            collections=collected.get_variable_collections(self.collections, name),
            trainable=trainable,
        )

    def trained(self, name, shape, dtype, start):
        """`beta` or `gamma`."""
        return self._make(name, shape, dtype, start, self.trainable)

    def moving(self, shape, dtype):
        """(moving mean, moving variance), never partitioned: the averages' updates take whole variables."""
        sc = get_variable_scope()
        partitioner = sc.partitioner
        try:
            sc.set_partitioner(None)
            return (
                self._make("moving_mean", shape, dtype, ZEROS, False),
                self._make("moving_variance", shape, dtype, ONES, False),
            )
        finally:
            sc.set_partitioner(partitioner)


def _updated(own, moving, mean, variance, now, rest):
    """Updates the moving moments: at once, giving `now()` after that, or through collections; `rest()` where not training."""

    def move():
        return (
            assign_moving_average(moving[0], mean, own["decay"], zero_debias=own["debias"]),
            assign_moving_average(moving[1], variance, own["decay"], zero_debias=False),
        )

    if own["updates"] is None:

        def forced():
            with framework.control_dependencies(move()):
                return now()

        return smart_cond(own["training"], forced, rest)
    for update in smart_cond(own["training"], move, lambda: moving):
        get_default_graph().add_to_collections(own["updates"], update)
    return None


def _one_op(inputs, make, center, scale, epsilon, data_format, own):
    original, rank = inputs, inputs.shape.ndims
    if rank == 2:
        channels = shapes.as_tuple(inputs.shape)[-1]
        if channels is None:
            raise ValueError("`C` dimension must be known but is None")
        inputs = array.reshape(inputs, [-1, channels, 1, 1] if data_format == "NCHW" else [-1, 1, 1, channels])
    known = shapes.as_tuple(inputs.shape)
    shape = [known[1] if data_format == "NCHW" else known[-1]]
    if shape[0] is None:
        raise ValueError(f"Inputs {inputs.name} has undefined `C` dimension {inputs.shape}.")
    kind = dtypes.float32  # also for inputs of 16 bits
    beta = make.trained("beta", shape, kind, ZEROS) if center else constant_v1(0.0, dtype=kind, shape=shape)
    gamma = make.trained("gamma", shape, kind, ONES) if scale else constant_v1(1.0, dtype=kind, shape=shape)
    moving = make.moving(shape, kind)

    def train():
        return norm.fused_batch_norm(inputs, gamma, beta, epsilon=epsilon, data_format=data_format)

    def infer():
        return norm.fused_batch_norm(
            inputs, gamma, beta, moving[0], moving[1], epsilon=epsilon, data_format=data_format, is_training=False
        )

    outputs, mean, variance = smart_cond(own["training"], train, infer)
    if static_value(own["training"]) is not False:
        forced = _updated(own, moving, mean, variance, lambda: framework.identity(outputs), lambda: outputs)
        outputs = outputs if forced is None else forced
    if not outputs._is_eager:
        outputs.set_shape(known)
    return array.reshape(outputs, array.shape(original)) if rank == 2 else outputs


def _by_hand(inputs, make, center, scale, epsilon, data_format, own):
    known, rank = shapes.as_tuple(inputs.shape), inputs.shape.ndims
    if known is None:
        raise ValueError(f"Inputs {inputs.name} has undefined rank.")
    axis = 1 if data_format == "NCHW" else rank - 1
    if known[axis] is None:
        raise ValueError(f"Inputs {inputs.name} has undefined channels dimension {known[axis]}.")
    shape, kind = [known[axis]], inputs.dtype.base_dtype
    beta = make.trained("beta", shape, kind, ZEROS) if center else None
    gamma = make.trained("gamma", shape, kind, ONES) if scale else None
    moving = make.moving(shape, kind)
    if static_value(own["training"]) is False:
        mean, variance = moving
    else:
        mean, variance = moments = _moments(inputs, [i for i in range(rank) if i != axis], own["weights"])
        forced = _updated(
            own, moving, mean, variance, lambda: tuple(framework.identity(m) for m in moments), lambda: _read(moving)
        )
        mean, variance = forced or smart_cond(own["training"], lambda: moments, lambda: _read(moving))
    if data_format == "NCHW":
        broad = [1, shape[0]] + [1] * (rank - 2)
        mean, variance = array.reshape(mean, broad), array.reshape(variance, broad)
        beta, gamma = (v if v is None else array.reshape(v, broad) for v in (beta, gamma))
    with variable_scope(get_variable_scope()):  # TensorFlow opens the scope again, so that ops below are named "batchnorm_1"
        pass
    outputs = norm.batch_normalization(inputs, mean, variance, beta, gamma, epsilon)
    if not outputs._is_eager:
        outputs.set_shape(known)
    return outputs


def _moments(inputs, over, weights):
    if weights is None:
        return norm.moments_v1(inputs, over)
    weights = convert_to_tensor(weights)
    inputs.shape[:1].assert_is_compatible_with(weights.shape)
    return norm.weighted_moments_v1(inputs, over, array.reshape(weights, [-1] + [1] * (inputs.shape.ndims - 1)))


def _read(moving):
    return tuple(convert_to_tensor(m) for m in moving)


@add_arg_scope
def layer_norm(
    inputs,
    center=True,
    scale=True,
    activation_fn=None,
    reuse=None,
    variables_collections=None,
    outputs_collections=None,
    trainable=True,
    begin_norm_axis=1,
    begin_params_axis=-1,
    scope=None,
):
    """Each example normalized over its axes from `begin_norm_axis` on, times `gamma` plus `beta` from `begin_params_axis` on.

    Raises ValueError for axes beyond the rank or dimensions that are unknown.
    """
    with variable_scope(scope, "LayerNorm", [inputs], reuse=reuse) as sc:
        inputs = convert_to_tensor(inputs)
        known, rank = shapes.as_tuple(inputs.shape), inputs.shape.ndims
        if known is None:
            raise ValueError(f"Inputs {inputs.name} has undefined rank.")
        first = begin_norm_axis + rank if begin_norm_axis < 0 else begin_norm_axis
        if begin_params_axis >= rank or first >= rank:
            raise ValueError(
                f"begin_params_axis ({begin_params_axis}) and begin_norm_axis ({first}) must be < rank(inputs) ({rank})"
            )
        shape = known[begin_params_axis:]
        if None in shape:
            raise ValueError(f"Inputs {inputs.name}: shape(inputs)[{begin_params_axis}:] is not fully defined: {inputs.shape}")
        make, kind = _Variables(variables_collections, {}, {}, trainable), inputs.dtype.base_dtype
        beta = make.trained("beta", shape, kind, ZEROS) if center else None
        gamma = make.trained("gamma", shape, kind, ONES) if scale else None
        mean, variance = norm.moments_v1(inputs, list(range(first, rank)), keep_dims=True)
        outputs = norm.batch_normalization(inputs, mean, variance, beta, gamma, 1e-3 if kind == dtypes.float16 else 1e-12)
        if not outputs._is_eager:
            outputs.set_shape(known)
        return finished(outputs, None, None, activation_fn, outputs_collections, sc.name)
