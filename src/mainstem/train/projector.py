"""TensorBoard's embedding projector: the configuration file beside the event files, under `tf.contrib`'s names."""

import os

from google.protobuf import text_format

from mainstem.formats.protos import EmbeddingInfo, ProjectorConfig, SpriteMetadata  # noqa: F401 - public names of this file
from mainstem.platform import gfile

FILE_NAME = "projector_config.pbtxt"


def visualize_embeddings(summary_writer, config):
    """Writes a `ProjectorConfig` into a summary writer's folder, where TensorBoard's projector looks for it.

    Raises AttributeError for something that is not a writer or has no message descriptor, ValueError for a writer without folder.
    """
    folder = summary_writer.get_logdir()
    if folder is None:
        raise ValueError(
            "visualize_embeddings: the summary writer has no log folder, so there is no place for the configuration."
        )
    text = text_format.MessageToString(config)
    with gfile.GFile(os.path.join(folder, FILE_NAME), "w") as f:
        f.write(text)
