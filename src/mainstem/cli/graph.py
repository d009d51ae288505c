"""`mainstem graph summary FILE`: the layers of a graph in a file, with shapes, parameters and multiply-adds."""

import argparse
import math
import os

from rich.console import Console
from rich.table import Table

import mainstem.v1 as tf
from mainstem.formats import graphdef
from mainstem.train.model_summary import HEADS, Layer, ModelSummary, model_summary


def _arguments(arguments):
    parser = argparse.ArgumentParser(prog="mainstem graph", description="Looks into graphs.")
    summary = parser.add_subparsers(dest="what", required=True).add_parser("summary", help="the table of layers")
    summary.add_argument(
        "file", help="a .meta file, a GraphDef (.pb, .pbtxt), or a checkpoint, whose .meta is read if there is one"
    )
    summary.add_argument("--scope", default="", help="only this part of the graph")
    summary.add_argument("--plain", action="store_true", help="text without colours or lines")
    return parser.parse_args(arguments)


def read(path, scope=""):
    """The ModelSummary of a file. A checkpoint without a `.meta` beside it has no shapes but those of its variables.

    Raises FileNotFoundError, and what the readers of the formats raise.
    """
    if os.path.isdir(path):
        path = tf.train.latest_checkpoint(path) or path
    if os.path.isfile(path + ".meta"):
        path += ".meta"
    if path.endswith(".meta"):
        with tf.Graph().as_default():
            tf.train.import_meta_graph(path, clear_devices=True)
            return model_summary(scope)
    if os.path.isfile(path) and not os.path.isfile(path + ".index") and not path.endswith((".index", ".ckpt")):
        with tf.Graph().as_default():
            tf.import_graph_def(graphdef.read_graph_def(path), name="")
            return model_summary(scope)
    return _of_checkpoint(path.removesuffix(".index"), scope)


def _of_checkpoint(path, scope):
    if not tf.train.checkpoint_exists(path):
        raise FileNotFoundError(f"mainstem graph summary: no such file or checkpoint: {path}")
    layers = [
        Layer(name, "variable", tuple(shape), math.prod(shape), 0, (name,))
        for name, shape in tf.train.list_variables(path)
        if not scope or name.startswith(scope.rstrip("/") + "/")
    ]
    return ModelSummary(layers, {})


def main(arguments):
    """Prints the table; gives 0, or 1 for a file that is not there."""
    args = _arguments(arguments)
    try:
        summary = read(args.file, args.scope)
    except FileNotFoundError as e:
        print(e)
        return 1
    if args.plain:
        print(summary)
        return 0
    table = Table(title=args.file, title_justify="left")
    for i, head in enumerate(HEADS):
        table.add_column(head, justify="right" if i > 2 else "left", overflow="fold")
    for row in summary.rows():
        table.add_row(*(text.replace("[", "\\[") for text in row))
    console = Console()
    console.print(table)
    for line in summary.totals():
        console.print(line, highlight=False)
    return 0
