"""Device names: `/job:worker/replica:0/task:1/device:GPU:0`, their parts and how an inner scope refines an outer one."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class DeviceSpec:
    """A partly given device name; fields that are None are not constrained."""

    job: str | None = None
    replica: int | None = None
    task: int | None = None
    device_type: str | None = None
    device_index: int | None = None

    def to_string(self):
        """The canonical name, e.g. "/job:ps/task:0/device:CPU:0"."""
        out = "" if self.job is None else f"/job:{self.job}"
        out += "" if self.replica is None else f"/replica:{self.replica}"
        out += "" if self.task is None else f"/task:{self.task}"
        if self.device_type is not None:
            out += f"/device:{self.device_type}:{'*' if self.device_index is None else self.device_index}"
        return out

    @classmethod
    def from_string(cls, spec):
        """Reads a device name. Raises ValueError when it is malformed."""
        fields = {}
        for part in filter(None, (spec or "").split("/")):
            key, _, rest = part.partition(":")
            if key in ("job",):
                fields["job"] = rest
            elif key in ("replica", "task"):
                fields[key] = int(rest)
            elif key == "device":
                kind, _, index = rest.partition(":")
                fields["device_type"] = kind.upper()
                fields["device_index"] = int(index) if index not in ("", "*") else None
            elif key.lower() in ("cpu", "gpu", "tpu"):
                fields["device_type"] = key.upper()
                fields["device_index"] = int(rest) if rest not in ("", "*") else None
            else:
                raise ValueError(
                    f"Could not parse device name '{spec}': unknown attribute '{part}'. Write e.g. '/device:GPU:0' or '/job:ps/task:0'."
                )
        return cls(**fields)

    def merged_with(self, inner):
        """This spec with every field that `inner` gives replaced."""
        return replace(self, **{k: v for k, v in inner.__dict__.items() if v is not None})

    def make_merged_spec(self, dev):
        return self.merged_with(dev)

    def replace(self, **fields):
        return replace(self, **fields)


def merge(outer, inner):
    """Gives the device name for a scope `inner` inside `outer`."""
    return DeviceSpec.from_string(outer).merged_with(DeviceSpec.from_string(inner)).to_string()
