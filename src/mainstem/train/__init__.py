"""Training: optimizers, decay schedules, moving averages, checkpoints and summaries, all written in `surface` functions."""
