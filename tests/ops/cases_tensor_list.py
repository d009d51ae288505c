"""Lists of tensors are no arrays that a row could hold: their operations are tested through TensorArray."""

CASES = []
_NAMES = (
    "EmptyTensorList", "TensorListConcatV2", "TensorListElementShape", "TensorListFromTensor", "TensorListGather", "TensorListGetItem",
    "TensorListLength", "TensorListPopBack", "TensorListPushBack", "TensorListReserve", "TensorListResize",
    "TensorListScatterIntoExistingList", "TensorListScatterV2", "TensorListSetItem", "TensorListSplit", "TensorListStack",
)  # fmt: skip
ELSEWHERE = dict.fromkeys(_NAMES, "surface/test_tensor_array.py")
