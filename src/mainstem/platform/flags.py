"""`tf.flags` and `tf.app`: absl's flags, parsed on first use as TensorFlow 1 does, and `app.run`.

absl takes 0.15 s to import, a tenth of `import mainstem.v1`, so it is imported by the first flag.
"""

import functools
import importlib
import sys


def _absl():
    return importlib.import_module("absl.flags")


def __getattr__(name):
    """The whole of absl.flags is tf.flags."""
    if name.startswith("__") and name != "__all__":
        raise AttributeError(name)
    if name in _OLD_ARGUMENTS:
        globals()[name] = _renamed(getattr(_absl(), name))
        return globals()[name]
    return getattr(_absl(), name)


def __dir__():
    return sorted({*globals(), *dir(_absl())})


class _FlagValues:
    """absl's FLAGS, which parses the command line when a flag is first read."""

    def __getattribute__(self, name):
        if name == "__dict__":
            return _absl().FLAGS.__dict__
        return _absl().FLAGS.__getattribute__(name)

    def __getattr__(self, name):
        if not _absl().FLAGS.is_parsed():
            _absl().FLAGS(sys.argv, known_only=True)
        return getattr(_absl().FLAGS, name)

    def __setattr__(self, name, value):
        _absl().FLAGS.__setattr__(name, value)

    def __delattr__(self, name):
        _absl().FLAGS.__delattr__(name)

    def __dir__(self):
        return _absl().FLAGS.__dir__()

    def __getitem__(self, name):
        return _absl().FLAGS.__getitem__(name)

    def __setitem__(self, name, flag):
        _absl().FLAGS.__setitem__(name, flag)

    def __len__(self):
        return _absl().FLAGS.__len__()

    def __iter__(self):
        return _absl().FLAGS.__iter__()

    def __contains__(self, name):
        return name in _absl().FLAGS

    def __call__(self, *args, **kwargs):
        return _absl().FLAGS(*args, **kwargs)


FLAGS = _FlagValues()


def _renamed(define):
    """TensorFlow 1's argument names `flag_name`, `default_value`, `docstring` beside absl's."""

    def wrapper(*args, **kwargs):
        for old, new in (("flag_name", "name"), ("default_value", "default"), ("docstring", "help")):
            if old in kwargs:
                kwargs[new] = kwargs.pop(old)
        return define(*args, **kwargs)

    return functools.update_wrapper(wrapper, define)


_OLD_ARGUMENTS = ("DEFINE_string", "DEFINE_boolean", "DEFINE_bool", "DEFINE_float", "DEFINE_integer")


def run(main=None, argv=None):
    """Parses flags and calls `main(argv)` (default: `main` of the program), then exits with what it returns."""
    main = main or sys.modules["__main__"].main

    def parse(args):
        # flags that nobody defined stay in argv, as in TensorFlow 1
        return _absl().FLAGS(args, known_only=True)

    importlib.import_module("absl.app").run(main=main, argv=argv, flags_parser=parse)
