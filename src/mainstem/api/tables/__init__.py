"""The table of public names, a file a subject: which object each name is, in TensorFlow 1's world, in 2's, or in both.

Importing this package imports every file in it: a name is added in one file and nowhere else.
"""

import importlib
import pkgutil

for _file in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_file.name}")
