"""Hyperparameters by name, which a command line can override."""

from __future__ import annotations

import json
import numbers
import re
from collections.abc import Mapping
from typing import Any

_ASSIGNMENT = re.compile(
    r"(?P<name>[a-zA-Z][\w.]*)(?:\[\s*(?P<index>\d+)\s*\])?\s*=\s*"
    r"(?:\[(?P<values>[^\[\]]*)\]\s*|(?P<value>[^,\[]*))(?:,\s*|$)"
)


def parse_values(
    values: str, type_map: Mapping[str, type], ignore_unknown: bool = False
) -> dict[str, Any]:
    """Reads assignments, as in ``name=1,numbers=[1,2],more[3]=4``.

    Args:
        values: The assignments.
        type_map: The types of values, or of the elements of lists, by names.
        ignore_unknown: Whether names that are not there are left out.

    Returns:
        Values, lists, and dictionaries by the places of lists.

    Raises:
        ValueError: If it is none, or a name is unknown, or one is assigned to twice.
    """
    found: dict[str, Any] = {}
    place = 0
    while place < len(values):
        match = _ASSIGNMENT.match(values, place)
        if match is None:
            raise ValueError(f"Malformed hyperparameter value: {values[place:]}")
        place = match.end()
        name, index = match["name"], match["index"]
        if name not in type_map:
            if ignore_unknown:
                continue
            raise ValueError(f"Unknown hyperparameter type for {name}")
        kind = type_map[name]
        if match["values"] is not None:
            if index is not None:
                raise ValueError("Assignment of a list to a list index.")
            parts = filter(None, re.split("[ ,]", match["values"]))
            value: Any = [_parsed(name, kind, part, values) for part in parts]
        else:
            value = _parsed(name, kind, match["value"], values)
        if index is None:
            if name in found:
                raise ValueError(f"Multiple assignments to variable '{name}' in {values}")
            found[name] = value
            continue
        known = found.setdefault(name, {})
        if not isinstance(known, dict) or int(index) in known:
            raise ValueError(f"Multiple assignments to variable '{name}[{index}]' in {values}")
        known[int(index)] = value
    return found


def _parsed(name: str, kind: type, text: str, values: str) -> Any:
    try:
        if kind is not bool:
            return kind(text)
        if text in ("true", "True"):
            return True
        if text in ("false", "False"):
            return False
        return bool(int(text))
    except ValueError:
        raise ValueError(
            f"Could not parse hparam '{name}' of type '{kind.__name__}' with value '{text}' in "
            f"{values}"
        ) from None


def _cast(name: str, kind: type, value: Any) -> Any:
    """A value as one of the type that a hyperparameter has."""
    fits = not (
        (isinstance(value, bool) and kind is not bool)
        or (kind is bool and not isinstance(value, bool))
        or (kind is str and not isinstance(value, (str, bytes)))
        or (issubclass(kind, numbers.Integral) and not isinstance(value, numbers.Integral))
        or (issubclass(kind, numbers.Number) and not isinstance(value, numbers.Number))
    )
    if kind is type(None):
        return value
    if not fits:
        raise ValueError(f"Could not cast hparam '{name}' of type '{kind}' from value {value!r}")
    return kind(value)


