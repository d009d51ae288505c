"""The classes that `keras.layers.deserialize` knows by name; modules that make layers add theirs."""

from mainstem.dialects.keras import objects

LAYERS = {}  # name -> class


def add(*classes):
    """Makes classes known by their names."""
    LAYERS.update((c.__name__, c) for c in classes)


def serialize(layer):
    """A layer as a dict of its class and arguments."""
    return {"class_name": type(layer).__name__, "config": layer.get_config()}


def deserialize(config, custom_objects=None):
    """The layer of `serialize`'s dict, without its variables' values. Raises ValueError for unknown classes."""
    return objects.deserialize_keras_object(config, LAYERS, custom_objects, "layer")
