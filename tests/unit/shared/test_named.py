"""Old versions that somebody named, and how long they are remembered."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from shared import named, versions
from shared.versions import WINDOW, Version
from tests.unit.shared.stored_versions import GROUP_ARN_PREFIX, arn

_START = datetime(2026, 3, 1, tzinfo=UTC)


def _add(known: dict[str, list[str]], *arns: str) -> dict[str, list[str]]:
    return named.add(known, arns, group_arn_prefix=GROUP_ARN_PREFIX, models=["a", "b"])


def _version(number: int, *, since: int, status: str = "Approved") -> Version:
    moment = _START + timedelta(minutes=since)
    return Version(arn=arn("a", number), number=number, status=status, since=moment, model_data_url="")


def test_a_version_is_known_by_its_model() -> None:
    known = _add({}, arn("a", 3), arn("b", 1))
    assert known == {"a": [arn("a", 3)], "b": [arn("b", 1)]}
    assert _add(known, arn("a", 4), arn("a", 3)) == {"a": [arn("a", 4), arn("a", 3)], "b": [arn("b", 1)]}


def test_what_belongs_to_somebody_else_is_left_out() -> None:
    # An event's pattern goes by the beginning of the name only; and anybody may start a deployment by hand.
    others = ["x", arn("c", 1), arn("a-b", 1), arn("a", 1).replace("123456789012", "210987654321"), f"{arn('a', 1)}/2"]
    assert _add({}, *others, arn("a", 1).rpartition("/")[0], arn("a", 1).replace("perennial-", "other-")) == {}
    assert _add({"gone": [arn("gone", 1)]}, arn("a", 1)) == {"gone": [arn("gone", 1)], "a": [arn("a", 1)]}


def test_what_looking_finds_need_not_be_remembered() -> None:
    found = [_version(number, since=number) for number in range(2, WINDOW + 2)]
    assert named.still_needed([arn("a", 2)], found) == []


def test_an_old_version_is_remembered_while_it_is_approved() -> None:
    window = [_version(number, since=number) for number in range(100, 100 + WINDOW)]
    old = _version(3, since=500)
    assert named.still_needed([old.arn], [*window, old]) == [old.arn]
    assert named.still_needed([old.arn], window) == []
    # What serves is looked at too, but nobody named it.
    assert named.still_needed([], [*window, old]) == []


def test_of_many_those_that_were_changed_last_are_remembered() -> None:
    window = [_version(number, since=number) for number in range(100, 100 + WINDOW)]
    old = [_version(number, since=1000 - number) for number in range(1, named.MOST_KEPT + 5)]
    kept = named.still_needed([item.arn for item in old], [*window, *old])
    assert kept == [arn("a", number) for number in range(1, named.MOST_KEPT + 1)]


_changes = st.lists(
    st.one_of(
        st.just(("register", 0)),
        st.tuples(st.sampled_from(["approve", "reject"]), st.integers(min_value=0, max_value=10**6)),
    ),
    max_size=120,
)


@settings(max_examples=300)
@given(changes=_changes, automatic=st.booleans(), window=st.integers(min_value=1, max_value=4))
def test_what_serves_is_what_reading_everything_would_say(
    changes: list[tuple[str, int]], automatic: bool, window: int
) -> None:
    """Whatever people do, one plan a change finds the approved version that was changed last, without reading all."""
    registry: dict[int, Version] = {}
    remembered: list[str] = []
    for moment, (what, choice) in enumerate(changes):
        if what == "register":
            number = len(registry) + 1
            status = "Approved" if automatic else "PendingManualApproval"
        elif registry:
            number = choice % len(registry) + 1
            status = "Approved" if what == "approve" else "Rejected"
        else:
            continue
        registry[number] = _version(number, since=moment, status=status)
        if status != "PendingManualApproval":
            remembered = list(dict.fromkeys([arn("a", number), *remembered]))
        approved = sorted(
            (item for item in registry.values() if item.status == "Approved"), key=lambda item: -item.number
        )
        newest, older = approved[:window], [item for item in approved[window:] if item.arn in remembered]
        remembered = named.still_needed(remembered, [*newest, *older], window=window)
        if len(older) < named.MOST_KEPT:
            wanted = versions.to_serve(approved, approval="manual")
            assert versions.to_serve([*newest, *older], approval="manual") == wanted
