"""What List calls of SageMaker have in common: filters, order and pages, by the operation's model.

What the model does not say: a page has ten items unless it is told otherwise, and names are compared without case.

Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListModels.html
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import get_service_model
from moto.sagemaker.exceptions import AWSValidationException

_PAGE = 10
_LARGEST_PAGE = 100
_ENDS = ("After", "Before")


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One operation.

    Args:
        operation: its name.
        answer: member of the answer that has the list.
        name: member of a summary that NameContains means.
        key: member that tells items apart; None for the name.
        sorts: the values of SortBy, each with the member it means; one whose member is missing comes last.
        sort_by: the value without SortBy.
        sort_order: the value without SortOrder.
        equals: filters for one value, each with the member it means.
        after_includes: whether a filter ``...After`` lets its own moment pass.
    """

    operation: str
    answer: str
    name: str
    key: str | None = None
    sorts: Mapping[str, Sequence[str]]
    sort_by: str = "CreationTime"
    sort_order: str = "Ascending"
    equals: Mapping[str, str] = field(default_factory=dict)
    after_includes: bool = False


def page(listing: Listing, summaries: Sequence[Mapping[str, Any]], request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer: one page of a list and the token of the next.

    Args:
        listing: which operation.
        summaries: of all items, each by the API's members.
        request: the call's input; None for what it has not.

    Raises:
        AWSValidationException: a value is not one of the API's.
    """
    asked = {member: value for member, value in request.items() if value is not None}
    _check(listing, asked)
    found = _sorted(listing, [summary for summary in summaries if _matches(listing, summary, asked)], asked)
    first = 0
    if asked.get("NextToken"):
        last = _read(str(asked["NextToken"]))
        first = next((at for at, item in enumerate(found) if _follows(listing, item, last, asked)), len(found))
    size = int(asked.get("MaxResults") or _PAGE)
    answer: dict[str, Any] = {listing.answer: found[first : first + size]}
    if first + size < len(found):
        answer["NextToken"] = _token(_place(listing, found[first + size - 1], asked))
    return answer


def _check(listing: Listing, asked: Mapping[str, Any]) -> None:
    members = get_service_model("sagemaker").operation_model(listing.operation).input_shape.members
    for member, value in asked.items():
        allowed = getattr(members.get(member), "enum", None)
        if allowed and value not in allowed:
            raise _invalid(member, value, f"Member must satisfy enum value set: [{', '.join(allowed)}]")
    if "MaxResults" in asked and not 1 <= int(asked["MaxResults"]) <= _LARGEST_PAGE:
        bound = "less than or equal to 100" if int(asked["MaxResults"]) > 1 else "greater than or equal to 1"
        raise _invalid("MaxResults", asked["MaxResults"], f"Member must have value {bound}")


def _invalid(member: str, value: Any, constraint: str) -> AWSValidationException:
    return AWSValidationException(
        f"1 validation error detected: Value '{value}' at '{member[0].lower()}{member[1:]}' failed to satisfy"
        f" constraint: {constraint}"
    )


def _sorted(listing: Listing, found: list[Mapping[str, Any]], asked: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    # The key makes the order complete, so that a page begins where the last one ended.
    found = sorted(found, key=lambda summary: _place(listing, summary, asked)[1])
    present = [summary for summary in found if _place(listing, summary, asked)[0] is not None]
    present.sort(key=lambda summary: _place(listing, summary, asked)[0], reverse=_descends(listing, asked))
    return present + [summary for summary in found if _place(listing, summary, asked)[0] is None]


def _place(listing: Listing, summary: Mapping[str, Any], asked: Mapping[str, Any]) -> tuple[Any, str]:
    """By which an item is sorted: a value, and the key among equals."""
    value = _value(summary, listing.sorts[asked.get("SortBy") or listing.sort_by])
    return value, str(summary[listing.key or listing.name])


def _descends(listing: Listing, asked: Mapping[str, Any]) -> bool:
    return bool((asked.get("SortOrder") or listing.sort_order) == "Descending")


def _follows(listing: Listing, item: Mapping[str, Any], last: tuple[Any, str], asked: Mapping[str, Any]) -> bool:
    """Whether an item comes behind a place, at which there need not be anything any more."""
    value, key = _place(listing, item, asked)
    if value == last[0]:
        return key > last[1]
    if value is None or last[0] is None:
        return value is None
    return bool(value < last[0] if _descends(listing, asked) else value > last[0])


def _matches(listing: Listing, summary: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    if str(asked.get("NameContains") or "").lower() not in str(summary.get(listing.name) or "").lower():
        return False
    if any(asked[member] != summary.get(of) for member, of in listing.equals.items() if member in asked):
        return False
    return all(
        _is_in_time(summary.get(_time_of(member)), member, asked[member], includes=listing.after_includes)
        for member in asked
        if member.endswith(_ENDS)
    )


def _time_of(member: str) -> str:
    """Experiments have CreatedAfter where the others have CreationTimeAfter."""
    time = member.removesuffix("After").removesuffix("Before")
    return "CreationTime" if time == "Created" else time


def _is_in_time(value: Any, member: str, limit: Any, *, includes: bool) -> bool:
    if value is None:
        return False
    moment, bound = _aware(value), _aware(limit)
    if member.endswith("Before"):
        return moment < bound
    return moment > bound or (includes and moment == bound)


def _value(summary: Mapping[str, Any], path: Sequence[str]) -> Any:
    value: Any = summary
    for member in path:
        value = value.get(member) if value else None
    return value


def _aware(time: Any) -> datetime:
    """Moto's times are in UTC without saying so; those of a request may be numbers."""
    if isinstance(time, int | float):
        return datetime.fromtimestamp(time, UTC)
    found = time if isinstance(time, datetime) else datetime.fromisoformat(str(time))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _token(place: tuple[Any, str]) -> str:
    value, key = place
    kind = "time" if isinstance(value, datetime) else "plain"
    text = json.dumps([kind, value.isoformat() if isinstance(value, datetime) else value, key])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read(token: str) -> tuple[Any, str]:
    try:
        kind, value, key = json.loads(base64.urlsafe_b64decode(token.encode()))
        return datetime.fromisoformat(value) if kind == "time" else value, str(key)
    except (binascii.Error, ValueError, TypeError) as error:
        raise AWSValidationException("Invalid NextToken: it is none that this call gave") from error
