"""Places of iterators in checkpoints: `tf.data.experimental.make_saveable_from_iterator`, `CheckpointInputPipelineHook`."""

from mainstem.ops import dataset
from mainstem.train.saveables import SaveableObject, SaveSpec


class IteratorSaveable(SaveableObject):
    """The place of an iterator of a graph, as one string."""

    def __init__(self, resource):
        self._resource = resource
        place = dataset.iterator_place(resource, name="IteratorPlace")
        super().__init__(resource, [SaveSpec(place, "", resource.name + "-state")], resource.name)

    def restore(self, restored_tensors, restored_shapes):
        """The operation that sets the iterator, which must be started, to the place."""
        return dataset.iterator_go_to(self._resource, restored_tensors[0], name="IteratorGoTo")


def make_saveable_from_iterator(iterator, external_state_policy=None):
    """A saveable object for `Saver` that keeps where an iterator stands. Its dataset must be the same when it is restored."""
    return IteratorSaveable(iterator._iterator_resource)
