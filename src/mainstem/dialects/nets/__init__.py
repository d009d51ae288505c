"""The networks of Slim and of its model zoo (`nets`), with the variable names and shapes of the published checkpoints."""
