"""Variables, after https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html."""

import pytest

from local_cloud.services.codepipeline import variables
from local_cloud.services.codepipeline.action import ActionError

_KNOWN = {
    "codepipeline": {"PipelineExecutionId": "e-1"},
    "variables": {"stage": "qa"},
    "SourceVariables": {"CommitId": "0a1b", "CommitMessage": "Fix #{x}"},
}


def test_variables_are_put_in_wherever_they_stand() -> None:
    given = {
        "CustomData": "#{SourceVariables.CommitId} of #{codepipeline.PipelineExecutionId}",
        "EnvironmentVariables": '[{"name":"S","value":"#{variables.stage}"}]',
        "Plain": "# {not} one, nor #{",
    }

    assert variables.resolve(given, _KNOWN) == {
        "CustomData": "0a1b of e-1",
        "EnvironmentVariables": '[{"name":"S","value":"qa"}]',
        "Plain": "# {not} one, nor #{",
    }


def test_a_value_that_looks_like_a_variable_is_none() -> None:
    assert variables.resolve({"a": "#{SourceVariables.CommitMessage}"}, _KNOWN) == {"a": "Fix #{x}"}


@pytest.mark.parametrize("text", ["#{SourceVariables.Nope}", "#{Nope.CommitId}", "#{CommitId}", "#{}"])
def test_a_variable_without_a_value_fails_the_action(text: str) -> None:
    with pytest.raises(ActionError, match="has no value in this execution") as failure:
        variables.resolve({"a": text}, _KNOWN)
    assert failure.value.code == "ConfigurationError"
    assert text in failure.value.message


def test_references_are_told_by_namespace_and_name() -> None:
    assert variables.references("#{a.b} and #{c}") == [("a", "b"), ("", "c")]
