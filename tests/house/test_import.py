"""`import mainstem.v1` brings only what graph mode needs: what is heavy is imported by who needs it."""

import subprocess
import sys

# third-party packages that take long to import, or have nothing to do with running a graph
NOT_NEEDED = (
    "sklearn",
    "scipy",
    "PIL",
    "rich",
    "tensorboard.backend",
    "tensorboard.plugins",
    "grpc",
    "werkzeug",
    "tensorflow",
    "pytest",
)


def test_heavy_packages_stay_out():
    code = f"import sys, mainstem.v1; print(*[m for m in {NOT_NEEDED} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
