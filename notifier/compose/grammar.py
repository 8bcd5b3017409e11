"""What a template may be made of: looked at when it is read, so that what is wrong is told with its line."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from math import isfinite

from jinja2 import TemplateAssertionError, TemplateSyntaxError, meta, nodes
from jinja2.visitor import NodeTransformer

from notifier.compose.language import KINDS, MOMENT, check_pattern
from notifier.compose.sandbox import METHODS, READ, TURNS, Sandbox

#: Of a part. A text that is larger belongs into a document, not into a notice.
LARGEST = 1 << 18
_LARGEST_NUMBER = 10**15
#: All there is: a text with values, conditions, loops; no macros, no blocks, no other template.
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Assign, nodes.With,
    nodes.Name, nodes.Const, nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair, nodes.Keyword, nodes.CondExpr,
    nodes.Filter, nodes.Test, nodes.Call, nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Concat,
    nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Neg, nodes.Pos,
    nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod,
)  # fmt: skip
_OTHERS = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)
_WRITTEN: Mapping[type[nodes.Node], str] = {
    nodes.Macro: "{% macro %}",
    nodes.CallBlock: "{% call %}",
    nodes.FilterBlock: "{% filter %}",
    nodes.Block: "{% block %}",
    nodes.AssignBlock: "{% set %} without =",
    nodes.NSRef: "{% set %} of an attribute",
    nodes.Scope: "{% autoescape %}",
    nodes.Pow: "**",
}
#: What nothing can be done with but calling it.
_CALLABLE: Mapping[type[nodes.Node], Collection[str]] = {nodes.Getattr: {*METHODS, "cycle"}, nodes.Name: {"range"}}
_HINTS: Mapping[str, str] = {"safe": "in body.html every value is escaped", "format": "write the text with {{ }} in it"}


def read(sandbox: Sandbox, source: str, known: Collection[str]) -> tuple[nodes.Template, frozenset[str]]:
    """A text as a tree, ready to be compiled, and the tags in it.

    Raises:
        ValueError: it is too large or too deep.
        TemplateSyntaxError: it isn't Jinja2, or uses what a template may not use.
    """
    if len(source) > LARGEST:
        raise ValueError(f"longer than {LARGEST} characters")
    try:
        tree = _parsed(sandbox, source)
        _check(tree, sandbox, frozenset({*known, MOMENT}))
        tree = _Bounds().visit(tree)
        names = meta.find_undeclared_variables(tree) - sandbox.globals.keys()
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return tree, frozenset(names)


def _parsed(sandbox: Sandbox, source: str) -> nodes.Template:
    try:
        return sandbox.parse(source)
    except ValueError:  # more digits than Python reads
        raise ValueError("a number is too large") from None


def _check(tree: nodes.Template, sandbox: Sandbox, names: Collection[str]) -> None:
    """Each node by itself.

    Raises:
        TemplateSyntaxError: with the line.
    """
    called = {id(call.node) for call in tree.find_all(nodes.Call)}
    for node in (tree, *tree.find_all(nodes.Node)):
        if isinstance(node, _OTHERS):
            raise _wrong(node, "a template can't include, import or extend another; copy the text in")
        if not isinstance(node, _ALLOWED):
            raise _wrong(node, f"a template can't use {_WRITTEN.get(type(node), type(node).__name__)}")
        if problem := _of_value(node, sandbox, names) or _of_step(node, sandbox) or _of_callable(node, called):
            raise _wrong(node, problem)
    unknown = meta.find_undeclared_variables(tree) - sandbox.globals.keys() - set(names)
    for node in tree.find_all(nodes.Name):
        if node.name in unknown or node.name == "self":
            raise _wrong(node, f"unknown tag {{{node.name[:60]}}}{_meant(node.name, names, '{%s}')}")


def _of_value(node: nodes.Node, sandbox: Sandbox, names: Collection[str]) -> str | None:
    match node:
        case nodes.Name(ctx="store" | "param", name=name) if name in names or name in sandbox.globals:
            return f"{name} is there already; give the variable another name"
        case nodes.Const(value=int() | float() as number) if not isfinite(number) or abs(number) > _LARGEST_NUMBER:
            return "a number is too large"
        case nodes.List(items=items) | nodes.Tuple(items=items, ctx="load") if not all(_flat(i, names) for i in items):
            return "a list holds texts in quotes, numbers and tags alone"
        case nodes.Dict(items=items) if not all(_flat(pair.value, names) for pair in items):
            return "a mapping holds texts in quotes, numbers and tags alone"
    return None


def _of_step(node: nodes.Node, sandbox: Sandbox) -> str | None:
    match node:
        case nodes.For(recursive=True):
            return "a loop can't be recursive"
        case nodes.Call():
            return _called(node)
        case nodes.Filter(name=name):
            return _filtered(node, sandbox.filters)
        case nodes.Test(name=name) if name not in sandbox.tests:
            return f"no test {name!r}{_meant(name, sandbox.tests)}"
    return None


def _of_callable(node: nodes.Node, called: Collection[int]) -> str | None:
    match node:
        case nodes.Getattr(attr=name) | nodes.Name(name=name, ctx="load") if id(node) not in called:
            if name in _CALLABLE[type(node)]:
                return f"{name} has to be called: {name}()"
        case nodes.Filter() | nodes.Test() | nodes.Call() if node.dyn_args or node.dyn_kwargs:
            return "arguments are written one by one, without * and **"
    return None


def _flat(node: nodes.Node, names: Collection[str]) -> bool:
    """It can be put into a list: what is in there can't be the list itself, so nothing doubles with every line."""
    return isinstance(node, (nodes.Const, nodes.List, nodes.Tuple)) or (
        isinstance(node, nodes.Name) and node.name in names
    )


