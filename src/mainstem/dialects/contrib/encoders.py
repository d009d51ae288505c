"""Words as vectors: `bow_encoder`, `embed_sequence` and the look-ups of `tf.contrib.layers`."""

from mainstem.base import dtypes
from mainstem.dialects.contrib.reshaping import dense_to_sparse
from mainstem.dialects.contrib.variables import model_variable
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.surface import array, embedding, index, reduce
from mainstem.surface.framework import convert_to_tensor, name_scope
from mainstem.surface.variable_scope import variable_scope


def bow_encoder(
    ids,
    vocab_size,
    embed_dim,
    sparse_lookup=True,
    initializer=None,
    regularizer=None,
    trainable=True,
    scope=None,
    reuse=None,
):
    """The mean of the vectors of a bag of words: [batch, embed_dim].

    Args:
        ids: [batch, words], a SparseTensor or a tensor in which -1 fills up; with `sparse_lookup` False a tensor without filling.
        vocab_size, embed_dim: shape of the variable `embeddings`.
        initializer, regularizer, trainable, scope, reuse: of the variable.

    Raises TypeError for a SparseTensor where `sparse_lookup` is False.
    """
    with variable_scope(scope, "bow_encoder", [ids], reuse=reuse):
        embeddings = model_variable(
            "embeddings", shape=[vocab_size, embed_dim], initializer=initializer, regularizer=regularizer, trainable=trainable
        )
        if sparse_lookup:
            sparse = ids if isinstance(ids, SparseTensor) else dense_to_sparse(ids, eos_token=_filling(ids))
            return embedding.embedding_lookup_sparse_v1([embeddings], sparse, None, combiner="mean", name="EmbeddingLookup")
        if isinstance(ids, SparseTensor):
            raise TypeError(f"ids are expected to be dense Tensor, got: {ids}")
        return reduce.reduce_mean(embedding.embedding_lookup_v1(embeddings, ids), axis=1)


def _filling(ids):
    dtype = convert_to_tensor(ids).dtype
    return "" if dtype == dtypes.string else -1 if dtype.is_integer else 0


def embed_sequence(
    ids,
    vocab_size=None,
    embed_dim=None,
    unique=False,
    initializer=None,
    regularizer=None,
    trainable=True,
    scope=None,
    reuse=None,
):
    """Rows of a variable `embeddings` [vocab_size, embed_dim] for ids [batch, steps]; with `unique` each row is looked up once.

    Raises ValueError where sizes are missing though nothing is reused.
    """
    if not (reuse or (vocab_size and embed_dim)):
        raise ValueError(
            f"Must specify vocab size and embedding dimension when not reusing. Got vocab_size={vocab_size} and embed_dim={embed_dim}"
        )
    with variable_scope(scope, "EmbedSequence", [ids], reuse=reuse):
        shape = [vocab_size, embed_dim] if vocab_size and embed_dim else None
        embeddings = model_variable(
            "embeddings", shape=shape, initializer=initializer, regularizer=regularizer, trainable=trainable
        )
        return embedding_lookup_unique(embeddings, ids) if unique else embedding.embedding_lookup_v1(embeddings, ids)


def embedding_lookup_unique(params, ids, partition_strategy="mod", name=None):
    """`embedding_lookup` in which each id is looked up once, however often it appears."""
    with name_scope(name, "EmbeddingLookupUnique", [params, ids]):
        ids = convert_to_tensor(ids)
        sizes = array.shape_v1(ids)
        flat = array.reshape(ids, reduce.reduce_prod(sizes, keepdims=True))
        unique, places = index.unique(flat)
        rows = embedding.embedding_lookup_v1(params, unique, partition_strategy)
        found = array.reshape(index.gather_v1(rows, places), array.concat([sizes, array.shape_v1(rows)[1:]], 0))
        if not found._is_eager:
            found.set_shape(ids.shape.concatenate(rows.shape[1:]))
        return found


def safe_embedding_lookup_sparse(
    embedding_weights,
    sparse_ids,
    sparse_weights=None,
    combiner=None,
    default_id=None,
    name=None,
    partition_strategy="div",
    max_norm=None,
):
    """`embedding_lookup_sparse` for rows that may be empty, and ids and weights that may be invalid; see `tf.nn`'s.

    `combiner` None means "mean". Raises ValueError for missing or mixed weights.
    """
    return embedding.safe_embedding_lookup_sparse_v1(
        embedding_weights,
        sparse_ids,
        sparse_weights,
        combiner=combiner or "mean",
        default_id=default_id,
        name=name,
        partition_strategy=partition_strategy,
        max_norm=max_norm,
    )


def embedding_lookup_sparse_with_distributed_aggregation(
    params, sp_ids, sp_weights, partition_strategy="mod", name=None, combiner=None, max_norm=None
):
    """The same as `embedding_lookup_sparse`; where the parts are added up is the compiler's affair."""
    return embedding.embedding_lookup_sparse_v1(
        params, sp_ids, sp_weights, partition_strategy, name=name, combiner=combiner or "mean", max_norm=max_norm
    )
