"""The package `nets` that `mainstem run` offers."""

import subprocess
import sys

_SCRIPT = """
import tensorflow as tf
from nets import inception, nets_factory
import nets.mobilenet.mobilenet_v2
from tensorflow.contrib.slim.nets import vgg
from tensorflow.contrib.slim.python.slim.nets import resnet_v1, resnet_utils
from tensorflow.contrib.slim.python.slim.nets.inception_v3 import inception_v3_arg_scope
assert vgg.vgg_16 is tf.contrib.slim.nets.vgg.vgg_16 and vgg.vgg_16.default_image_size == 224
f = nets_factory.get_network_fn("lenet", num_classes=7)
logits, points = f(tf.zeros([2, f.default_image_size, f.default_image_size, 1]))
print(logits.shape, sorted(points), inception.inception_v4.default_image_size, nets.__name__)
try:
    nets_factory.get_network_fn("lenet6", 2)
except ValueError as e:
    print(e)
try:
    import nets.nowhere
except ModuleNotFoundError as e:
    print(e)
"""


def _run(folder, source):
    (folder / "script.py").write_text(source)
    return subprocess.run(
        [sys.executable, "-m", "mainstem", "run", "script.py"], cwd=folder, capture_output=True, text=True, timeout=60
    )


def test_scripts_of_the_model_zoo_find_the_networks(tmp_path):
    done = _run(tmp_path, _SCRIPT)
    assert done.returncode == 0, done.stderr
    first, unknown, absent = done.stdout.splitlines()
    assert first.startswith("(2, 7) ['Flatten', 'Logits', 'Predictions'") and first.endswith("299 mainstem.dialects.nets")
    assert unknown.startswith("Name of network unknown lenet6. Known are: alexnet_v2, ")
    assert "nets.nowhere" in absent


def test_a_package_of_the_scripts_own_goes_before(tmp_path):
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "own.py").write_text("name = 'mine'\n")
    (tmp_path / "nets" / "__init__.py").write_text("")
    done = _run(
        tmp_path, "import tensorflow as tf\ntf.Session\nfrom nets import own\nprint(own.name)\nfrom nets import lenet\n"
    )
    assert done.stdout == "mine\n" and "cannot import name 'lenet' from 'nets'" in done.stderr
