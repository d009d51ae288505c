"""Device names: `/job:worker/replica:0/task:1/device:GPU:0`, their parts and how an inner scope refines an outer one."""

_FIELDS = ("job", "replica", "task", "device_type", "device_index")


class DeviceSpec:
    """A partly given device name, TensorFlow 2's; fields that are None are not constrained. It never changes: see `replace`."""

    __slots__ = tuple(f"_{f}" for f in _FIELDS)

    def __init__(self, job=None, replica=None, task=None, device_type=None, device_index=None):
        self._job = _job(job)
        self._replica, self._task, self._device_index = map(_number, (replica, task, device_index))
        self._device_type = _kind(device_type)

    job = property(lambda self: self._job)
    replica = property(lambda self: self._replica)
    task = property(lambda self: self._task)
    device_type = property(lambda self: self._device_type)
    device_index = property(lambda self: self._device_index)

    def to_string(self):
        """The canonical name, e.g. "/job:ps/task:0/device:CPU:0"."""
        out = "".join(f"/{f}:{v}" for f in _FIELDS[:3] if (v := getattr(self, f)) is not None)
        if self.device_type is not None:
            out += f"/device:{self.device_type}:{'*' if self.device_index is None else self.device_index}"
        return out

    @classmethod
    def from_string(cls, spec):
        """Reads a device name. Raises ValueError when it is malformed."""
        return cls(**_parsed(spec))

    def parse_from_string(self, spec):
        """The device that a name means."""
        return self.from_string(spec)

    def merged_with(self, inner):
        """This spec with every field that `inner` gives replaced."""
        return self.replace(**inner._given())

    def make_merged_spec(self, dev):
        """This spec with every field that `dev` gives replaced."""
        return self.merged_with(dev)

    def replace(self, **fields):
        """A spec with these fields instead."""
        return type(self)(**{**self._given(), **fields})

    def _given(self):
        return {f: v for f in _FIELDS if (v := getattr(self, f)) is not None}

    def __eq__(self, other):
        return type(self) is type(other) and self.to_string() == other.to_string()

    def __hash__(self):
        return hash(self.to_string())

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{f}={v!r}' for f, v in self._given().items())})"


class DeviceSpecV1(DeviceSpec):
    """TensorFlow 1's `DeviceSpec`, whose fields may be set."""

    __slots__ = ()
    __hash__ = DeviceSpec.__hash__

    job = property(DeviceSpec.job.fget, lambda self, v: setattr(self, "_job", _job(v)))
    replica = property(DeviceSpec.replica.fget, lambda self, v: setattr(self, "_replica", _number(v)))
    task = property(DeviceSpec.task.fget, lambda self, v: setattr(self, "_task", _number(v)))
    device_type = property(DeviceSpec.device_type.fget, lambda self, v: setattr(self, "_device_type", _kind(v)))
    device_index = property(DeviceSpec.device_index.fget, lambda self, v: setattr(self, "_device_index", _number(v)))

    def parse_from_string(self, spec):
        """Takes over all fields of a device name; gives itself."""
        fields = _parsed(spec)
        for f in _FIELDS:
            setattr(self, f, fields.get(f))
        return self

    def merge_from(self, dev):
        """Takes over the fields that `dev` gives."""
        for f, value in dev._given().items():
            setattr(self, f, value)


def _job(value):
    return None if value is None else str(value)


def _number(value):
    return None if value is None else int(value)


def _kind(value):
    return None if value is None else str(value).upper()


def _parsed(spec):
    """The fields that a device name gives."""
    fields = {}
    for part in filter(None, (spec or "").split("/")):
        key, *rest = part.split(":")
        if key in ("job", "replica", "task") and len(rest) == 1:
            fields[key] = rest[0]
            continue
        if key == "device" and len(rest) == 2:
            key, *rest = rest
        elif key.lower() not in ("cpu", "gpu", "tpu") or len(rest) != 1:
            raise ValueError(f"Unknown attribute: '{key}' in '{spec}'. Write e.g. '/device:GPU:0' or '/job:ps/task:0'.")
        if "device_type" in fields:
            raise ValueError(f"Cannot specify multiple device types: {spec}")
        fields["device_type"] = key
        fields["device_index"] = None if rest[0] == "*" else rest[0]
    return fields


def merge(outer, inner):
    """Gives the device name for a scope `inner` inside `outer`."""
    return DeviceSpec.from_string(outer).merged_with(DeviceSpec.from_string(inner)).to_string()
