"""A request that expects another owner of its bucket is refused."""

import pytest

from local_cloud.services.s3 import owners
from local_cloud.services.s3.refusals import RefusedRequestError

OWNERS = {"ours": "111111111111", "theirs": "222222222222"}
OWNER, SOURCE = "x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"
COPY = {"x-amz-copy-source": "/theirs/a/key"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {OWNER: "111111111111"},
        {**COPY, SOURCE: "222222222222"},
        {"x-amz-copy-source": "theirs/a/key", OWNER: "111111111111", SOURCE: "222222222222"},
        {SOURCE: "333333333333"},
    ],
)
def test_what_is_expected_is_answered(headers: dict[str, str]) -> None:
    owners.check(headers, "ours", OWNERS.get)


@pytest.mark.parametrize(
    "headers", [{OWNER: "222222222222"}, {**COPY, SOURCE: "111111111111"}, {**COPY, OWNER: "222222222222"}]
)
def test_another_owner_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(RefusedRequestError, match="Access Denied"):
        owners.check(headers, "ours", OWNERS.get)


def test_a_bucket_that_is_not_there_is_not_found_later() -> None:
    owners.check({OWNER: "222222222222"}, "nobodys", OWNERS.get)
