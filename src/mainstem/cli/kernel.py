"""`mainstem kernel install`: a Jupyter kernel in which `import tensorflow` is Mainstem."""

import argparse
import json
import os
import shutil
import sys
import tempfile

from mainstem import compat
from mainstem.cli import jupyter

NAMES = {"v1": "Mainstem (TensorFlow 1.x)", "v2": "Mainstem (TensorFlow 2.x)", "auto": "Mainstem (TensorFlow by the notebook)"}
_MISSING = "mainstem kernel: Jupyter's kernel is not installed here: pip install 'mainstem[jupyter]'"


def specification(api):
    """What `kernel.json` says of the kernel for a world, "v1", "v2" or "auto"."""
    # an extra: `mainstem[jupyter]`
    from ipykernel.kernelspec import get_kernel_dict

    argv = [sys.executable, "-m", "mainstem", "kernel", "start", "--api", api, "-f", "{connection_file}"]
    return {**get_kernel_dict(), "argv": argv, "display_name": NAMES[api]}


def install(api, name, user=False, prefix=None):
    """Writes the kernel's specification where Jupyter finds it; gives the folder."""
    # an extra: `mainstem[jupyter]`
    from jupyter_client.kernelspec import KernelSpecManager

    folder = tempfile.mkdtemp()
    try:
        with open(os.path.join(folder, "kernel.json"), "w") as f:
            json.dump(specification(api), f, indent=1)
        return KernelSpecManager().install_kernel_spec(folder, name, user=user, prefix=prefix)
    finally:
        shutil.rmtree(folder)


def start(api, arguments):
    """Runs the kernel until Jupyter ends it."""
    # an extra: `mainstem[jupyter]`
    from ipykernel import kernelapp
    from IPython import get_ipython

    if sys.path[0] == os.getcwd():
        del sys.path[0]  # what `-m` put first; IPython adds the notebook's folder where it belongs, after the standard library
    sys.argv = sys.argv[:1]  # flags of programs, `tf.app.run`, must not meet Jupyter's
    jupyter.reserve(api, get_ipython)
    kernelapp.launch_new_instance(argv=["--InteractiveShellApp.extra_extensions=mainstem", *arguments])


def _parser():
    parser = argparse.ArgumentParser(prog="mainstem kernel", description=__doc__.split(": ", 1)[1])
    commands = parser.add_subparsers(dest="command", required=True)
    install = commands.add_parser("install", help="makes the kernel known to Jupyter")
    install.add_argument("--api", choices=tuple(NAMES), default="v1", help="whose names; auto: the notebook's own calls decide")
    install.add_argument("--name", help="the kernel's name for Jupyter's commands (default: mainstem-v1, -v2 or -auto)")
    where = install.add_mutually_exclusive_group()
    where.add_argument("--user", action="store_true", help="for this user (the default outside a virtual environment)")
    where.add_argument("--sys-prefix", action="store_true", help="in this Python's environment (the default in a virtual one)")
    where.add_argument("--prefix", help="below this folder, in share/jupyter/kernels")
    start = commands.add_parser("start", help="what Jupyter calls")
    start.add_argument("--api", choices=tuple(NAMES), default="v1")
    return parser


def main(arguments):
    """Installs or runs the kernel; gives the exit code."""
    try:
        args, rest = _parser().parse_known_args(arguments)
        if rest and args.command == "install":
            _parser().error(f"unrecognized arguments: {' '.join(rest)}")
    except SystemExit as e:
        return e.code
    try:
        if args.command == "start":
            compat.refuse_the_real_one("mainstem kernel")
            start(args.api, rest)
            return 0
        virtual = sys.prefix != sys.base_prefix
        prefix = args.prefix or (sys.prefix if args.sys_prefix or (virtual and not args.user) else None)
        name = args.name or f"mainstem-{args.api}"
        folder = install(args.api, name, user=prefix is None, prefix=prefix)
    except ModuleNotFoundError as e:
        if (e.name or "").partition(".")[0] not in ("ipykernel", "jupyter_client", "IPython"):
            raise
        print(_MISSING, file=sys.stderr)
        return 1
    except (OSError, ValueError, RuntimeError) as e:
        print(f"mainstem kernel: {str(e).removeprefix('mainstem kernel: ')}", file=sys.stderr)
        return 1
    print(f"installed the kernel {name!r}, {NAMES[args.api]!r}, in {folder}")
    return 0
