"""The commands: each a thin file over the rooms below."""
