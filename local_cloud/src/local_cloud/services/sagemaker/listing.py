"""What List calls of jobs have in common: filters, order and pages."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.sagemaker.exceptions import AWSValidationException

_PAGE, _LARGEST_PAGE = 10, 100


@dataclass(frozen=True, kw_only=True)
class Members:
    """Which members of a summary the filters mean.

    Args:
        name: of the job.
        status: of the job.
        sorts: the values of SortBy, each with the member it means; one whose member is missing comes last.
    """

    name: str
    status: str
    sorts: Mapping[str, Sequence[str]]


def page(
    summaries: Sequence[Mapping[str, Any]], request: Mapping[str, Any], *, members: Members, sort_by: str
) -> tuple[list[Mapping[str, Any]], str | None]:
    """One page of a list and the token of the next.

    Args:
        summaries: of all jobs, each by the API's members.
        request: the call's input.
        members: see there.
        sort_by: the API's default.

    Raises:
        AWSValidationException: a value is not one of the API's.
    """
    found = [summary for summary in summaries if _matches(summary, request, members)]
    key = request.get("SortBy") or sort_by
    _one_of("sortBy", key, members.sorts)
    order = request.get("SortOrder") or "Ascending"
    _one_of("sortOrder", order, ("Ascending", "Descending"))
    path = members.sorts[key]
    # The name makes the order complete, so that a page begins where the last one ended.
    found.sort(key=lambda summary: str(summary[members.name]))
    present = [summary for summary in found if _value(summary, path) is not None]
    present.sort(key=lambda summary: _value(summary, path), reverse=order == "Descending")
    found = present + [summary for summary in found if _value(summary, path) is None]
    names = [str(summary[members.name]) for summary in found]
    first = 0
    if request.get("NextToken"):
        last = _name_of(str(request["NextToken"]))
        if last not in names:
            raise AWSValidationException("Invalid NextToken: the list it was made for no longer holds its last item")
        first = names.index(last) + 1
    size = int(request.get("MaxResults") or _PAGE)
    if not 1 <= size <= _LARGEST_PAGE:
        raise AWSValidationException(
            f"1 validation error detected: Value '{size}' at 'maxResults' failed to satisfy constraint:"
            f" Member must have value between 1 and {_LARGEST_PAGE}"
        )
    more = first + size < len(found)
    return found[first : first + size], _token(names[first + size - 1]) if more else None


def _matches(summary: Mapping[str, Any], request: Mapping[str, Any], members: Members) -> bool:
    if request.get("NameContains") and request["NameContains"].lower() not in summary[members.name].lower():
        return False
    if request.get("StatusEquals") and request["StatusEquals"] != summary[members.status]:
        return False
    for time in ("CreationTime", "LastModifiedTime"):
        value = summary.get(time)
        after, before = request.get(f"{time}After"), request.get(f"{time}Before")
        if value and ((after and _aware(value) <= _aware(after)) or (before and _aware(value) >= _aware(before))):
            return False
    return True


def _value(summary: Mapping[str, Any], path: Sequence[str]) -> Any:
    value: Any = summary
    for member in path:
        value = value.get(member) if value else None
    return value


def _one_of(member: str, value: Any, allowed: Any) -> None:
    if value not in allowed:
        raise AWSValidationException(
            f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint:"
            f" Member must satisfy enum value set: [{', '.join(allowed)}]"
        )


def _aware(time: Any) -> datetime:
    """Moto's times are in UTC without saying so; those of a request may be numbers."""
    if isinstance(time, int | float):
        return datetime.fromtimestamp(time, UTC)
    found = time if isinstance(time, datetime) else datetime.fromisoformat(str(time))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _token(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _name_of(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except (binascii.Error, ValueError) as error:
        raise AWSValidationException("Invalid NextToken: it is none that this call gave") from error
