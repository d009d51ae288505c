"""The public names of `tf.keras.datasets`."""

from mainstem.api.rows import both, v1, v2
from mainstem.data import keras_images, keras_tables, keras_text

_BOTH = {
    "mnist.load_data": keras_images.load_mnist,
    "fashion_mnist.load_data": keras_images.load_fashion_mnist,
    "cifar10.load_data": keras_images.load_cifar10,
    "cifar100.load_data": keras_images.load_cifar100,
    "imdb.get_word_index": keras_text.imdb_word_index,
    "reuters.get_word_index": keras_text.reuters_word_index,
}
_V1 = {
    "boston_housing.load_data": keras_tables.load_boston_housing_v1,
    "imdb.load_data": keras_text.load_imdb_v1,
    "reuters.load_data": keras_text.load_reuters_v1,
}
for _name, _load in _BOTH.items():
    both(_load, f"keras.datasets.{_name}")
for _name, _load in _V1.items():
    v1(_load, f"keras.datasets.{_name}")
for _name, _load in (_BOTH | _V1).items():
    v1(_load, f"python.keras.datasets.{_name}")
v2(keras_tables.load_boston_housing, "keras.datasets.boston_housing.load_data")
v2(keras_tables.load_california_housing, "keras.datasets.california_housing.load_data")
v2(keras_text.load_imdb, "keras.datasets.imdb.load_data")
v2(keras_text.load_reuters, "keras.datasets.reuters.load_data")
v2(keras_text.reuters_label_names, "keras.datasets.reuters.get_label_names")
