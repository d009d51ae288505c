"""Which names of TensorFlow a program uses, read from its text: nothing is imported and nothing runs.

A name counts where the program says it: in an import, behind `tf.`, behind an alias (`slim = tf.contrib.slim`), or bare after
`from tensorflow.x import name`. Scopes are Python's, so that a parameter called like an alias is not taken for it.
"""

import ast
import builtins
import dataclasses
import json
import re
import warnings

from mainstem.api.names import belongs

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = (*_FUNCTIONS, *_COMPREHENSIONS, ast.ClassDef)
_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)
_IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError"}

# Names that only one of the two worlds has, or that programs of only one use.
_V1 = re.compile(
    r"(?:Session|InteractiveSession|placeholder\w*|global_variables_initializer|initialize_all_variables|get_variable|variable_scope"
    r"|contrib|layers|app|flags|ConfigProto|truncated_normal|random_normal|random_uniform|to_float|to_int32|to_int64|log|gfile"
    r"|logging|python_io|reset_default_graph|get_default_graph|set_random_seed|enable_eager_execution|estimator|examples|assign"
    r"|train\.(?:\w*Optimizer|Saver|Coordinator|batch|shuffle_batch|start_queue_runners|string_input_producer|SummaryWriter)"
    r"|summary\.(?:merge_all|FileWriter)|Print|py_func|merge_all_summaries|nn\.(?:rnn_cell|dynamic_rnn)"
    r"|local_variables_initializer|trainable_variables|global_variables|assign_add|ceil|sparse_placeholder|name_scope_v1)(?:\.|$)"
)
_V2 = re.compile(
    r"(?:function|keras|random\.(?:normal|uniform|set_seed|Generator)|GradientTape|compat\.v1|Module|TensorSpec|RaggedTensorSpec"
    r"|data\.AUTOTUNE|summary\.(?:create_file_writer|scalar)|distribute|config|saved_model\.(?:save|load)|optimizers|losses|metrics"
    r"|initializers|train\.Checkpoint(?:Manager)?|range|math\.log|executing_eagerly)(?:\.|$)"
)
_VERSION = re.compile(r"^\s*%tensorflow_version\s+([12])\b", re.M)
_MAGIC = re.compile(r"(\s*)(?:%[A-Za-z_]|!|\?|[\w.]+\?{1,2}\s*$|(?<!.)% *[a-z])")
_ASSIGNED_MAGIC = re.compile(r"(\s*[\w, ]+=\s*)(?:%[A-Za-z_]|!)")
_PYTHON_2 = [
    (re.compile(pattern, re.M), new)
    for pattern, new in (
        (r"\bprint\s*>>\s*([^,\n]+),?(.*)$", r"print((\1), \2)"),
        (r"\bprint[ \t]+(?![ =.\t])(.*?),?[ \t]*((?:;.*)?(?:#.*)?)$", r"print(\1)\2"),
        (r"\bprint[ \t]*$", "print()"),
        (r"\bexcept[ \t]+([^:\n]+?),[ \t]*(\w+)[ \t]*:", r"except \1 as \2:"),
        (r"\braise[ \t]+([\w.]+)[ \t]*,[ \t]*(.*)$", r"raise \1(\2)"),
        (r"\bexec[ \t]+(?!\()(.*)$", r"exec(\1)"),
        (r"\b0([0-7]+)\b", r"0o\1"),
        (r"\b(\d+)[lL]\b", r"\1"),
        (r"\bur(['\"])", r"r\1"),
        (r"<>", "!="),
        (r"`([^`\n]+)`", r"repr(\1)"),
    )
]
_CELLS_OF_PYTHON = ("time", "timeit", "capture", "prun", "debug", "memit", "mprun", "lprun", "tensorflow_version")


@dataclasses.dataclass(frozen=True)
class Use:
    """One use of a name: `names` are what it may mean (dotted, below `tensorflow`; more than one where imports are alternatives).

    `cell` is the number of the code cell in a notebook, counted from 1, else None. `guarded`: the program is ready for its absence.
    `loose`: a bare name that `from … import *` may have brought. `keywords`: the arguments given by name where it is called.
    """

    names: tuple
    line: int
    cell: int | None = None
    guarded: bool = False
    loose: bool = False
    keywords: tuple = ()


