"""`tf.audio`: WAV files."""

import collections

from mainstem.ops import wav

DecodeWav = collections.namedtuple("DecodeWav", ["audio", "sample_rate"])


def decode_wav(contents, desired_channels=-1, desired_samples=-1, name=None):
    """The samples of a WAV file with 16 bits a sample: (float32 [samples, channels] between -1 and 1, samples a second).

    Channels and samples are as many as wanted, or those of the file: the last channel is repeated, and zeros follow the samples.
    A file that is none fails the run with InvalidArgumentError.
    """
    return DecodeWav(*wav.decode_wav(contents, desired_channels=desired_channels, desired_samples=desired_samples, name=name))


def encode_wav(audio, sample_rate, name=None):
    """The bytes of a WAV file with 16 bits a sample for float32 [samples, channels] between -1 and 1."""
    return wav.encode_wav(audio, sample_rate, name=name)
