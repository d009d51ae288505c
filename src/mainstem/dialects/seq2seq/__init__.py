"""Sequence to sequence: helpers, decoders, attention, beam search, losses."""
