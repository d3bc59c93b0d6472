"""Lists in pages, as the API gives them.

A token is the id of the item behind the last one of a page, so that what comes in between changes no page.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from local_cloud.services.codepipeline.errors import InvalidNextTokenError

_Item = TypeVar("_Item")
MOST = 100


def page(
    items: Sequence[_Item], *, token: str | None, most: int | None, key: Callable[[_Item], str]
) -> tuple[list[_Item], dict[str, Any]]:
    """Some of the items, and what an answer says of the rest.

    Args:
        items: all, in their order.
        token: NextToken of the page before; None for the first page.
        most: MaxResults; None for as many as there may be.
        key: id of an item.

    Raises:
        InvalidNextTokenError: no item has this id.
    """
    begin = 0
    if token:
        keys = [key(item) for item in items]
        if token not in keys:
            raise InvalidNextTokenError("The next token is not valid.")
        begin = keys.index(token)
    end = begin + min(most or MOST, MOST)
    rest = {"nextToken": key(items[end])} if end < len(items) else {}
    return list(items[begin:end]), rest
