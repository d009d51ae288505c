"""Ops on checkpoint files: they write and read a directory, so a test runs them together."""

ELSEWHERE = dict.fromkeys(("SaveV2", "RestoreV2", "MergeV2Checkpoints", "ShardedFilename"), "ops/test_checkpoint_ops.py")
ELSEWHERE["SymbolicGradient"] = "grad/test_gradients.py"

CASES = []
