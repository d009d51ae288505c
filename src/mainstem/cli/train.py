"""`mainstem train`: the two-convolution network on images, with checkpoints, TensorBoard events and resume."""

import argparse
import os
import signal
import time

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

import mainstem.v1 as tf
from mainstem.cli import digits, image_sets, styles


def _arguments(arguments):
    parser = argparse.ArgumentParser(prog="mainstem train", description=__doc__.split(": ", 1)[1])
    parser.add_argument("--data", default="digits", metavar="NAME|DIR", help=image_sets.HELP)
    parser.add_argument("--style", default="graph", choices=styles.STYLES, help="the dialect that the network is written in")
    parser.add_argument("--init-from", metavar="PATH", help="start with the weights of a checkpoint, whichever style saved it")
    parser.add_argument("--steps", type=int, default=900, help="training steps in all (default: %(default)s)")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=1e-3, help="at the start; it falls to 0 (default: %(default)s)")
    parser.add_argument("--keep-prob", type=float, default=0.5, help="dropout keeps a unit with this probability")
    parser.add_argument("--validate-every", type=int, default=100, metavar="N", help="validate and save every N steps")
    parser.add_argument("--logdir", help="checkpoints and TensorBoard events (default: runs/NAME, or runs/NAME-STYLE)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fresh", action="store_true", help="start anew even when LOGDIR has a checkpoint")
    parser.add_argument("--plain", action="store_true", help="lines in place of the progress bar")
    args = parser.parse_args(arguments)
    for name in ("steps", "batch_size", "validate_every"):
        if getattr(args, name) < 1:
            parser.error(f"--{name.replace('_', '-')} must be at least 1. Got {getattr(args, name)}.")
    args.logdir = args.logdir or os.path.join("runs", os.path.basename(os.path.abspath(args.data)) + _suffix(args.style))
    return args


def _suffix(style):
    return "" if style == "graph" else f"-{style}"  # checkpoints have each style's own names


class Trainer:
    """One run of the command: the session, its data, its checkpoints and its event file."""

    def __init__(self, args, session, network, data, console):
        self.args, self.session, self.network, self.console = args, session, network, console
        self.training, self.validation, self.test = data
        self.saver = tf.train.Saver(max_to_keep=3)
        self.prefix = os.path.join(args.logdir, "model")
        self.writer = tf.summary.FileWriter(args.logdir, session.graph)
        self.valid_writer = tf.summary.FileWriter(os.path.join(args.logdir, "validation"))
        self.interrupted = False

    def start(self):
        """Restores the newest checkpoint, or initializes; gives the step to go on from."""
        self.session.run(tf.global_variables_initializer())
        step = self._restore()
        if self.args.init_from and not step:
            styles.init_from(self.session, self.args.init_from)
        # TensorBoard drops what an earlier run, killed after its last checkpoint, wrote about later steps
        began = tf.SessionLog(status=tf.SessionLog.START)
        self.writer.add_session_log(began, step)
        self.valid_writer.add_session_log(began, step)
        return step

    def _restore(self):
        found = None if self.args.fresh else tf.train.latest_checkpoint(self.args.logdir)
        if found is None:
            return 0
        self.saver.restore(self.session, found)
        state = tf.train.get_checkpoint_state(self.args.logdir)
        self.saver.recover_last_checkpoints(state.all_model_checkpoint_paths)
        step = int(self.session.run(self.network.global_step))
        self.console.print(f"resumed from {found} at step {step}", highlight=False, soft_wrap=True)
        return step

    def train_step(self, step, record):
        """One step; gives (loss, accuracy) of its batch, written as summaries when `record`."""
        n = self.network
        images, labels = self.training.batch(step, self.args.batch_size, self.args.seed)
        feed = {n.images: images, n.labels: labels, n.keep_prob: self.args.keep_prob}
        if not record:
            _, loss, accuracy = self.session.run([n.train, n.loss, n.accuracy], feed)
            return loss, accuracy
        _, loss, accuracy, summary = self.session.run([n.train, n.loss, n.accuracy, n.summaries], feed)
        self.writer.add_summary(summary, step + 1)
        return loss, accuracy

    def evaluate(self, split):
        """Gives (loss, accuracy) on a whole split."""
        n, total = self.network, np.zeros(2)
        for start in range(0, len(split), 1000):
            rows = slice(start, start + 1000)
            labels = split.labels[rows]
            total += len(labels) * np.array(
                self.session.run([n.loss, n.accuracy], {n.images: split.pixels(rows), n.labels: labels})
            )
        return total / len(split)

    def validate(self, step):
        """Validates, writes the result as events, saves a checkpoint; gives (loss, accuracy)."""
        loss, accuracy = self.evaluate(self.validation)
        values = [tf.Summary.Value(tag="loss", simple_value=loss), tf.Summary.Value(tag="accuracy", simple_value=accuracy)]
        self.valid_writer.add_summary(tf.Summary(value=values), step)
        self.save(step)
        return loss, accuracy

    def save(self, step):
        """Writes the checkpoint of a step."""
        self.saver.save(self.session, self.prefix, global_step=step)
        self.writer.flush()

    def run(self, first, show):
        """Trains from step `first` to the end; `show(step, loss, accuracy, validated)` reports after each step.

        Raises KeyboardInterrupt after Ctrl-C, with the step that was under way finished and saved.
        """
        every, last = self.args.validate_every, self.args.steps
        before = signal.signal(signal.SIGINT, self._interrupt)
        try:
            for step in range(first, last):
                done = step + 1
                validate = done % every == 0 or done == last
                loss, accuracy = self.train_step(step, record=validate or done == 1)
                show(done, loss, accuracy, self.validate(done) if validate else None)
                if self.interrupted:
                    if not validate:
                        self.save(done)
                    raise KeyboardInterrupt
        finally:
            signal.signal(signal.SIGINT, before)

    def _interrupt(self, number, frame):
        """The first Ctrl-C ends the loop between two steps, a second one ends the program as it does everywhere."""
        self.interrupted = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def close(self):
        self.writer.close()
        self.valid_writer.close()


