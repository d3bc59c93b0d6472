"""Both state machines, and what evaluates parts of them without a cloud."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from config import loader
from config.schema import Model
from contract import run_names
from contract import settings as settings_of
from contract.calls.call import Answer, Call
from contract.calls.find_endpoints import Endpoint, Endpoints, FindEndpoints
from contract.calls.judge_candidate import JudgeCandidate, Verdict
from contract.calls.load_configuration import LoadConfiguration
from contract.calls.look_at_inputs import Inputs, LookAtInputs
from contract.calls.plan_deployment import Action, Plan, PlanDeployment, Serving
from contract.calls.plan_tuning import PlannedTuning, PlanTuning, WarmStart
from contract.calls.prepare_evaluation import PrepareEvaluation
from contract.calls.prove_deployment import ProveDeployment, Proven
from contract.calls.query_training_results import QueryTrainingResults, TrainingResults
from contract.calls.record_deployment import RecordDeployment, Recorded
from contract.calls.save_model import Saved, SaveModel
from contract.calls.stage_deployment import Staged, StageDeployment
from contract.catalogue import Model as Settings
from contract.catalogue import Source
from contract.container import Container
from contract.names import Names
from contract.warm_start import Space
from local_cloud.testing import jsonata
from mlops_constructs.deployment import definition as deployment_definition
from mlops_constructs.deployment.endpoint_update import UpdatePolicy
from mlops_constructs.deployment.surroundings import Autoscaling, Deployment
from mlops_constructs.network.vpc_config import VpcConfig
from mlops_constructs.retraining import definition as retraining_definition
from mlops_constructs.retraining.definition import Functions, Retraining
from mlops_constructs.retraining.jobs import Surroundings
from retraining.logic import configuration, evaluation, scoring, tuning
from shared.versions import Version
from stacks import model_catalogue

State = dict[str, Any]
Machine = dict[str, Any]
GATE = "Accuracy Gate"
NAMES = Names(app="perennial", environment="sandbox", account_id="111111111111", region="us-east-1")
KEY = "arn:aws:kms:us-east-1:111111111111:key/11111111-2222-3333-4444-555555555555"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
TOPIC = "arn:aws:sns:us-east-1:111111111111:failures"
LONGEST_APP, LONGEST_MODEL = "a" * 12, "m" * 24
POLICY = UpdatePolicy(termination_wait_seconds=300)
SCALE = Autoscaling(min_count=2, max_count=8, invocations_per_instance=1000)
_FUNCTIONS = "arn:aws:lambda:us-east-1:111111111111:function"
_WAREHOUSE = Source(type="warehouse", job="perennial-sales-extract", query="s3://assets/q.sql", window_days=30)
_CHAMPION = Version(
    arn="arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-m/1",
    number=1,
    status="Approved",
    since=datetime(2026, 1, 1, tzinfo=UTC),
    model_data_url="s3://artifacts/models/champion.tar.gz",
)

# What a look at the execution that holds a lease leaves behind.
_LEASE = {
    "lease_owner": "arn:aws:states:us-east-1:111111111111:execution:perennial-retraining:earlier",
    "lease_owner_status": "ABORTED",
}


def retraining(*, app: str = "perennial", gate_title: str = GATE, vpc_config: VpcConfig | None = None) -> Machine:
    """The retraining state machine."""
    return retraining_definition.definition(
        Retraining(
            gate_title=gate_title,
            surroundings=Surroundings(
                app=app,
                bucket_name="artifacts",
                key_arn=KEY,
                sagemaker_role_arn="arn:aws:iam::111111111111:role/sagemaker",
                etl_job_name=f"{app}-etl",
                evaluation_instance_type="ml.m5.large",
                vpc_config=vpc_config,
            ),
            table_name="state",
            history_table_name="history",
            functions=Functions(
                **{
                    name: f"{_FUNCTIONS}:{name}"
                    for name in (
                        "load_configuration",
                        "look_at_inputs",
                        "plan_tuning",
                        "query_training_results",
                        "prepare_evaluation",
                        "judge_candidate",
                        "save_model",
                    )
                }
            ),
            topic_arn=TOPIC,
            deployment_arn="arn:aws:states:us-east-1:111111111111:stateMachine:deployment",
        )
    )


def deployment(
    *,
    app: str = "perennial",
    autoscaling: Autoscaling | None = None,
    policy: UpdatePolicy | None = None,
    vpc_config: VpcConfig | None = None,
) -> Machine:
    """The deployment state machine."""
    return deployment_definition.definition(
        Deployment(
            app=app,
            first_endpoint=f"{app}-sandbox",
            serving_role_arn="arn:aws:iam::111111111111:role/serving",
            key_arn=KEY,
            instance_type="ml.m5.large",
            instance_count=2,
            autoscaling=autoscaling,
            update_policy=policy or POLICY,
            max_latency_ms=1000,
            table_name="state",
            history_table_name="history",
            topic_arn=TOPIC,
            find_function_arn=f"{_FUNCTIONS}:find_endpoints",
            plan_function_arn=f"{_FUNCTIONS}:plan",
            stage_function_arn=f"{_FUNCTIONS}:stage",
            prove_function_arn=f"{_FUNCTIONS}:prove",
            record_function_arn=f"{_FUNCTIONS}:record",
            vpc_config=vpc_config,
        )
    )


def catalogue(*more: Model) -> dict[str, Settings]:
    """Settings of the checked-in models and of more."""
    return model_catalogue.build(
        [*loader.load().models, *more],
        names=NAMES,
        serving_instance="ml.m5.large",
        code_uri=lambda code, _: f"s3://assets/{code.folder}.tar.gz",
        evaluation_uri=lambda name: f"s3://assets/{name}",
        script_uri=lambda name: f"s3://assets/{name}",
        library_uri="s3://assets/library.zip",
        query_uri=lambda name: f"s3://assets/{name}",
        extract_job_name=lambda name: f"perennial-{name}-extract",
    )


def every_state(machine: Machine) -> dict[str, State]:
    """All states by name, those within a Map too."""
    found: dict[str, State] = {}
    for name, state in machine["States"].items():
        found |= {name: state, **every_state(state.get("ItemProcessor", {"States": {}}))}
    return found


def followers(state: State) -> Iterator[str]:
    """Names of all states that may come next."""
    if "Next" in state:
        yield state["Next"]
    for catcher in [*state.get("Catch", []), *state.get("Choices", [])]:
        yield catcher["Next"]
    if "Default" in state:
        yield state["Default"]


def context(*, retry_count: int = 0, redrive_count: int = 0) -> dict[str, Any]:
    """The part of the context object that the definitions read."""
    machine = "arn:aws:states:us-east-1:111111111111:execution:perennial-retraining"
    return {
        "Execution": {
            "Id": f"{machine}:5b9a0d0e-6f0c-4f4e-9d1c-0123456789ab",
            "StartTime": "2026-03-01T12:34:56.789Z",
            "RedriveCount": redrive_count,
        },
        "StateMachine": {"Id": "arn:aws:states:us-east-1:111111111111:stateMachine:perennial-deployment"},
        "State": {"RetryCount": retry_count},
    }


def evaluate(value: Any, variables: Mapping[str, Any], *, timestamp: float | None = None) -> Any:
    """A value with its JSONata evaluated, as Step Functions does it, at a moment or now.

    Raises:
        AssertionError: an expression gives nothing, which fails the state on AWS.
    """
    if isinstance(value, dict):
        return {key: evaluate(item, variables, timestamp=timestamp) for key, item in value.items()}
    if isinstance(value, list):
        return [evaluate(item, variables, timestamp=timestamp) for item in value]
    if not (isinstance(value, str) and value.startswith("{%") and value.endswith("%}")):
        return value
    # As moto writes it, so that the expression is parsed once, whatever its variables are.
    bindings = "".join(f"${name}:={json.dumps(content)};" for name, content in variables.items())
    result = jsonata.evaluate(f"({bindings}{value[2:-2].strip()})", timestamp=timestamp)
    assert result is not None, f"{value} gives nothing"
    return result


def choose(state: State, variables: Mapping[str, Any]) -> str:
    """Where a Choice goes."""
    for branch in state["Choices"]:
        if evaluate(branch["Condition"], variables):
            return str(branch["Next"])
    return str(state["Default"])


def after(machine: Machine, name: str, variables: Mapping[str, Any], result: Any = None) -> dict[str, Any]:
    """Variables after a state that had a result."""
    states = {**variables.get("states", {}), "result": result}
    assigned = evaluate(machine["States"][name].get("Assign", {}), {**variables, "states": states})
    return {**variables, **assigned}


def identify(machine: Machine, state_input: Mapping[str, Any], **counts: int) -> dict[str, Any]:
    """Variables after the first state."""
    states = {"input": dict(state_input), "context": context(**counts)}
    return after(machine, machine["StartAt"], {"states": states})


def called(machine: Machine, name: str, variables: Mapping[str, Any], call: type[Call[Answer]]) -> Any:
    """What a state passes to its function, read as the function reads it."""
    payload = evaluate(machine["States"][name]["Arguments"]["Payload"], variables)
    return call.from_json(json.loads(json.dumps(payload)))


def answered(
    machine: Machine, name: str, variables: Mapping[str, Any], call: type[Call[Answer]], answer: Answer
) -> dict[str, Any]:
    """Variables after a state whose function answered, once its payload was one that the function takes."""
    called(machine, name, variables, call)
    assert type(answer) is call.answer()
    return after(machine, name, variables, {"Payload": json.loads(json.dumps(answer.to_json()))})


def configure(
    machine: Machine, variables: Mapping[str, Any], settings: Settings, *, app: str = "perennial"
) -> dict[str, Any]:
    """Variables after *Load Configuration*, whose function answers as it does with these settings of the model."""
    asked = called(machine, "Load Configuration", variables, LoadConfiguration)
    found = configuration.configure(
        asked,
        model=replace(settings, name=asked.model),
        settings=settings_of.LoadConfiguration(app=app, artifact_bucket="artifacts", commit="c0ffee"),
    )
    return answered(machine, "Load Configuration", variables, LoadConfiguration, found)


def from_a_warehouse(settings: Settings) -> Settings:
    """The settings of a model whose rows come from a warehouse."""
    assert settings.retraining is not None
    return replace(settings, retraining=replace(settings.retraining, source=_WAREHOUSE))


def run(
    machine: Machine,
    model: str = "flight-delay",
    *,
    settings: Settings | None = None,
    app: str = "perennial",
    **counts: int,
) -> dict[str, Any]:
    """All variables of a retraining run that went through every state; tasks answer as the services do."""
    found = identify(machine, {"model": model}, **counts)
    found = configure(machine, found, from_a_warehouse(settings or catalogue()[model]), app=app)
    inputs = Inputs(changed=True, last_fingerprint="")
    found = answered(machine, "Look at Inputs", found, LookAtInputs, inputs)
    found = after(machine, "Extract from Warehouse", found, {})
    report = {"fingerprint": "f" * 64, "features": ["a", "b"], "golden_request": "1,2", "rows": {"train": 9}}
    found = after(machine, "Read Report", found, {"Body": json.dumps(report)})
    found = after(machine, "Describe Training", found)
    if found["run"]["settings"].get("tuning"):
        planned = _planned(called(machine, "Select Parent Tuning Jobs", found, PlanTuning))
        found = answered(machine, "Select Parent Tuning Jobs", found, PlanTuning, planned)
        # What the service answers to createHyperParameterTuningJob.sync: the description.
        name = evaluate(machine["States"]["Hyperparameter Tuning"]["Arguments"], found)["HyperParameterTuningJobName"]
        found = after(machine, "Hyperparameter Tuning", found, {"HyperParameterTuningJobName": name})
    else:
        arguments = evaluate(machine["States"]["Model Training"]["Arguments"], found)
        found = after(machine, "Model Training", found, {"TrainingJobName": arguments["TrainingJobName"]})
    training = TrainingResults(
        training_job="job",
        model_data_url=f"s3://artifacts/models/{model}/job/output/model.tar.gz",
        metrics={"validation:auc": 0.9},
    )
    found = answered(machine, "Query Training Results", found, QueryTrainingResults, training)
    asked = called(machine, "Find Champion", found, PrepareEvaluation)
    # Whoever scores: every state is to be looked at.
    scored = scoring.plan(asked, held_out="text/csv", with_champion=True)
    prepared = evaluation.prepared(asked, champion=_CHAMPION, scoring=scored)
    found = answered(machine, "Find Champion", found, PrepareEvaluation, prepared)
    verdict = Verdict(passed=True, metric="auc", value=0.91, threshold=0.85, reason="auc is 0.91")
    found = answered(machine, "Judge Candidate", found, JudgeCandidate, verdict)
    saved = Saved(
        model_package_arn=f"arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-{model}/1",
        version=1,
        approval_status="PendingManualApproval",
        deploy=True,
    )
    found = answered(machine, "Save Model", found, SaveModel, saved)
    return {**found, **_LEASE, "failure": {"Error": "E", "Cause": "c"}}


def _planned(asked: PlanTuning) -> PlannedTuning:
    warm_start = WarmStart(parents=("t-1", "t-2"), type="TransferLearning", reason="r")
    cold = tuning.request(asked.tuning, training=asked.training, test_run=False)
    return PlannedTuning(request=tuning.warm_started(cold, warm_start), warm_start=warm_start, space=Space.of(cold))


def plan(action: Action = "deployed", **changes: Any) -> dict[str, Any]:
    """What Plan Deployment answers while an endpoint serves."""
    package = "arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-m"
    serving = Serving(
        status="InService", endpoint_config="before", model_data_prefix="s3://artifacts/deployments/before/"
    )
    made = Plan(
        action=action,
        versions={"m": f"{package}/2"},
        unapproved=(),
        changes={"m": "1 -> 2"},
        serving=serving,
        container=Container(image=IMAGE, multi_model=True),
    )
    return Plan.from_json({**made.to_json(), **changes}).to_json()


def several(variables: Mapping[str, Any], *, failed: str = "") -> dict[str, Any]:
    """Variables of an execution that is about two endpoints, in the states of one of them and after them.

    Args:
        variables: of a deployment.
        failed: error of the second one.
    """
    first = variables["endpoint_name"]
    second = f"{first}-{LONGEST_MODEL}"
    report = {"outcome": "deployed", "changes": {"a": "1 -> 2"}, "unapproved": ["b"], "versions": {"b": "arn/1"}}
    none = {"outcome": "up to date", "changes": {}, "unapproved": [], "versions": {}}
    reports = [
        {"endpoint": first, **report},
        {"endpoint": second, **({"error": failed, "execution": "arn:execution"} if failed else none)},
    ]
    item = {"name": second, "stem": run_names.stem(second)}
    states = {**variables["states"], "input": {**variables["states"]["input"], **item}}
    return {**variables, "states": states, "reports": reports, "report": report}


def find(machine: Machine, variables: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Variables after *Find Endpoints*, of these or of the account's first one."""
    first = variables["endpoint_name"]
    answer = Endpoints(endpoints=tuple(Endpoint(name=name, stem=run_names.stem(name)) for name in names or (first,)))
    return answered(machine, "Find Endpoints", variables, FindEndpoints, answer)


