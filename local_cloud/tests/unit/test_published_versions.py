"""Versions of functions that two callers publish at the same time."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from local_cloud.moto_patches import awslambda_versions

# Real seconds that the first one gives the second, which it needs only to get ahead of it.
_CHANCE = 0.3


class _Function(SimpleNamespace):
    def get_configuration(self) -> dict[str, Any]:
        return {"Timeout": 3}

    def set_version(self, version: int) -> None:
        self.version, self.function_arn = version, f"arn:{version}"


def test_two_publications_of_the_same_code_are_one_version(monkeypatch: pytest.MonkeyPatch) -> None:
    function = _Function(function_name="f", description="", revision_id="r")
    storage: Any = SimpleNamespace(
        _functions={"f": {"versions": []}}, _arns={}, get_function_by_name_or_arn_forbid_qualifier=lambda _: function
    )
    second = threading.Thread(target=awslambda_versions.publish, args=(storage, "f"))

    def copy(_: Any) -> _Function:
        if second.ident is None:
            second.start()
            second.join(_CHANCE)
        return _Function(description="")

    monkeypatch.setattr(awslambda_versions, "_copy", copy)
    awslambda_versions.publish(storage, "f")
    second.join()

    assert [version.version for version in storage._functions["f"]["versions"]] == [1]
