"""List calls that begin with AWS's page, over boto3."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.testing.roles import ACCOUNT, make_role
from local_cloud.testing.sagemaker.data import IMAGE

NAMES = [f"n{number:02}" for number in range(11)]


@pytest.fixture(scope="module")
def client(cloud: RunningCloud) -> Any:
    """Eleven of each, made in the order of their names."""
    made = cloud.client("sagemaker", ACCOUNT)
    role = make_role(cloud, "lists", [], trust={"Service": "sagemaker.amazonaws.com"})
    container = {"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://bucket/prefix/"}
    made.create_experiment(ExperimentName="of-trials")
    for name in NAMES:
        made.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container)
        variant = {"VariantName": "v", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        made.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        made.create_model_package_group(ModelPackageGroupName=name)
        made.create_trial(TrialName=name, ExperimentName="of-trials")
        made.create_trial_component(TrialComponentName=name)
    return made


def _names(answer: dict[str, Any], list_name: str, member: str) -> list[str]:
    return [item[member] for item in answer[list_name]]


@pytest.mark.parametrize(
    ("call", "list_name", "member", "newest_first"),
    [
        ("list_models", "Models", "ModelName", True),
        ("list_endpoint_configs", "EndpointConfigs", "EndpointConfigName", True),
        ("list_model_package_groups", "ModelPackageGroupSummaryList", "ModelPackageGroupName", False),
        ("list_trials", "TrialSummaries", "TrialName", True),
        ("list_trial_components", "TrialComponentSummaries", "TrialComponentName", True),
    ],
)
def test_a_page_has_ten_items_and_the_next_one_the_rest(
    client: Any, call: str, list_name: str, member: str, newest_first: bool
) -> None:
    ordered = NAMES[::-1] if newest_first else NAMES
    listed: Callable[..., dict[str, Any]] = getattr(client, call)

    first = listed()
    second = listed(NextToken=first["NextToken"])

    assert _names(first, list_name, member) + _names(second, list_name, member) == ordered
    assert (len(first[list_name]), "NextToken" in second) == (10, False)
    pages = client.get_paginator(call).paginate(SortBy="Name", SortOrder="Ascending", PaginationConfig={"PageSize": 3})
    assert [item[member] for page in pages for item in page[list_name]] == NAMES


def test_filters_are_honoured(client: Any) -> None:
    assert _names(client.list_models(NameContains="N1", MaxResults=1), "Models", "ModelName") == ["n10"]
    oldest = client.list_models(SortOrder="Ascending", MaxResults=1)["Models"][0]["CreationTime"]
    assert _names(client.list_models(CreationTimeBefore=oldest), "Models", "ModelName") == []
    assert len(client.list_models(CreationTimeAfter=oldest, MaxResults=100)["Models"]) == len(NAMES)
    client.associate_trial_component(TrialName="n03", TrialComponentName="n07")
    of_trial = client.list_trial_components(TrialName="n03")
    assert _names(of_trial, "TrialComponentSummaries", "TrialComponentName") == ["n07"]
    assert _names(client.list_trials(TrialComponentName="n07"), "TrialSummaries", "TrialName") == ["n03"]
    assert client.list_trials(ExperimentName="another")["TrialSummaries"] == []


@pytest.mark.parametrize(
    ("call", "request_"),
    [
        ("list_models", {"SortBy": "Beauty"}),
        ("list_endpoints", {"StatusEquals": "Sleeping"}),
        ("list_training_jobs", {"WarmPoolStatusEquals": "InUse"}),
        ("list_model_package_groups", {"CrossAccountFilterOption": "CrossAccount"}),
        ("list_trial_components", {"SourceArn": "arn:aws:sagemaker:us-east-1:111111111111:training-job/x"}),
    ],
)
def test_what_is_no_value_of_the_api_or_not_emulated_is_refused(client: Any, call: str, request_: Any) -> None:
    with pytest.raises(ClientError, match=next(iter(request_)) + "|at 'sortBy'|at 'statusEquals'"):
        getattr(client, call)(**request_)
