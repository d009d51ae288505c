"""Enumerations that say how copies of a variable on several devices are kept and combined."""

import enum


class VariableSynchronization(enum.Enum):
    """When the copies of a distributed variable are brought together."""

    AUTO = 0
    NONE = 1
    ON_WRITE = 2
    ON_READ = 3


class VariableAggregation(enum.Enum):
    """How the copies of a distributed variable are combined."""

    NONE = 0
    SUM = 1
    MEAN = 2
    ONLY_FIRST_REPLICA = 3
    ONLY_FIRST_TOWER = 3  # the older name of the same choice

    def __hash__(self):
        return hash(self.value)


def resolve(synchronization, aggregation, trainable, name):
    """Gives (synchronization, aggregation, trainable) with None replaced by the defaults.

    A variable that is only aggregated when read does not train by default. Raises ValueError for values that are not members.
    """
    aggregation = VariableAggregation.NONE if aggregation is None else aggregation
    synchronization = VariableSynchronization.AUTO if synchronization is None else synchronization
    if getattr(aggregation, "name", None) not in VariableAggregation.__members__:
        raise ValueError(f"Invalid variable aggregation mode: {aggregation} for variable: {name}")
    if getattr(synchronization, "name", None) not in VariableSynchronization.__members__:
        raise ValueError(f"Invalid variable synchronization mode: {synchronization} for variable: {name}")
    return synchronization, aggregation, synchronization.name != "ON_READ" if trainable is None else trainable
