"""Both state machines in a network: every job and model is in it, and the services take the requests."""

from typing import Any

import pytest

from mlops_constructs.network.vpc_config import VpcConfig
from tests.unit.mlops_constructs import machine, requests

PLACE = {"SecurityGroupIds": ["sg-0a"], "Subnets": ["subnet-0b", "subnet-0a"]}
_VPC = VpcConfig(subnet_ids=("subnet-0b", "subnet-0a"), security_group_ids=("sg-0a",))
RETRAINING = machine.retraining(vpc_config=_VPC)
DEPLOYMENT = machine.deployment(vpc_config=_VPC)


def _request(built: machine.Machine, name: str, model: str = "temperature-tomorrow") -> dict[str, Any]:
    found = machine.run(built, model) if built is RETRAINING else machine.deploy(built)
    return requests.request(built["States"][name], found)


def test_a_training_job_is_in_the_network_and_isolated() -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
    made = _request(RETRAINING, "Model Training")
    assert made["VpcConfig"] == PLACE
    assert made["EnableNetworkIsolation"] is True


def test_every_trial_of_a_tuning_job_is_in_the_network_and_isolated() -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_HyperParameterTrainingJobDefinition.html
    made = _request(RETRAINING, "Hyperparameter Tuning", "flight-delay")["TrainingJobDefinition"]
    assert made["VpcConfig"] == PLACE
    assert made["EnableNetworkIsolation"] is True


def test_the_evaluation_is_in_the_network_and_isolated() -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_NetworkConfig.html
    made = _request(RETRAINING, "Evaluate")
    assert made["NetworkConfig"] == {"EnableNetworkIsolation": True, "VpcConfig": PLACE}


@pytest.mark.parametrize(("instances", "encrypted"), [(1, False), (2, True)])
def test_only_instances_that_talk_to_each_other_encrypt_it(instances: int, encrypted: bool) -> None:
    found = machine.run(RETRAINING, "temperature-tomorrow")
    found["run"]["settings"]["training"]["resource_config"]["InstanceCount"] = instances
    found = machine.after(RETRAINING, "Describe Training", found)
    made = requests.request(RETRAINING["States"]["Model Training"], found)
    assert made["EnableInterContainerTrafficEncryption"] is encrypted


def test_the_endpoints_model_is_in_the_network() -> None:
    assert _request(DEPLOYMENT, "Create Model")["VpcConfig"] == PLACE


def test_the_record_of_a_deployment_names_its_subnets_in_order() -> None:
    # AWS does not promise to describe them as they were given.
    target = machine.deploy(DEPLOYMENT)["target"]
    assert target["shape"] == "ml.m5.large x 2 in subnet-0a subnet-0b"


@pytest.mark.parametrize("model", ["temperature-tomorrow", "flight-delay"])
def test_the_services_take_every_request_of_retraining(model: str) -> None:
    found = machine.run(RETRAINING, model)
    for name, state in RETRAINING["States"].items():
        if state["Type"] == "Task" and (found["run"]["settings"].get("tuning") or "Tuning" not in name):
            assert not requests.problems(state, found), name


def test_the_services_take_every_request_of_a_deployment() -> None:
    found = {"requests": 0, **machine.deploy(DEPLOYMENT)}
    found = machine.several(found)
    for name, state in machine.every_state(DEPLOYMENT).items():
        if state["Type"] == "Task":
            assert not requests.problems(state, found), name


@pytest.mark.parametrize(
    ("plain", "networked"), [(machine.retraining(), RETRAINING), (machine.deployment(), DEPLOYMENT)]
)
def test_a_network_changes_nothing_but_where_things_run(plain: machine.Machine, networked: machine.Machine) -> None:
    changed = {name for name, state in networked["States"].items() if state != plain["States"][name]}
    assert changed <= {
        "Describe Training",
        # It makes the models that batch transform jobs ask.
        "Find Champion",
        "Evaluate",
        "Create Model",
        # They compare and remember the subnets.
        "Plan Deployment",
        "Create Endpoint Config",
    }
    assert set(plain["States"]) == set(networked["States"])
