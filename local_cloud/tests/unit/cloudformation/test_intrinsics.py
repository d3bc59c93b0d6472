"""Intrinsic functions, after CloudFormation's reference."""

from typing import Any

import pytest

from local_cloud.cloudformation import template
from local_cloud.cloudformation.errors import ValidationError
from local_cloud.cloudformation.intrinsics import Scope, references


@pytest.fixture
def scope() -> Scope:
    return Scope(
        template={
            "Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}},
            "Conditions": {
                "Production": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
                "Elsewhere": {"Fn::Not": [{"Condition": "Production"}]},
                "Both": {"Fn::And": [{"Condition": "Production"}, {"Condition": "Elsewhere"}]},
                "Either": {"Fn::Or": [{"Condition": "Production"}, {"Condition": "Elsewhere"}]},
            },
            "Mappings": {"Sizes": {"us-east-1": {"small": "ml.t2.medium"}}},
        },
        parameters={"Stage": "prod", "Zones": ["a", "b"]},
        pseudo={"AWS::Region": "us-east-1", "AWS::AccountId": "111111111111"},
        physical_ids={"Bucket": "my-bucket"},
        attributes={"Bucket": {"Arn": "arn:aws:s3:::my-bucket"}},
        exports={"shared": "value"},
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Bucket"}, "my-bucket"),
        ({"Ref": "AWS::Region"}, "us-east-1"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "arn:aws:s3:::my-bucket"),
        ({"Fn::GetAtt": "Bucket.Arn"}, "arn:aws:s3:::my-bucket"),
        ({"Fn::Sub": "${Bucket}/${AWS::AccountId}/${Bucket.Arn}/${!literal}"}, "my-bucket/111111111111/arn:aws:s3:::my-bucket/${literal}"),
        ({"Fn::Sub": ["${x}-${Stage}", {"x": {"Ref": "Bucket"}}]}, "my-bucket-prod"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Stage"}]]}, "a-prod"),
        ({"Fn::Select": [1, {"Ref": "Zones"}]}, "b"),
        ({"Fn::Split": [",", "a,b"]}, ["a", "b"]),
        ({"Fn::If": ["Production", 1, 2]}, 1),
        ({"Fn::If": ["Elsewhere", 1, 2]}, 2),
        ({"Fn::If": ["Both", 1, 2]}, 2),
        ({"Fn::If": ["Either", 1, 2]}, 1),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "small"]}, "ml.t2.medium"),
        ({"Fn::Base64": "hi"}, "aGk="),
        ({"Fn::ImportValue": "shared"}, "value"),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [1, {"Ref": "AWS::NoValue"}]}, {"b": [1]}),
    ],
)  # fmt: skip
def test_function(value: Any, expected: Any, scope: Scope) -> None:
    assert scope.resolve(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": "Nobody"},
        {"Fn::GetAtt": ["Bucket", "Nothing"]},
        {"Fn::ImportValue": "nothing"},
        {"Fn::FindInMap": ["Sizes", "eu-west-1", "small"]},
        {"Fn::Transform": {"Name": "x"}},
    ],
)
def test_what_cannot_be_resolved_is_an_error(value: Any, scope: Scope) -> None:
    with pytest.raises(ValidationError):
        scope.resolve(value)


def test_references_are_found_in_every_form() -> None:
    value = {
        "a": [{"Ref": "A"}],
        "b": {"Fn::GetAtt": "B.Arn"},
        "c": {"Fn::Sub": ["${C.Arn}${!D}", {"x": {"Ref": "E"}}]},
    }

    assert references(value) == {"A", "B", "C", "E"}


def test_short_tags_mean_the_long_form() -> None:
    parsed = template.parse(
        "Resources:\n  A:\n    Type: T\n    Properties: {x: !GetAtt B.Arn, y: !Sub 'a${C}', z: !Ref D}\n"
    )

    assert parsed["Resources"]["A"]["Properties"] == {
        "x": {"Fn::GetAtt": ["B", "Arn"]},
        "y": {"Fn::Sub": "a${C}"},
        "z": {"Ref": "D"},
    }


def test_a_template_without_resources_is_refused() -> None:
    with pytest.raises(ValidationError, match="At least one Resources member"):
        template.parse("{}")
