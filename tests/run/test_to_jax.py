"""`mainstem.to_jax`: graphs and tf.functions as pure JAX functions, trained by optax as the session trains them."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import mainstem
import mainstem.v1 as v1
import mainstem.v2 as v2

RNG = np.random.RandomState(0)
IMAGES, LABELS = RNG.rand(16, 8, 8, 1).astype(np.float32), RNG.randint(0, 3, 16)


def conv_net():
    x, y = v1.placeholder(v1.float32, [None, 8, 8, 1]), v1.placeholder(v1.int64, [None])
    w1 = v1.get_variable("conv/w", [3, 3, 1, 4])
    b1 = v1.get_variable("conv/b", [4], initializer=v1.zeros_initializer())
    h = v1.nn.relu(v1.nn.conv2d(x, w1, [1, 1, 1, 1], "SAME") + b1)
    h = v1.nn.max_pool(h, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    w2 = v1.get_variable("fc/w", [64, 3])
    b2 = v1.get_variable("fc/b", [3], initializer=v1.zeros_initializer(), use_resource=True)
    logits = v1.matmul(v1.reshape(h, [-1, 64]), w2) + b2
    loss = v1.reduce_mean(v1.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
    return x, y, logits, loss


def test_a_converted_conv_net_trains_with_optax_as_in_the_session():
    v1.set_random_seed(1)
    x, y, logits, loss = conv_net()
    accuracy = v1.reduce_mean(v1.cast(v1.equal(v1.argmax(logits, 1), y), v1.float32))
    train = v1.train.MomentumOptimizer(0.1, 0.9).minimize(loss)
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        fn, params = mainstem.to_jax(loss, [x, y])
        assert {k: v.shape for k, v in params.items()} == {
            "conv/w": (3, 3, 1, 4),
            "conv/b": (4,),
            "fc/w": (64, 3),
            "fc/b": (3,),
        }
        assert fn.streams == {}
        optimizer = optax.sgd(0.1, momentum=0.9)
        state = optimizer.init(params)

        @jax.jit
        def step(params, state):
            value, grads = jax.value_and_grad(fn)(params, IMAGES, LABELS)
            changes, state = optimizer.update(grads, state)
            return optax.apply_updates(params, changes), state, value

        for _ in range(12):
            params, state, value = step(params, state)
            theirs, _ = session.run([loss, train], {x: IMAGES, y: LABELS})
            np.testing.assert_allclose(value, theirs, rtol=1e-5)
        for v in v1.trainable_variables():
            np.testing.assert_allclose(params[v.op.name], session.run(v), atol=1e-5)
        both, _ = mainstem.to_jax({"loss": loss, "more": [accuracy]}, [x, y])
        found = jax.jit(both)(params, IMAGES, LABELS)
        assert found["more"][0] == session.run(accuracy, {x: IMAGES, y: LABELS})
        each = jax.vmap(fn, in_axes=(None, 0, 0))(params, IMAGES[:, None], LABELS[:, None])
        np.testing.assert_allclose(each.mean(), fn(params, IMAGES, LABELS), rtol=1e-6)


def test_gradients_are_tensorflows_at_ties_and_kinks():
    x, y = v1.placeholder(v1.float32, [3]), v1.placeholder(v1.float32, [3])
    z = v1.reduce_sum(v1.maximum(x, y) * 2.0) + v1.reduce_max(x) + v1.reduce_sum(v1.abs(x)) + v1.norm(v1.nn.relu(x))
    values = np.array([0.0, 2.0, 2.0], np.float32)
    with v1.Session() as session:
        fn, _ = mainstem.to_jax(z, [x, y])
        for g, t in zip(jax.grad(fn, argnums=(1, 2))({}, values, values), v1.gradients(z, [x, y])):
            np.testing.assert_array_equal(g, session.run(t, {x: values, y: values}))


def test_second_derivatives():
    x = v1.placeholder(v1.float32, [4])
    y = v1.reduce_sum(v1.tanh(x) * v1.nn.softmax(x))
    values = RNG.randn(4).astype(np.float32)
    with v1.Session() as session:
        fn, _ = mainstem.to_jax(y, x)
        np.testing.assert_allclose(
            jax.jacrev(jax.grad(fn, argnums=1), argnums=1)({}, values),
            session.run(v1.hessians(y, x)[0], {x: values}),
            atol=1e-5,
        )


def test_random_streams_go_on_when_they_are_asked_for():
    x = v1.placeholder(v1.float32, [50])
    y = v1.nn.dropout(x, rate=0.5, seed=3) + v1.random_normal([50], seed=4)
    with v1.Session() as session:
        fn, params = mainstem.to_jax(y, [x])
        assert len(fn.streams) == 2 and params == {}
        ones = np.ones(50, np.float32)
        first, streams = jax.jit(fn)(params, ones, streams=fn.streams)
        second, _ = fn(params, ones, streams=streams)
        np.testing.assert_allclose(fn(params, ones), first, rtol=1e-6)  # compiled whole or op by op: the last bit may differ
        assert not np.array_equal(first, second)
        np.testing.assert_allclose(session.run(y, {x: ones}), first, rtol=1e-6)
        np.testing.assert_allclose(session.run(y, {x: ones}), second, rtol=1e-6)


def test_assignments_are_refused_or_given_back():
    x, y, _, loss = conv_net()
    train = v1.train.GradientDescentOptimizer(0.1).minimize(loss)
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        with pytest.raises(ValueError, match="assigns to variable '.*test_to_jax.py:"):
            mainstem.to_jax(train, [x, y])
        fn, params = mainstem.to_jax([loss, train], [x, y], updates=True)
        (value, nothing), after = jax.jit(fn)(params, IMAGES, LABELS)
        assert nothing is None and set(after) == set(params)
        np.testing.assert_allclose(value, session.run([loss, train], {x: IMAGES, y: LABELS})[0], rtol=1e-6)
        for v in v1.trainable_variables():
            np.testing.assert_allclose(after[v.op.name], session.run(v), atol=1e-6)


@pytest.mark.parametrize("wide", [False, True])
def test_64_bit_types_follow_the_users_setting(wide):
    x = v1.placeholder(v1.float64, [2, 3])
    step = v1.train.get_or_create_global_step()
    results = [v1.reduce_sum(v1.sin(x)), v1.argmax(x, 1), step + 1, v1.random.stateless_uniform([2], seed=[1, 2])]
    values = RNG.randn(2, 3)
    with v1.Session() as session, jax.enable_x64(wide):
        session.run(v1.global_variables_initializer())
        fn, params = mainstem.to_jax(results, [x])
        found = jax.jit(fn)(params, values)
        for f, r in zip(found, session.run(results, {x: values})):
            np.testing.assert_allclose(f, r, rtol=1e-6)
        assert [f.dtype.name for f in found[:3]] == (["float64", "int64", "int64"] if wide else ["float32", "int32", "int32"])
        grad = jax.jit(jax.grad(lambda x: fn(params, x)[0]))(jnp.asarray(values))
        np.testing.assert_allclose(grad, np.cos(values), rtol=1e-5)


def test_refusals():
    x, name = v1.placeholder(v1.float32, [2]), v1.placeholder(v1.string, [])
    v = v1.get_variable("v", [2])
    with v1.Session():
        with pytest.raises(NotImplementedError, match="StringJoin.*test_to_jax.py:"):
            mainstem.to_jax(v1.strings.join([name, "b"]), [name])
        with pytest.raises(NotImplementedError, match="PyFunc.*test_to_jax.py:"):
            mainstem.to_jax(v1.py_func(np.sin, [x], v1.float32), [x])
        with pytest.raises(ValueError, match="placeholder 'Placeholder' is needed"):
            mainstem.to_jax(x * 2.0)
        with pytest.raises(mainstem.v1.errors.FailedPreconditionError, match="variable 'v' has no value.*test_to_jax.py"):
            mainstem.to_jax(v * x, [x])
        fn, _ = mainstem.to_jax(v1.reduce_sum(x), [x])
        with pytest.raises(TypeError, match="params and 1 feeds"):
            fn({})
        size = v1.placeholder(v1.int32, [])
        shaped, _ = mainstem.to_jax(v1.zeros([size]), [size])
        assert shaped({}, 3).shape == (3,)
        with pytest.raises(NotImplementedError, match="depends on the value of Placeholder"):
            jax.jit(shaped)({}, 3)
    with pytest.raises(ValueError, match="[Nn]o default session"):
        mainstem.to_jax(x * 2.0, [x])


def test_custom_gradients_are_the_functions_own():
    x, w = v1.placeholder(v1.float32, []), v1.get_variable("w", initializer=3.0)

    @v1.custom_gradient
    def f(x):
        e = v1.exp(x)
        unused = v1.sin(x)

        def grad(d, variables=None):
            return d * (e + unused) * 100.0, [d * 7.0]

        return e * w, grad

    y = f(x) * 2.0
    z = v1.recompute_grad(lambda x: v1.tanh(x * w))(x)
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        for t in (y, z):
            fn, params = mainstem.to_jax(t, [x])
            want = session.run(v1.gradients(t, [x, w]), {x: 0.5})
            found = jax.jit(jax.grad(fn, argnums=(1, 0)))(params, 0.5)
            np.testing.assert_allclose([found[0], found[1]["w"]], want, rtol=1e-5)


@pytest.mark.usefixtures("eager_mode")
def test_functions():
    v, same_name = v2.Variable([1.0, 2.0], name="v"), v2.Variable([1.0, 3.0], name="v")
    k = v2.constant([2.0, 2.0])

    @v2.function
    def f(x, n=2):
        return {"a": v2.reduce_sum(v * x * same_name * k), "b": (x * float(n), n * 2)}

    fn, params = mainstem.to_jax(f, v2.constant([1.0, 1.0]))
    assert sorted(params) == ["v", "v_1"]
    found = fn(params, np.ones(2))
    assert found["a"] == 14 and found["b"][0].tolist() == [2, 2]
    grads = jax.jit(jax.grad(lambda p, x: fn(p, x)["a"]))(params, np.ones(2, np.float32))
    np.testing.assert_array_equal(grads["v"], [2, 6])

    again, _ = mainstem.to_jax(f.get_concrete_function(v2.TensorSpec([2], v2.float32), n=3))
    assert again(params, jnp.ones(2))["b"][0].tolist() == [3, 3]

    @v2.function
    def count(x):
        v.assign_add(x)
        return v * 2.0

    with pytest.raises(ValueError, match="assigns to variable 'v'"):
        mainstem.to_jax(count, v2.constant([1.0, 1.0]))
    fn, params = mainstem.to_jax(count, v2.constant([1.0, 1.0]), updates=True)
    result, after = jax.jit(fn)(params, np.ones(2, np.float32))
    assert result.tolist() == [4, 6] and after["v"].tolist() == [2, 3]
    assert v.numpy().tolist() == [1, 2]


@pytest.mark.usefixtures("eager_mode")
def test_functions_with_control_flow():
    v = v2.Variable([1.0, 2.0])

    @v2.function
    def f(x):
        for _ in v2.range(3):
            x = x * v
        return v2.cond(v2.reduce_sum(x) > 0.0, lambda: x + 1.0, lambda: x)

    fn, params = mainstem.to_jax(f, v2.constant([1.0, 1.0]))
    assert fn(params, [1.0, 1.0]).tolist() == [2, 9]
    (jacobian,) = jax.jit(jax.jacrev(fn))(params, jnp.ones(2)).values()
    np.testing.assert_array_equal(jacobian, [[3, 0], [0, 12]])
