"""How policies decide.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from typing import Any

import pytest

from local_cloud.services.iam import policy
from local_cloud.services.iam.policy import Effect, Principal
from local_cloud.services.iam.requests import Request, resources_of

BUCKET = "arn:aws:s3:::b/k"
ROLE = Principal(
    arn="arn:aws:iam::111111111111:role/r",
    account_id="111111111111",
    session_arn="arn:aws:sts::111111111111:assumed-role/r/s",
)


def _decide(*statements: dict[str, Any], principal: Principal | None = None) -> Effect:
    return policy.evaluate(
        [{"Statement": list(statements)}], action="s3:GetObject", resource=BUCKET, context={}, principal=principal
    )


def _statement(effect: str, **elements: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "s3:GetObject", "Resource": "*", **elements}


def test_nothing_is_allowed_by_default() -> None:
    assert _decide() is Effect.NONE


def test_an_explicit_deny_wins_over_every_allow() -> None:
    assert _decide(_statement("Allow"), _statement("Deny"), _statement("Allow")) is Effect.DENY


@pytest.mark.parametrize(
    ("elements", "effect"),
    [
        ({"Action": "s3:Get*"}, Effect.ALLOW),
        ({"Action": ["s3:PutObject", "S3:GETOBJECT"]}, Effect.ALLOW),
        ({"Action": "s3:PutObject"}, Effect.NONE),
        ({"Resource": "arn:aws:s3:::b/*"}, Effect.ALLOW),
        ({"Resource": "arn:aws:s3:::b"}, Effect.NONE),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, Effect.NONE),
    ],
)
def test_elements_of_a_statement(elements: dict[str, Any], effect: Effect) -> None:
    assert _decide(_statement("Allow", **elements)) is effect


def test_not_action_allows_everything_else() -> None:
    statement = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}

    assert _decide(statement) is Effect.ALLOW


def test_not_resource_excludes() -> None:
    assert _decide({"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::b/*"}) is Effect.NONE


@pytest.mark.parametrize(
    ("element", "named"),
    [
        ("*", True),
        ({"AWS": "*"}, True),
        ({"AWS": "111111111111"}, True),
        ({"AWS": "arn:aws:iam::111111111111:root"}, True),
        ({"AWS": ROLE.arn}, True),
        ({"AWS": "arn:aws:iam::222222222222:root"}, False),
        ({"Service": "glue.amazonaws.com"}, False),
    ],
)
def test_who_a_principal_element_names(element: Any, named: bool) -> None:
    assert policy.names_principal(element, ROLE) is named


def test_a_service_is_named_by_its_principal_only() -> None:
    glue = Principal(arn="glue.amazonaws.com", service="glue.amazonaws.com")

    assert policy.names_principal({"Service": ["lambda.amazonaws.com", "glue.amazonaws.com"]}, glue)
    assert not policy.names_principal({"AWS": "111111111111"}, glue)


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "expected"),
    [
        ("glue", "StartJobRun", {"JobName": "j"}, ["arn:aws:glue:us-east-1:111111111111:job/j"]),
        ("dynamodb", "PutItem", {"TableName": "t"}, ["arn:aws:dynamodb:us-east-1:111111111111:table/t"]),
        ("sagemaker", "CreateTrainingJob", {"TrainingJobName": "n"}, ["arn:aws:sagemaker:us-east-1:111111111111:training-job/n"]),
        ("sagemaker", "ListEndpoints", {}, ["*"]),
        ("lambda", "Invoke", {"FunctionName": "f"}, ["arn:aws:lambda:us-east-1:111111111111:function:f"]),
        ("sqs", "SendMessage", {"QueueUrl": "http://127.0.0.1:1/111111111111/q"}, ["arn:aws:sqs:us-east-1:111111111111:q"]),
        ("unheardof", "DoIt", {"Name": "x"}, ["*"]),
    ],
)  # fmt: skip
def test_resources_of_a_call(service: str, operation: str, parameters: dict[str, Any], expected: list[str]) -> None:
    request = Request(
        service=service, operation=operation, account_id="111111111111", region="us-east-1", parameters=parameters
    )

    assert resources_of(request) == expected


@pytest.mark.parametrize("text", ['{"Statement": []}', '{"Statement": {"Effect": "Deny"}}'])
def test_a_statement_is_an_object_or_a_list(text: str) -> None:
    assert policy.check(text)["Statement"] is not None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("junk", "invalid Json"),
        ('["Statement"]', "JSON object"),
        ('"Statement"', "JSON object"),
        ("{}", "Missing required field Statement"),
        ('{"Statement": "x"}', "A Statement is"),
        ('{"Statement": [[]]}', "A Statement is"),
        ('{"Statement": [{"Action": "*"}]}', "Missing required field Effect"),
        ('{"Statement": {"Effect": "allow"}}', "Invalid effect: allow"),
        ('{"Statement": {"Effect": ["Allow"]}}', "Invalid effect"),
    ],
)
def test_what_is_no_policy_is_refused(text: str, message: str) -> None:
    with pytest.raises(policy.MalformedPolicyError, match=message):
        policy.check(text)
