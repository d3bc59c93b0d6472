"""What of a template nobody here can make: found before anything is made, and told all at once."""

import json
from typing import Any

import pytest

from local_cloud.cloudformation import coverage, plan
from local_cloud.cloudformation import resources as handlers
from local_cloud.cloudformation.errors import ValidationError
from local_cloud.cloudformation.intrinsics import Scope
from local_cloud.kernel.errors import NotEmulatedError

# Importing the package of handlers is what fills the registry.
_ = handlers

QUEUE = "AWS::SQS::Queue"
LOST = {
    "Crawler": {"Type": "AWS::Glue::Crawler"},
    "Other": {"Type": "AWS::Glue::Crawler"},
    "Queue": {"Type": QUEUE, "Properties": {"QueueName": "q", "Nonsense": 1, "More": 2}, "UpdatePolicy": {}},
    "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::Sub": ["${A}", {"A": {"Fn::Cidr": []}}]}}},
}
TOLD = (
    "the local cloud does not emulate the resource type AWS::Glue::Crawler (Crawler, Other); the UpdatePolicy of a "
    "resource (Queue); More, Nonsense of AWS::SQS::Queue (Queue); the function Fn::Cidr (Topic): leave it out of the "
    "template"
)


def _check(resources: dict[str, Any], **sections: Any) -> None:
    """As of a template of resources, with the nested template `lost`."""
    template = {"Resources": resources, **sections}
    scope = Scope(template=template, parameters={}, pseudo={"AWS::Region": "us-east-1"})
    nested = {"lost-in-us-east-1": {"Resources": {**LOST, "Maybe": {"Type": "AWS::No::Idea", "Condition": "Unknown"}}}}
    coverage.check(plan.wanted(scope), scope, read=lambda url: nested[url])


def test_all_is_told_at_once() -> None:
    with pytest.raises(NotEmulatedError) as caught:
        _check(LOST)
    assert str(caught.value) == TOLD


def test_so_is_what_a_nested_template_has() -> None:
    url = {"Fn::Join": ["-", ["lost-in", {"Ref": "AWS::Region"}]]}
    with pytest.raises(NotEmulatedError) as caught:
        _check({"In": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}})
    assert str(caught.value) == TOLD.replace("(Crawler, Other)", "(In/Crawler, In/Other)").replace(
        "(Queue)", "(In/Queue)"
    ).replace("(Topic)", "(In/Topic)")


@pytest.mark.parametrize(
    "resource",
    [
        {"Type": "AWS::Glue::Crawler", "Condition": "Never"},
        {"Type": QUEUE, "Properties": {"Nonsense": {"Ref": "AWS::NoValue"}}},
        {"Type": QUEUE, "Properties": {"Nonsense": {"Fn::If": ["Never", 1, {"Ref": "AWS::NoValue"}]}}},
        {"Type": "Custom::Any_thing@1", "Properties": {"Any": {"Fn::If": ["Never", 1, 2]}}},
        # Its own deployment finds out.
        {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": {"Fn::GetAtt": ["Later", "Url"]}}},
        {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "none"}},
    ],
)
def test_what_is_not_made_is_not_missed(resource: dict[str, Any]) -> None:
    _check({"Resource": resource}, Conditions={"Never": {"Fn::Equals": ["a", "b"]}})


def test_a_property_that_a_condition_gives_is_missed() -> None:
    queue = {"Type": QUEUE, "Properties": {"Nonsense": {"Fn::If": ["Always", 1, {"Ref": "AWS::NoValue"}]}}}
    with pytest.raises(NotEmulatedError, match="Nonsense"):
        _check({"Queue": queue}, Conditions={"Always": {"Fn::Equals": ["a", "a"]}})


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        ({"A": {"Type": "CognitoUserPool"}, "B": {"Type": "AWS::S3"}}, r"types: \[AWS::S3, CognitoUserPool\]"),
        ({"A": {"Properties": {}}}, r"\[/Resources/A\] Every Resources object must contain a Type member"),
        ({"A": None}, "must contain a Type member"),
    ],
)
def test_what_is_no_type_is_an_error_of_the_template(resources: dict[str, Any], message: str) -> None:
    """https://github.com/aws/aws-cli/issues/2684 has AWS's sentence, as ValidateTemplate and CreateChangeSet tell it."""
    with pytest.raises(ValidationError, match=f"Template format error: .*{message}"):
        coverage.check_names(json.loads(json.dumps({"Resources": resources})))


@pytest.mark.parametrize(
    "kind", ["Custom::Thing", "Custom::Any_thing@1-a", "Alexa::ASK::Skill", "My::S3::Bucket::MODULE", "AWS::EC2::VPC"]
)
def test_a_type_that_has_the_form_of_one_may_exist(kind: str) -> None:
    coverage.check_names({"Resources": {"A": {"Type": kind}}})
