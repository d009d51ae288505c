"""The registry's entries, by subject. An entry knows arrays only: in which mode it runs it cannot know.

Importing this package imports every file in it, so that the registry is complete: an op is added in one file and nowhere else.
"""

import importlib
import pkgutil

for _file in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_file.name}")
