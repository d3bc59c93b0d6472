"""What the intrinsic functions of JSONPath states compute.

Reference: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

import base64
import binascii
import hashlib
import itertools
import json
import random
import re
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from local_cloud.services.step_functions.jsonata_functions import nearest

_ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_LONGEST = 10_000
_MOST_ITEMS = 1000


class IntrinsicError(ValueError):
    """A function cannot be applied to its arguments; Step Functions calls it States.IntrinsicFailure."""


def apply(name: str, arguments: Sequence[Any]) -> Any:
    """The value of a function that exists, for as many arguments as it takes.

    Raises:
        IntrinsicError: the arguments are not ones that it takes.
    """
    return _FUNCTIONS[name][2](*arguments)


def exists(name: str) -> bool:
    """Whether there is a function of a name."""
    return name in _FUNCTIONS


def takes(name: str, count: int) -> bool:
    """Whether a function takes so many arguments."""
    fewest, most, _ = _FUNCTIONS[name]
    return fewest <= count <= most


def fill(pieces: Sequence[str], values: Sequence[Any]) -> str:
    """A template with its values.

    Args:
        pieces: of the template, split at each ``{}``.
        values: as many as there are places.

    Raises:
        IntrinsicError: there are more or fewer.
    """
    if len(values) != len(pieces) - 1:
        raise IntrinsicError(f"the template has {len(pieces) - 1} places {{}}, got {len(values)} arguments for them")
    parts = itertools.zip_longest(pieces, map(_shown, values), fillvalue="")
    return "".join(itertools.chain.from_iterable(parts))


def _shown(value: Any) -> str:
    """As Java shows it: ``{Arg1=1, Arg2=[]}``."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}={_shown(item)}' for key, item in value.items())}}}"
    return json.dumps(value)


def _format(template: Any, *values: Any) -> str:
    return fill(_text(template, "the template").split("{}"), values)


def _array(*items: Any) -> list[Any]:
    return list(items)


def _array_partition(items: Any, size: Any) -> list[list[Any]]:
    width, found = _integer(size, "the chunk size"), _items(items)
    if width < 1:
        raise IntrinsicError(f"the chunk size must be positive, got {size}")
    return [found[first : first + width] for first in range(0, len(found), width)]


def _array_contains(items: Any, value: Any) -> bool:
    return _key(value) in {_key(item) for item in _items(items)}


def _array_range(first: Any, last: Any, step: Any) -> list[int]:
    start, end, delta = (_integer(number, "each argument") for number in (first, last, step))
    if delta == 0:
        raise IntrinsicError("the step must not be 0")
    found = range(start, end + (1 if delta > 0 else -1), delta)
    if len(found) > _MOST_ITEMS:
        raise IntrinsicError(f"an array can have {_MOST_ITEMS} items, got {len(found)}")
    return list(found)


def _array_get_item(items: Any, index: Any) -> Any:
    found, at = _items(items), _integer(index, "the index")
    if not 0 <= at < len(found):
        raise IntrinsicError(f"the index must be from 0 to {len(found) - 1}, got {index}")
    return found[at]


def _array_length(items: Any) -> int:
    return len(_items(items))


def _array_unique(items: Any) -> list[Any]:
    found: dict[str, Any] = {}
    for item in _items(items):
        found.setdefault(_key(item), item)
    return list(found.values())


def _base64_encode(text: Any) -> str:
    return base64.b64encode(_short(text).encode()).decode()


def _base64_decode(text: Any) -> str:
    try:
        return base64.b64decode(_short(text), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise IntrinsicError("the text is not Base64 of a text in UTF-8") from error


def _hash(text: Any, algorithm: Any) -> str:
    if not isinstance(algorithm, str) or algorithm not in _ALGORITHMS:
        raise IntrinsicError(f"the algorithm must be one of {', '.join(_ALGORITHMS)}, got {json.dumps(algorithm)}")
    return hashlib.new(_ALGORITHMS[algorithm], _short(text).encode()).hexdigest()


def _json_merge(first: Any, second: Any, deep: Any) -> dict[str, Any]:
    if deep is not False:
        raise IntrinsicError("only shallow merging is supported, so that the third argument must be false")
    if not isinstance(first, dict) or not isinstance(second, dict):
        raise IntrinsicError("the first two arguments must be objects")
    return {**first, **second}


def _string_to_json(text: Any) -> Any:
    if text is None or not _text(text, "the argument").strip():
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise IntrinsicError("the text is not JSON") from error


def _json_to_string(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _math_random(first: Any, last: Any, seed: Any = None) -> int:
    """From the first, inclusive, to the last, exclusive."""
    start, end = _integer(first, "the start"), _integer(last, "the end")
    if start >= end:
        raise IntrinsicError(f"the start must be less than the end, got {first} and {last}")
    source = random.Random(None if seed is None else _integer(seed, "the seed"))  # noqa: S311  # the language's own
    return source.randrange(start, end)


def _math_add(first: Any, second: Any) -> int:
    return _integer(first, "each argument") + _integer(second, "each argument")


def _string_split(text: Any, delimiters: Any) -> list[str]:
    """At each of the characters; what is empty is left out."""
    signs = _text(delimiters, "the second argument")
    whole = _text(text, "the first argument")
    parts = re.split(f"[{re.escape(signs)}]", whole) if signs else [whole]
    return [part for part in parts if part]


def _uuid() -> str:
    return str(uuid.uuid4())


_ANY = 1_000_000
# By name: the fewest and the most arguments.
_FUNCTIONS: dict[str, tuple[int, int, Callable[..., Any]]] = {
    "Array": (0, _ANY, _array),
    "ArrayPartition": (2, 2, _array_partition),
    "ArrayContains": (2, 2, _array_contains),
    "ArrayRange": (3, 3, _array_range),
    "ArrayGetItem": (2, 2, _array_get_item),
    "ArrayLength": (1, 1, _array_length),
    "ArrayUnique": (1, 1, _array_unique),
    "Base64Encode": (1, 1, _base64_encode),
    "Base64Decode": (1, 1, _base64_decode),
    "Hash": (2, 2, _hash),
    "JsonMerge": (3, 3, _json_merge),
    "StringToJson": (1, 1, _string_to_json),
    "JsonToString": (1, 1, _json_to_string),
    "MathRandom": (2, 3, _math_random),
    "MathAdd": (2, 2, _math_add),
    "StringSplit": (2, 2, _string_split),
    "UUID": (0, 0, _uuid),
    "Format": (1, _ANY, _format),
}


def _items(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise IntrinsicError(f"an array is expected, got {json.dumps(value)}")
    return value


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise IntrinsicError(f"{what} must be a text, got {json.dumps(value)}")
    return value


def _short(value: Any) -> str:
    if len(text := _text(value, "the first argument")) > _LONGEST:
        raise IntrinsicError(f"the text can have {_LONGEST} characters, got {len(text)}")
    return text


def _integer(value: Any, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise IntrinsicError(f"{what} must be a number, got {json.dumps(value)}")
    return nearest(value)


def _key(value: Any) -> str:
    """The same for equal values of JSON, where 1 equals 1.0 and not true."""
    return json.dumps(_with_whole_numbers(value), sort_keys=True)


def _with_whole_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_whole_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
