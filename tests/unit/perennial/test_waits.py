"""The demo lets time pass where nothing but time is awaited, and leaves an endpoint that is being changed its time."""

from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from perennial.account.aws import Aws
from perennial.account.cdk import Cdk
from perennial.demo.account import Account


class _Endpoints:
    def __init__(self, described: dict[str, dict[str, Any] | None]) -> None:
        self._described = described

    def endpoint(self, name: str) -> dict[str, Any] | None:
        return self._described[name]


def _endpoint(status: str, *variant: str) -> dict[str, Any]:
    variants = [{"VariantStatus": [{"Status": item}]} for item in variant]
    return {"EndpointStatus": status, "PendingDeploymentSummary": {"ProductionVariants": variants}}


@pytest.mark.parametrize(
    ("endpoints", "wanted"),
    [
        ([None], ["skip"]),
        ([_endpoint("InService")], ["skip"]),
        ([_endpoint("Failed")], ["skip"]),
        ([_endpoint("Creating")], []),
        ([_endpoint("Updating", "Creating")], []),
        ([_endpoint("RollingBack")], []),
        ([_endpoint("Updating", "Baking")], ["minute"]),
        ([_endpoint("InService"), None], ["skip"]),
        ([_endpoint("InService"), _endpoint("Creating")], []),
        ([_endpoint("InService"), _endpoint("Updating", "Baking")], ["minute"]),
    ],
)
def test_time_passes_where_nothing_else_is_awaited(
    endpoints: list[dict[str, Any] | None], wanted: list[str], tmp_path: Path
) -> None:
    told: list[str] = []
    described = {str(number): endpoint for number, endpoint in enumerate(endpoints)}
    minute = {timedelta(minutes=1): "minute"}
    account = Account(
        name="qa",
        account_id="222222222222",
        stack_name="Qa",
        aws=cast("Aws", _Endpoints(described)),
        cdk=Cdk(root=tmp_path, environment={}, log=tmp_path / "log"),
        pass_time=lambda by: told.append(minute[by]),
        skip_pauses=lambda: told.append("skip"),
    )

    account._shorten_waits(described)

    assert told == wanted
