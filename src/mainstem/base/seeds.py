"""TensorFlow's rules for the two seeds of a random op: one of the graph (or of eager mode), one of the op."""

import random

DEFAULT_GRAPH_SEED = 87654321
MODULUS = 2**31 - 1


def get_seed(graph_seed, op_seed, automatic):
    """The pair of seeds of an op from the seed of its graph and its own, each an int or None.

    Args:
        graph_seed: what `set_random_seed` was given.
        op_seed: the op's `seed` argument.
        automatic: the op seed when only the graph has one; an int or a function without arguments that gives it. TensorFlow 1
            takes the number of operations in the graph, TensorFlow 2 a counter of the ops that asked.

    Returns:
        (None, None) when neither is given: the op is seeded by the operating system. Else two ints in [0, 2**31 - 1]; never
        both 0, because that too would mean the operating system.
    """
    if graph_seed is None and op_seed is None:
        return None, None
    if graph_seed is None:
        graph_seed = DEFAULT_GRAPH_SEED
    elif op_seed is None:
        op_seed = automatic() if callable(automatic) else automatic
    seeds = int(graph_seed) % MODULUS, int(op_seed) % MODULUS
    return seeds if seeds != (0, 0) else (0, MODULUS)


class EagerSeeds:
    """The seeds of eager mode: the global seed, and the op seeds that follow from it, one for each op that has none."""

    def __init__(self):
        self.seed, self._generator = None, None

    def set(self, seed):
        """Sets the global seed (None takes it back) and restarts the op seeds."""
        self.seed = seed
        self._generator = None if seed is None else random.Random(seed)

    def automatic_seed(self):
        """The next op seed."""
        return self._generator.randint(0, MODULUS)
