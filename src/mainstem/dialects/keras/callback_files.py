"""Callbacks that write files: models, tables of numbers, and events for TensorBoard."""

import csv
import json
import os
import re
import urllib.request

import numpy as np

from mainstem.dialects.keras import backend
from mainstem.dialects.keras.callbacks import Callback, direction
from mainstem.formats import protos
from mainstem.platform import logging
from mainstem.state import scope as state_scope
from mainstem.surface import array
from mainstem.train import checkpoints, summary
from mainstem.train.writer import FileWriter

_NOT_VALUES = ("batch", "size", "num_steps")


class ModelCheckpoint(Callback):
    """Writes the model after every epoch.

    Args:
        filepath: a path in which `{epoch}` and the names of logs are filled in, as in "weights.{epoch:02d}-{val_loss:.2f}.h5".
        monitor: the value that tells which model is best.
        verbose: whether it says what it writes.
        save_best_only: whether a model that is no better than the best is not written.
        save_weights_only: whether only the variables are written; always for subclassed models.
        mode: "min", "max", or "auto" by the value's name.
        save_freq: "epoch", or after how many examples.
        period: after how many epochs.
        load_weights_on_restart: whether training begins with the newest file that is there.

    Raises ValueError for another `save_freq`.
    """

    def __init__(
        self,
        filepath,
        monitor="val_loss",
        verbose=0,
        save_best_only=False,
        save_weights_only=False,
        mode="auto",
        save_freq="epoch",
        **kwargs,
    ):
        super().__init__()
        self.filepath, self.monitor, self.verbose = filepath, monitor, verbose
        self.save_best_only, self.save_weights_only, self.save_freq = save_best_only, save_weights_only, save_freq
        self.load_weights_on_restart, self.period = kwargs.get("load_weights_on_restart", False), kwargs.get("period", 1)
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ValueError(f"Unrecognized save_freq: {save_freq}")
        self.monitor_op = direction(mode, monitor, "ModelCheckpoint")
        self.best = np.inf if self.monitor_op is np.less else -np.inf
        self.epochs_since_last_save = self._samples = self._epoch = 0

    def set_model(self, model):
        """Gets the model."""
        self.model = model
        if not model._is_graph_network and type(model).__name__ != "Sequential":
            self.save_weights_only = True

    def on_train_begin(self, logs=None):
        """Reads the newest file, where that is wanted."""
        newest = self._newest() if self.load_weights_on_restart else None
        if newest is not None:
            self.model.load_weights(newest)

    def _newest(self):
        folder, name = os.path.split(self.filepath)
        pattern = "^" + re.sub(r"{.*}", ".*", name) + "$"
        checkpoint = checkpoints.latest_checkpoint(folder)
        if checkpoint is not None and re.match(pattern, os.path.basename(checkpoint)):
            return checkpoint
        there = os.listdir(folder or ".") if os.path.isdir(folder or ".") else []
        found = [os.path.join(folder, n) for n in there if re.match(pattern, n)]
        return max(found, key=lambda f: (os.path.getmtime(f), f), default=None)

    def on_epoch_begin(self, epoch, logs=None):
        """Remembers the epoch."""
        self._epoch = epoch

    def on_batch_end(self, batch, logs=None):
        """Writes, where examples are counted."""
        if isinstance(self.save_freq, int):
            self._samples += (logs or {}).get("size", 1)
            if self._samples >= self.save_freq:
                self._samples = 0
                self._save(self._epoch, logs or {})

    def on_epoch_end(self, epoch, logs=None):
        """Writes, where epochs are counted."""
        self.epochs_since_last_save += 1
        if self.save_freq == "epoch" and self.epochs_since_last_save >= self.period:
            self._save(epoch, logs or {})

    def _save(self, epoch, logs):
        self.epochs_since_last_save = 0
        path = self.filepath.format(epoch=epoch + 1, **logs)
        if self.save_best_only:
            current = logs.get(self.monitor)
            if current is None:
                logging.warning("Can save best model only with %s available, skipping.", self.monitor)
                return
            if not self.monitor_op(current, self.best):
                self._say(f"\nEpoch {epoch + 1:05d}: {self.monitor} did not improve from {self.best:0.5f}")
                return
            self._say(
                f"\nEpoch {epoch + 1:05d}: {self.monitor} improved from {self.best:0.5f} to {current:0.5f}, saving model to {path}"
            )
            self.best = current
        else:
            self._say(f"\nEpoch {epoch + 1:05d}: saving model to {path}")
        write = self.model.save_weights if self.save_weights_only else self.model.save
        write(path, overwrite=True)

    def _say(self, text):
        if self.verbose > 0:
            print(text)


