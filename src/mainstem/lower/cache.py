"""The persistent compilation cache: on by default, so that a second process starts fast."""

import os
import pathlib
import warnings

import jax

MINIMUM_SECONDS = 0.02  # cheaper compilations are done again: reading them back costs as much


def directory():
    """Where compiled programs are kept: `MAINSTEM_CACHE_DIR`, else "mainstem" in the user's cache directory; None when off.

    `MAINSTEM_CACHE_DIR=off` turns the cache off; a directory that the program set for JAX itself is left alone.
    """
    if jax.config.jax_compilation_cache_dir:
        return jax.config.jax_compilation_cache_dir
    chosen = os.environ.get("MAINSTEM_CACHE_DIR", "")
    if chosen == "off":
        return None
    if chosen:
        return chosen
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(pathlib.Path.home(), ".cache")
    return os.path.join(base, "mainstem", "xla")


def enable():
    """Turns the cache on for this process, unless the program has set one up itself."""
    if jax.config.jax_compilation_cache_dir:
        return
    where = directory()
    if where is None:
        return
    # a program compiled for speed may be one that cannot be cached (see `options`): nothing that a user could act on
    warnings.filterwarnings("ignore", "Error writing persistent compilation cache entry for 'jit_mainstem_step': MemoryError")
    jax.config.update("jax_compilation_cache_dir", where)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", MINIMUM_SECONDS)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