@dataclasses.dataclass
class Program:
    """What was read: the uses, the modules that are imported, (cell, line, message) of what does not parse, a world it asks for."""

    uses: list
    modules: list
    problems: list
    asks: str | None = None

    def world(self):
        """Gives "v1" or "v2": whose names the program uses. Old programs are those that run nowhere else, so ties are v1."""
        if self.asks:
            return self.asks
        if "tensorflow" not in self.modules and any(m.startswith("tensorflow.compat.v1") for m in self.modules):
            return "v2"  # such a program names its world itself and needs `tensorflow` to be 2's
        old, new = self.exclusive()
        if bool(old) != bool(new):  # it can only run in one of them
            return "v1" if old else "v2"
        old, new = self.evidence()
        return "v2" if new > old else "v1"

    def exclusive(self):
        """Gives how many uses are of names that TensorFlow 1.15 has and 2.21 lacks, and the other way round."""
        found = [use.names[-1] for use in self.uses if not use.loose and not use.guarded]
        found = [name for name in found if not name.startswith("compat.")]
        return tuple(sum(belongs(world, name) for name in found) for world in ("v1", "v2"))

    def evidence(self):
        """Gives how many uses are of names that only programs of TensorFlow 1, and only programs of TensorFlow 2, say."""
        found = [use.names[-1] for use in self.uses if not use.loose]
        return tuple(sum(bool(pattern.match(name)) for name in found) for pattern in (_V1, _V2))


def detect(source):
    """Gives "v1" or "v2" for the text (str or bytes) of a program. Running it will report what does not parse."""
    return read(source).world()


def read(source):
    """Reads the text (str or bytes) of a Python file; gives a `Program`."""
    return _program([(None, source)])


