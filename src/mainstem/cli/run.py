"""`mainstem run [--api v1|v2|auto] script.py args…`: the script sees what `python script.py args…` would show it."""

import builtins
import importlib.machinery
import os
import runpy
import sys
import types

from mainstem import compat
from mainstem.api import names
from mainstem.api.usage import detect
from mainstem.cli import old_numpy, zoo

_DOORWAY = (compat.__file__, os.path.join(os.path.dirname(names.__file__), "load.py"))
_HELP = """usage: mainstem run [--api v1|v2|auto] SCRIPT [ARGUMENTS]

Runs SCRIPT with `import tensorflow` meaning Mainstem. Exit code, output and tracebacks are those of `python SCRIPT`.
--api  which TensorFlow's names the script sees; auto (the default) reads the script's own calls.
-m MODULE in place of SCRIPT runs a module, as `python -m MODULE` does."""


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
    _install(detect(source) if api == "auto" else api)
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
    _install(detect(_module_source(rest[0])) if api == "auto" else api)
    sys.argv = ["-m", *rest[1:]]
    _fresh_main()
    # what `python -m` calls; the public run_module takes the module out of sys.modules when it ends
    _guarded(lambda: runpy._run_module_as_main(rest[0]))
    return 0


def _install(world):
    """Makes the alias; ends the process with a message where the real TensorFlow is in it already (a `sitecustomize`, a `.pth`)."""
    try:
        compat.refuse_the_real_one("mainstem run")
    except RuntimeError as e:
        raise SystemExit(str(e)) from None
    compat.reserve(world)  # a program that never imports `tensorflow`, such as one that starts others, does not wait for it
    if world == "v1":
        old_numpy.restore()
        zoo.offer()


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
    while frames and (_file(frames[-1]) in _DOORWAY or _file(frames[-1]).startswith("<frozen importlib")):
        frames.pop()
    for before, after in zip(frames, [*frames[1:], None]):
        before.tb_next = after
    return frames[0] if frames else None


def _file(trace):
    return trace.tb_frame.f_code.co_filename
