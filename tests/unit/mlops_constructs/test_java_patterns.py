"""Patterns of AWS's service models mean here what they mean in Java."""

import botocore.session
import pytest

from tests.unit.mlops_constructs import java_patterns
from tests.unit.mlops_constructs.java_patterns import UnknownPatternError

pytestmark = pytest.mark.security("state machines")

# The form of descriptions and ids in Glue, DynamoDB and Application Auto Scaling.
_TEXT = r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*"
_TAG = r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)"


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        (_TEXT, "a\tb\r\n", True),
        (_TEXT, "\x0b", False),
        (_TEXT, "\uffff", False),
        (_TEXT, "\U00010000\U0010ffff", True),
        (_TAG, "é漢\u0661 x@y", True),
        (_TAG, "a;b", False),
        (_TAG, "a\n", False),
        (r"\p{ASCII}*", "a\x00\x7f", True),
        (r"\p{ASCII}*", "é", False),
        (r"\p{Print}+", " ~", True),
        (r"\p{Print}+", "é", False),
        (r"\p{Print}+", "\x1f", False),
        (r"[\p{Alnum}\-]+", "a-Z9", True),
        (r"[\p{Alnum}\-]+", "é", False),
        (r"[\p{Alnum}\-]+", "[", False),
        (r"\d{12}", "1" * 12, True),
        (r"\d{12}", "\u0661" * 12, False),
        (r"\w", "é", False),
        (r"\S*", "\xa0", True),
        (r"a$", "a\n", False),
    ],
)
def test_a_text_fits_as_in_java(pattern: str, text: str, *, fits: bool) -> None:
    # As java.util.regex of Java 17 answers with DOTALL.
    assert bool(java_patterns.compiled(pattern).fullmatch(text)) == fits


@pytest.mark.parametrize("pattern", [r"\p{IsGreek}", r"\P{L}", r"\pL", r"[\p{Punct}]", r"[\p{L}\w]", "["])
def test_what_is_not_translated_is_refused(pattern: str) -> None:
    with pytest.raises(UnknownPatternError):
        java_patterns.compiled(pattern)


@pytest.mark.parametrize(
    "service",
    ["application-autoscaling", "dynamodb", "glue", "lambda", "s3", "sagemaker", "sns", "stepfunctions"],
)
def test_every_pattern_of_the_services_called_is_known(service: str) -> None:
    model = botocore.session.get_session().get_service_model(service)
    patterns = {model.shape_for(name).metadata.get("pattern") for name in model.shape_names} - {None}
    for pattern in patterns:
        java_patterns.compiled(str(pattern))
