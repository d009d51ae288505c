"""Rewrites a Python function for AutoGraph with malt's converters, and loads the result under the user's own file and lines.

The new code is compiled with the file name and the line numbers of the code it came from. So tracebacks, debuggers and the lines
that operations remember show what the user wrote, and nothing has to be translated back.
"""

import ast
import inspect
import re
import threading
import types
import weakref

from malt.converters import (
    break_statements,
    call_trees,
    conditional_expressions,
    continue_statements,
    control_flow,
    functions,
    logical_expressions,
    return_statements,
    variables,
)
from malt.core import unsupported_features_checker
from malt.lang import directives
from malt.pyct import anno, cfg, parser, qual_names, transformer, transpiler
from malt.pyct.static_analysis import activity, reaching_definitions

_MADE = re.compile(r"^(tf__\w+|if_body|else_body|loop_body|loop_test|extra_test|get_state|set_state)(_\d+)?$")


class _Options:
    """An `Options` of autograph as malt's converters use them."""

    def __init__(self, options):
        self.options = options

    def uses(self, feature):
        return self.options.uses(feature)

    def call_options(self):
        return _Options(self.options.call_options())

    def to_ast(self):
        o = self.options
        return parser.parse_expression(f"ag__.Options({o.recursive}, {o.user_requested}, {sorted(o.features)})")


class _Program:
    def __init__(self, options):
        self.options = _Options(options)


class Transpiler(transpiler.GenericTranspiler):
    """Converts functions; the rewritten code is kept as long as the code object of the original lives.

    `operators` are what the new code calls as `ag__.<name>`, `loop_options` are the functions whose call as a loop's first statement
    sets options of the loop, and `log(level, text, *args)` is told what is converted.
    """

    def __init__(self, operators, loop_options, log):
        self._factories, self._lock = weakref.WeakKeyDictionary(), threading.RLock()
        self._operators, self._loop_options, self._log = types.SimpleNamespace(**operators), loop_options, log

    def convert(self, function, options):
        """Gives `function` rewritten, with its own globals, closure and defaults. Raises what malt raises when it cannot be."""
        with self._lock:
            made = self._factories.setdefault(function.__code__, {})
            if options not in made:
                self._log(1, "Converting %s", function)
                made[options] = _Factory(function, *self.transform_function(function, _Program(options)))
                self._log(2, "Source of %s:\n%s", function, made[options].source)
        return made[options].instance(function, self._operators)

    def get_transformed_name(self, node):
        return "tf__" + super().get_transformed_name(node)

    def transform_ast(self, node, ctx):
        """Runs the converters, in malt's order, with our own for asserts and loop options."""
        unsupported_features_checker.verify(node)
        node = _Handlers().visit(node)
        graphs = cfg.build(node)
        node = qual_names.resolve(node)
        node = activity.resolve(node, ctx, None)
        node = reaching_definitions.resolve(node, ctx, graphs)
        anno.dup(node, {anno.Static.DEFINITIONS: anno.Static.ORIG_DEFINITIONS})
        node = functions.transform(node, ctx)
        node = _LoopOptions(ctx, self._loop_options).visit(node)
        node = break_statements.transform(node, ctx)
        node = _Asserts().visit(node)
        for converter in (
            continue_statements, return_statements, call_trees, control_flow, conditional_expressions, logical_expressions,
            variables,
        ):  # fmt: skip
            node = converter.transform(node, ctx)
        return node


class _Handlers(ast.NodeTransformer):
    """`except E as e:` with an assignment to `e` as first statement, since malt takes the name for a node."""

    def visit_ExceptHandler(self, node):  # noqa: N802 - the name that ast looks for
        self.generic_visit(node)
        if node.name is not None:
            first = ast.parse(f"{node.name} = ag__.caught()").body[0]
            for n in ast.walk(first):
                anno.copyanno(node, n, anno.Basic.ORIGIN)
                ast.copy_location(n, node)
            node.name, node.body = None, [first, *node.body]
        return node


class _Asserts(ast.NodeTransformer):
    """`assert test, message` as a call; unlike malt's, with any message."""

    def visit_Assert(self, node):  # noqa: N802 - the name that ast looks for
        message = node.msg if node.msg is not None else ast.Constant("Assertion error")
        call = ast.parse("ag__.assert_stmt(0, lambda: 0)").body[0]
        call.value.args[0], call.value.args[1].body = node.test, message
        anno.copyanno(node, call, anno.Basic.ORIGIN)
        return ast.copy_location(call, node)


