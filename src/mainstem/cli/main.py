"""`mainstem COMMAND …`: finds the command and hands it the rest of the line."""

import importlib
import sys

import mainstem

COMMANDS = {
    "run": "run a script that says `import tensorflow as tf`, unmodified",
    "check": "which TensorFlow names programs and notebooks use, and which Mainstem lacks",
    "kernel": "install a Jupyter kernel in which `import tensorflow` is Mainstem",
    "records": "what TFRecord files hold, whether they are whole, and other formats made into them",
    "train": "train the two-convolution network on handwritten digits",
    "graph": "graph summary FILE: layers, shapes, parameters and multiply-adds",
    "doctor": "versions, devices, caches, and what is missing",
}


def usage():
    """The help text of the command line."""
    lines = [f"mainstem {mainstem.__version__}: TensorFlow programs on JAX/XLA", "", "usage: mainstem COMMAND [ARGUMENTS]", ""]
    lines += [f"  {name:8} {what}" for name, what in COMMANDS.items()]
    return "\n".join([*lines, "", "`mainstem COMMAND --help` tells more."])


def main(arguments=None):
    """Runs a command; gives its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(usage())
        return 0
    if arguments[0] in ("-V", "--version"):
        print(mainstem.__version__)
        return 0
    if arguments[0] not in COMMANDS:
        print(f"mainstem: there is no command {arguments[0]!r}\n\n{usage()}", file=sys.stderr)
        return 2
    return importlib.import_module(f"mainstem.cli.{arguments[0]}").main(arguments[1:])
