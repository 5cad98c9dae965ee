"""Reading settings that staff wrote; every mistake names its key."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeVar

from .transport import to_decimal

_T = TypeVar('_T')
_E = TypeVar('_E', bound=StrEnum)


class ConfigError(ValueError):
    """A setting that cannot be used; `key` says which, with dots on the way down."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(f'{key}: {message}')
        self.key = key


class Reader:
    """One object of the settings; keys that nobody asked for are mistakes."""

    def __init__(self, value: object, path: str = '') -> None:
        if not isinstance(value, Mapping):
            raise ConfigError(path or '$', 'must be an object')
        self._value: Mapping[str, Any] = value
        self._path = path
        self._asked: set[str] = set()

    def path(self, key: str) -> str:
        return f'{self._path}.{key}' if self._path else key

    def has(self, key: str) -> bool:
        return self._value.get(key) is not None

    def keys(self) -> list[str]:
        """Return the names in it, for objects whose names are not fixed."""
        return [str(key) for key in self._value]

    def raw(self, key: str) -> object:
        self._asked.add(key)
        return self._value.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        value = self.raw(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or (not value and default is None):
            raise ConfigError(self.path(key), 'must be a text')
        return value

    def choice(self, key: str, choices: Sequence[str]) -> str:
        value = self.text(key, choices[0])
        if value not in choices:
            raise ConfigError(self.path(key), f'must be one of {", ".join(choices)}')
        return value

    def flag(self, key: str) -> bool:
        value = self.raw(key)
        if value is not None and not isinstance(value, bool):
            raise ConfigError(self.path(key), 'must be true or false')
        return value is True

    def number(self, key: str, default: int) -> int:
        value = self.raw(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ConfigError(self.path(key), 'must be a whole number')
        return value

    def money(self, key: str) -> Decimal | None:
        value = self.raw(key)
        # JSON read elsewhere has floats; their shortest text is what was written.
        amount = to_decimal(str(value) if isinstance(value, float) else value)
        if value is not None and (amount is None or amount < 0):
            raise ConfigError(self.path(key), 'must be an amount')
        return amount

    def texts(self, key: str, needed: Sequence[str] = ()) -> Mapping[str, str]:
        """Return an object of texts; names given as needed must be there."""
        child = self.child(key)
        for name in needed:
            child.text(name)
        return MappingProxyType({name: child.text(name, '') for name in child.keys()})

    def words(self, key: str) -> frozenset[str]:
        """Return a list of texts or whole numbers, as texts."""
        value = self.raw(key)
        if value is None:
            return frozenset()
        if not isinstance(value, list) or not all(_is_word(word) for word in value):
            raise ConfigError(self.path(key), 'must be a list of texts or whole numbers')
        return frozenset(map(str, value))

    def enums(self, key: str, kind: type[_E]) -> Mapping[str, _E]:
        """Return an object whose values are members of `kind`."""
        child = self.child(key)
        found = {name: member(kind, child.text(name), child.path(name)) for name in child.keys()}
        return MappingProxyType(found)

    def child(self, key: str) -> 'Reader':
        value = self.raw(key)
        return Reader({} if value is None else value, self.path(key))

    def each(self, key: str, read: Callable[['Reader'], _T]) -> tuple[_T, ...]:
        value = self.raw(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise ConfigError(self.path(key), 'must be a list')
        return tuple(
            read(Reader(entry, f'{self.path(key)}.{number}')) for number, entry in enumerate(value)
        )

    def optional(self, key: str, read: Callable[['Reader'], _T]) -> _T | None:
        return read(Reader(self.raw(key), self.path(key))) if self.has(key) else None

    def needed(self, key: str, read: Callable[['Reader'], _T]) -> _T:
        return read(Reader(self.raw(key), self.path(key)))

    def end(self) -> None:
        """Refuse what nobody asked for: a misspelt key would be silently without effect."""
        for key in self._value:
            if key not in self._asked:
                raise ConfigError(self.path(str(key)), 'is not known')


def member(kind: type[_E], text: str, key: str) -> _E:
    try:
        return kind(text)
    except ValueError:
        raise ConfigError(key, f'must be one of {", ".join(kind)}') from None


def _is_word(value: object) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool)
