"""`tf.summary` of TensorFlow 1: ops whose results a `FileWriter` writes for TensorBoard."""

import contextlib
import json
import re

from mainstem.base import dtypes
from mainstem.formats import protos
from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.ops import summary
from mainstem.platform import logging
from mainstem.surface.framework import convert_to_tensor, name_scope

_ILLEGAL = re.compile(r"[^-/\w\.]")


def clean_tag(name):
    """`name` with illegal characters as "_" and without a leading "/"; says so in the log when that changes it."""
    if name is None:
        return None
    legal = _ILLEGAL.sub("_", name).lstrip("/")
    if legal != name:
        logging.info("Summary name %s is illegal; using %s instead.", name, legal)
    return legal


@contextlib.contextmanager
def summary_scope(name, family=None, default_name=None, values=None):
    """A name scope for one summary; gives (tag, scope). With a `family` the tag is "family/scope", else the scope's name.

    Raises ValueError when neither name nor default name is there, or the name cannot name a scope.
    """
    name, family = clean_tag(name), clean_tag(family)
    with name_scope(name if family is None else f"{family}/{name}", default_name, values or []) as scope:
        tag = scope.rstrip("/")
        yield tag if family is None else f"{family}/{tag}", scope


def _collect(made, collections):
    for key in [GraphKeys.SUMMARIES] if collections is None else collections:
        get_default_graph().add_to_collection(key, made)
    return made


def scalar(name, tensor, collections=None, family=None):
    """A summary of one number (a real scalar tensor), under the tag `name`.

    Args:
        name: the tag in TensorBoard, below the name scope, made unique like an op's name.
        tensor: a scalar of a real type.
        collections: graph collections the summary is added to; default `[GraphKeys.SUMMARIES]`, which `merge_all` takes.
        family: a prefix of the tag, by which TensorBoard groups.

    Returns a scalar string tensor: a serialized `Summary`.
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        return _collect(summary.scalar_summary(tag, tensor, name=scope), collections)


def histogram(name, values, collections=None, family=None):
    """A summary of how the values of a real tensor of any shape are distributed. NaN and infinity are errors in a run."""
    with summary_scope(name, family, "HistogramSummary", [values]) as (tag, scope):
        return _collect(summary.histogram_summary(tag, values, name=scope), collections)


def image(name, tensor, max_outputs=3, collections=None, family=None):
    """A summary of up to `max_outputs` images.

    Args:
        name: the tag; images are called `name/image/0`, `name/image/1`, …, or `name/image` when `max_outputs` is 1.
        tensor: [batch, height, width, 1 (grey), 3 (RGB) or 4 (RGBA)] of uint8, or of floats, each image of which is scaled to
            0..255 (with negative values: 0 becomes 128).
        max_outputs, collections, family: how many images at most; see `scalar`.
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        return _collect(summary.image_summary(tag, tensor, max_images=max_outputs, name=scope), collections)


def audio(name, tensor, sample_rate, max_outputs=3, collections=None, family=None):
    """A summary of up to `max_outputs` sounds: `tensor` [batch, frames] or [batch, frames, channels] in [-1, 1].

    `sample_rate` is a float32 scalar in hertz; tags are `name/audio/0`, …, or `name/audio` when `max_outputs` is 1.
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        rate = convert_to_tensor(sample_rate, dtypes.float32, name="sample_rate")
        return _collect(summary.audio_summary(tag, tensor, rate, max_outputs=max_outputs, name=scope), collections)


def text(name, tensor, collections=None):
    """A summary of strings (Markdown), which TensorBoard shows in its text tab: as a table when the tensor has rows.

    Raises ValueError when the tensor is not of strings.
    """
    tensor = convert_to_tensor(tensor)
    if tensor.dtype.base_dtype is not dtypes.string:
        raise ValueError(f"Expected tensor {tensor.name} to have dtype string, got {tensor.dtype}")
    metadata = protos.SummaryMetadata()
    metadata.plugin_data.plugin_name = "text"
    return tensor_summary(name, tensor, collections=collections, summary_metadata=metadata)


def tensor_summary(
    name, tensor, summary_description=None, collections=None, summary_metadata=None, family=None, display_name=None
):
    """A summary of a whole tensor of any type.

    Args:
        name: the tag.
        tensor: the tensor.
        summary_description: a longer text about it (str).
        collections: see `scalar`.
        summary_metadata: a SummaryMetadata that names the TensorBoard plugin which shows it.
        family: see `scalar`.
        display_name: what TensorBoard shows instead of the tag.
    """
    metadata = protos.SummaryMetadata()
    if summary_metadata is not None:
        metadata.ParseFromString(summary_metadata.SerializeToString())
    if display_name is not None:
        metadata.display_name = display_name
    if summary_description is not None:
        metadata.summary_description = summary_description
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        made = summary.tensor_summary(tag, tensor, metadata.SerializeToString(), name=scope)
        return _collect(made, collections)


def merge(inputs, collections=None, name=None):
    """One summary of all values of the summaries `inputs`. A tag that comes twice is an error in a run.

    It is added to no collection, unless `collections` names some. Raises ValueError for no inputs.
    """
    inputs = list(inputs)
    with name_scope(name, "Merge", inputs):
        return _collect(summary.merge_summary(inputs, name=name), collections or [])


def merge_all(key=GraphKeys.SUMMARIES, scope=None, name=None):
    """One summary of all summaries in the collection `key` whose names match `scope` (a regular expression); None if none do."""
    found = get_default_graph().get_collection(key, scope)
    return merge(found, name=name) if found else None


def get_summary_description(node_def):
    """The SummaryDescription that a `TensorSummary` node carries as JSON. Raises ValueError for other nodes and fields."""
    if node_def.op != "TensorSummary":
        raise ValueError(f"Can't get_summary_description on {node_def.op}")
    fields = json.loads(node_def.attr["description"].s.decode() or "{}")
    hint = fields.pop("typeHint", fields.pop("type_hint", ""))
    if fields:
        raise ValueError(f"A SummaryDescription has no field called {sorted(fields)}: it has typeHint.")
    return protos.SummaryDescription(type_hint=hint)
