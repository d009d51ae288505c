"""The package `nets` for scripts of the model zoo: `from nets import nets_factory` finds Mainstem's networks.

Only where the script's own path has no `nets`: the finder is the last one, so a package of that name always goes before.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys

_OWN = "mainstem.dialects.nets"


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self):
        self.specs = {}

    def find_spec(self, fullname, path=None, target=None):
        package, _, rest = fullname.partition(".")
        if package != "nets" or (rest and getattr(sys.modules.get("nets"), "__name__", None) != _OWN):
            return None
        own = importlib.util.find_spec(_OWN + fullname[len("nets") :])
        return own and importlib.machinery.ModuleSpec(
            fullname, self, origin=own.origin, is_package=own.submodule_search_locations is not None
        )

    def create_module(self, spec):
        module = importlib.import_module(_OWN + spec.name[len("nets") :])
        self.specs[spec.name] = module.__spec__
        return module

    def exec_module(self, module):
        """The module is complete already; it only gets back its own spec, which the import system has replaced."""
        module.__spec__ = self.specs.pop(module.__spec__.name)


def offer():
    """From now on `import nets` finds the networks, unless the program has a package of that name."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())
