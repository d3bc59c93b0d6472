"""A fleet of its own for the matrix: tiny models, and as many serving accounts as cells want to hold at once.

The app's own stacks are synthesised with this configuration and given to CloudFormation without the CLI, which takes
longer to start than the engine to deploy.
"""

import io
import json
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_cloud.api import RunningCloud
from local_cloud.testing.waiting import until
from tests.conftest import ROOT

APP, REGION, SANDBOX = "perennial", "us-east-1", "111111111111"
SCRIPTS = Path(__file__).parent / "scripts"
_WAREHOUSE = "sales"
LIMIT_SECONDS = 600


@dataclass(frozen=True, kw_only=True)
class Small:
    """A tiny model.

    Args:
        name: of the model.
        tuned: a tuning job of two trials in place of one training job.
        warehouse: rows come from the warehouse.
        served: the training account serves new versions at once.
        removed: it is removed when none of its versions is approved.
        alone: it has an endpoint of its own.
        linear: of the linear learner, whose versions answer in batch transform jobs.
        answers: it answers files by a schedule.
    """

    name: str
    tuned: bool = False
    warehouse: bool = False
    served: bool = False
    removed: bool = False
    alone: bool = False
    linear: bool = False
    answers: bool = False


def synthesise(folder: Path, models: Sequence[Small], *, serving: Sequence[str]) -> list[str]:
    """Write the assembly; returns the stacks' names, the training account's first.

    Args:
        folder: of the assembly.
        models: of every account.
        serving: ids of the accounts that only serve.
    """
    import aws_cdk as cdk

    from config import rules, schema
    from config.accounts_schema import Autoscaling, Serving, Warehouse
    from contract.names import Names
    from mlops_constructs.retraining import jobs as retraining_jobs
    from stacks.account_stack import AccountStack
    from stacks.retraining import RetrainingSettings

    def names(account_id: str) -> Names:
        environment = "sandbox" if account_id == SANDBOX else "prod"
        return Names(app=APP, environment=environment, account_id=account_id, region=REGION)

    def model(small: Small) -> Any:
        settings = _settings(small)
        with rules.rules_for(settings):
            return schema.Model.model_validate(settings)

    shape: dict[str, Any] = {"instance_type": "ml.m5.large", "instance_count": 1}
    warehouse = Warehouse(
        engine="postgresql", host="127.0.0.1", port=5432, database="sales", secret_name="perennial/sales"
    )
    configured = tuple(model(small) for small in models)
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    app = cdk.App(outdir=str(folder), context=context)
    # A job that hangs must come to its end within the test.
    limits = retraining_jobs.EXTRACT_SECONDS, retraining_jobs._EVALUATION_SECONDS, retraining_jobs._SCORING_SECONDS
    retraining_jobs.EXTRACT_SECONDS = LIMIT_SECONDS
    retraining_jobs._EVALUATION_SECONDS = retraining_jobs._SCORING_SECONDS = LIMIT_SECONDS
    try:
        AccountStack(
            app,
            "Training",
            names=names(SANDBOX),
            training=names(SANDBOX),
            serving_settings=Serving(**shape),
            retraining_settings=RetrainingSettings(
                warehouses={_WAREHOUSE: warehouse},
                scripts=SCRIPTS,
                library=ROOT / "glue_scripts" / "library",
                training_source=ROOT / "training_src",
                queries=_queries(folder),
                readers=[names(account_id) for account_id in serving],
                commit="0" * 40,
            ),
            models=configured,
            env=cdk.Environment(account=SANDBOX, region=REGION),
        )
    finally:
        retraining_jobs.EXTRACT_SECONDS, retraining_jobs._EVALUATION_SECONDS, retraining_jobs._SCORING_SECONDS = limits
    scale = Autoscaling(min_count=1, max_count=2, invocations_per_instance=1000)
    for account_id in serving:
        AccountStack(
            app,
            f"Serving{account_id[:3]}",
            names=names(account_id),
            training=names(SANDBOX),
            serving_settings=Serving(**shape, autoscaling=scale),
            retraining_settings=None,
            models=configured,
            env=cdk.Environment(account=account_id, region=REGION),
        )
    app.synth()
    return ["Training", *(f"Serving{account_id[:3]}" for account_id in serving)]


