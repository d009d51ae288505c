"""`Input` and `InputLayer`: where a network begins."""

from mainstem.base import dtypes, shapes
from mainstem.dialects.keras import backend
from mainstem.dialects.keras.layer import Layer
from mainstem.dialects.keras.node import Node, begin
from mainstem.surface import framework, sparse


class InputLayer(Layer):
    """The layer of an `Input`: it is never called; its only node gives the placeholder, or the tensor that was given.

    Args:
        input_shape: the shape of one example.
        batch_size: the number of examples, when it is fixed.
        dtype: `floatx` by default.
        input_tensor: a tensor to begin with in place of a new placeholder.
        sparse: whether the placeholder is a SparseTensor.
        name: by default `input_1`, `input_2`, …

    Raises ValueError for both `input_shape` and `batch_input_shape`, NotImplementedError for ragged inputs.
    """

    def __init__(
        self,
        input_shape=None,
        batch_size=None,
        dtype=None,
        input_tensor=None,
        sparse=False,
        name=None,
        ragged=False,
        **kwargs,
    ):
        batch_shape = kwargs.pop("batch_input_shape", None)
        if batch_shape is not None and (input_shape or batch_size):
            raise ValueError(
                "Only provide the input_shape OR batch_input_shape argument to InputLayer, not both at the same time."
            )
        if kwargs:
            raise ValueError(f"Unrecognized keyword arguments: {list(kwargs)}")
        if ragged:
            raise NotImplementedError("Input(ragged=True): ragged tensors")
        if batch_shape is None and input_shape is not None:
            known = (input_shape,) if isinstance(input_shape, int) else shapes.as_tuple(input_shape)
            batch_shape = (batch_size, *known)
        name = name or f"input_{backend.get_uid('input')}"
        if dtype is None:
            dtype = backend.floatx() if input_tensor is None else input_tensor.dtype.base_dtype.name
        super().__init__(dtype=dtypes.as_dtype(dtype).name, name=name)
        self.built, self.sparse, self.batch_size = True, sparse, batch_size
        self.supports_masking, self.is_placeholder = True, True
        if input_tensor is None:
            input_tensor = _placeholder(self.dtype, batch_shape, name, sparse)
        else:
            batch_shape = shapes.as_tuple(input_tensor.shape) if batch_shape is None else batch_shape
        self._batch_input_shape = None if batch_shape is None else tuple(batch_shape)
        begin(input_tensor.graph)
        Node(self, [input_tensor], [input_tensor], begins=True)

    def get_config(self):
        """The arguments as plain values."""
        found = {"batch_input_shape": self._batch_input_shape, "dtype": self.dtype, "sparse": self.sparse}
        return {**found, "ragged": False, "name": self.name}


def _placeholder(dtype, shape, name, is_sparse):
    with backend.get_graph().as_default():
        if not is_sparse:
            return framework.placeholder(dtype, shape, name=name)
        made = sparse.placeholder(dtype, shape, name=name)
        made._keras_symbolic = True
        return made


def Input(  # noqa: N802 - TensorFlow's name
    shape=None, batch_size=None, name=None, dtype=None, sparse=False, tensor=None, ragged=False, **kwargs
):
    """A tensor to begin a network with: a placeholder for examples of a shape, or `tensor`.

    Args:
        shape: the shape of one example; `batch_shape=` is that of a batch.
        batch_size, name, dtype, sparse: as of `InputLayer`.
        tensor: a tensor that is used as it is.

    Raises ValueError for both shapes or for none, and for other keyword arguments.
    """
    batch_shape = kwargs.pop("batch_shape", None)
    if kwargs.keys() - {"batch_input_shape"}:
        raise ValueError(f"Unrecognized keyword arguments: {sorted(kwargs)}")
    batch_shape = kwargs.get("batch_input_shape", batch_shape)
    if shape is not None and batch_shape is not None:
        raise ValueError("Only provide the `shape` OR `batch_shape` argument to Input, not both at the same time.")
    if shape is None and batch_shape is None and tensor is None:
        raise ValueError(
            "Please provide to Input either a `shape` or a `tensor` argument. Note that `shape` does not include the batch "
            "dimension."
        )
    given = {"batch_input_shape": batch_shape} if batch_shape is not None else {"input_shape": shape, "batch_size": batch_size}
    layer = InputLayer(name=name, dtype=dtype, sparse=sparse, ragged=ragged, input_tensor=tensor, **given)
    return layer._inbound_nodes[0].output_tensors[0]
