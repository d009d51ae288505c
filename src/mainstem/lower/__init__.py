"""From a graph to XLA: prune, place, cut into segments, one jitted program a segment."""