class CSVLogger(Callback):
    """Writes every epoch's values as a row of a CSV file.

    Args:
        filename: the file.
        separator: between the columns.
        append: whether rows are added to a file that is there.
    """

    def __init__(self, filename, separator=",", append=False):
        super().__init__()
        self.filename, self.sep, self.append = filename, separator, append
        self.writer = self.keys = None
        self.append_header = True

    def on_train_begin(self, logs=None):
        """Opens the file."""
        if self.append and os.path.exists(self.filename):
            with open(self.filename) as file:
                self.append_header = not file.readline()
        self.csv_file = open(self.filename, "a" if self.append else "w", newline="\n")  # noqa: SIM115 - open until the training ends

    @staticmethod
    def _cell(value):
        if isinstance(value, str) or np.ndim(value) == 0:
            return value
        return f'"[{", ".join(map(str, value))}]"'

    def on_epoch_end(self, epoch, logs=None):
        """Writes a row."""
        logs = logs or {}
        if self.keys is None:
            self.keys = sorted(logs)
        if self.writer is None:
            self.writer = csv.DictWriter(self.csv_file, ["epoch", *self.keys], delimiter=self.sep)
            if self.append_header:
                self.writer.writeheader()
        found = {k: logs.get(k, "NA") if self.model.stop_training else logs[k] for k in self.keys}
        self.writer.writerow({"epoch": epoch, **{k: self._cell(v) for k, v in found.items()}})
        self.csv_file.flush()

    def on_train_end(self, logs=None):
        """Closes the file."""
        self.csv_file.close()
        self.writer = None


class RemoteMonitor(Callback):
    """Sends every epoch's values to a server by HTTP, as JSON.

    Args:
        root, path: the address.
        field: the form's field that the JSON is in, where it is not sent as it is.
        headers: of the request.
        send_as_json: whether the body is the JSON itself.
    """

    def __init__(
        self, root="http://localhost:9000", path="/publish/epoch/end/", field="data", headers=None, send_as_json=False
    ):
        super().__init__()
        self.root, self.path, self.field, self.headers, self.send_as_json = root, path, field, headers, send_as_json

    def on_epoch_end(self, epoch, logs=None):
        """Sends the values; warns when the server is not there."""
        text = json.dumps({"epoch": epoch, **{k: float(v) for k, v in (logs or {}).items()}})
        body = text if self.send_as_json else urllib.parse.urlencode({self.field: text})
        kind = {"Content-Type": "application/json"} if self.send_as_json else {}
        request = urllib.request.Request(self.root + self.path, body.encode(), {**kind, **(self.headers or {})})
        try:
            urllib.request.urlopen(request, timeout=10).close()
        except OSError:
            logging.warning("Warning: could not reach RemoteMonitor root server at %s", self.root)


