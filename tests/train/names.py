"""A namespace spelled like TensorFlow 1's, made of the rooms below `api`, for programs shared with the recorder."""

from types import SimpleNamespace

from mainstem.base import dtypes
from mainstem.core.registry import lookup
from mainstem.graph.graph import Graph, get_default_graph
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.graph.keys import GraphKeys
from mainstem.ops import math, scatter  # noqa: F401 - register Add, Mul, ScatterSub
from mainstem.run.session import Session
from mainstem.surface import embedding, framework, linalg, loss, operators, reduce  # noqa: F401 - operators of tensors
from mainstem.surface.variable_scope import get_variable, variable_scope
from mainstem.train import contrib_opt, global_step, schedules
from mainstem.train.adadelta import AdadeltaOptimizer
from mainstem.train.adagrad import AdagradDAOptimizer, AdagradOptimizer, ProximalAdagradOptimizer
from mainstem.train.adam import AdamOptimizer
from mainstem.train.ftrl import FtrlOptimizer
from mainstem.train.gradient_descent import GradientDescentOptimizer
from mainstem.train.momentum import MomentumOptimizer
from mainstem.train.moving_averages import ExponentialMovingAverage
from mainstem.train.optimizer import Optimizer
from mainstem.train.proximal import ProximalGradientDescentOptimizer
from mainstem.train.rmsprop import RMSPropOptimizer


def global_variables():
    return get_default_graph().get_collection(GraphKeys.GLOBAL_VARIABLES)


def moving_average_variables():
    return get_default_graph().get_collection(GraphKeys.MOVING_AVERAGE_VARIABLES)


def global_variables_initializer():
    return framework.group(*[v.initializer for v in global_variables()], name="init")


train = SimpleNamespace(
    AdadeltaOptimizer=AdadeltaOptimizer,
    AdagradDAOptimizer=AdagradDAOptimizer,
    AdagradOptimizer=AdagradOptimizer,
    AdamOptimizer=AdamOptimizer,
    ExponentialMovingAverage=ExponentialMovingAverage,
    FtrlOptimizer=FtrlOptimizer,
    GradientDescentOptimizer=GradientDescentOptimizer,
    MomentumOptimizer=MomentumOptimizer,
    ProximalAdagradOptimizer=ProximalAdagradOptimizer,
    ProximalGradientDescentOptimizer=ProximalGradientDescentOptimizer,
    RMSPropOptimizer=RMSPropOptimizer,
    **{n: f for n, f in vars(global_step).items() if n.endswith("global_step")},
    Optimizer=Optimizer,
    **{n: f for n, f in vars(schedules).items() if "decay" in n or n.startswith("piecewise")},
)

tf = SimpleNamespace(
    Graph=Graph,
    IndexedSlices=IndexedSlices,
    Session=Session,
    constant=framework.constant_v1,
    contrib=SimpleNamespace(opt=contrib_opt),
    control_dependencies=framework.control_dependencies,
    float32=dtypes.float32,
    get_default_graph=get_default_graph,
    get_variable=get_variable,
    global_variables=global_variables,
    global_variables_initializer=global_variables_initializer,
    int32=dtypes.int32,
    int64=dtypes.int64,
    abs=lookup("Abs"),
    add=lookup("Add"),
    matmul=linalg.matmul,
    moving_average_variables=moving_average_variables,
    multiply=lookup("Mul"),
    name_scope=framework.name_scope,
    nn=SimpleNamespace(
        embedding_lookup=embedding.embedding_lookup_v1,
        sparse_softmax_cross_entropy_with_logits=loss.sparse_softmax_cross_entropy_with_logits_v1,
    ),
    placeholder=framework.placeholder,
    placeholder_with_default=framework.placeholder_with_default,
    reduce_mean=reduce.reduce_mean,
    scatter_sub=lookup("ScatterSub"),
    sign=lookup("Sign"),
    tanh=lookup("Tanh"),
    train=train,
    variable_scope=variable_scope,
)
