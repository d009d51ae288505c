"""Rows of queues: they wait for each other and hold elements, so programs exercise them in tests/surface/test_queues.py."""

CASES = []

ELSEWHERE = {
    name + version: "surface/test_queues.py"
    for version in ("", "V2")
    for name in (
        "FIFOQueue", "PaddingFIFOQueue", "PriorityQueue", "RandomShuffleQueue", "QueueEnqueue", "QueueEnqueueMany", "QueueDequeue",
        "QueueDequeueMany", "QueueDequeueUpTo", "QueueClose", "QueueSize", "QueueIsClosed",
    )
}  # fmt: skip
ELSEWHERE.update(
    (name + version, "train/test_readers.py")
    for version in ("", "V2")
    for name in (
        "TextLineReader", "WholeFileReader", "IdentityReader", "TFRecordReader", "FixedLengthRecordReader", "ReaderRead",
        "ReaderReadUpTo", "ReaderNumRecordsProduced", "ReaderNumWorkUnitsCompleted", "ReaderSerializeState", "ReaderRestoreState",
        "ReaderReset",
    )
)  # fmt: skip
ELSEWHERE.update(
    dict.fromkeys(
        ("AddSparseToTensorsMap", "AddManySparseToTensorsMap", "TakeManySparseFromTensorsMap"), "train/sparse_programs.py"
    )
)
ELSEWHERE.update(
    dict.fromkeys(
        (
            "ConditionalAccumulator", "ResourceConditionalAccumulator", "SparseConditionalAccumulator",
            "SparseAccumulatorApplyGradient", "SparseAccumulatorTakeGradient", "Barrier", "BarrierInsertMany", "BarrierTakeMany",
            "BarrierClose", "BarrierReadySize", "BarrierIncompleteSize", "Stage", "Unstage", "StagePeek", "StageSize", "StageClear",
            *[
                kind + "Accumulator" + what
                for kind in ("", "Resource")
                for what in ("ApplyGradient", "TakeGradient", "NumAccumulated", "SetGlobalStep")
            ],
        ),
        "surface/test_flow_resources.py",
    )
)  # fmt: skip
ELSEWHERE["RecordInput"] = "platform/test_record_input.py"
