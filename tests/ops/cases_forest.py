"""The ops of random forests grow trees by chance; what they do is tested whole."""

CASES = []
ELSEWHERE = dict.fromkeys(
    (
        "CreateFertileStatsVariable", "CreateTreeVariable", "DecisionTreeResourceHandleOp", "FeatureUsageCounts",
        "FertileStatsDeserialize", "FertileStatsIsInitializedOp", "FertileStatsResourceHandleOp", "FertileStatsSerialize",
        "GrowTreeV4", "ProcessInputV4", "TraverseTreeV4", "TreeDeserialize", "TreeIsInitializedOp", "TreePredictionsV4",
        "TreeSerialize", "TreeSize", "UpdateModelV4",
    ),
    "dialects/test_tensor_forest.py",
)  # fmt: skip
