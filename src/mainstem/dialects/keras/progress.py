"""The progress that `fit` prints: `Progbar`, and `Bar`, which drives one through a run's epochs and batches."""

import os
import sys
import time

import numpy as np


class Progbar:
    """A line that tells how far a count is on its way to `target`, and means of values.

    Args:
        target: the last count, None when nobody knows.
        width: of the bar.
        verbose: 0 silent, 1 a bar that is written anew, 2 one line at the end.
        interval: seconds between two changes of the line.
        stateful_metrics: names of values that are shown as they are, not as means.
        unit_name: what is counted, "step" or "sample".
    """

    def __init__(self, target, width=30, verbose=1, interval=0.05, stateful_metrics=None, unit_name="step"):
        self.target, self.width, self.verbose, self.interval = target, width, verbose, interval
        self.stateful_metrics, self.unit_name = set(stateful_metrics or ()), unit_name
        terminal = hasattr(sys.stdout, "isatty") and sys.stdout.isatty()
        self._rewrites = terminal or "ipykernel" in sys.modules or "posix" in sys.modules or "PYCHARM_HOSTED" in os.environ
        self._written, self._seen, self._sums = 0, 0, {}
        self._start, self._last = time.time(), 0

    def update(self, current, values=None):
        """Tells the count and the values of the last step, a list of (name, value)."""
        for name, value in values or ():
            if name in self.stateful_metrics:
                self._sums[name] = [value, 1]
                continue
            total, count = self._sums.get(name, (0, 0))
            new = current - self._seen
            self._sums[name] = [total + value * new, count + new]
        self._seen, now = current, time.time()
        done = self.target is not None and current >= self.target
        if self.verbose == 1:
            if now - self._last < self.interval and self.target is not None and not done:
                return
            self._write_bar(current, now, done)
        elif self.verbose == 2 and done:
            self._write(f"{self._count(current)} - {now - self._start:.0f}s{self._means(signed=True)}\n")
        self._last = now

    def add(self, n, values=None):
        """`update` with a count that is `n` more."""
        self.update(self._seen + n, values)

    def _write(self, text):
        sys.stdout.write(text)
        sys.stdout.flush()

    def _count(self, current):
        digits = int(np.log10(self.target)) + 1
        return f"{current:{digits}d}/{self.target}"

    def _write_bar(self, current, now, done):
        before = self._written
        start = "\b" * before + "\r" if self._rewrites else "\n"
        if self.target is not None:
            filled = int(self.width * current / self.target)
            bar = ("=" * (filled - 1) + ("=" if done else ">")) if filled > 0 else ""
            text = f"{self._count(current)} [{bar}{'.' * (self.width - filled)}]"
        else:
            text = f"{current:7d}/Unknown"
        each = (now - self._start) / current if current else 0
        left = self.target is not None and not done
        text += f" - ETA: {_duration(each * (self.target - current))}" if left else self._took(now, each)
        text += self._means()
        self._written = len(text)
        text += " " * max(0, before - self._written)
        self._write(start + text + ("\n" if done else ""))

    def _took(self, now, each):
        amount = f"{each:.0f}s" if each >= 1 or each == 0 else f"{each * 1e3:.0f}ms" if each >= 1e-3 else f"{each * 1e6:.0f}us"
        return f" - {now - self._start:.0f}s {amount}/{self.unit_name}"

    def _means(self, signed=False):
        text = ""
        for name, (total, count) in self._sums.items():
            mean = np.mean(total / max(1, count))
            large = (mean if signed else abs(mean)) > 1e-3
            text += f" - {name}:" + (f" {mean:.4f}" if large else f" {mean:.4e}")
        return text


def _duration(seconds):
    minutes, rest = divmod(int(seconds), 60)
    if seconds > 3600:
        return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
    return f"{minutes}:{rest:02d}" if seconds > 60 else f"{rest + 60 * minutes}s"


class Bar:
    """Prints a run: the epochs' numbers, and for each a `Progbar` of its examples, or of its steps where `by_steps`."""

    def __init__(self, stateful_metrics=(), by_steps=False):
        self.stateful_metrics, self.use_steps, self.params, self.progbar = set(stateful_metrics), by_steps, {}, None
        self.log_values, self.seen, self.target = [], 0, None

    def settle(self, steps):
        """Says how many steps an epoch has, when its end has shown it."""
        self.params["steps"] = self.progbar.target = self.target = steps

    def on_train_begin(self, logs=None):
        """Reads what the run was told."""
        self.verbose, self.epochs = self.params["verbose"], self.params["epochs"]

    def on_epoch_begin(self, epoch, logs=None):
        """Begins a bar."""
        self.seen, self.target = 0, self.params["steps" if self.use_steps else "samples"]
        if self.verbose and self.epochs > 1:
            print(f"Epoch {epoch + 1}/{self.epochs}")
        unit = "step" if self.use_steps else "sample"
        self.progbar = Progbar(self.target, verbose=self.verbose, stateful_metrics=self.stateful_metrics, unit_name=unit)

    def on_batch_begin(self, batch, logs=None):
        """Begins a batch."""
        self.log_values = []

    def on_batch_end(self, batch, logs=None):
        """Counts a batch."""
        logs = logs or {}
        self.seen += logs.get("num_steps", 1) if self.use_steps else logs.get("size", 0) * logs.get("num_steps", 1)
        self.log_values += [(k, logs[k]) for k in self.params["metrics"] if k in logs]
        if self.verbose and (self.target is None or self.seen < self.target):
            self.progbar.update(self.seen, self.log_values)

    def on_epoch_end(self, epoch, logs=None):
        """Ends the bar."""
        logs = logs or {}
        self.log_values += [(k, logs[k]) for k in self.params["metrics"] if k in logs]
        if self.verbose:
            self.progbar.update(self.seen, self.log_values)
