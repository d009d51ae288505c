"""`HParams`: named hyperparameters with types, read from text such as `rate=0.1,layers=[8,4],name=adam`."""

import json
import numbers
import re

from mainstem.formats import protos

_ASSIGNMENT = re.compile(
    r"(?P<name>[a-zA-Z][\w.]*)(\[\s*(?P<index>\d+)\s*\])?\s*=\s*((?P<value>[^,\[]*)|\[(?P<values>[^\]]*)\])($|,\s*)"
)
_BOOLS = {"true": True, "True": True, "false": False, "False": False}


def _parsed(name, kind, text, whole):
    """One value from text. Raises ValueError when it is not of the kind."""
    fault = ValueError(f"Could not parse hparam '{name}' of type '{kind.__name__}' with value '{text}' in {whole}")
    try:
        if kind is bool:
            return _BOOLS[text] if text in _BOOLS else bool(int(text))
        return kind(text)
    except ValueError:
        raise fault from None


def parse_values(values, type_map, ignore_unknown=False):
    """Reads `name=value`, `name=[value, …]` and `name[index]=value`, separated by commas, into a dict.

    Args:
        values: the text.
        type_map: a dict from names to the types of the values (of the elements, for lists).
        ignore_unknown: whether names without a type are left out.

    Raises ValueError for text that cannot be read, unknown names, values of another type, names assigned twice.
    """
    made, at = {}, 0
    while at < len(values):
        found = _ASSIGNMENT.match(values, at)
        if not found:
            raise ValueError(f"Malformed hyperparameter value: {values[at:]}")
        at, name = found.end(), found["name"]
        if name not in type_map:
            if ignore_unknown:
                continue
            raise ValueError(f"Unknown hyperparameter type for {name}")
        kind, index = type_map[name], found["index"]
        twice = ValueError(f"Multiple assignments to variable '{name}' in {values}")
        if found["value"] is None:
            if index is not None:
                raise ValueError("Assignment of a list to a list index.")
            if name in made:
                raise twice
            made[name] = [_parsed(name, kind, text, values) for text in re.split("[ ,]", found["values"]) if text]
            continue
        value = _parsed(name, kind, found["value"], values)
        if index is None:
            if name in made:
                raise twice
            made[name] = value
            continue
        elements = made.setdefault(name, {})
        if not isinstance(elements, dict):
            raise twice
        if int(index) in elements:
            raise ValueError(f"Multiple assignments to variable '{name}[{index}]' in {values}")
        elements[int(index)] = value
    return made


def _cast(name, kind, value):
    """`value` as the type of a hyperparameter. Raises ValueError where that would lose or invent something."""
    if issubclass(kind, type(None)):
        return value
    same_text = issubclass(kind, (str, bytes)) == isinstance(value, (str, bytes))
    same_bool = issubclass(kind, bool) == isinstance(value, bool)
    whole = not issubclass(kind, numbers.Integral) or isinstance(value, numbers.Integral)
    number = not issubclass(kind, numbers.Number) or isinstance(value, numbers.Number)
    if not ((same_text or not issubclass(kind, (str, bytes))) and same_bool and whole and number):
        raise ValueError(f"Could not cast hparam '{name}' of type '{kind}' from value {value!r}")
    return kind(value)


