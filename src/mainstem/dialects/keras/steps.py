"""One step of training, testing or predicting as a function of arrays: a part of a graph that a session runs, or a tf.function."""

from mainstem.base import nest
from mainstem.dialects.keras import backend
from mainstem.grad.tape import GradientTape
from mainstem.run import function as functions
from mainstem.surface import framework
from mainstem.surface.framework import name_scope


def _masks(tensors):
    return [getattr(t, "_keras_mask", None) for t in tensors]


class GraphSteps:
    """Steps in the graph of the model: the loss and the metrics are built on the model's own outputs.

    Which outputs have weights of examples decides what is built: each choice is one more part of the graph.
    """

    def __init__(self, model, objective):
        self.model, self.objective, self.graph = model, objective, model.outputs[0].graph
        self.targets, self.weights, self._parts, self._updates = None, {}, {}, {}

    def _target(self, i, output, value):
        given = self.model._target_tensors
        if given is not None and given[i] is not None:
            return given[i]
        known = getattr(output.loss, "fn", None)
        dtype = _LABEL_DTYPES.get(getattr(known, "__name__", None), value.dtype)
        rank = None if output.shape is None else len(output.shape)
        return framework.placeholder(dtype, None if rank is None else [None] * rank, name=f"{output.name}_target")

    def _weight(self, output):
        if output.name not in self.weights:
            temporal = self.model._mode_of_weights(output.name) == "temporal"
            shape = [None, None] if temporal else [None]
            self.weights[output.name] = framework.placeholder(backend.floatx(), shape, name=f"{output.name}_sample_weights")
        return self.weights[output.name]

    def part(self, weighted=()):
        """(loss, results of the metrics, placeholders of weights) where the named outputs have weights of examples."""
        if weighted not in self._parts:
            with self.graph.as_default():
                self._parts[weighted] = self._build(weighted)
        return self._parts[weighted]

    def _build(self, weighted):
        model, objective = self.model, self.objective
        pairs = [(o, v) for o, v in zip(objective.outputs, model.outputs, strict=True) if o.loss is not None]
        if self.targets is None:
            self.targets = [self._target(i, o, v) for i, (o, v) in enumerate(pairs)]
        weights = [self._weight(o) if o.name in weighted else None for o, _ in pairs]
        masks = _masks(model.outputs)
        more = model._losses_of_inputs()
        measured = objective.measured(model.outputs, self.targets, weights, masks)
        total, means = objective.total(model.outputs, self.targets, weights, masks, more)
        return total, [*means, *measured, *model._added_results()], [w for w in weights if w is not None]

    @property
    def fed_targets(self):
        """Which of the targets are placeholders that data goes to."""
        self.part()
        return [t.op.type == "Placeholder" and not self._given(i) for i, t in enumerate(self.targets)]

    def _given(self, i):
        given = self.model._target_tensors
        return given is not None and given[i] is not None

    def function(self, mode, weighted=()):
        """The step as a function: it takes arrays of inputs, targets and weights in a list, and gives a list of NumPy values."""
        model = self.model
        if mode == "predict":
            return self._runner(list(model.outputs), model.state_updates, list(model.inputs), mode)
        total, results, weights = self.part(weighted)
        targets = [t for t, fed in zip(self.targets, self.fed_targets, strict=True) if fed]
        updates = self._training_updates(weighted) if mode == "train" else model.state_updates
        return self._runner([total, *results], updates, [*model.inputs, *targets, *weights], mode)

    def _training_updates(self, weighted):
        if weighted not in self._updates:
            total, model = self.part(weighted)[0], self.model
            with self.graph.as_default(), name_scope("training"), model._as_compiled():
                made = model.optimizer.get_updates(loss=total, params=model._collected_weights())
                self._updates[weighted] = [*made, *model._updates_of_inputs()]
        return self._updates[weighted]

    def _runner(self, fetches, updates, feeds, mode):
        updates, model = [u for u in updates if u is not None], self.model
        if updates:
            with self.graph.as_default(), self.graph.name_scope(None):
                fetches = [*fetches, framework.group(*updates)]
        phase = backend.symbolic_learning_phase_of(self.graph)
        fed = phase if mode == "train" else None
        count = len(fetches) - bool(updates)

        def run(values):
            session, feed = backend.get_session(fetches[:1]), dict(zip(feeds, values, strict=True))
            if fed is not None:
                feed[fed] = True
            also = model._also_in_test if mode == "test" else None
            if not also:
                return session.run(fetches, feed)[:count]
            found = session.run([*fetches, *also], feed)
            for take, value in zip(also.values(), found[len(fetches) :], strict=True):
                take(value)
            return found[:count]

        return run


_LABEL_DTYPES = {"sparse_softmax_cross_entropy": "int32"}


class EagerSteps:
    """Steps in eager mode: the model is called on the batch, in a tf.function unless it must run eagerly."""

    def __init__(self, model, objective):
        self.model, self.objective, self._made = model, objective, {}

    def function(self, mode, weighted=()):
        """See `GraphSteps.function`."""
        key = (mode, weighted)
        if key not in self._made:
            self._made[key] = self._make(mode, weighted)
        return self._made[key]

    def _make(self, mode, weighted):
        model, counts = (
            self.model,
            (len(self.model._names_of_inputs()), len(self.objective.with_targets) if self.objective else 0),
        )
        step = {"train": self._train, "test": self._test, "predict": self._predict}[mode]

        def split(*tensors):
            inputs, rest = tensors[: counts[0]], tensors[counts[0] :]
            given = iter(rest[counts[1] :])
            named = [o.name for o in self.objective.with_targets] if self.objective else []
            return step(list(inputs), list(rest[: counts[1]]), [next(given) if n in weighted else None for n in named])

        run = split if model.run_eagerly else functions.function(split, autograph=False)

        def call(values):
            found = run(*[framework.convert_to_tensor(v, dtype=self._dtype(v)) for v in values])
            return [t.numpy() for t in found]

        return call

    @staticmethod
    def _dtype(value):
        kind = getattr(value, "dtype", None)
        return backend.floatx() if getattr(kind, "kind", None) == "f" else None

    def _outputs(self, inputs, training):
        model = self.model
        return nest.flatten(model(model._packed(inputs), **({"training": training} if training is not None else {})))

    def _train(self, inputs, targets, weights):
        model = self.model
        with model._as_compiled(), GradientTape() as tape:
            outputs, total, means = self._loss(inputs, targets, weights, True)
        variables = model._collected_weights()
        gradients = tape.gradient(total, variables)
        model.optimizer.apply_gradients(list(zip(_clipped(model.optimizer, gradients), variables, strict=True)))
        return self._results(outputs, total, means, targets, weights)

    def _test(self, inputs, targets, weights):
        outputs, total, means = self._loss(inputs, targets, weights, False)
        return self._results(outputs, total, means, targets, weights)

    def _loss(self, inputs, targets, weights, training):
        outputs = self._outputs(inputs, training)
        total, means = self.objective.total(outputs, targets, weights, _masks(outputs), self.model.losses)
        return outputs, total, means

    def _results(self, outputs, total, means, targets, weights):
        measured = self.objective.measured(outputs, targets, weights, _masks(outputs))
        return [total, *means, *measured, *self.model._added_results()]

    def _predict(self, inputs, targets, weights):
        del targets, weights
        return self._outputs(inputs, False)


def _clipped(optimizer, gradients):
    """The gradients, clipped as the optimizer was told."""
    clip = getattr(optimizer, "_clip_gradients", None)
    return gradients if clip is None else clip(gradients)
