"""The public names of sound."""

from mainstem.api.rows import both
from mainstem.surface import audio

both(audio.decode_wav, "audio.decode_wav")
both(audio.encode_wav, "audio.encode_wav")
