"""`mainstem run [--api v1|v2|auto] script.py args…`: the script sees what `python script.py args…` would show it."""

import ast
import os
import re
import runpy
import sys
import types

from mainstem.compat import install

_HELP = """usage: mainstem run [--api v1|v2|auto] SCRIPT [ARGUMENTS]

Runs SCRIPT with `import tensorflow` meaning Mainstem. Exit code, output and tracebacks are those of `python SCRIPT`.
--api  which TensorFlow's names the script sees; auto (the default) reads the script's own calls.
-m MODULE in place of SCRIPT runs a module."""

_V1 = re.compile(
    r"\b(?:Session|InteractiveSession|placeholder|global_variables_initializer|initialize_all_variables|get_variable|variable_scope"
    r"|contrib|layers|app\.run|flags|ConfigProto|truncated_normal|random_normal|random_uniform|to_float|to_int32|log|gfile|logging"
    r"|python_io|train\.(?:\w*Optimizer|Saver|Coordinator|batch|shuffle_batch|start_queue_runners|string_input_producer)"
    r"|reset_default_graph|get_default_graph|set_random_seed|enable_eager_execution|summary\.(?:merge_all|FileWriter)|estimator"
    r"|examples\.tutorials|assign|Print|py_func|merge_all_summaries|train\.SummaryWriter|nn\.(?:rnn_cell|dynamic_rnn))\b"
)
_V2 = re.compile(
    r"\b(?:function|keras|random\.(?:normal|uniform|set_seed)|GradientTape|compat\.v1|disable_v2_behavior|Module|TensorSpec"
    r"|data\.AUTOTUNE|summary\.create_file_writer|distribute|math\.log|config)\b"
)


def _imports_v1_by_name(tree):
    """Whether a script says `import tensorflow.compat.v1 as tf` and the like, and nowhere `import tensorflow`."""
    names = []
    for node in ast.walk(tree):
        names += [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{a.name}" for a in node.names]
    return "tensorflow" not in names and any(n.startswith("tensorflow.compat.v1") for n in names)


def detect(source):
    """Gives "v1" or "v2": whose names a program's text uses. Old scripts are the ones that cannot run elsewhere, so ties are v1."""
    try:
        if _imports_v1_by_name(ast.parse(source)):
            return "v2"  # such a script names its world itself and needs `tensorflow` to be 2's
    except SyntaxError:
        pass  # running it will report the error at its place
    calls = re.findall(r"\btf\.([A-Za-z_][\w.]*)", source)
    old = sum(bool(_V1.match(c)) for c in calls)
    new = sum(bool(_V2.match(c)) for c in calls)
    return "v2" if new > old else "v1"


def _split(arguments):
    api, rest = "auto", list(arguments)
    while rest and rest[0].startswith("-") and rest[0] != "-m":
        flag = rest.pop(0)
        if flag in ("-h", "--help"):
            return None, []
        if flag == "--api" and rest:
            api = rest.pop(0)
        elif flag.startswith("--api="):
            api = flag[6:]
        else:
            raise SystemExit(f"mainstem run: unknown option {flag!r}\n\n{_HELP}")
    if api not in ("v1", "v2", "auto"):
        raise SystemExit(f"mainstem run: --api must be v1, v2 or auto. Got {api!r}.")
    return api, rest


def main(arguments):
    """Runs the script; gives 0, or lets its own exit or exception through."""
    api, rest = _split(arguments)
    if api is None:
        print(_HELP)
        return 0
    if not rest:
        print(_HELP, file=sys.stderr)
        return 2
    if rest[0] == "-m":
        return _module(api, rest[1:])
    path = rest[0]
    try:
        with open(path, "rb") as f:
            source = f.read()
    except OSError as e:
        print(f"mainstem run: can't open file {os.path.abspath(path)!r}: [Errno {e.errno}] {e.strerror}", file=sys.stderr)
        return 2
    install(detect(source.decode("utf-8", "replace")) if api == "auto" else api)
    sys.argv = rest
    sys.path[0] = os.path.dirname(os.path.realpath(path))
    return _execute(source, path)


def _module(api, rest):
    install("v1" if api == "auto" else api)
    sys.argv = rest
    sys.path[0] = os.getcwd()
    runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    return 0


def _execute(source, path):
    """Runs the text as `__main__`; an exception leaves with the script's own frames only."""
    module = types.ModuleType("__main__")
    module.__file__, module.__builtins__ = path, __builtins__
    module.__dict__["__cached__"] = None
    sys.modules["__main__"] = module
    try:
        exec(compile(source, path, "exec"), module.__dict__)
    except SystemExit:
        raise
    except BaseException as e:
        _report(e, path)
        return 1
    return 0


def _report(error, path):
    """Prints the traceback as the interpreter would: without the frames of this command."""
    trace = error.__traceback__
    own = os.path.abspath(__file__)
    while trace is not None and os.path.abspath(trace.tb_frame.f_code.co_filename) == own:
        trace = trace.tb_next
    if isinstance(error, KeyboardInterrupt):
        sys.excepthook(type(error), error, trace)
        raise SystemExit(130)
    sys.excepthook(type(error), error.with_traceback(trace), trace)