class HParams:
    """Hyperparameters, each of which keeps its type; they are attributes, too."""

    def __init__(self, hparam_def: Any = None, model_structure: Any = None, **kwargs: Any) -> None:
        """Takes names and values.

        Args:
            hparam_def: Not supported: it was a protocol buffer of TensorFlow 1.
            model_structure: Anything that is kept beside them.
            **kwargs: The values.

        Raises:
            NotImplementedError: If there is a protocol buffer.
            ValueError: If a name cannot be one, or a list is empty.
        """
        if hparam_def is not None:
            raise NotImplementedError(
                "HParams(hparam_def=...) works under TensorFlow 1 only; use HParams(**values)"
            )
        self._hparam_types: dict[str, tuple[type, bool]] = {}
        self._model_structure = model_structure
        for name, value in kwargs.items():
            self.add_hparam(name, value)

    def add_hparam(self, name: str, value: Any) -> None:
        """Adds one.

        Raises:
            ValueError: If the name cannot be one, or a list is empty.
        """
        if getattr(self, name, None) is not None:
            raise ValueError(f"Hyperparameter name is reserved: {name}")
        if isinstance(value, (list, tuple)):
            if not value:
                raise ValueError(f"Multi-valued hyperparameters cannot be empty: {name}")
            self._hparam_types[name] = (type(value[0]), True)
        else:
            self._hparam_types[name] = (type(value), False)
        setattr(self, name, value)

    def set_hparam(self, name: str, value: Any) -> None:
        """Sets one that there is.

        Raises:
            KeyError: If there is none of this name.
            ValueError: If it is of another type, or a list for none, or none for a list.
        """
        kind, is_list = self._hparam_types[name]
        if isinstance(value, list):
            if not is_list:
                raise ValueError(f"Must not pass a list for single-valued parameter: {name}")
            setattr(self, name, [_cast(name, kind, each) for each in value])
        else:
            if is_list:
                raise ValueError(f"Must pass a list for multi-valued parameter: {name}.")
            setattr(self, name, _cast(name, kind, value))

    def del_hparam(self, name: str) -> None:
        """Removes one, if it is there."""
        if hasattr(self, name):
            delattr(self, name)
            del self._hparam_types[name]

    def parse(self, values: str) -> HParams:
        """Sets those that a text assigns to; see ``parse_values``."""
        kinds = {name: kind for name, (kind, _) in self._hparam_types.items()}
        return self.override_from_dict(parse_values(values, kinds))

    def override_from_dict(self, values_dict: Mapping[str, Any]) -> HParams:
        """Sets several."""
        for name, value in values_dict.items():
            self.set_hparam(name, value)
        return self

    def set_from_map(self, values_map: Mapping[str, Any]) -> HParams:
        """Sets several."""
        return self.override_from_dict(values_map)

    def parse_json(self, values_json: str) -> HParams:
        """Sets those that a JSON object has."""
        return self.override_from_dict(json.loads(values_json))

    def to_json(self, indent: Any = None, separators: Any = None, sort_keys: bool = False) -> str:
        """All of them as a JSON object, but for those that are functions."""
        values = {name: value for name, value in self.values().items() if not callable(value)}
        return json.dumps(values, indent=indent, separators=separators, sort_keys=sort_keys)

    def values(self) -> dict[str, Any]:
        """Names and values."""
        return {name: getattr(self, name) for name in self._hparam_types}

    def get(self, key: str, default: Any = None) -> Any:
        """The value of one; ``default`` if there is none of this name.

        Raises:
            ValueError: If the default could not be one of its values.
        """
        if key not in self._hparam_types:
            return default
        if default is not None:
            kind, is_list = self._hparam_types[key]
            described = f"list<{kind}>" if is_list else str(kind)
            failed = f"Hparam '{key}' of type '{described}' is incompatible with default={default}"
            if is_list and not isinstance(default, list):
                raise ValueError(failed)
            try:
                for each in default if is_list else [default]:
                    _cast(key, kind, each)
            except ValueError as error:
                raise ValueError(f"{failed}. {error}") from None
        return getattr(self, key)

    def set_model_structure(self, model_structure: Any) -> None:
        """Keeps anything beside them."""
        self._model_structure = model_structure

    def get_model_structure(self) -> Any:
        """What is kept beside them."""
        return self._model_structure

    def __contains__(self, key: str) -> bool:
        return key in self._hparam_types

    def __str__(self) -> str:
        return ",".join(f"{name}={value}" for name, value in self.values().items())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({sorted(self.values().items())})"
