"""Values that are used for some time."""

import time

import pytest

from local_cloud.kernel.expiring import Expiring


def test_a_value_is_made_once_for_each_key_until_it_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    made = list[str]()

    def make(name: str) -> str:
        made.append(name)
        return name

    values = Expiring[str, str](lifetime_seconds=10)
    assert [values.get(key, lambda key=key: make(key)) for key in ("a", "b", "a")] == ["a", "b", "a"]  # type: ignore[misc]  # a lambda's default has no type
    now = 10.5
    assert values.get("a", lambda: make("again")) == "again"
    assert made == ["a", "b", "again"]


def test_an_error_is_passed_on_and_nothing_is_kept() -> None:
    values = Expiring[str, str]()
    with pytest.raises(ZeroDivisionError):
        values.get("a", lambda: str(1 / 0))
    assert values.get("a", lambda: "made") == "made"
