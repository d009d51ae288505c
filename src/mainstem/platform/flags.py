"""`tf.flags` and `tf.app`: absl's flags, parsed on first use as TensorFlow 1 does, and `app.run`."""

import functools
import sys

from absl import app as _app
from absl import flags as _flags
from absl.flags import *  # noqa: F403 - the whole of absl.flags is tf.flags


class _FlagValues:
    """absl's FLAGS, which parses the command line when a flag is first read."""

    def __getattribute__(self, name):
        if name == "__dict__":
            return _flags.FLAGS.__dict__
        return _flags.FLAGS.__getattribute__(name)

    def __getattr__(self, name):
        if not _flags.FLAGS.is_parsed():
            _flags.FLAGS(sys.argv, known_only=True)
        return getattr(_flags.FLAGS, name)

    def __setattr__(self, name, value):
        _flags.FLAGS.__setattr__(name, value)

    def __delattr__(self, name):
        _flags.FLAGS.__delattr__(name)

    def __dir__(self):
        return _flags.FLAGS.__dir__()

    def __getitem__(self, name):
        return _flags.FLAGS.__getitem__(name)

    def __setitem__(self, name, flag):
        _flags.FLAGS.__setitem__(name, flag)

    def __len__(self):
        return _flags.FLAGS.__len__()

    def __iter__(self):
        return _flags.FLAGS.__iter__()

    def __contains__(self, name):
        return name in _flags.FLAGS

    def __call__(self, *args, **kwargs):
        return _flags.FLAGS(*args, **kwargs)


FLAGS = _FlagValues()


def _renamed(define):
    """TensorFlow 1's argument names `flag_name`, `default_value`, `docstring` beside absl's."""

    def wrapper(*args, **kwargs):
        for old, new in (("flag_name", "name"), ("default_value", "default"), ("docstring", "help")):
            if old in kwargs:
                kwargs[new] = kwargs.pop(old)
        return define(*args, **kwargs)

    return functools.update_wrapper(wrapper, define)


DEFINE_string = _renamed(_flags.DEFINE_string)
DEFINE_boolean = DEFINE_bool = _renamed(_flags.DEFINE_boolean)
DEFINE_float = _renamed(_flags.DEFINE_float)
DEFINE_integer = _renamed(_flags.DEFINE_integer)


def run(main=None, argv=None):
    """Parses flags and calls `main(argv)` (default: `main` of the program), then exits with what it returns."""
    main = main or sys.modules["__main__"].main

    def parse(args):
        # flags that nobody defined stay in argv, as in TensorFlow 1
        return _flags.FLAGS(args, known_only=True)

    _app.run(main=main, argv=argv, flags_parser=parse)
