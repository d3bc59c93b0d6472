"""What is special about the batch transform state machine; what holds for all of them: test_both_machines.py."""

from typing import Any

import pytest

from contract import keys
from contract.calls.plan_transform import PlanTransform, TransformPlan
from mlops_constructs.network.vpc_config import VpcConfig
from tests.unit.mlops_constructs import answering, machine

BUILT = answering.built()
STATES = BUILT["States"]
RUN = answering.run(BUILT)


def test_the_planned_job_gets_a_name_of_its_try_and_the_tags_of_app_and_model() -> None:
    made = machine.evaluate(STATES["Answer Files"]["Arguments"], RUN)
    assert made["TransformJobName"] == f"{RUN['plan']['sagemaker_model']}-0"
    assert made["ModelName"] == RUN["plan"]["sagemaker_model"]
    assert {tag["Key"]: tag["Value"] for tag in made["Tags"]} == {"perennial:app": "perennial", "perennial:model": "m"}
    assert machine.evaluate(STATES["Answer Files"]["TimeoutSeconds"], RUN) == answering.ANSWERING.timeout_seconds


def test_a_plan_is_told_what_the_execution_was_started_with() -> None:
    # By then the input of the state is what the lease's table answered.
    found = machine.identify(BUILT, {"model": "m", "force": True})
    found["states"] = {**found["states"], "input": {"SdkHttpMetadata": {}}}
    assert machine.called(BUILT, "Plan Transform", found, PlanTransform).input == {"model": "m", "force": True}


def test_the_model_runs_in_the_network_of_the_account() -> None:
    built = answering.built(vpc_config=VpcConfig(subnet_ids=("subnet-1",), security_group_ids=("sg-1",)))
    found = machine.called(built, "Plan Transform", machine.identify(built, {"model": "m"}), PlanTransform)
    assert found.network == {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}


@pytest.mark.parametrize("outcome", ["nothing new", "no files", "no version may answer"])
def test_a_run_without_anything_to_do_says_why(outcome: Any) -> None:
    found = machine.identify(BUILT, {"model": "m"})
    found = machine.answered(BUILT, "Plan Transform", found, PlanTransform, TransformPlan(outcome=outcome))
    assert machine.choose(STATES["Anything to Answer?"], found) == "Release Lease, Nothing to Do"
    assert machine.evaluate(STATES["Nothing to Do"]["Output"], found) == {"outcome": outcome, "model": "m"}


def test_files_are_remembered_only_once_they_are_answered() -> None:
    assert machine.choose(STATES["Anything to Answer?"], RUN) == "Answer Files"
    item = machine.evaluate(STATES["Remember Files"]["Arguments"]["Item"], RUN)
    assert (item["pk"]["S"], item["digest"]["S"]) == (keys.TRANSFORMED.of("m"), "d" * 64)
    before = {name for name, state in STATES.items() if "Remember Files" in set(machine.followers(state))}
    # Whether its model could be deleted or not.
    assert before == {"Delete Model"}
    assert set(machine.followers(STATES["Delete Model"])) == {"Remember Files"}
    assert STATES["Answer Files"]["Next"] == "Delete Model"


def test_files_are_not_answered_under_the_lease_of_retraining() -> None:
    assert machine.evaluate(STATES["Take Lease"]["Arguments"]["Item"]["pk"], RUN) == {"S": keys.TRANSFORM_LEASE.of("m")}
    assert keys.TRANSFORM_LEASE.of("m") != keys.MODEL_LEASE.of("m")
