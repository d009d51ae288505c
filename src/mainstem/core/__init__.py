"""The op record and what is derived from it: binding of arguments, inference, evaluation, gradients, the current builder."""
