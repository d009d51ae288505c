"""Calls of `keras.backend`, run under TensorFlow 1.15 by `golden/record_keras_models.py`: each gives values."""

import numpy as np

A = np.sin(np.arange(12) * 1.7 + 0.3).reshape(3, 4).astype("float32")
B = np.cos(np.arange(12) * 0.9).reshape(4, 3).astype("float32")
C = np.sin(np.arange(24) * 0.7).reshape(2, 3, 4).astype("float32")
D = np.cos(np.arange(24) * 1.1).reshape(2, 4, 3).astype("float32")
P = np.array([[0.2, 0.3, 0.5], [0.1, 0.8, 0.1]], "float32")


def calls(K):  # noqa: N803 - the usual name
    """{name: tensor, or something plain}."""
    a, b, c, d, p = (K.constant(v) for v in (A, B, C, D, P))
    found = {
        n: getattr(K, n)(a) for n in ("abs", "square", "exp", "round", "sign", "sin", "cos", "sigmoid", "tanh", "softplus")
    }
    found.update(
        {n: getattr(K, n)(a) for n in ("softsign", "sqrt", "relu", "elu", "softmax", "hard_sigmoid", "transpose", "flatten")}
    )
    found.update({n: getattr(K, n)(a, axis=1) for n in ("max", "min", "sum", "prod", "mean", "var", "std", "argmax", "argmin")})
    found.update({n + "_all": getattr(K, n)(a) for n in ("max", "min", "sum", "mean", "std", "var", "any", "all")})
    found.update({n: getattr(K, n)(a, a * a) for n in ("maximum", "minimum", "greater", "less_equal", "not_equal", "equal")})
    found.update(
        {"log": K.log(p), "pow": K.pow(p, 3), "clip": K.clip(a, -0.3, 0.4), "cumsum": K.cumsum(a, 1), "cumprod": K.cumprod(a)}
    )
    found.update(
        {"dot": K.dot(a, b), "dot3": K.dot(c, b), "batch_dot": K.batch_dot(c, d), "batch_dot2": K.batch_dot(a, a, axes=1)}
    )
    found.update(
        {"batch_dot_axes": K.batch_dot(c, d, axes=[2, 1]), "batch_dot_uneven": K.batch_dot(c, K.constant(A[:2]), axes=[2, 1])}
    )
    found.update(
        {"concatenate": K.concatenate([a, a]), "reshape": K.reshape(a, (2, -1)), "permute": K.permute_dimensions(c, (2, 0, 1))}
    )
    found.update({"repeat": K.repeat(a, 2), "repeat_elements": K.repeat_elements(a, 2, 1), "tile": K.tile(a, [1, 2])})
    found.update(
        {"batch_flatten": K.batch_flatten(c), "expand": K.expand_dims(a), "squeeze": K.squeeze(K.expand_dims(a, 1), 1)}
    )
    found.update(
        {"stack": K.stack([a, a], 1), "one_hot": K.one_hot(K.constant([0, 2], dtype="int32"), 3), "reverse": K.reverse(a, 1)}
    )
    found.update({"gather": K.gather(a, K.constant([2, 0], dtype="int32")), "arange": K.arange(5), "ones_like": K.ones_like(a)})
    found.update({"relu_slope": K.relu(a, 0.1, 0.5), "relu_threshold": K.relu(a, threshold=0.2), "elu2": K.elu(a, 2.0)})
    found.update({"bias": K.bias_add(a, K.constant(A[0])), "l2": K.l2_normalize(a, 1), "cast": K.cast(a * 3, "int32")})
    found.update(
        {"cce": K.categorical_crossentropy(p, K.constant(P[::-1])), "bce": K.binary_crossentropy(p, K.constant(P[::-1]))}
    )
    found["scce"] = K.sparse_categorical_crossentropy(K.constant([1, 0], dtype="int32"), p)
    found["cce_logits"] = K.categorical_crossentropy(p, K.constant(A[:2, :3]), from_logits=True)
    found["bce_logits"] = K.binary_crossentropy(p, K.constant(A[:2, :3]), from_logits=True)
    found["switch"] = K.switch(K.constant(1.0) > 0.0, lambda: a, lambda: a * 2)
    found["switch_rows"] = K.switch(a[:, 0] > 0.0, a, a * 2)
    found["in_train"] = K.in_train_phase(a, a * 2, training=True)
    found["bn"] = K.batch_normalization(a, K.mean(a, 0), K.var(a, 0), None, None)
    found["bn_train"] = K.normalize_batch_in_training(a, None, None, [0])[0]
    found["in_top_k"] = K.in_top_k(p, K.constant([1, 1], dtype="int32"), 1)
    found["foldl"] = K.foldl(lambda x, y: x + y, a)
    found["map_fn"] = K.map_fn(lambda x: x * 2, a)
    return found


def facts(K):  # noqa: N803
    """Plain values."""
    v = K.variable(A, name="v")
    told = [K.int_shape(v), K.ndim(v), K.dtype(v), K.count_params(v), K.epsilon(), K.floatx(), K.image_data_format(), v.name]
    K.set_value(v, A * 2)
    told += [
        K.get_value(v),
        K.eval(K.zeros((2,))),
        K.eval(K.ones((2,))),
        K.eval(K.eye(2)),
        K.cast_to_floatx(A.astype("float64")).dtype.name,
    ]
    x = K.placeholder((None, 2), name="x")
    y = K.placeholder(ndim=2)
    f = K.function([x, y], [x + y, K.sum(x)], updates=[K.update_add(v, K.ones_like(v))])
    told += [f([np.ones((3, 2)), np.ones((3, 2))]), K.get_value(v), K.int_shape(x), K.int_shape(y)]
    K.get_session().run(K.update_sub(v, K.constant(A)))
    told += [K.get_value(v), K.get_uid("a"), K.get_uid("a"), K.get_uid("b")]
    w = K.variable(2.0)
    told += [K.function([], K.gradients(w * w, [w]))([]), K.function([K.learning_phase()], [K.in_train_phase(w, w * 2)])([1])]
    return told
