"""Executions outlive the server: approvals wait on under their tokens, also where the server was killed."""

from pathlib import Path

from integration.codepipeline.small_pipelines import Yard, approval, stage
from local_cloud.kernel import lifecycle
from local_cloud.kernel.settings import Settings
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.waiting import until


def test_an_approval_waits_on_and_what_happened_is_still_told(tmp_path: Path) -> None:
    with lifecycle.start(Settings(state_dir=tmp_path, port=0)) as cloud:
        yard = Yard(cloud)
        yard.make("p", stage("Prod", approval("Reject")), executionMode="QUEUED")
        first = yard.newest("p")
        yard.answer("p", "Prod", "Reject", yard.token("p", "Prod", "Reject"), status="Rejected")
        yard.ended("p", first)
        second = yard.client.start_pipeline_execution(name="p", clientRequestToken="two")["pipelineExecutionId"]
        token = yard.token("p", "Prod", "Reject")
        yard.client.disable_stage_transition(
            pipelineName="p", stageName="Prod", transitionType="Inbound", reason="holiday"
        )
        third = yard.client.start_pipeline_execution(name="p")["pipelineExecutionId"]
        before = yard.client.list_action_executions(pipelineName="p", filter={"pipelineExecutionId": first})
        until(lambda: yard.stage("p", "Prod").get("inboundExecution"))
        cloud.save()

        with cloud.restart(crash=True) as again:
            yard.cloud, yard.client = again, again.client("codepipeline", ACCOUNT)
            after = yard.client.list_action_executions(pipelineName="p", filter={"pipelineExecutionId": first})
            assert after["actionExecutionDetails"] == before["actionExecutionDetails"]
            assert yard.token("p", "Prod", "Reject") == token
            yard.answer("p", "Prod", "Reject", token)
            assert yard.ended("p", second)["status"] == "Succeeded"
            assert yard.stage("p", "Prod")["inboundTransitionState"]["disabledReason"] == "holiday"
            yard.client.enable_stage_transition(pipelineName="p", stageName="Prod", transitionType="Inbound")
            newer = yard.token("p", "Prod", "Reject", other_than=token)
            yard.answer("p", "Prod", "Reject", newer)
            assert yard.ended("p", third)["status"] == "Succeeded"
            repeated = yard.client.start_pipeline_execution(name="p", clientRequestToken="two")
            assert repeated["pipelineExecutionId"] == second
