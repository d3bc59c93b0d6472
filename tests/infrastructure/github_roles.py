"""bootstrap/github-oidc.yaml as CloudFormation resolves it."""

from typing import Any

from local_cloud.testing import templates
from tests.conftest import ROOT

ACCOUNT = "444444444444"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
_GIVEN = {
    "Repository": "acme/models",
    "SandboxAccount": "111111111111",
    "QaAccount": "222222222222",
    "ProdAccount": "333333333333",
}


def resources(**parameters: str) -> dict[str, dict[str, Any]]:
    """Properties by logical id."""
    return templates.properties(
        (ROOT / "bootstrap" / "github-oidc.yaml").read_text(encoding="utf-8"),
        account_id=ACCOUNT,
        region="us-east-1",
        parameters={**_GIVEN, **parameters},
        physical_ids={"Provider": PROVIDER},
    )


def role_policy(logical_id: str, **parameters: str) -> dict[str, Any]:
    """The one policy of a role."""
    (policy,) = resources(**parameters)[logical_id]["Policies"]
    document: dict[str, Any] = policy["PolicyDocument"]
    return document