class HParams:
    """Hyperparameters as attributes: `HParams(rate=0.1, layers=[8, 4])`. Their types are those of the first values.

    `hparam_def` is an HParamDef to read instead; `model_structure` is kept. Raises ValueError for names of methods, empty lists.
    """

    def __init__(self, hparam_def=None, model_structure=None, **kwargs):
        self._hparam_types, self._model_structure = {}, model_structure
        if hparam_def:
            self._init_from_proto(hparam_def)
            return
        for name, value in kwargs.items():
            self.add_hparam(name, value)

    def _init_from_proto(self, hparam_def):
        for name, value in hparam_def.hparam.items():
            kind = value.WhichOneof("kind")
            read = getattr(value, kind)
            if kind.endswith("_list"):
                read = list(read.value)
            of_bytes = kind.startswith("bytes")
            if of_bytes:
                read = [v.decode() for v in read] if isinstance(read, list) else read.decode()
            self.add_hparam(name, read)

    def add_hparam(self, name, value):
        """Adds a hyperparameter. Raises ValueError for a name in use, and for an empty list, whose type is unknown."""
        if getattr(self, name, None) is not None:
            raise ValueError(f"Hyperparameter name is reserved: {name}")
        if isinstance(value, (list, tuple)):
            if not value:
                raise ValueError(f"Multi-valued hyperparameters cannot be empty: {name}")
            self._hparam_types[name] = (type(value[0]), True)
        else:
            self._hparam_types[name] = (type(value), False)
        setattr(self, name, value)

    def set_hparam(self, name, value):
        """Gives a hyperparameter another value. Raises KeyError for an unknown one, ValueError for a value of another type."""
        kind, is_list = self._hparam_types[name]
        if isinstance(value, list):
            if not is_list:
                raise ValueError(f"Must not pass a list for single-valued parameter: {name}")
            setattr(self, name, [_cast(name, kind, v) for v in value])
            return
        if is_list:
            raise ValueError(f"Must pass a list for multi-valued parameter: {name}.")
        setattr(self, name, _cast(name, kind, value))

    def del_hparam(self, name):
        """Takes a hyperparameter away, if it is there."""
        if hasattr(self, name):
            delattr(self, name)
            del self._hparam_types[name]

    def parse(self, values):
        """Sets hyperparameters from text, see `parse_values`; gives itself."""
        return self.override_from_dict(parse_values(values, {name: kind for name, (kind, _) in self._hparam_types.items()}))

    def override_from_dict(self, values_dict):
        """Sets hyperparameters from a dict; gives itself. Raises as `set_hparam` does."""
        for name, value in values_dict.items():
            self.set_hparam(name, value)
        return self

    def set_from_map(self, values_map):
        """An older name of `override_from_dict`."""
        return self.override_from_dict(values_dict=values_map)

    def set_model_structure(self, model_structure):
        """Sets the structure that is kept along."""
        self._model_structure = model_structure

    def get_model_structure(self):
        """The structure that is kept along."""
        return self._model_structure

    def to_json(self, indent=None, separators=None, sort_keys=False):
        """The values as JSON text; functions are left out."""
        return json.dumps(_without_functions(self.values()), indent=indent, separators=separators, sort_keys=sort_keys)

    def parse_json(self, values_json):
        """Sets hyperparameters from JSON text; gives itself."""
        return self.override_from_dict(json.loads(values_json))

    def values(self):
        """A dict of all values."""
        return {name: getattr(self, name) for name in self._hparam_types}

    def get(self, key, default=None):
        """The value of a hyperparameter, `default` when there is none. Raises ValueError for a default of another type."""
        if key not in self._hparam_types:
            return default
        if default is not None:
            kind, is_list = self._hparam_types[key]
            shown = f"list<{kind}>" if is_list else str(kind)
            text = f"Hparam '{key}' of type '{shown}' is incompatible with default={default}"
            if is_list != isinstance(default, list):
                raise ValueError(text)
            try:
                for value in default if is_list else [default]:
                    _cast(key, kind, value)
            except ValueError as e:
                raise ValueError(f"{text}. {e}") from None
        return getattr(self, key)

    def __contains__(self, key):
        return key in self._hparam_types

    def __str__(self):
        return ",".join(f"{name}={value}" for name, value in self.values().items())

    def __repr__(self):
        return f"{type(self).__name__}({sorted(self.values().items())})"

    def to_proto(self, export_scope=None):
        """The hyperparameters as an HParamDef. Raises ValueError for types that it cannot hold."""
        made = protos.HParamDef()
        for name, value in self.values().items():
            kind, is_list = self._hparam_types[name]
            field = next((f for t, f in _FIELDS if issubclass(kind, t)), None)
            if field is None:
                raise ValueError(f"Hparam '{name}' of type {kind} cannot be stored")
            coded = [v.encode() if isinstance(v, str) else v for v in (value if is_list else [value])]
            if is_list:
                getattr(made.hparam[name], f"{field}_list").value.extend(coded)
            else:
                setattr(made.hparam[name], f"{field}_value", coded[0])
        return made

    @staticmethod
    def from_proto(hparam_def, import_scope=None):
        """The hyperparameters of an HParamDef."""
        return HParams(hparam_def=hparam_def)


_FIELDS = ((bool, "bool"), (int, "int64"), ((str, bytes), "bytes"), (float, "float"))


def _without_functions(x):
    if isinstance(x, dict):
        return {k: _without_functions(v) for k, v in x.items() if not callable(v)}
    if isinstance(x, list):
        return [_without_functions(v) for v in x if not callable(v)]
    return x
