"""The sample pipeline of CDK Pipelines' documentation, deployed by the CLI and run from a push to its end.

References:
    https://docs.aws.amazon.com/cdk/v2/guide/cdk-pipeline.html
    https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.pipelines-readme.html
"""

import json
import shutil
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from integration.distribution.commands import CDK, DISTRIBUTION, REGION, cdk_variables, run
from integration.repositories import users
from local_cloud.kernel import lifecycle
from local_cloud.kernel.lifecycle import RunningCloud
from local_cloud.kernel.settings import Settings
from local_cloud.testing.roles import ACCOUNT
from local_cloud.testing.waiting import until

APP = Path(__file__).parent / "pipeline_app"
PACKAGES = DISTRIBUTION.parent / "node_modules"
CONNECTION = f"arn:aws:codestar-connections:{REGION}:{ACCOUNT}:connection/00000000-0000-0000-0000-000000000000"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    settings = Settings(state_dir=tmp_path_factory.mktemp("state"), port=0, node_modules=PACKAGES)
    with lifecycle.start(settings) as running:
        yield running


@pytest.fixture(scope="module")
def clone(cloud: RunningCloud, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, pushed to where its connection leads."""
    folder = tmp_path_factory.mktemp("sample") / "clone"
    shutil.copytree(APP, folder, ignore=shutil.ignore_patterns("__pycache__"))
    cli = json.loads((PACKAGES / "aws-cdk" / "package.json").read_text(encoding="utf-8"))["version"]
    files = {
        "cdk.json": json.dumps({"app": "python3 app.py", "context": {"cli-version": cli}}),
        "requirements.txt": f"aws-cdk-lib=={version('aws-cdk-lib')}\nconstructs>=10.0.0,<11.0.0\n",
        ".gitignore": "cdk.out\n__pycache__\n",
    }
    users.commit(folder, files)
    cloud.control("connection", {"arn": CONNECTION})
    users.push(folder, cloud.control("repository", {"account": ACCOUNT, "name": "owner/repo"})["path"])
    return folder


def _ended(client: Any) -> dict[str, Any] | None:
    found = client.list_pipeline_executions(pipelineName="MyPipeline")["pipelineExecutionSummaries"]
    return None if not found or found[0]["status"] in {"InProgress", "Stopping"} else dict(found[0])


def test_the_sample_pipeline_runs_to_its_end(cloud: RunningCloud, clone: Path, tmp_path: Path) -> None:
    variables = cdk_variables(cloud, tmp_path)
    run(*CDK, "bootstrap", f"aws://{ACCOUNT}/{REGION}", "--no-notices", folder=tmp_path, **variables)
    run(*CDK, "deploy", "--no-notices", "--require-approval", "never", folder=clone, **variables)
    client = cloud.client("codepipeline", ACCOUNT, REGION)

    ended = until(lambda: _ended(client), seconds=120)

    actions = client.list_action_executions(pipelineName="MyPipeline")["actionExecutionDetails"]
    told = {(item["stageName"], item["actionName"]): item for item in reversed(actions)}
    assert ended["status"] == "Succeeded", [
        item["output"]["executionResult"] for item in actions if item["status"] == "Failed"
    ]
    assert list(told) == [
        ("Source", "owner_repo"),
        ("Build", "Synth"),
        ("UpdatePipeline", "SelfMutate"),
        ("test", "LambdaStack.Prepare"),
        ("test", "LambdaStack.Deploy"),
        ("test", "validate"),
        ("prod", "Prepare"),
        ("prod", "Deploy"),
    ]
    stacks = cloud.client("cloudformation", ACCOUNT, REGION)
    functions = cloud.client("lambda", ACCOUNT, REGION)
    for stage in ("test", "prod"):
        (stack,) = stacks.describe_stacks(StackName=f"{stage}-LambdaStack")["Stacks"]
        answer = functions.invoke(FunctionName=stack["Outputs"][0]["OutputValue"])
        # What a handler returns that is neither async nor calls back is lost, as in Lambda.
        assert "FunctionError" not in answer
        assert json.loads(answer["Payload"].read()) is None
    (source,) = ended["sourceRevisions"]
    assert source["revisionId"] == users.git(clone, "rev-parse", "HEAD")