def _called(node: nodes.Call) -> str | None:
    match node.node:
        case nodes.Name(name="range"):
            return None
        case nodes.Getattr(attr=name) if name in METHODS:
            return None
        case nodes.Getattr(node=nodes.Name(name="loop"), attr="cycle"):
            return None
        case nodes.Getattr(attr=name):
            return f"a template can't call {name}(){_meant(name, METHODS)}"
        case nodes.Name(name=name):
            return f"{name} is nothing that can be called"
    return "a template can't call that"


def _filtered(node: nodes.Filter, filters: Collection[str]) -> str | None:
    name = node.name
    if name not in filters:
        why = f"; {_HINTS[name]}" if name in _HINTS else _meant(name, filters)
        return f"no filter {name!r}{why}"
    if any(keyword.key == "attribute" for keyword in node.kwargs):
        return "texts have no attributes"
    return _dated(node) if name in KINDS else None


def _dated(node: nodes.Filter) -> str | None:
    match [*node.args, *(keyword.value for keyword in node.kwargs), node.dyn_args, node.dyn_kwargs]:
        case [None, None]:
            return None
        case [nodes.Const(value=str(pattern)), None, None]:
            try:
                check_pattern(node.name, pattern)
            except ValueError as error:
                return str(error)
            return None
    return f"{node.name} takes one text in quotes, as in {node.name}('short')"


def _meant(name: str, there: Iterable[str], form: str = "%r") -> str:
    close = get_close_matches(name, [n for n in there if n.isidentifier()], n=1) if len(name) < 60 else ()
    return f"; did you mean {form % close[0]}?" if close else ""


def _wrong(node: nodes.Node, message: str) -> TemplateSyntaxError:
    # What Jinja2 puts in by itself has no line of its own.
    return TemplateAssertionError(message, next((n.lineno for n in (node, *node.find_all(nodes.Node)) if n.lineno), 1))


class _Bounds(NodeTransformer):
    """Puts the sandbox's bounds where Jinja2 has no hook: loops, ``~``, comparisons, tests and slices."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - Jinja2's names
        self.generic_visit(node)
        return _filter(nodes.List(node.nodes), "join")

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        steps = sum(1 for _ in node.find_all(nodes.Node))
        self.generic_visit(node)
        node.iter = _filter(node.iter, TURNS, nodes.Const(steps))
        return node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.expr = _filter(node.expr, READ)
        for operand in node.ops:
            operand.expr = _filter(operand.expr, READ)
        return node

    def visit_Test(self, node: nodes.Test) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.node = _filter(node.node, READ)
        node.args = [_filter(argument, READ) for argument in node.args]
        for keyword in node.kwargs:
            keyword.value = _filter(keyword.value, READ)
        return node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        if isinstance(node.arg, nodes.Slice):
            node.node = _filter(node.node, READ)
        return node


def _filter(node: nodes.Node, name: str, *arguments: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, name, list(arguments), [], None, None, lineno=node.lineno)
