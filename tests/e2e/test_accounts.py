"""The serving side of QA and prod, each deployed into its own account."""

import json
from pathlib import Path

import pytest

from perennial.cdk import Cdk
from tests.conftest import ROOT
from tests.e2e.conftest import REGION, Sandbox


@pytest.mark.parametrize(("stack", "account"), [("PerennialQa", "222222222222"), ("PerennialProd", "333333333333")])
def test_a_stack_lands_in_its_account(stack: str, account: str, sandbox: Sandbox, tmp_path: Path) -> None:
    cdk = Cdk(
        root=ROOT,
        environment=sandbox.cloud.environment(account, REGION),
        log=tmp_path / "cdk.log",
    )
    outputs, assembly = tmp_path / "outputs.json", str(sandbox.assembly)

    cdk.run("bootstrap", f"aws://{account}/{REGION}", "--app", assembly)
    cdk.run("deploy", stack, "--require-approval", "never", "--app", assembly, "--outputs-file", str(outputs))

    bucket = json.loads(outputs.read_text(encoding="utf-8"))[stack]["ArtifactBucketName"]
    owned = [item["Name"] for item in sandbox.cloud.client("s3", account).list_buckets()["Buckets"]]
    assert bucket in owned
    assert bucket not in [item["Name"] for item in sandbox.client("s3").list_buckets()["Buckets"]]
