"""One operation as a NodeDef, and the attrs of a NodeDef as an operation has them."""

from mainstem.base import dtypes
from mainstem.core import bind, registry
from mainstem.formats import graphdef, protos
from mainstem.graph.func_graph import FuncGraph

LOWERED = ("If", "StatelessIf", "Case", "StatelessCase", "While", "StatelessWhile")
FUNCTIONAL = frozenset((*LOWERED, "PartitionedCall", "StatefulPartitionedCall", "_VectorizedCall"))
CALLS = {"If": 1, "StatelessIf": 1, "Case": 1, "StatelessCase": 1}  # how many inputs the bodies do not take

# attrs that ops got after 1.15: left out where they have their default, since 1.15 refuses attrs that it does not know
_LATER = {
    "AssignVariableOp": ("validate_shape",),
    "TensorListSetItem": ("resize_if_index_out_of_bounds",),
    **dict.fromkeys(("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"), ("exponential_avg_factor",)),
    **dict.fromkeys(("RFFT", "RFFT2D", "RFFT3D", "IRFFT", "IRFFT2D", "IRFFT3D"), ("Treal", "Tcomplex")),
    **dict.fromkeys(
        (
            "DepthwiseConv2dNative",
            "DepthwiseConv2dNativeBackpropFilter",
            "DepthwiseConv2dNativeBackpropInput",
            "MaxPool",
            "MaxPoolGrad",
        ),
        ("explicit_paddings",),
    ),
    **{
        f"SparseSegment{kind}{more}": ("Tsegmentids",)
        for kind in ("Mean", "SqrtN", "Sum")
        for more in ("", "WithNumSegments", "Grad")
    },
}


def _undeclared_type(value):
    """The OpDef type of a NodeDef-only attr (`_class`, `_forward`, …), read off its value."""
    if isinstance(value, list):
        return f"list({_undeclared_type(value[0])})" if value else "list(int)"
    return {bool: "bool", int: "int", float: "float", str: "string", bytes: "string", dtypes.DType: "type"}[type(value)]


def node_def(op, library=None):
    """Gives the NodeDef of an operation. Bodies are named by `library`, or as they call themselves where there is none."""
    kind = "Case" if op.type == "StatelessCase" else op.type  # 1.15 has no StatelessCase
    node = protos.NodeDef(name=op.name, op=kind, device=op.device)
    node.input.extend(t._as_node_def_input() for t in op._inputs)
    node.input.extend(sorted("^" + c.name for c in op._control_inputs))
    later = _LATER.get(op.type, ())
    for key, value in sorted(op.attrs.items()):
        declared = op.definition.attrs.get(key)
        kind = declared.type if declared is not None else None
        if (value is None and kind != "shape") or (key in later and _is_default(value, declared.default)):
            continue
        if hasattr(value, "SerializeToString"):
            node.attr[key].CopyFrom(value)
            continue
        if kind in ("func", "list(func)"):
            value = _named(value, library, op.type == "SymbolicGradient")
        elif key == "output_shapes" and not value and op.type in FUNCTIONAL:
            value = [t._shape for t in op._outputs]
        node.attr[key].CopyFrom(graphdef.attr_to_proto(value, kind or _undeclared_type(value)))
    if op.type in LOWERED and "_lower_using_switch_merge" not in op.attrs:
        node.attr["_lower_using_switch_merge"].b = True  # TensorFlow 1.15 runs them as nodes of the graph, on any device
    return node


def _named(value, library, ours):
    """Bodies as (name, attrs); `ours`: for a node that only we read."""
    if isinstance(value, FuncGraph):
        return (value.name if library is None else library.name(value, ours)), {}
    if isinstance(value, list):
        return [_named(v, library, ours) for v in value]
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], dict):
        return value[0], {k: _named(v, library, ours) for k, v in value[1].items()}
    return value


def _is_default(value, default):
    return list(value) == list(default) if isinstance(default, (list, tuple)) else value == default


# attrs of later versions that say nothing about what is computed
_NOTES = {
    "VarHandleOp": ("debug_name", "allowed_devices"),
    "MatMul": ("grad_a", "grad_b"),
    **dict.fromkeys(("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3"), ("grad_x", "grad_y")),
    **dict.fromkeys(
        [
            "BatchDatasetV2",
            "CacheDataset",
            "ConcatenateDataset",
            "DatasetToSingleElement",
            "FilterDataset",
            "FixedLengthRecordDatasetV2",
            "FlatMapDataset",
            "InterleaveDataset",
            "PaddedBatchDatasetV2",
            "ParallelInterleaveDataset",
            "ParallelInterleaveDatasetV2",
            "ParallelMapDataset",
            "RandomDataset",
            "RepeatDataset",
            "ShardDataset",
            "SkipDataset",
            "TakeDataset",
            "TakeWhileDataset",
            "TextLineDataset",
            "TFRecordDataset",
            "UnbatchDataset",
            "UniqueDataset",
            "WindowDataset",
            "ZipDataset",
            "TensorDataset",
        ],
        ("metadata",),
    ),
    "MapDataset": ("force_synchronous", "metadata"),
    "PrefetchDataset": ("buffer_size_min", "metadata"),
    "RangeDataset": ("metadata", "replicate_on_split"),
    "ReduceDataset": ("metadata",),
    "ScanDataset": ("metadata", "use_default_device"),
    "ShuffleDataset": ("metadata",),
    "TensorSliceDataset": ("is_files", "metadata", "replicate_on_split"),
    "DatasetCardinality": ("cardinality_options",),
    "ModelDataset": ("ram_budget", "metadata"),
    "ShuffleAndRepeatDataset": ("metadata", "reshuffle_each_iteration"),
    "SnapshotDataset": ("mode", "snapshot_name", "shuffle_on_read", "seed", "seed2"),
    **dict.fromkeys(("MapAndBatchDataset", "GroupByWindowDataset"), ("metadata",)),
}


