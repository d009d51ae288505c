"""The public names of data sets in files."""

from mainstem.api.rows import v1
from mainstem.data import mnist

# the tutorials' MNIST, and the projector's configuration
v1(mnist.read_data_sets, "examples.tutorials.mnist.input_data.read_data_sets")
for _space in ["contrib.learn.datasets.mnist", "contrib.learn.python.learn.datasets.mnist"]:
    for _name in [
        "DEFAULT_SOURCE_URL",
        "DataSet",
        "dense_to_one_hot",
        "extract_images",
        "extract_labels",
        "load_mnist",
        "read_data_sets",
    ]:
        v1(getattr(mnist, _name), f"{_space}.{_name}")
for _space in ["contrib.learn.datasets.base", "contrib.learn.python.learn.datasets.base"]:
    v1(mnist.Dataset, f"{_space}.Dataset")
    v1(mnist.Datasets, f"{_space}.Datasets")
