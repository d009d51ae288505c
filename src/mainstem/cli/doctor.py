"""`mainstem doctor`: versions, devices, caches, which CUDA extra fits the driver, and what is missing."""

import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import sys

import mainstem

REQUIRED = (
    "jax",
    "jaxlib",
    "numpy",
    "ml-dtypes",
    "protobuf",
    "tensorboard",
    "google-crc32c",
    "google-re2",
    "absl-py",
    "pillow",
    "rich",
    "scikit-learn",
)
OPTIONAL = {"jax-cuda12-plugin": "mainstem[cuda12]", "jax-cuda13-plugin": "mainstem[cuda13]"}
CUDA13_DRIVER, CUDA12_DRIVER = 580, 525  # the oldest drivers that JAX's wheels of each CUDA version take
CUDA13_CAPABILITY = 7.5


def versions():
    """Gives (name, version or None) of every package that Mainstem needs."""
    return [(name, _version(name)) for name in REQUIRED]


def _version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def nvidia():
    """Gives (driver version, [(GPU name, compute capability)]) as the driver tells, or None without one."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return None
    query = [tool, "--query-gpu=driver_version,name,compute_cap", "--format=csv,noheader"]
    try:
        text = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    rows = [[cell.strip() for cell in line.split(",")] for line in text.splitlines() if line.count(",") == 2]
    return (rows[0][0], [(name, float(cap)) for _, name, cap in rows]) if rows else None


def fitting_extra(driver, capabilities):
    """Gives the extra ("cuda12", "cuda13") that fits a driver version and GPUs, or None when the driver is too old."""
    major = int(re.match(r"\d+", driver).group())
    if major >= CUDA13_DRIVER and min(capabilities) >= CUDA13_CAPABILITY:
        return "cuda13"
    return "cuda12" if major >= CUDA12_DRIVER else None


def _gpu_lines():
    found = nvidia()
    if found is None:
        yield "GPU        no NVIDIA driver found; programs run on the CPU"
        return
    driver, gpus = found
    for name, capability in gpus:
        yield f"GPU        {name} (compute capability {capability}), driver {driver}"
    extra = fitting_extra(driver, [c for _, c in gpus])
    if extra is None:
        yield f"           the driver is older than {CUDA12_DRIVER}: update it, no CUDA build of JAX takes it"
    elif _version(f"jax-{extra}-plugin") is None:
        yield f"           to use it: pip install 'mainstem[{extra}]'"


def _cache_line(where):
    if where is None:
        return "cache      off (MAINSTEM_CACHE_DIR=off)"
    count, size = 0, 0
    if os.path.isdir(where):
        for entry in os.scandir(where):
            count, size = count + 1, size + entry.stat().st_size
    return f"cache      {where}: {count} files, {size / 2**20:.1f} MiB"


def report():
    """Gives (lines, list of what is missing)."""
    lines = [
        f"mainstem   {mainstem.__version__}",
        f"python     {platform.python_version()} ({sys.executable})",
        f"system     {platform.platform()}",
    ]
    found = versions()
    missing = [name for name, version in found if version is None]
    lines += [f"{name:10} {version or 'MISSING'}" for name, version in found]
    if not missing:
        # imported only now: the command must tell what is missing, not fail on it
        from mainstem.graph.graph import Graph
        from mainstem.lower import cache
        from mainstem.run.session import Session

        lines += [f"device     {d.name}" for d in Session(graph=Graph()).list_devices()]
        lines.append(_cache_line(cache.directory()))
    lines += _gpu_lines()
    return lines, missing


def main(arguments):
    """Prints the report; gives 1 when something that Mainstem needs is missing."""
    if arguments:
        print("usage: mainstem doctor", file=sys.stderr)
        return 0 if arguments[0] in ("-h", "--help") else 2
    lines, missing = report()
    print("\n".join(lines))
    if missing:
        print(f"missing: {', '.join(missing)}; pip install {' '.join(missing)}")
        return 1
    print("nothing is missing")
    return 0