class TensorBoard(Callback):
    """Writes events for TensorBoard: the losses and metrics, the graph, histograms of variables and outputs.

    Args:
        log_dir: the folder.
        histogram_freq: after how many epochs histograms are written, in graph mode; it needs validation data.
        batch_size: is not used.
        write_graph: whether the graph is written.
        write_grads, write_images: whether histograms of gradients, and images of variables, come with the histograms.
        embeddings_freq, embeddings_layer_names, embeddings_metadata, embeddings_data: not supported but for `embeddings_freq=0`.
        update_freq: "epoch", "batch", or after how many examples losses and metrics are written.
        profile_batch: is not used.

    Raises NotImplementedError for embeddings.
    """

    def __init__(
        self,
        log_dir="./logs",
        histogram_freq=0,
        batch_size=32,
        write_graph=True,
        write_grads=False,
        write_images=False,
        embeddings_freq=0,
        embeddings_layer_names=None,
        embeddings_metadata=None,
        embeddings_data=None,
        update_freq="epoch",
        profile_batch=2,
    ):
        super().__init__()
        if embeddings_freq:
            raise NotImplementedError("keras.callbacks.TensorBoard(embeddings_freq=…)")
        if histogram_freq and state_scope.eager():
            logging.warning(
                "Weight and gradient histograms not supported for eager execution, setting `histogram_freq` to `0`."
            )
            histogram_freq = 0
        self.log_dir, self.histogram_freq, self.batch_size, self.write_graph = log_dir, histogram_freq, batch_size, write_graph
        self.write_grads, self.write_images = write_grads, write_images
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self.writer = self.merged = None
        self._samples = self._written = self._batches = self._tested = 0

    def set_model(self, model):
        """Opens the file, writes the graph, makes the histograms."""
        self.model = model
        graph = backend.get_graph() if self.write_graph else None
        self.writer = FileWriter(self.log_dir, None if state_scope.eager() else graph)
        if self.histogram_freq and self.merged is None:
            self.merged = self._histograms()

    def _histograms(self):
        made, total = [], self.model.total_loss if self.write_grads else None
        with self.model.outputs[0].graph.as_default():
            for layer in self.model.layers:
                for variable in layer.weights:
                    name = variable.name.replace(":", "_")
                    made.append(summary.histogram(name, variable))
                    image = self._image(variable) if self.write_images else None
                    if image is not None:
                        made.append(summary.image(name, image))
                for variable in layer.trainable_weights if self.write_grads else ():
                    (gradient,) = self.model.optimizer.get_gradients(total, [variable])
                    made.append(summary.histogram(f"{variable.name.replace(':', '_')}_grad", gradient))
                if layer._inbound_nodes:
                    outputs = layer.get_output_at(0)
                    for i, output in enumerate(outputs if isinstance(outputs, list) else [outputs]):
                        suffix = f"_out_{i}" if isinstance(outputs, list) else "_out"
                        made.append(summary.histogram(layer.name + suffix, output))
            return summary.merge(made) if made else None

    @staticmethod
    def _image(variable):
        value = array.squeeze_v1(variable)
        size = value.shape.as_list()
        if len(size) == 2:
            value = array.transpose_v1(value) if size[0] > size[1] else value
            return array.reshape(value, [1, min(size), max(size), 1])
        if len(size) == 3:
            value = array.transpose_v1(value, [2, 0, 1])
            return array.reshape(value, [size[2], size[0], size[1], 1])
        return array.reshape(value, [1, size[0], 1, 1]) if len(size) == 1 else None

    def _write(self, step, values):
        made = protos.Summary()
        for name, value in values.items():
            made.value.add(tag=name, simple_value=float(value))
        self.writer.add_summary(made, step)
        self.writer.flush()

    def on_batch_end(self, batch, logs=None):
        """Writes, where batches or examples are counted."""
        logs = logs or {}
        self._samples += logs.get("size", 1)
        if self.update_freq != "epoch" and self._samples - self._written >= self.update_freq:
            self._write(self._batches, {f"batch_{k}": v for k, v in logs.items() if k not in _NOT_VALUES})
            self._written = self._samples
        self._batches += 1

    def on_epoch_begin(self, epoch, logs=None):
        """Asks the validation of some epochs for histograms. Raises ValueError when there is no validation."""
        if self.histogram_freq and not self.params.get("do_validation"):
            raise ValueError("If printing histograms, validation_data must be provided, and cannot be a generator.")
        if self.merged is not None and epoch % self.histogram_freq == 0:
            self.model._also_in_test = {self.merged: self._take}

    def on_epoch_end(self, epoch, logs=None):
        """Writes the epoch's values, and histograms."""
        values = {f"epoch_{k}": v for k, v in (logs or {}).items() if k not in _NOT_VALUES}
        self._write(epoch if self.update_freq == "epoch" else self._samples, values)
        self.model._also_in_test = {}

    def _take(self, found):
        self.writer.add_summary(found, self._tested)
        self._tested += 1

    def on_train_end(self, logs=None):
        """Closes the file."""
        self.writer.close()
