"""Servers of this process: sessions with the target of one share its variables."""

import itertools

from mainstem.lower.slots import Slots

_slots, _ports = {}, itertools.count(2222)


def start():
    """A new server; gives its target."""
    target = f"grpc://localhost:{next(_ports)}"
    _slots[target] = Slots()
    return target


def shared(held):
    """Whether other sessions may hold the same slots."""
    return any(held is s for s in _slots.values())


def slots(target):
    """What a session with a target holds: its own slots for "", those of the server for a server's target.

    Raises NotImplementedError for the target of another process.
    """
    target = target.decode() if isinstance(target, bytes) else target
    if target in _slots:
        return _slots[target]
    if target and target.startswith("grpc"):
        raise NotImplementedError(
            f"tf.Session: the target {target!r} is no server of this process, and sessions in other processes are not supported. "
            "Leave the target out, or use that of tf.train.Server.create_local_server()."
        )
    return Slots()
