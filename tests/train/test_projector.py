"""The embedding projector's configuration file."""

import pytest

import mainstem.v1 as tf
from mainstem.train import projector


def test_configuration_lies_beside_the_events(tmp_path):
    config = projector.ProjectorConfig()
    embedding = config.embeddings.add()
    embedding.tensor_name, embedding.metadata_path = "a:0", "x.tsv"
    projector.visualize_embeddings(tf.summary.FileWriter(str(tmp_path)), config)
    # what TensorFlow 1.15 wrote
    expected = 'embeddings {\n  tensor_name: "a:0"\n  metadata_path: "x.tsv"\n}\n'
    assert (tmp_path / "projector_config.pbtxt").read_text() == expected


def test_needs_a_writer():
    with pytest.raises(AttributeError, match="get_logdir"):
        projector.visualize_embeddings(object(), projector.ProjectorConfig())


def test_messages_are_tensorboard_s():
    theirs = pytest.importorskip("tensorboard.plugins.projector.projector_config_pb2")
    for name in ("ProjectorConfig", "EmbeddingInfo", "SpriteMetadata"):
        fields = [
            {(f.name, f.number, f.type) for f in m.DESCRIPTOR.fields} for m in (getattr(theirs, name), getattr(projector, name))
        ]
        assert fields[0] == fields[1]
