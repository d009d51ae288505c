"""Objects as Keras writes them down: by name, or as a dict of a class's name and its arguments; names that programs add."""

import inspect

_CUSTOM = {}  # name -> class or function, of `custom_object_scope` and `get_custom_objects`


def get_custom_objects():
    """The dict of the names that programs added; changes to it hold from then on."""
    return _CUSTOM


class CustomObjectScope:
    """Inside the block the names of some dicts, name -> class or function, are known to `deserialize_keras_object`."""

    def __init__(self, *args):
        self.custom_objects, self.backup = args, None

    def __enter__(self):
        self.backup = dict(_CUSTOM)
        for objects in self.custom_objects:
            _CUSTOM.update(objects or {})
        return self

    def __exit__(self, *args, **kwargs):
        _CUSTOM.clear()
        _CUSTOM.update(self.backup)


def custom_object_scope(*args):
    """`CustomObjectScope(*args)`."""
    return CustomObjectScope(*args)


def serialize_keras_object(instance):
    """An object with `get_config` as `{"class_name": …, "config": …}`, a function or class as its name, None as None.

    Raises ValueError for what is neither.
    """
    if instance is None:
        return None
    if hasattr(instance, "get_config"):
        return {"class_name": type(instance).__name__, "config": instance.get_config()}
    if hasattr(instance, "__name__"):
        return instance.__name__
    raise ValueError("Cannot serialize", instance)


def _found(name, module_objects, custom_objects):
    for known in (custom_objects, _CUSTOM, module_objects):
        if known and known.get(name) is not None:
            return known[name]
    return None


def takes(function, name):
    """Whether a function has an argument of that name of its own."""
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return code is not None and name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def deserialize_keras_object(identifier, module_objects=None, custom_objects=None, printable_module_name="object"):
    """The object for a name or for a dict of `serialize_keras_object`; a class that is named is called without arguments.

    Args:
        identifier: the name, the dict, or a function, which stays.
        module_objects, custom_objects: dicts from names to classes and functions; the latter, and what programs added, come first.
        printable_module_name: what such objects are called in errors.

    Raises ValueError for unknown names, other dicts and other things.
    """
    if identifier is None:
        return None
    if isinstance(identifier, dict):
        return _from_dict(identifier, module_objects, custom_objects, printable_module_name)
    if isinstance(identifier, str):
        found = _found(identifier, module_objects, custom_objects)
        if found is None:
            raise ValueError(f"Unknown {printable_module_name}:{identifier}")
        return found() if isinstance(found, type) else found
    if callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret serialized {printable_module_name}: {identifier}")


def _from_dict(config, module_objects, custom_objects, what):
    if "class_name" not in config or "config" not in config:
        raise ValueError(f"Improper config format: {config}")
    found, arguments = _found(config["class_name"], module_objects, custom_objects), config["config"]
    if found is None:
        raise ValueError(f"Unknown {what}: {config['class_name']}")
    with CustomObjectScope(custom_objects or {}):
        if not hasattr(found, "from_config"):
            return found(**arguments)
        if takes(found.from_config, "custom_objects"):
            return found.from_config(arguments, custom_objects=dict(_CUSTOM))
        return found.from_config(arguments)


def signature_of(required, defaults):
    """The signature of parameters without and with defaults."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    given = [inspect.Parameter(n, kind) for n in required]
    return inspect.Signature([*given, *(inspect.Parameter(n, kind, default=d) for n, d in defaults.items())])