class _LoopOptions(transformer.Base):
    """Takes a call of one of `functions`, `set_loop_options`, out of a loop's body and hangs its arguments on the loop."""

    def __init__(self, ctx, functions):
        super().__init__(ctx)
        self.functions = functions

    def visit_For(self, node):  # noqa: N802
        return self._visit_loop(node)

    def visit_While(self, node):  # noqa: N802
        return self._visit_loop(node)

    def _visit_loop(self, node):
        for i, statement in enumerate(node.body):
            call = statement.value if isinstance(statement, ast.Expr) else None
            called = self._value(call.func) if isinstance(call, ast.Call) else None
            if any(called is f for f in self.functions):
                if i:
                    raise ValueError('"set_loop_options" must be the first statement in the loop block')
                names = list(inspect.signature(called).parameters)
                given = dict(zip(names, call.args)) | {k.arg: k.value for k in call.keywords}
                anno.setanno(node, anno.Basic.DIRECTIVES, {directives.set_loop_options: given})
        if anno.hasanno(node, anno.Basic.DIRECTIVES):
            node.body = node.body[1:] or [ast.Pass()]
        return self.generic_visit(node)

    def _value(self, node):
        """What a name or a dotted name stands for where the function is defined, or None."""
        if isinstance(node, ast.Name):
            return self.ctx.info.namespace.get(node.id)
        return getattr(self._value(node.value), node.attr, None) if isinstance(node, ast.Attribute) else None


class _Factory:
    """The rewritten code of a function, to be bound to the closure and defaults of each function that shares it."""

    def __init__(self, function, node, ctx):
        if isinstance(node, ast.Lambda):
            node = ast.Assign(targets=[ast.Name(ctx.info.name, ctx=ast.Store())], value=node)
        else:
            node.name = ctx.info.name
        self.source = parser.unparse(node, include_encoding_marker=False) + "\n"
        self.free = function.__code__.co_freevars
        self.code = self._compiled(function, node, ctx)

    def _compiled(self, function, node, ctx):
        """The code of `def ag__inner(ag__): <definition>; return <name>` inside a function that has the closure's variables."""
        line = function.__code__.co_firstlineno
        made = ast.parse(self.source).body[0]
        _relocate(made, node, line)
        imports = "".join(f"from __future__ import {f}\n" for f in ctx.info.future_features)
        free = "".join(f"  {v} = None\n" for v in self.free)
        text = f"{imports}def ag__outer():\n{free}  def ag__inner(ag__):\n    pass\n    return {ctx.info.name}\n  return ag__inner\n"
        module = ast.parse(text)
        for n in ast.walk(module):
            _place(n, line)
        inner = module.body[-1].body[-2]
        inner.body[0] = made
        namespace = {}
        exec(compile(module, function.__code__.co_filename, "exec", dont_inherit=True), namespace)
        return _renamed(namespace["ag__outer"]().__code__, function.__code__)

    def instance(self, function, operators):
        """The rewritten form of `function`, one of the functions that share the code."""
        cells = dict(zip(self.free, function.__closure__ or ()))
        closure = tuple(cells[name] for name in self.code.co_freevars)
        made = types.FunctionType(self.code, function.__globals__, function.__name__, (), closure)(operators)
        made.__defaults__, made.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
        made.__name__, made.__qualname__, made.__doc__ = function.__name__, function.__qualname__, function.__doc__
        made.__module__ = function.__module__
        made.autograph_source__ = self.source
        return made


def _place(node, line):
    if hasattr(node, "lineno"):
        node.lineno = node.end_lineno = line
        node.col_offset = node.end_col_offset = -1  # unknown: no carets under a text that is not the user's


def _relocate(node, origin, line):
    """Gives the nodes of a parsed tree the user's lines, taken from the tree that its text was made of."""
    found = anno.getanno(origin, anno.Basic.ORIGIN, default=None) if isinstance(origin, ast.AST) else None
    line = found.loc.lineno if found is not None else line
    _place(node, line)
    for name, value in ast.iter_fields(node):
        other = getattr(origin, name, None) if type(origin) is type(node) else None
        if isinstance(value, ast.AST):
            _relocate(value, other, line)
        elif isinstance(value, list):
            others = other if isinstance(other, (list, tuple)) and len(other) == len(value) else [None] * len(value)
            for v, o in zip(value, others):
                if isinstance(v, ast.AST):
                    _relocate(v, o, line)


def _renamed(code, original):
    """`code` in which functions that the rewriting made bear the name of the function that they came from."""
    constants = tuple(_renamed(c, original) if isinstance(c, types.CodeType) else c for c in code.co_consts)
    if _MADE.match(code.co_name):
        code = code.replace(co_name=original.co_name, co_qualname=original.co_qualname)
    return code.replace(co_consts=constants)
