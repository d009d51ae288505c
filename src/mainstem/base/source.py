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


def show(line):
    """A user line as `file.py:12`."""
    return f"{line[0]}:{line[1]}"
