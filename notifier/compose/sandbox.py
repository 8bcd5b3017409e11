"""What a template may do while it is written: few filters, and only so much of everything.

Every step (a filter, a call, a comparison, a turn of a loop, ``~``, ``+``) pays for what it reads and for what it makes
out of one allowance, so that no template hangs or fills the memory, whoever wrote it and whatever the event says.
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from itertools import islice
from types import BuiltinMethodType, MethodType
from typing import Any, Protocol, TypeVar

from jinja2 import StrictUndefined, pass_context
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notifier.compose.language import KINDS, Moment

T = TypeVar("T")
#: Characters of a finished text.
LONGEST = 1 << 20
#: Characters and items read and made on the way there; a turn of a loop counts as so many, and as what is in the loop.
ALLOWANCE = 2 << 20
_TURN = 64
#: An item of a list weighs as much as so many characters: it takes as much room and time.
_ITEM = 8
#: Nothing counted in a notice is larger; two of these can be multiplied, and the product can't.
_LARGEST = 10**15
#: Under a name that no template can spell: the allowance.
_LEFT = " left"
#: The filters that a loop's items go through, and what is compared or cut.
TURNS, READ = " turns", " read"

#: Jinja2's filters that make nothing longer than what they get, or hardly.
_SHORT = frozenset(
    """abs capitalize count d default e escape first float int last length list lower map max min reject reverse select
    sort string title trim truncate unique upper urlencode wordcount forceescape""".split()
)
#: Those whose result may be as long as the product of what they get.
_LONG = frozenset({"indent", "join", "replace"})
#: Methods: none makes a text longer.
METHODS = frozenset(
    """capitalize count endswith find get isalpha isdigit items keys lower lstrip partition removeprefix removesuffix
    rpartition rsplit rstrip split splitlines startswith strip title upper values""".split()
)
#: What a loop tells, and one method.
LOOP = frozenset("cycle index index0 revindex revindex0 first last length previtem nextitem".split())


class Refused(ValueError):
    """A template went too far. The message says where the bounds are and holds no value of the event."""


class Allowance:
    """What is left for one text."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = ALLOWANCE

    def pay(self, price: int) -> None:
        """Take the price off what is left.

        Raises:
            Refused: that was too much.
        """
        self.left -= price
        if self.left < 0:
            raise Refused("the template works for too long: shorten its loops and texts")


class Writable(Protocol):
    """A compiled template."""

    def generate(self, values: Mapping[str, Any], /) -> Iterator[str]:
        """The text in pieces."""
        ...


def write(template: Writable, values: Mapping[str, Any]) -> str:
    """The finished text.

    Raises:
        Refused: it grew too long, or took too long.
        Exception: whatever Jinja2 and Python raise for what the template says; may quote a value.
    """
    pieces: list[str] = []
    room = LONGEST
    for piece in template.generate({**values, _LEFT: Allowance()}):
        room -= len(piece)
        if room < 0:
            raise Refused(f"the text is longer than {LONGEST} characters")
        pieces.append(piece)
    return "".join(pieces)


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2 reduced to texts, numbers and lists of them."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%"})

    def __init__(self, *, escape: bool) -> None:
        super().__init__(autoescape=escape, undefined=StrictUndefined, keep_trailing_newline=True)
        self.globals = {"range": self.globals["range"]}
        inner = ImmutableSandboxedEnvironment(autoescape=escape, undefined=StrictUndefined)
        self.filters = {name: _bounded(inner, name) for name in _SHORT | _LONG}
        self.filters.update({kind: _telling(kind) for kind in KINDS})
        self.filters.update({TURNS: _turns, READ: _read})

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ARG002 - Jinja2's signature
        """The methods listed of texts and mappings, and what a loop knows of itself; nothing else has attributes."""
        if isinstance(obj, LoopContext):
            return attr in LOOP
        return isinstance(obj, (str, dict)) and attr in METHODS

    def wrap_str_format(self, value: Any) -> None:
        """``format`` and its like are methods as others: not among those listed."""

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call, and pay for the text, as often as its arguments are long, and for the result."""
        _allowance(context).pay(_size(getattr(obj, "__self__", None)) * _factor(args, kwargs, _size))
        return _paid(context, super().call(context, obj, *args, **kwargs))

    def getitem(self, obj: Any, argument: Any) -> Any:
        """An item; never a method, of which a text would show the place in memory."""
        found = super().getitem(obj, argument)
        if isinstance(found, (BuiltinMethodType, MethodType)):
            return self.undefined(obj=obj, name=argument)
        return found

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Calculate with numbers of a size; ``+`` joins texts and lists too."""
        for kind in (str, list):
            if operator == "+" and isinstance(left, kind) and isinstance(right, kind):
                return _paid(context, super().call_binop(context, operator, left, right))
        for side in (left, right):
            if not isinstance(side, (int, float)):
                raise Refused(f"{operator} is for numbers alone; join texts by ~")
            if abs(side) > _LARGEST:
                raise Refused("a number is too large to calculate with")
        return super().call_binop(context, operator, left, right)


