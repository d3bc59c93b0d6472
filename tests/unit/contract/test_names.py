"""Physical names of the longest configuration against the services' limits."""

import re

import pytest

from contract.names import Names

LONGEST = Names(app="a" * 12, environment="sandbox", account_id="111111111111", region="ap-southeast-2")


def test_a_bucket_name_is_what_s3_takes() -> None:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    assert 3 <= len(LONGEST.bucket) <= 63
    assert re.fullmatch(r"[a-z0-9][a-z0-9.-]*[a-z0-9]", LONGEST.bucket)


@pytest.mark.parametrize(
    "name",
    [LONGEST.endpoint, LONGEST.deployment_role, LONGEST.schedule_group, LONGEST.smoke_role, LONGEST.smoke_tester],
)
def test_other_names_are_short_enough(name: str) -> None:
    # Endpoints 63, roles and schedule groups 64 characters.
    assert len(name) <= 63
    assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*", name)


def test_a_warehouse_names_its_connection_and_job() -> None:
    assert LONGEST.connection("w" * 24) == f"{'a' * 12}-{'w' * 24}"
    assert LONGEST.extract_job("w" * 24).startswith(LONGEST.connection("w" * 24))


def test_the_deployment_role_of_another_account_is_known_without_asking_it() -> None:
    names = Names(app="perennial", environment="qa", account_id="222222222222", region="us-east-1")
    assert names.deployment_role_arn == "arn:aws:iam::222222222222:role/perennial-deployment"


def test_the_pipelines_roles_are_told_apart_in_an_account_that_has_both() -> None:
    names = Names(app="perennial", environment="qa", account_id="222222222222", region="us-east-1")
    assert names.smoke_role_arn == "arn:aws:iam::222222222222:role/perennial-smoke"
    assert names.smoke_tester == "perennial-pipeline-smoke-qa"
