"""The public names of `tf.contrib.seq2seq`, and the losses of `tf.contrib.legacy_seq2seq`."""

from mainstem.api.rows import v1
from mainstem.dialects.seq2seq import attention, beam_search, decoder, helper, loss, mechanisms

_NAMES = {
    attention: "AttentionWrapper AttentionWrapperState hardmax",
    beam_search: "BeamSearchDecoder BeamSearchDecoderOutput BeamSearchDecoderState FinalBeamSearchDecoderOutput gather_tree "
    "tile_batch",
    decoder: "BasicDecoder BasicDecoderOutput Decoder dynamic_decode",
    helper: "CustomHelper GreedyEmbeddingHelper Helper InferenceHelper SampleEmbeddingHelper ScheduledEmbeddingTrainingHelper "
    "ScheduledOutputTrainingHelper TrainingHelper",
    loss: "sequence_loss",
    mechanisms: "AttentionMechanism BahdanauAttention BahdanauMonotonicAttention LuongAttention LuongMonotonicAttention "
    "monotonic_attention safe_cumprod",
}

for file, names in _NAMES.items():
    for name in names.split():
        v1(getattr(file, name), f"contrib.seq2seq.{name}")
v1(loss.sequence_loss_by_example, "contrib.legacy_seq2seq.sequence_loss_by_example")
v1(loss.sequence_loss_of_lists, "contrib.legacy_seq2seq.sequence_loss")