def _train(trainer, first, args, console):
    if args.plain or not console.is_terminal:

        def show(step, loss, accuracy, validated):
            if validated is not None:
                console.print(_line(step, loss, accuracy, validated), highlight=False, soft_wrap=True)

        trainer.run(first, show)
        return
    columns = [
        TextColumn("training"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[state]}"),
        TimeRemainingColumn(),
    ]
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("training", total=args.steps, completed=first, state="")

        def show(step, loss, accuracy, validated):
            progress.update(task, completed=step, state=f"loss {loss:.4f}  accuracy {accuracy:6.2%}")
            if validated is not None:
                console.print(_line(step, loss, accuracy, validated), highlight=False, soft_wrap=True)

        trainer.run(first, show)


def _line(step, loss, accuracy, validated):
    return f"step {step}: loss {loss:.4f}, accuracy {accuracy:.2%}; validation loss {validated[0]:.4f}, accuracy {validated[1]:.2%}"


def main(arguments):
    """Trains; gives 0, or 130 when interrupted (run the same command to go on)."""
    args = _arguments(arguments)
    console = Console()
    began = time.time()
    try:
        data, shape, classes = image_sets.load(args.data)
    except (FileNotFoundError, ValueError) as e:
        console.print(f"mainstem train: {e}", highlight=False, soft_wrap=True, markup=False)
        return 1
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(args.seed)
        try:
            network = digits.build(args.learning_rate, args.steps, shape, classes, styles.STYLES[args.style])
        except NotImplementedError as e:
            console.print(str(e), highlight=False, soft_wrap=True, markup=False)
            return 1
        trainer = Trainer(args, session, network, data, console)
        try:
            first = trainer.start()
            _train(trainer, first, args, console)
            loss, accuracy = trainer.evaluate(trainer.validation)
            console.print(f"full validation: loss {loss:.4f}, accuracy {accuracy:.2%}", highlight=False)
            _, accuracy = trainer.evaluate(trainer.test)
        except ValueError as e:
            if not str(e).startswith("--init-from"):
                raise
            console.print(f"mainstem train {e}", highlight=False, soft_wrap=True, markup=False)
            return 1
        except KeyboardInterrupt:
            console.print(f"interrupted; the same command goes on from the checkpoint in {args.logdir}", soft_wrap=True)
            return 130
        finally:
            trainer.close()
    console.print(f"{time.time() - began:.1f} s; tensorboard --logdir {args.logdir}", highlight=False, soft_wrap=True)
    console.print(f"test accuracy {accuracy:.2%}", highlight=False)
    return 0
