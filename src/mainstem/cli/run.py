"""`mainstem run [--api v1|v2|auto] script.py args…`: the script sees what `python script.py args…` would show it."""

import ast
import builtins
import importlib.machinery
import os
import re
import runpy
import sys
import types

from mainstem import compat

_HELP = """usage: mainstem run [--api v1|v2|auto] SCRIPT [ARGUMENTS]

Runs SCRIPT with `import tensorflow` meaning Mainstem. Exit code, output and tracebacks are those of `python SCRIPT`.
--api  which TensorFlow's names the script sees; auto (the default) reads the script's own calls.
-m MODULE in place of SCRIPT runs a module, as `python -m MODULE` does."""

# Names that only one of the two worlds has, or that programs of only one use.
_V1 = re.compile(
    r"(?:Session|InteractiveSession|placeholder\w*|global_variables_initializer|initialize_all_variables|get_variable|variable_scope"
    r"|contrib|layers|app|flags|ConfigProto|truncated_normal|random_normal|random_uniform|to_float|to_int32|to_int64|log|gfile"
    r"|logging|python_io|reset_default_graph|get_default_graph|set_random_seed|enable_eager_execution|estimator|examples|assign"
    r"|train\.(?:\w*Optimizer|Saver|Coordinator|batch|shuffle_batch|start_queue_runners|string_input_producer|SummaryWriter)"
    r"|summary\.(?:merge_all|FileWriter)|Print|py_func|merge_all_summaries|nn\.(?:rnn_cell|dynamic_rnn)"
    r"|local_variables_initializer|trainable_variables|global_variables|assign_add|ceil|sparse_placeholder|name_scope_v1)(?:\.|$)"
)
_V2 = re.compile(
    r"(?:function|keras|random\.(?:normal|uniform|set_seed|Generator)|GradientTape|compat\.v1|Module|TensorSpec|RaggedTensorSpec"
    r"|data\.AUTOTUNE|summary\.(?:create_file_writer|scalar)|distribute|config|saved_model\.(?:save|load)|optimizers|losses|metrics"
    r"|initializers|train\.Checkpoint(?:Manager)?|range|math\.log|executing_eagerly)(?:\.|$)"
)


def _used_names(tree):
    """Gives (every dotted name that a program uses below `tensorflow`, every module it imports)."""
    modules, names, aliases = [], [], {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules += [a.name for a in node.names]
            for a in node.names:
                if a.name.partition(".")[0] == "tensorflow":
                    below = a.name.partition(".")[2]
                    aliases[a.asname or "tensorflow"] = below if a.asname else ""
                    names.append(below)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules += [f"{node.module}.{a.name}" for a in node.names]
            if node.module.partition(".")[0] == "tensorflow":
                for a in node.names:
                    full = f"{node.module}.{a.name}".partition(".")[2]
                    aliases[a.asname or a.name] = full
                    names.append(full)
    names += [_below(_dotted(node), aliases) for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    return [n for n in names if n], modules


def _dotted(node):
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [node.id, *reversed(parts)] if isinstance(node, ast.Name) else []


def _below(parts, aliases):
    if not parts or parts[0] not in aliases:
        return ""
    return ".".join([p for p in (aliases[parts[0]], *parts[1:]) if p])


def detect(source):
    """Gives "v1" or "v2": whose names a program's text uses. Old programs are those that run nowhere else, so ties are v1."""
    try:
        names, modules = _used_names(ast.parse(source))
    except (SyntaxError, ValueError):
        return "v1"  # running it will report the error at its place
    if "tensorflow" not in modules and any(m.startswith("tensorflow.compat.v1") for m in modules):
        return "v2"  # such a program names its world itself and needs `tensorflow` to be 2's
    old = sum(bool(_V1.match(n)) for n in names)
    new = sum(bool(_V2.match(n)) for n in names)
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
    if not rest or rest == ["-m"]:
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
    compat.install(detect(source) if api == "auto" else api)
    sys.argv = rest
    _first_on_path(os.path.dirname(os.path.realpath(path)))
    full = os.path.abspath(path)
    main_module = _fresh_main()
    main_module.__file__, main_module.__cached__ = full, None
    main_module.__loader__ = importlib.machinery.SourceFileLoader("__main__", full)
    _guarded(lambda: exec(compile(source, full, "exec", dont_inherit=True), main_module.__dict__))
    return 0


def _module(api, rest):
    _first_on_path(os.getcwd())
    compat.install(detect(_module_source(rest[0])) if api == "auto" else api)
    sys.argv = ["-m", *rest[1:]]
    _fresh_main()
    # what `python -m` calls; the public run_module takes the module out of sys.modules when it ends
    _guarded(lambda: runpy._run_module_as_main(rest[0]))
    return 0


def _module_source(name):
    """The text of a module, found without importing the packages above it, which may import `tensorflow`."""
    path, spec = None, None
    for part in [*name.split("."), "__main__"]:
        found = importlib.machinery.PathFinder.find_spec(part, path)
        if found is None:
            break
        spec, path = found, found.submodule_search_locations
        if path is None:
            break
    if spec is None or not isinstance(spec.loader, importlib.machinery.SourceFileLoader):
        return b""
    return spec.loader.get_data(spec.origin)


def _first_on_path(folder):
    """The script's folder in place of this command's, except where the interpreter was told to leave it out."""
    if not sys.flags.safe_path:
        sys.path[0] = folder


def _fresh_main():
    module = types.ModuleType("__main__")
    module.__builtins__, module.__annotations__ = builtins, {}
    sys.modules["__main__"] = module
    return module


def _guarded(run):
    """Calls `run`; an exception goes on to the interpreter, which will report it without the frames of Mainstem's commands."""
    try:
        run()
    except SystemExit:
        raise
    except BaseException:
        report = sys.excepthook  # perhaps the script's own

        def without_our_frames(kind, error, trace):
            trace = _trimmed(trace)
            report(kind, error.with_traceback(trace), trace)

        sys.excepthook = without_our_frames
        raise


def _trimmed(trace):
    """A traceback from the script's first frame on, without the doorway's frames at its end (a module that is not there)."""
    frames = []
    while trace is not None:
        frames.append(trace)
        trace = trace.tb_next
    calls = [i for i, t in enumerate(frames) if t.tb_frame.f_code is _guarded.__code__]
    frames = frames[calls[0] + 2 :]  # after `_guarded` and the function that it was given
    while frames and (_file(frames[-1]) == compat.__file__ or _file(frames[-1]).startswith("<frozen importlib")):
        frames.pop()
    for before, after in zip(frames, [*frames[1:], None]):
        before.tb_next = after
    return frames[0] if frames else None


def _file(trace):
    return trace.tb_frame.f_code.co_filename
