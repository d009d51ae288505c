"""Where in the user's program something was made: the innermost frame outside Mainstem, kept as cheap as a tuple."""

import os
import sys

_OWN = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def user_line():
    """Gives (file name, line number, function name) of the innermost frame that is not Mainstem's own."""
    f = sys._getframe(1)
    while f is not None and f.f_code.co_filename.startswith(_OWN):
        f = f.f_back
    if f is None:
        return ("<mainstem>", 0, "")
    return (f.f_code.co_filename, f.f_lineno, f.f_code.co_name)


def called_by_user(depth):
    """Whether the function `depth` frames up (1: the caller of who asks) is not Mainstem's own."""
    return not sys._getframe(depth + 1).f_code.co_filename.startswith(_OWN)


def show(line):
    """A user line as `file.py:12`."""
    return f"{line[0]}:{line[1]}"


def rerun_advice(undo):
    """What to add, in a notebook, to the error of a program that makes a thing twice: `undo` is the call that helps. Else ""."""
    # IPython is not imported for this: a program that runs under it has it
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None:
        return ""
    *before, now = shell.user_ns.get("In") or [""]
    which = (
        "This cell ran before" if now.strip() and now in before else "Another cell, or this one before it was edited, made it"
    )
    return (
        f"\n\n{which}, and what a run builds stays in the graph. Say {undo} at the start of the first cell that builds the graph and "
        "run from there, or restart the kernel."
    )
