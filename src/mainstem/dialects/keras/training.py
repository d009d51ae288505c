"""`Model`: a network that `compile` gives a loss, metrics and an optimizer, and `fit` trains."""

import contextlib

from mainstem.base import nest, shapes
from mainstem.core import builder
from mainstem.dialects.keras import arrays, backend, optimizers, saving, steps
from mainstem.dialects.keras import epochs as runs
from mainstem.dialects.keras.network import Network
from mainstem.dialects.keras.objective import Objective
from mainstem.dialects.keras.tf_optimizer import TFOptimizer
from mainstem.graph.func_graph import FuncGraph
from mainstem.state import scope as state_scope
from mainstem.surface import framework
from mainstem.train.optimizer import Optimizer


class _Training:
    """What `compile` was told, and what was made of it; `objective` and `steps` are None until the outputs are known."""

    def __init__(self, **arguments):
        self.arguments, self.objective, self.steps, self.functions = arguments, None, None, {}
        self.weights = self.trained = None  # the variables that training changes, and whether each layer trained


class Model(Network):
    """A network that can be trained: functional, `Model(inputs, outputs)`, or a subclass with layers in attributes and a `call`.

    Args:
        inputs, outputs, name: as of `Network`.
    """

    _compiled, optimizer, stop_training, history, _target_tensors = None, None, False, None, None
    _also_in_test = {}  # summaries that `evaluate` computes too, {tensor: what takes its value}

    def compile(
        self,
        optimizer="rmsprop",
        loss=None,
        metrics=None,
        loss_weights=None,
        sample_weight_mode=None,
        weighted_metrics=None,
        target_tensors=None,
        distribute=None,
        **kwargs,
    ):
        """Sets how the model is trained.

        Args:
            optimizer: a name, an optimizer of `tf.keras.optimizers` or of `tf.train`.
            loss: a name, a function of labels and outputs, or a loss object; for several outputs a list or a dict by their names.
            metrics: a list of names ("accuracy" fits the loss), functions and metric objects, or lists or a dict of such lists.
            loss_weights: factors of the outputs' losses, a list or a dict.
            sample_weight_mode: "temporal" for weights of each step of a sequence; also a list or a dict.
            weighted_metrics: metrics that heed the weights of examples and classes.
            target_tensors: tensors to take in place of placeholders for the targets.

        Raises ValueError and TypeError for what does not fit the outputs, NotImplementedError for `distribute`.
        """
        if distribute is not None:
            raise NotImplementedError("Model.compile(distribute=…)")
        self._run_eagerly = kwargs.pop("run_eagerly", None)
        for key in ("experimental_run_tf_function", "cloning"):
            kwargs.pop(key, None)
        if kwargs and state_scope.eager():
            raise TypeError(f"Invalid keyword argument(s) in `compile`: {sorted(kwargs)}")
        self.optimizer = TFOptimizer(optimizer) if isinstance(optimizer, Optimizer) else optimizers.get(optimizer)
        self.loss, self.loss_weights = loss, loss_weights
        self.sample_weight_mode = sample_weight_mode
        self._compile_metrics, self._compile_weighted_metrics = metrics or [], weighted_metrics
        self._compiled = _Training(loss=loss, metrics=metrics, loss_weights=loss_weights, weighted_metrics=weighted_metrics)
        if target_tensors is not None:
            self._target_tensors = arrays.listed(target_tensors, self.output_names)
        if self._is_graph_network:
            self._make_objective(self.output_names, [shapes.as_tuple(t.shape) for t in self.outputs])
            if not state_scope.eager():
                self._compiled.steps.part()

    def _make_objective(self, names, known):
        with self._home():
            self._compiled.objective = Objective(names, known, **self._compiled.arguments)
        self._compiled.weights = list({id(v): v for v in self.trainable_weights}.values())
        self._compiled.trained = [(layer, layer._trainable) for layer in self._all_layers()]
        kind = steps.EagerSteps if state_scope.eager() else steps.GraphSteps
        self._compiled.steps = kind(self, self._compiled.objective)

    def _home(self):
        return (self.outputs[0].graph if self.outputs and not state_scope.eager() else builder.current()).as_default()

    def _forget_training(self):
        """After the layers have changed, what was compiled for them holds no more."""
        if self.__dict__.get("_compiled") is not None:
            self._compiled = None

    @property
    def run_eagerly(self):
        """Whether steps run operation by operation, which only eager mode can. Raises ValueError for True in graph mode."""
        wanted = self.__dict__.get("_run_eagerly")
        if wanted and not state_scope.eager():
            raise ValueError("You can only set `run_eagerly=True` if eager execution is enabled.")
        return bool(wanted or (self.dynamic and state_scope.eager()))

    @run_eagerly.setter
    def run_eagerly(self, value):
        self._run_eagerly = value

    @property
    def metrics_names(self):
        """The names of what a step gives: "loss", the losses of several outputs, the metrics."""
        own = self._compiled.objective.names if self._compiled is not None and self._compiled.objective else ["loss"]
        return [*own, *(m.name for m in self._added_metrics())]

    @property
    def metrics(self):
        """The metrics of `compile` and of `add_metric`, as a list."""
        own = self._compiled.objective.metrics if self._compiled is not None and self._compiled.objective else []
        return [*own, *self._added_metrics()]

    @property
    def total_loss(self):
        """The tensor that training minimizes, in graph mode."""
        return self._compiled.steps.part()[0]

    def _added_metrics(self):
        found = [m for layer in self._all_layers() for m in layer._metrics]
        return list({id(m): m for m in found}.values())

    def _all_layers(self):
        todo, found = [self], []
        for layer in todo:
            found.append(layer)
            todo += [v for v in layer._layers() if hasattr(v, "_metrics") and not any(v is t for t in todo)]
        return found[1:] + [self]

    def _added_results(self):
        return [m._call_result for m in self._added_metrics() if getattr(m, "_call_result", None) is not None]

    def _losses_of_inputs(self):
        """The losses of layers: regularization, and those that depend on the model's own inputs."""
        return [*self.get_losses_for(self.inputs), *self.get_losses_for(None)]

    def _updates_of_inputs(self):
        """The updates of layers that depend on the model's own inputs or on none: a layer may have been called elsewhere too."""
        return [*self.get_updates_for(self.inputs), *self.get_updates_for(None)]

    def _collected_weights(self):
        """The variables that training changes, each once: those that were trainable when the model was compiled."""
        return self._compiled.weights

    @property
    def _collected_trainable_weights(self):  # that name, since programs print it
        return self._collected_weights()

    @contextlib.contextmanager
    def _as_compiled(self):
        """Inside, every layer trains or not as when the model was compiled, whatever was set later for another model."""
        now = [(layer, layer._trainable) for layer, _ in self._compiled.trained]
        for layer, trained in self._compiled.trained:
            layer._trainable = trained
        try:
            yield
        finally:
            for layer, trained in now:
                layer._trainable = trained

    def _make_optimizer_weights(self):
        """Makes the variables of the optimizer, which the first step would make."""
        if not state_scope.eager():
            self._function("train")
            return
        optimizer = self.optimizer
        with framework.name_scope(optimizer._name):
            _ = optimizer.iterations
            optimizer._create_hypers()
            optimizer._create_slots(self._collected_weights())

    def _mode_of_weights(self, name):
        mode = self.sample_weight_mode
        if isinstance(mode, dict):
            return mode.get(name)
        if isinstance(mode, (list, tuple)):
            return mode[self.output_names.index(name)]
        return mode

    def reset_metrics(self):
        """Sets all metrics back to their start."""
        objective = self._compiled.objective if self._compiled is not None else None
        for metric in [*self.metrics, *(objective.mean_losses if objective else ())]:
            metric.reset_states()

    # ---- inputs and outputs

    def _names_of_inputs(self):
        return self.__dict__.get("input_names") or []

    def _packed(self, inputs):
        """A list of tensors as the model takes them."""
        if self._is_graph_network:
            return nest.pack_sequence_as(self._nested_inputs, inputs)
        form = self.__dict__.get("_form_of_inputs")
        return nest.pack_sequence_as(form, inputs) if form is not None else inputs[0]

    def _meet(self, x):
        """Learns from the first data what the inputs and outputs of a model with its own `call` are."""
        if self._is_graph_network or self._names_of_inputs():
            self._need_steps()
            return
        several = isinstance(x, (list, tuple, dict))
        flat = [arrays.row(arrays.as_array(v)) for v in (nest.flatten(x) if several else [x])]
        self._form_of_inputs = nest.pack_sequence_as(x, list(range(len(flat)))) if several else None
        if isinstance(x, dict):
            self.input_names = sorted(x)
        else:
            self.input_names = [f"input_{i + 1}" for i in range(len(flat))]
        eager = state_scope.eager()
        graph = FuncGraph("outputs", builder.current()) if eager else backend.get_graph()
        with graph.as_default():
            taken = [self._stand_in(v, name) for v, name in zip(flat, self.input_names, strict=True)]
            phase = (
                {"training": False if eager else backend.learning_phase()}
                if self._arguments_of_call.expects("training")
                else {}
            )
            outputs = nest.flatten(self(self._packed(taken), **phase))
        self.output_names = [f"output_{i + 1}" for i in range(len(outputs))]
        if not eager:
            self.inputs, self.outputs = taken, outputs
        self._known_outputs = [shapes.as_tuple(t.shape) for t in outputs]
        self._need_steps()

    @staticmethod
    def _stand_in(value, name):
        floating = getattr(value.dtype, "kind", None) == "f" or getattr(value.dtype, "is_floating", False)
        dtype = backend.floatx() if floating else value.dtype
        if framework.is_tensor(value) and not state_scope.eager():
            return value
        return framework.placeholder(dtype, (None, *shapes.as_tuple(value.shape)[1:]), name=name)

    def _need_steps(self):
        if self._compiled is not None and self._compiled.steps is None:
            known = self.__dict__.get("_known_outputs") or [shapes.as_tuple(t.shape) for t in self.outputs]
            self._make_objective(self.output_names, known)

    def _function(self, mode, weighted=()):
        if mode == "predict" and (self._compiled is None or self._compiled.steps is None):
            kind = steps.EagerSteps if state_scope.eager() else steps.GraphSteps
            made = self.__dict__.get("_predicting")
            if made is None:
                made = self.__dict__["_predicting"] = kind(self, None)
            holder = self.__dict__.setdefault("_predict_functions", {})
        else:
            made, holder = self._compiled.steps, self._compiled.functions
        if (mode, weighted) not in holder:
            with self._home():
                holder[mode, weighted] = made.function(mode, weighted)
        return holder[mode, weighted]

    def _need_compile(self):
        if self._compiled is None:
            if self.optimizer is not None:
                a = self._compile_arguments()
                self.compile(**a)
                return
            raise RuntimeError("You must compile your model before training/testing. Use `model.compile(optimizer, loss)`.")

    def _compile_arguments(self):
        return {
            "optimizer": self.optimizer,
            "loss": self.loss,
            "metrics": self._compile_metrics,
            "loss_weights": self.loss_weights,
            "sample_weight_mode": self.sample_weight_mode,
            "weighted_metrics": self._compile_weighted_metrics,
        }

    def _standardized(self, x, y=None, sample_weight=None, class_weight=None, check=True):
        """(inputs, targets, weights) as lists of arrays; weights has an entry for every output with a target, which may be None."""
        self._meet(x)
        known = [shapes.as_tuple(t.shape) for t in self.inputs] if self.inputs else [None] * len(self._names_of_inputs())
        if self._is_graph_network:
            known = [layer._batch_input_shape for layer in self._input_layers]
        inputs = arrays.standardized(self._flat(x), self._names_of_inputs(), known, "input")
        if y is None and not (self._compiled is not None and self._compiled.objective is not None):
            return inputs, [], []
        wanted = self._fed_outputs()
        names = [o.name for o in wanted]
        if y is None:
            return inputs, [], []
        y = {n: y[n] for n in names if n in y} if isinstance(y, dict) else y
        targets = arrays.standardized(y, names, [None] * len(names), "target")
        for output, target in zip(wanted if self._is_graph_network else (), targets):
            if not framework.is_tensor(target):
                output.check_target(target)
        weights = arrays.by_output(sample_weight, names, "sample_weight")
        classes = _class_weights(class_weight, names)
        found = zip(targets, weights, classes, names, strict=True)
        weights = [arrays.weights_of(t, w, c, self._mode_of_weights(n) == "temporal") for t, w, c, n in found]
        if check:
            arrays.check_lengths(inputs, targets, weights)
        return inputs, targets, weights

    def _flat(self, x):
        return nest.flatten(x) if isinstance(x, (list, tuple)) and not all(isinstance(v, (int, float)) for v in x) else x

    def _fed_outputs(self):
        training = self._compiled
        outputs = training.objective.with_targets
        if state_scope.eager():
            return outputs
        fed = training.steps.fed_targets
        return [o for o, f in zip(outputs, fed, strict=True) if f]

    # ---- training

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose=1,
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        class_weight=None,
        sample_weight=None,
        initial_epoch=0,
        steps_per_epoch=None,
        validation_steps=None,
        validation_freq=1,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
        **kwargs,
    ):
        """Trains the model; gives a `History` of the epochs' losses and metrics.

        Args:
            x: arrays, a list or a dict of them for several inputs, or a data set, iterator, generator or `Sequence` of batches
                `(x, y)` or `(x, y, sample_weight)`.
            y: the targets, where `x` does not bring them.
            batch_size: 32 by default; not for what gives batches itself.
            epochs, initial_epoch: train epochs from `initial_epoch` up to `epochs`.
            verbose: 0 silent, 1 a progress bar, 2 one line an epoch.
            callbacks: a list of `Callback`s.
            validation_split: which part of the arrays, taken from their end, is for validation.
            validation_data: `(x, y)`, `(x, y, sample_weight)`, or what gives batches.
            shuffle: whether the examples come in another order in every epoch; "batch" keeps batches together.
            class_weight: a dict from class to weight.
            sample_weight: weights of the examples.
            steps_per_epoch, validation_steps: how many batches an epoch has, where the data does not end by itself.
            validation_freq: validate after every so many epochs, or after the epochs in a list.
            max_queue_size: how many batches of a generator wait.
            workers, use_multiprocessing: generators run in one thread; with 0 workers in none.

        Raises RuntimeError before `compile`, ValueError for data that does not fit.
        """
        if kwargs.pop("nb_epoch", None) is not None:
            raise TypeError("fit(nb_epoch=…): use epochs")
        if kwargs:
            raise TypeError(f"Unrecognized keyword arguments: {kwargs}")
        self._need_compile()
        data = runs.Data(x, y, sample_weight, class_weight, batch_size, steps_per_epoch)
        threads = {"ahead": max_queue_size, "threaded": workers > 0}
        return runs.fit(
            self,
            data,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation=runs.validation(validation_data, validation_split, validation_steps, batch_size),
            shuffle=shuffle,
            initial_epoch=initial_epoch,
            validation_freq=validation_freq,
            threads=threads,
        )

    def evaluate(
        self,
        x=None,
        y=None,
        batch_size=None,
        verbose=1,
        sample_weight=None,
        steps=None,
        callbacks=None,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
    ):
        """The loss, or a list of it and the metrics (see `metrics_names`), over data; arguments are those of `fit`."""
        self._need_compile()
        data = runs.Data(x, y, sample_weight, None, batch_size, steps)
        return runs.evaluate(self, data, verbose, callbacks, {"ahead": max_queue_size, "threaded": workers > 0})

    def predict(
        self,
        x,
        batch_size=None,
        verbose=0,
        steps=None,
        callbacks=None,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
    ):
        """The outputs for data as an array, or a list of arrays for several outputs; arguments are those of `fit`."""
        data = runs.Data(x, None, None, None, batch_size, steps)
        return runs.predict(self, data, verbose, callbacks, {"ahead": max_queue_size, "threaded": workers > 0})

    def _on_batch(self, mode, x, y, sample_weight, class_weight, reset_metrics):
        self._need_compile()
        inputs, targets, weights = self._standardized(x, y, sample_weight, class_weight)
        found = runs.run_batch(self, mode, inputs, targets, weights)
        if reset_metrics:
            self.reset_metrics()
        return found[0] if len(found) == 1 else found

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, reset_metrics=True):
        """One step of training on one batch; gives the loss, or a list of it and the metrics."""
        return self._on_batch("train", x, y, sample_weight, class_weight, reset_metrics)

    def test_on_batch(self, x, y=None, sample_weight=None, reset_metrics=True):
        """The loss on one batch, or a list of it and the metrics."""
        return self._on_batch("test", x, y, sample_weight, None, reset_metrics)

    def predict_on_batch(self, x):
        """The outputs for one batch, an array or a list of arrays."""
        inputs = self._standardized(x)[0]
        found = self._function("predict")(inputs)
        return found[0] if len(found) == 1 else found

    def fit_generator(
        self,
        generator,
        steps_per_epoch=None,
        epochs=1,
        verbose=1,
        callbacks=None,
        validation_data=None,
        validation_steps=None,
        validation_freq=1,
        class_weight=None,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
        shuffle=True,
        initial_epoch=0,
    ):
        """`fit` on a generator."""
        return self.fit(
            generator,
            steps_per_epoch=steps_per_epoch,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_data=validation_data,
            validation_steps=validation_steps,
            validation_freq=validation_freq,
            class_weight=class_weight,
            max_queue_size=max_queue_size,
            workers=workers,
            use_multiprocessing=use_multiprocessing,
            shuffle=shuffle,
            initial_epoch=initial_epoch,
        )

    def evaluate_generator(
        self, generator, steps=None, callbacks=None, max_queue_size=10, workers=1, use_multiprocessing=False, verbose=0
    ):
        """`evaluate` on a generator."""
        return self.evaluate(
            generator, verbose=verbose, steps=steps, callbacks=callbacks, max_queue_size=max_queue_size, workers=workers
        )

    def predict_generator(
        self, generator, steps=None, callbacks=None, max_queue_size=10, workers=1, use_multiprocessing=False, verbose=0
    ):
        """`predict` on a generator."""
        return self.predict(
            generator, verbose=verbose, steps=steps, callbacks=callbacks, max_queue_size=max_queue_size, workers=workers
        )

    # ---- files

    def save(self, filepath, overwrite=True, include_optimizer=True, save_format=None, signatures=None):
        """Writes architecture, variables and training to an HDF5 file; see `save_model`."""
        saving.save_model(self, filepath, overwrite, include_optimizer, save_format, signatures)


def _class_weights(value, names):
    if value is None:
        return [None] * len(names)
    if len(names) == 1 and not (isinstance(value, dict) and names[0] in value):
        return [value]
    return arrays.by_output(value, names, "class_weight")
