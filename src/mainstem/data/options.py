"""Options of datasets. They are kept, shown and merged; what they tune is chosen by this implementation itself."""

import enum

from mainstem.base.errors import must

AUTOTUNE = -1


class AutoShardPolicy(enum.IntEnum):
    """How elements are divided among workers."""

    OFF, AUTO, FILE, DATA, HINT = -1, 0, 1, 2, 3


class AutotuneAlgorithm(enum.Enum):
    """How AUTOTUNE finds numbers."""

    DEFAULT, HILL_CLIMB, GRADIENT_DESCENT, MAX_PARALLELISM, STAGE_BASED = 0, 1, 2, 3, 4


class ExternalStatePolicy(enum.Enum):
    """What happens to state outside of a dataset when it is saved."""

    WARN, IGNORE, FAIL = 0, 1, 2


class OptionsBase:
    """Options by name, None until they are set. Raises AttributeError for others, TypeError for values of a wrong type."""

    _TYPES = {}

    def __init__(self):
        object.__setattr__(self, "_options", {})

    def __getattr__(self, name):
        kind = type(self)._TYPES.get(name)
        if kind is None:
            raise AttributeError(f"{type(self).__name__} has no option {name!r}.")
        if name not in self._options and isinstance(kind, type) and issubclass(kind, OptionsBase):
            self._options[name] = kind()
        return self._options.get(name)

    def __setattr__(self, name, value):
        kind = type(self)._TYPES.get(name)
        if kind is None:
            raise AttributeError(f"Cannot set the property {name} on {type(self).__name__}.")
        if value is not None and not isinstance(value, kind):
            raise TypeError(must(type(self).__name__, name, f"of type {kind}", repr(value)))
        self._options[name] = value

    def _set(self):
        """What was set, {name: value}."""
        return {k: v for k, v in self._options.items() if not isinstance(v, OptionsBase) or v._set()}

    def __eq__(self, other):
        return type(self) is type(other) and self._set() == other._set()

    def __ne__(self, other):
        return not self == other

    __hash__ = None

    def merge(self, options):
        """Options with those of `options` where they were set there, else of these."""
        if not isinstance(options, type(self)):
            raise TypeError(must("merge", "options", f"a {type(self).__name__}", repr(options)))
        made = type(self)()
        for name, value in {**self._set(), **options._set()}.items():
            mine = self._options.get(name)
            both = isinstance(value, OptionsBase) and isinstance(mine, OptionsBase)
            made._options[name] = mine.merge(value) if both else value
        return made

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self._set().items())})"


class OptimizationOptions(OptionsBase):
    """What TensorFlow's rewriting of pipelines may do; nothing is rewritten here."""

    _TYPES = dict.fromkeys(
        [
            "apply_default_optimizations",
            "autotune",
            "autotune_buffers",
            "filter_fusion",
            "filter_parallelization",
            "filter_with_random_uniform_fusion",
            "hoist_random_uniform",
            "inject_prefetch",
            "map_and_batch_fusion",
            "map_and_filter_fusion",
            "map_fusion",
            "map_parallelization",
            "noop_elimination",
            "parallel_batch",
            "seq_interleave_prefetch",
            "shuffle_and_repeat_fusion",
        ],
        bool,
    )
    _TYPES.update(autotune_algorithm=(int, AutotuneAlgorithm), autotune_cpu_budget=int)


class MapVectorizationOptions(OptionsBase):
    """Whether TensorFlow's rewriting may vectorise functions; here they are where that makes no difference."""

    _TYPES = {"enabled": bool, "use_choose_fastest": bool}


OptimizationOptions._TYPES["map_vectorization"] = MapVectorizationOptions


class ThreadingOptions(OptionsBase):
    """How many threads a pipeline may use."""

    _TYPES = {"max_intra_op_parallelism": int, "private_threadpool_size": int}


class DistributeOptions(OptionsBase):
    """How elements are divided among workers."""

    _TYPES = {"auto_shard": bool, "auto_shard_policy": AutoShardPolicy, "num_devices": int}


class AutotuneOptions(OptionsBase):
    """What AUTOTUNE may use."""

    _TYPES = {
        "autotune_algorithm": AutotuneAlgorithm, "cpu_budget": int, "enabled": bool, "initial_parallelism": int,
        "min_parallelism": int, "ram_budget": int,
    }  # fmt: skip


class ServiceOptions(OptionsBase):
    """Options of the data service."""

    _TYPES = {"pinned": bool}


class StatsOptions(OptionsBase):
    """Options of statistics."""

    _TYPES = {"aggregator": object, "counter_prefix": str, "latency_all_edges": bool, "prefix": str}


class Options(OptionsBase):
    """Options of a dataset, for `with_options`."""

    _TYPES = {
        "autotune": AutotuneOptions, "dataset_name": str, "deterministic": bool, "experimental_deterministic": bool,
        "experimental_distribute": DistributeOptions, "experimental_external_state_policy": ExternalStatePolicy,
        "experimental_optimization": OptimizationOptions, "experimental_service": ServiceOptions, "experimental_slack": bool,
        "experimental_stateful_whitelist": object, "experimental_stats": StatsOptions, "experimental_symbolic_checkpoint": bool,
        "experimental_threading": ThreadingOptions, "experimental_warm_start": bool, "framework_type": list,
        "threading": ThreadingOptions,
    }  # fmt: skip
