"""`slim.data_decoder.DataDecoder`: what makes items, e.g. an image and its label, of one record."""

import abc


class DataDecoder(metaclass=abc.ABCMeta):
    """A base for decoders."""

    @abc.abstractmethod
    def decode(self, data, items):
        """The tensors of the items (a list of names) of a record `data`."""

    @abc.abstractmethod
    def list_items(self):
        """The names of the items that it can decode."""