_SCATTERS = ("Add", "Sub", "Update")
# attrs of later versions that are read only where they ask for what 1.15 does
_ONLY_AT = {
    "TopKV2": {"index_type": dtypes.int32, "Tk": dtypes.int32},
    "ConcatOffset": {"shape_type": dtypes.int32},
    "TensorListGetItem": {"Tshape": dtypes.int32},
    "TridiagonalSolve": {"perturb_singular": False},
    "MergeV2Checkpoints": {"allow_missing_files": False},
    **dict.fromkeys(("QuantizeAndDequantizeV2", "QuantizeAndDequantizeV3"), {"axis": -1}),
    **dict.fromkeys(
        ("GatherNd", "ScatterNd", "ScatterNdNonAliasingAdd")
        + tuple(kind + how for kind in ("ScatterNd", "ResourceScatterNd", "TensorScatter") for how in _SCATTERS),
        {"bad_indices_policy": ""},
    ),
    **dict.fromkeys(
        tuple(
            f"{resource}{sparse}ApplyFtrl{version}"
            for resource in ("", "Resource")
            for sparse in ("", "Sparse")
            for version in ("", "V2")
        ),
        {"multiply_linear_by_lr": False},
    ),
    **{
        f"SparseSegment{kind}{more}": {"sparse_gradient": False}
        for kind in ("Mean", "SqrtN", "Sum")
        for more in ("", "WithNumSegments")
    },
}


def _says_nothing(node, key, producer):
    """Whether an attr that we do not have changes nothing. Raises NotImplementedError for one that does."""
    if key in _NOTES.get(node.op, ()) or (key in producer and producer[key] == node.attr[key]):
        return True
    if key not in _ONLY_AT.get(node.op, {}):
        return False
    value, wanted = graphdef.attr_from_proto(node.attr[key]), _ONLY_AT[node.op][key]
    if (value.decode() if isinstance(value, bytes) else value) != wanted:
        raise NotImplementedError(
            f"NodeDef '{node.name}' (op {node.op}): attr '{key}' is {value!r}; only {wanted!r} is supported."
        )
    return True


def attrs_of(definition, node, producer):
    """The plain attrs of a NodeDef; unknown ones are left out where they have the default of `producer` ({attr: AttrValue}).

    Raises ValueError for an attr that the op does not have or one that is missing.
    """
    out = {}
    for key in node.attr:
        declared = definition.attrs.get(key)
        if declared is None:
            if _says_nothing(node, key, producer):
                continue
            if not key.startswith("_"):
                raise ValueError(
                    f"NodeDef '{node.name}' (op {node.op}) has attr '{key}', which {node.op} does not have in Mainstem. "
                    f"It has: {', '.join(definition.attrs)}."
                )
            out[key] = graphdef.attr_from_proto(node.attr[key])
        else:
            out[key] = bind.normal(definition, key, graphdef.attr_from_proto(node.attr[key], declared.type))
            if node.op == "SymbolicGradient" and key == "f" and out[key][0] in registry.REGISTRY:
                inner = registry.lookup(out[key][0])
                known = {k: bind.normal(inner, k, v) if k in inner.attrs else v for k, v in out[key][1].items()}
                out[key] = (out[key][0], known)
    for key, declared in definition.attrs.items():
        if key not in out:
            if declared.default is registry.MISSING:
                raise ValueError(f"NodeDef '{node.name}' (op {node.op}) lacks attr '{key}'.")
            out[key] = None if declared.default is None else bind.normal(definition, key, declared.default)
    return out


def plain_attrs(node):
    """The plain attrs of a NodeDef, whatever its op."""
    return {key: graphdef.attr_from_proto(node.attr[key]) for key in node.attr}


def check_inputs(definition, node, inputs, attrs):
    """Raises ValueError when a node has not the number or types of inputs that its op takes."""
    wanted = []
    for arg in definition.inputs:
        if arg.type_list:
            wanted += attrs[arg.type_list]
        else:
            kind = attrs[arg.type] if isinstance(arg.type, str) else arg.type
            wanted += [kind] * (attrs[arg.number] if arg.number else 1)
    if len(wanted) != len(inputs):
        raise ValueError(f"NodeDef '{node.name}' (op {node.op}) has {len(inputs)} inputs; {node.op} takes {len(wanted)} here.")
    for i, (t, kind) in enumerate(zip(inputs, wanted, strict=True)):
        if kind is not None and t._dtype.base_dtype is not kind and t._dtype is not dtypes.variant:
            raise ValueError(
                f"NodeDef '{node.name}' (op {node.op}): input {i} is {t._dtype.base_dtype.name} (from '{t.name}'); it expects {kind.name}."
            )
