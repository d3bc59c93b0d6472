"""Resource types of SageMaker's calls: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html"""

import pytest

from local_cloud.services.iam.pass_role import PassedRole, passed_roles
from local_cloud.services.iam.requests import Parameters, Request, resources_of

ROLE = "arn:aws:iam::111111111111:role/job"


def _request(operation: str, parameters: Parameters) -> Request:
    return Request(
        service="sagemaker", operation=operation, account_id="111111111111", region="us-east-1", parameters=parameters
    )


@pytest.mark.parametrize(
    ("operation", "resource"),
    [
        ("CreateHyperParameterTuningJob", "hyper-parameter-tuning-job/a"),
        ("DescribeHyperParameterTuningJob", "hyper-parameter-tuning-job/a"),
        ("StopHyperParameterTuningJob", "hyper-parameter-tuning-job/a"),
        ("ListTrainingJobsForHyperParameterTuningJob", "hyper-parameter-tuning-job/a"),
    ],
)
def test_calls_on_one_tuning_job(operation: str, resource: str) -> None:
    found = resources_of(_request(operation, {"HyperParameterTuningJobName": "a"}))
    assert found == [f"arn:aws:sagemaker:us-east-1:111111111111:{resource}"]


@pytest.mark.parametrize("operation", ["ListHyperParameterTuningJobs", "ListProcessingJobs"])
def test_lists_are_of_no_resource(operation: str) -> None:
    assert resources_of(_request(operation, {"NameContains": "a"})) == ["*"]


def test_a_tuning_job_hands_its_childrens_role_on() -> None:
    request = _request("CreateHyperParameterTuningJob", {"TrainingJobDefinition": {"RoleArn": ROLE}})
    assert passed_roles(request) == [PassedRole(role_arn=ROLE, service="sagemaker.amazonaws.com")]