def deploy(
    machine: Machine, *, looks: int = 1, answer: Mapping[str, Any] | None = None, endpoint: str = "", **counts: int
) -> Any:
    """All variables of a deployment that went through every state; tasks answer as the services do."""
    found = identify(machine, {"reason": "approval"}, **counts)
    found = find(machine, found, *([endpoint] if endpoint else []))
    for _ in range(looks):
        found = answered(machine, "Plan Deployment", found, PlanDeployment, Plan.from_json(answer or plan()))
    prefix = f"s3://artifacts/deployments/{found['deployment_id']}/"
    container = Container(image=IMAGE, multi_model=True).definition(prefix, models=["m"])
    staged = Staged(model_data_prefix=prefix, copied=(), fetched=("m",), container=container)
    found = answered(machine, "Stage Deployment", found, StageDeployment, staged)
    for name, argument, arn in (
        ("Create Model", "ModelName", "ModelArn"),
        ("Create Endpoint Config", "EndpointConfigName", "EndpointConfigArn"),
    ):
        made = evaluate(machine["States"][name]["Arguments"], found)[argument]
        kind = "model" if arn == "ModelArn" else "endpoint-config"
        found = after(machine, name, found, {arn: f"arn:aws:sagemaker:us-east-1:111111111111:{kind}/{made}"})
    found = after(machine, "Update Endpoint", found, {})
    described = {"EndpointStatus": "InService", "EndpointConfigName": found["target"]["endpoint_config"]}
    found = after(machine, "Describe Endpoint", found, described)
    found = answered(machine, "Prove Deployment", found, ProveDeployment, Proven(proven=1))
    found = answered(machine, "Record Deployment", found, RecordDeployment, Recorded(removed=()))
    return {**found, **_LEASE, "failure": {"Error": "E", "Cause": "c"}}
