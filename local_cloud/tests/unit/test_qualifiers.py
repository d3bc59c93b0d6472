"""Names of functions, and which version an alias runs."""

import pytest

from local_cloud.services.lambda_ import qualifiers

ARN = "arn:aws:lambda:eu-west-1:111111111111:function:greet"


# The forms of https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
@pytest.mark.parametrize("given", ["greet", ARN, "111111111111:function:greet", "function:greet"])
@pytest.mark.parametrize("qualifier", [None, "3", "live", "$LATEST"])
def test_a_function_is_named_in_each_form_with_its_qualifier_inside_or_beside(
    given: str, qualifier: str | None
) -> None:
    assert qualifiers.split(given, qualifier) == ("greet", qualifier)
    if qualifier:
        assert qualifiers.split(f"{given}:{qualifier}") == ("greet", qualifier)
        assert qualifiers.split(f"{given}:{qualifier}", qualifier) == ("greet", qualifier)


@pytest.mark.parametrize("arn", [ARN, f"{ARN}:3", f"{ARN}:live", f"{ARN}:$LATEST"])
def test_the_arn_of_a_function(arn: str) -> None:
    assert qualifiers.is_arn(arn)


@pytest.mark.parametrize(
    "text",
    [
        "greet",
        "function:greet",
        "111111111111:function:greet",
        ARN.removesuffix("greet"),
        f"{ARN}:",
        f"{ARN}:3:4",
        ARN.replace("111111111111", "1"),
        ARN.replace("eu-west-1", ""),
        ARN.replace("lambda", "sqs"),
    ],
)
def test_what_is_no_arn_of_a_function(text: str) -> None:
    assert not qualifiers.is_arn(text)


def test_two_qualifiers_that_differ_are_refused() -> None:
    with pytest.raises(qualifiers.QualifierError, match="does not match"):
        qualifiers.split(f"{ARN}:live", "3")


@pytest.mark.parametrize("arn", [ARN, f"{ARN}:3", f"{ARN}:live", f"{ARN}:$LATEST"])
def test_the_function_itself_has_no_qualifier(arn: str) -> None:
    assert qualifiers.unqualified(arn) == ARN


@pytest.mark.parametrize(("draw", "version"), [(0.0, "2"), (0.24, "2"), (0.25, "1"), (0.99, "1")])
def test_a_weight_is_the_share_of_the_second_version(draw: float, version: str) -> None:
    assert qualifiers.routed("1", {"AdditionalVersionWeights": {"2": 0.25}}, draw) == version


@pytest.mark.parametrize(
    "routing", [None, {}, {"AdditionalVersionWeights": {}}, {"AdditionalVersionWeights": {"2": 0.0}}]
)
def test_without_a_weight_there_is_one_version(routing: dict[str, dict[str, float]] | None) -> None:
    assert qualifiers.routed("1", routing, 0.0) == "1"


# https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
@pytest.mark.parametrize(
    ("version", "weights", "words"),
    [
        ("1", {"2": 0.1, "3": 0.1}, "cannot be greater than 1"),
        ("1", {"2": 1.5}, "from 0.0 to 1.0"),
        ("1", {"live": 0.5}, "the number of a version"),
        ("1", {"1": 0.5}, "already included"),
        ("$LATEST", {"1": 0.5}, r"\$LATEST is not supported"),
    ],
)
def test_a_routing_that_lambda_does_not_take(version: str, weights: dict[str, float], words: str) -> None:
    with pytest.raises(qualifiers.QualifierError, match=words):
        qualifiers.check_routing(version, weights)
