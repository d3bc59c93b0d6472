"""Variables of a state machine know what they hold."""

import pytest

from contract.calls.judge_candidate import Verdict
from contract.calls.plan_deployment import Plan, PlanDeployment
from contract.calls.save_model import Saved
from mlops_constructs.retraining.variables import RUN
from mlops_constructs.states import asl
from mlops_constructs.states.references import UnknownFieldError, answered, given, rendered, variable


def test_a_field_is_jsonata() -> None:
    saved = variable("saved", Saved)
    assert rendered(saved) == "{% $saved %}"
    assert rendered(saved.version) == "{% $saved.version %}"
    assert f"{saved.version} > 1" == "$saved.version > 1"
    assert rendered(answered(PlanDeployment).action) == "{% $states.result.Payload.action %}"


def test_a_field_of_a_field_is_too() -> None:
    assert rendered(RUN.settings.source.type) == "{% $run.settings.source.type %}"
    assert rendered(given(RUN.settings.tuning).enabled) == "{% $run.settings.tuning.enabled %}"


def test_a_list_stays_one_when_it_has_one_item() -> None:
    assert rendered(variable("plan", Plan).unapproved) == "{% [$plan.unapproved] %}"


def test_a_misspelt_field_cannot_be_named() -> None:
    with pytest.raises(UnknownFieldError, match=r"\$saved has no field 'versoin', it has model_package_arn, version,"):
        variable("saved", Saved).versoin  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(UnknownFieldError, match=r"\$saved.version has no field 'x', it has no fields"):
        variable("saved", Saved).version.x  # type: ignore[attr-defined]  # noqa: B018


def test_a_call_with_a_missing_or_an_unknown_field_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="'shape'"):
        PlanDeployment(endpoint_name="e", run_id="r")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="'nmaed'"):
        PlanDeployment(endpoint_name="e", run_id="r", shape="s", nmaed=())  # type: ignore[call-arg]


def test_an_answer_is_kept_as_what_it_is() -> None:
    asked = PlanDeployment(endpoint_name="e", run_id="r", shape="s")

    def invoke(kept: object) -> asl.State:
        return asl.invoke("arn", asked, next_state="n", on_failure="f", timeout_seconds=60, answer=kept)

    assert invoke(variable("plan", Plan))["Assign"] == {"plan": "{% $states.result.Payload %}"}
    with pytest.raises(TypeError, match=r"\$plan was declared as Verdict, but PlanDeployment answers with Plan"):
        invoke(variable("plan", Verdict))
