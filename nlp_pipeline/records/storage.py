"""Records to plain JSON values and back, by the types of their fields; money is written with two decimals, as text, so that no cent is lost."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def plain(value: Any) -> Any:
    """Lay a record out as JSON knows it.

    >>> plain((Decimal("1.50"), date(2026, 3, 2), None))
    ['1.50', '2026-03-02', None]
    """
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list | tuple | frozenset) else value


def record_of(kind: type[T], laid: Any) -> T:
    """Make a record of what was laid out; what is missing takes its default, what does not fit is a ValueError or a TypeError."""
    found: T = _made(kind, laid)
    return found


def _made(kind: Any, laid: Any) -> Any:
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return None if laid is None else _made(next(part for part in parts if part is not NoneType), laid)
    if origin is tuple:
        return tuple(_made(parts[0], each) for each in laid) if parts[-1] is ... else tuple(_made(part, each) for part, each in zip(parts, laid, strict=True))
    if origin in (dict, Mapping):
        return {key: _made(parts[1], each) for key, each in laid.items()}
    if origin is Literal:
        if laid not in parts:
            raise ValueError(f"{laid!r} is none of {', '.join(map(str, parts))}")
        return laid
    if is_dataclass(kind):
        return _filled(kind, laid)
    if kind is Decimal:
        return Decimal(laid)
    return date.fromisoformat(laid) if kind is date else laid


def _filled(kind: Any, laid: Mapping[str, Any]) -> Any:
    hints = _hints(kind)
    return kind(**{name: _made(hints[name], each) for name, each in laid.items() if name in hints})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