def read_notebook(text):
    """Reads the text of a notebook; gives a `Program`. Magics and shell commands are left out. Raises ValueError for other text."""
    try:
        book = json.loads(text)
        cells = book["cells"] if "cells" in book else [c for sheet in book["worksheets"] for c in sheet["cells"]]
        code = [c.get("source", c.get("input", "")) for c in cells if c["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, AttributeError) as e:
        raise ValueError(f"read_notebook: 'text' must be a Jupyter notebook. Got {type(e).__name__}: {e}.") from e
    sources = [c if isinstance(c, str) else "".join(c) for c in code]
    program = _program([(number, without_magics(source)) for number, source in enumerate(sources, 1)])
    asked = [_VERSION.search(source) for source in sources]
    program.asks = next((f"v{match.group(1)}" for match in asked if match), None)
    return program


def without_magics(source):
    """The text of a notebook's cell with every line that only IPython understands replaced by one that does nothing."""
    if _parsed(source)[0] is not None:
        return source
    lines = source.split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%"):
        if lines[first][2:].partition(" ")[0].strip() not in _CELLS_OF_PYTHON:
            return "\n" * (len(lines) - 1)
        lines[first] = ""
    goes_on = False  # the line before was a shell command that ended in a backslash
    for i, line in enumerate(lines):
        magic, assigned = _MAGIC.match(line), _ASSIGNED_MAGIC.match(line)
        if goes_on or magic:
            lines[i] = (magic.group(1) + "pass") if magic and not goes_on else ""
        elif assigned:
            lines[i] = assigned.group(1) + "None"
        goes_on = bool(goes_on or magic or assigned) and line.rstrip().endswith("\\")
    return "\n".join(lines)


def _program(sources):
    problems, trees = [], []
    for cell, source in sources:
        tree, problem = _parsed(source)
        if problem is not None:
            problems.append((cell, *problem))
            tree, _ = _parsed(as_python_3(source))
        if tree is not None:
            trees.append((cell, tree))
    top = _Scope(None, "module")
    scopes, stars, modules = {}, [], []
    for _, tree in trees:
        for node, scope in _walk(tree, top, scopes):
            _bind(node, scope, stars, modules)
    uses, asked = [], set()
    for cell, tree in trees:
        guarded = _guarded(tree)
        for node, scope in _walk(tree, top, scopes):
            asked.update(_asked(node, scope))
            found = _uses(node, scope, stars)
            uses += [dataclasses.replace(u, cell=cell, guarded=u.guarded or id(node) in guarded) for u in found]
    uses = [dataclasses.replace(u, guarded=True) if _below_one(u.names, asked) else u for u in uses]
    return Program(sorted(uses, key=lambda u: (u.cell or 0, u.line)), modules, problems)


def _parsed(source):
    """Gives (tree, None), or (None, (line, message)) of what does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # running it will tell what is odd
            return ast.parse(source), None
    except SyntaxError as e:
        return None, (e.lineno or 1, e.msg)
    except (ValueError, RecursionError, MemoryError) as e:  # a null byte, or an expression without end
        return None, (1, str(e) or type(e).__name__)


def as_python_3(source):
    """The text of a Python 2 program with what Python 3 writes differently rewritten, line for line, so that names can be read."""
    text = source.decode("utf-8", errors="replace") if isinstance(source, bytes) else source
    for pattern, new in _PYTHON_2:
        text = pattern.sub(new, text)
    return text.replace("\t", "        ")


class _Scope:
    """The names that one scope binds: each has a list of what it was bound to (dotted name, expression, or None for others)."""

    def __init__(self, parent, kind):
        self.parent, self.kind, self.bound, self.outer, self._known = parent, kind, {}, {}, {}

    def bind(self, name, target):
        self.outer.get(name, self).bound.setdefault(name, []).append(target)

    def top(self):
        """The scope of the module."""
        return self if self.parent is None else self.parent.top()

    def holder(self, name):
        """The scope in which a name is looked up from here, None when nothing binds it."""
        scope, inside = self, False
        while scope is not None:
            if name in scope.outer:
                return scope.outer[name]
            if name in scope.bound and not (inside and scope.kind == "class"):
                return scope
            scope, inside = scope.parent, inside or scope.kind != "class"
        return None

    def targets(self, name):
        """The dotted names below `tensorflow` that a name may mean here; () when it is another thing."""
        holder = self.holder(name)
        if holder is None or name not in holder.bound:
            return ()
        if name not in holder._known:
            holder._known[name] = ()  # what `x = x.next` finds meanwhile
            holder._known[name] = holder._resolved(holder.bound[name])
        return holder._known[name]

    def _resolved(self, bindings):
        found, others = [], False
        for target in bindings:
            meant = (target,) if isinstance(target, str) else self.chain(target) if target is not None else ()
            found += meant
            others = others or not meant
        imported = any(isinstance(target, str) for target in bindings)
        return tuple(dict.fromkeys(found)) if imported or not others else ()

    def chain(self, node):
        """The dotted names that an expression such as `tf.nn.relu` may mean; () when it is another thing."""
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ()
        return tuple(".".join([*filter(None, [base]), *reversed(parts)]) for base in self.targets(node.id))


def _walk(tree, top, scopes):
    """Yields (node, its scope) of a tree in the order of its text. `scopes` keeps the scopes, by node, for a second walk."""
    waiting = [(tree, top)]
    while waiting:
        node, scope = waiting.pop()
        yield node, scope
        outside, inside = _children(node)
        inner = scope
        if isinstance(node, _SCOPES):
            if id(node) not in scopes:
                scopes[id(node)] = _Scope(scope, "class" if isinstance(node, ast.ClassDef) else "function")
                for a in ast.walk(node.args) if isinstance(node, _FUNCTIONS) else ():
                    if isinstance(a, ast.arg):
                        scopes[id(node)].bind(a.arg, None)
            inner = scopes[id(node)]
        found = [(child, scope) for child in outside if child is not None] + [(child, inner) for child in inside]
        waiting += reversed(found)


def _children(node):
    """Gives (the children that belong to the scope around a node, those in its own scope)."""
    if isinstance(node, _FUNCTIONS):
        annotations = [a.annotation for a in ast.walk(node.args) if isinstance(a, ast.arg)]
        outside = [*getattr(node, "decorator_list", ()), *node.args.defaults, *node.args.kw_defaults, *annotations]
        return [*outside, getattr(node, "returns", None)], node.body if isinstance(node.body, list) else [node.body]
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *node.keywords], node.body
    if isinstance(node, _COMPREHENSIONS):
        first = node.generators[0].iter
        return [first], [c for c in _below(node) if c is not first]
    return [], list(ast.iter_child_nodes(node))


def _below(comprehension):
    for child in ast.iter_child_nodes(comprehension):
        if isinstance(child, ast.comprehension):
            yield from ast.iter_child_nodes(child)
        else:
            yield child


def _bind(node, scope, stars, modules):
    """Notes what a node binds, the modules that it imports, and the namespaces whose names it imports all."""
    if isinstance(node, ast.Import):
        for a in node.names:
            modules.append(a.name)
            first, _, below = a.name.partition(".")
            scope.bind(a.asname or first, (below if a.asname else "") if first == "tensorflow" else None)
    elif isinstance(node, ast.ImportFrom):
        ours = not node.level and (node.module or "").partition(".")[0] == "tensorflow"
        modules += [f"{node.module}.{a.name}" for a in node.names if node.module and not node.level]
        for a in node.names:
            if ours and a.name == "*":
                stars.append(node.module.partition(".")[2])
            elif a.name != "*":
                scope.bind(a.asname or a.name, f"{node.module}.{a.name}".partition(".")[2] if ours else None)
    elif isinstance(node, ast.Assign) and isinstance(node.value, (ast.Name, ast.Attribute)):
        for target in node.targets:
            if isinstance(target, ast.Name):
                scope.bind(target.id, node.value)
                target.aliased = True
    elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load) and not hasattr(node, "aliased"):
        scope.bind(node.id, None)
    elif isinstance(node, _NAMED) and node.name:
        scope.bind(node.name, None)
    elif isinstance(node, (ast.Global, ast.Nonlocal)):
        for name in node.names:
            above = scope.top() if isinstance(node, ast.Global) else scope.parent and scope.parent.holder(name)
            if above and above is not scope:
                scope.outer[name] = above


def _guarded(tree):
    """The ids of the nodes whose failure the program catches: imports in a `try … except ImportError`, names in `AttributeError`."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Try):
            caught = {n.id for h in node.handlers if h.type is not None for n in ast.walk(h.type) if isinstance(n, ast.Name)}
            anything = "Exception" in caught or any(h.type is None for h in node.handlers)
            for inner in (n for statement in node.body for n in ast.walk(statement)):
                imports = isinstance(inner, (ast.Import, ast.ImportFrom))
                if (anything or caught & _IMPORT_ERRORS) if imports else "AttributeError" in caught:
                    found.add(id(inner))
    return found


def _uses(node, scope, stars):
    """The uses that a node is, without those of its children."""
    if isinstance(node, ast.Import):
        paths = [a.name.partition(".") for a in node.names]
        return [Use((below,), node.lineno) for first, _, below in paths if first == "tensorflow" and below]
    if isinstance(node, ast.ImportFrom):
        if node.level or (node.module or "").partition(".")[0] != "tensorflow":
            return []
        paths = [node.module if a.name == "*" else f"{node.module}.{a.name}" for a in node.names]
        return [Use((p.partition(".")[2],), node.lineno) for p in paths if "." in p]
    if isinstance(node, ast.Attribute):
        node.value.inner = True  # the longest chain counts
    if isinstance(node, ast.Call):
        node.func.given = tuple(k.arg for k in node.keywords if k.arg)
        return _got(node, scope)
    if not isinstance(node, (ast.Attribute, ast.Name)) or not isinstance(node.ctx, ast.Load) or hasattr(node, "inner"):
        return []
    names = tuple(name for name in scope.chain(node) if name)
    if names:
        return [Use(names, node.lineno, keywords=getattr(node, "given", ()))]
    if stars and isinstance(node, ast.Name) and scope.holder(node.id) is None and not hasattr(builtins, node.id):
        return [Use(tuple(".".join(filter(None, [star, node.id])) for star in stars), node.lineno, loose=True)]
    return []


def _got(call, scope):
    """The use in `getattr(tf, "name")`, guarded when it has a default."""
    names = _by_string(call, "getattr", scope)
    return [Use(names, call.lineno, guarded=len(call.args) > 2)] if names else []


def _asked(node, scope):
    """The names that a program looks for before it uses them: `hasattr(tf, "name")`."""
    return _by_string(node, "hasattr", scope) if isinstance(node, ast.Call) else ()


def _by_string(call, function, scope):
    if not (isinstance(call.func, ast.Name) and call.func.id == function and len(call.args) > 1):
        return ()
    name = call.args[1]
    if not (isinstance(name, ast.Constant) and isinstance(name.value, str)):
        return ()
    return tuple(f"{base}.{name.value}".lstrip(".") for base in scope.chain(call.args[0]))


def _below_one(names, asked):
    return any(name == a or name.startswith(a + ".") for name in names for a in asked)