def _bounded(inner: ImmutableSandboxedEnvironment, name: str) -> Any:
    weigh = _weight if name in _LONG else _size

    @pass_context
    def run(context: Context, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, (Iterator, range)):
            value = _listed(context, value)
        _allowance(context).pay((1 + _size(value)) * _factor(args, kwargs, weigh))
        return _paid(context, inner.call_filter(name, value, args, kwargs, context))

    return run


def _telling(kind: str) -> Any:
    @pass_context
    def run(context: Context, value: Any, pattern: str = "medium") -> str:
        if not isinstance(value, Moment):
            raise Refused(f"the filter {kind} is for `moment` alone")
        try:
            written = value.written(kind, pattern)
        except ValueError as error:
            raise Refused(str(error)) from None
        _allowance(context).pay(len(written))
        return written

    return run


@pass_context
def _turns(context: Context, items: Iterable[Any], steps: int) -> list[Any]:
    if not isinstance(items, Iterable):
        raise Refused("a loop needs a list")
    price = _TURN + steps
    found = list(islice(items, _allowance(context).left // price + 1))
    _allowance(context).pay(price * len(found))
    return found


@pass_context
def _read(context: Context, value: T) -> T:
    _allowance(context).pay(_size(value))
    return value


def _allowance(context: Context) -> Allowance:
    allowance = context[_LEFT]
    assert isinstance(allowance, Allowance)  # noqa: S101 - `write` put it there
    return allowance


def _paid(context: Context, made: T) -> T | list[Any]:
    """What was made; at once where it would be made later, unpaid."""
    if isinstance(made, Iterator):
        return _listed(context, made)
    _allowance(context).pay(_size(made))
    return made


def _listed(context: Context, items: Iterable[Any]) -> list[Any]:
    allowance = _allowance(context)
    found = list(islice(items, allowance.left // _ITEM + 1))
    allowance.pay(_ITEM * len(found))
    return found


def _size(value: Any) -> int:
    """In characters, roughly; of what is larger than any allowance, no more than that."""
    size, open_ = 0, [value]
    while open_ and size <= ALLOWANCE:
        one = open_.pop()
        if isinstance(one, str):
            size += len(one)
        elif isinstance(one, range):
            size += _ITEM * len(one)
        elif isinstance(one, dict):
            open_.append(one.items())
        elif isinstance(one, (list, tuple, KeysView, ValuesView, ItemsView)):
            size += _ITEM * len(one)
            open_.extend(one)
        else:
            size += 1
    return size


def _factor(args: Iterable[Any], kwargs: Mapping[str, Any], weigh: Callable[[Any], int]) -> int:
    """How often what is worked on may be read: for each character or item of the arguments, once more."""
    return 1 + sum(map(weigh, (*args, *kwargs.values())))


def _weight(argument: Any) -> int:
    """How many characters an argument may ask for: a number is a width."""
    return abs(argument) if isinstance(argument, int) else _size(argument)