def deploy(cloud: RunningCloud, assembly: Path, stack: str, account_id: str) -> dict[str, str]:
    """Publish a stack's assets and create it; returns its outputs."""
    _publish(cloud, assembly, stack, account_id)
    client = cloud.client("cloudformation", account_id)
    bucket = f"cdk-hnb659fds-assets-{account_id}-{REGION}"
    cloud.client("ssm", account_id).put_parameter(
        Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String", Overwrite=True
    )
    template = (assembly / f"{stack}.template.json").read_bytes()
    cloud.client("s3", account_id).put_object(Bucket=bucket, Key=f"{stack}.json", Body=template)
    client.create_change_set(
        StackName=stack,
        ChangeSetName="create",
        ChangeSetType="CREATE",
        TemplateURL=f"{cloud.endpoint_url}/{bucket}/{stack}.json",
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    client.execute_change_set(StackName=stack, ChangeSetName="create")

    def settled() -> dict[str, Any] | None:
        found = client.describe_stacks(StackName=stack)["Stacks"][0]
        return None if found["StackStatus"].endswith("_IN_PROGRESS") else found

    found = until(settled, seconds=300)
    reasons = [
        event.get("ResourceStatusReason") for event in client.describe_stack_events(StackName=stack)["StackEvents"]
    ]
    assert found["StackStatus"] == "CREATE_COMPLETE", (stack, [reason for reason in reasons if reason])
    return {item["OutputKey"]: item["OutputValue"] for item in found["Outputs"]}


def _publish(cloud: RunningCloud, assembly: Path, stack: str, account_id: str) -> None:
    client = cloud.client("s3", account_id)
    client.create_bucket(Bucket=f"cdk-hnb659fds-assets-{account_id}-{REGION}")
    files = json.loads((assembly / f"{stack}.assets.json").read_text(encoding="utf-8"))["files"]
    for item in files.values():
        path = assembly / item["source"]["path"]
        body = _zipped(path) if item["source"]["packaging"] == "zip" else path.read_bytes()
        for place in item["destinations"].values():
            client.put_object(Bucket=place["bucketName"], Key=place["objectKey"], Body=body)


def _zipped(folder: Path) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, os.fspath(path.relative_to(folder)))
    return content.getvalue()


def _queries(folder: Path) -> Path:
    """A folder with a query for the warehouse."""
    queries = folder.with_name(f"{folder.name}-queries")
    queries.mkdir(parents=True)
    (queries / "rows.sql").write_text("select 1 as one\n", encoding="utf-8")
    return queries


def _settings(small: Small) -> dict[str, Any]:
    hyperparameters = {"objective": "reg:squarederror", "eval_metric": "rmse", "num_round": 3, "seed": 7}
    settings: dict[str, Any] = {
        "name": small.name,
        "description": "a sum of two features",
        "problem_type": "regression",
        "schedule": {"expression": "rate(1 day)"},
        "etl": {"script": "small_etl.py", "timeout_minutes": 10},
        "training": {"instance_type": "ml.m5.large", "max_runtime_minutes": 10, "hyperparameters": hyperparameters},
        "gate": {"metric": "rmse", "threshold": 30, "tolerance": 30},
        "approval": {"sandbox": "automatic" if small.served else "manual"},
    }
    if small.removed:
        settings["when_unapproved"] = "remove"
    if small.linear:
        settings["algorithm"] = "linear-learner"
        settings["training"] = {
            **settings["training"],
            "hyperparameters": {"predictor_type": "regressor", "mini_batch_size": 10, "epochs": 2, "num_models": 1},
        }
    if small.answers:
        settings["batch_transform"] = {
            "schedule": "cron(0 12 * * ? *)",
            "input": f"{small.name}/new",
            "output": f"{small.name}/answers",
            "join": True,
        }
    if small.alone:
        settings["serving"] = {"endpoint": "own"}
    if small.warehouse:
        settings["source"] = {"type": "warehouse", "warehouse": _WAREHOUSE, "query": "rows.sql", "window_days": 1}
    if small.tuned:
        settings["tuning"] = {
            "metric": "validation:rmse",
            "max_jobs": 2,
            "max_parallel_jobs": 2,
            "max_runtime_minutes": 30,
            "ranges": {"eta": {"type": "continuous", "min": 0.1, "max": 0.5}},
        }
    return settings
