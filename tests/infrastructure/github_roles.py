"""bootstrap/github-oidc.yaml as CloudFormation resolves it."""

from typing import Any

from local_cloud.cloudformation import template
from local_cloud.cloudformation.engine import pseudo_parameters
from local_cloud.cloudformation.intrinsics import Scope
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
    parsed = template.parse((ROOT / "bootstrap" / "github-oidc.yaml").read_text(encoding="utf-8"))
    defaults = {
        name: str(declared["Default"]) for name, declared in parsed["Parameters"].items() if "Default" in declared
    }
    scope = Scope(
        template=parsed,
        parameters={**defaults, **_GIVEN, **parameters},
        pseudo=pseudo_parameters("perennial-github", "", ACCOUNT, "us-east-1"),
        physical_ids={"Provider": PROVIDER},
        attributes={},
        exports={},
    )
    return {name: scope.resolve(resource["Properties"]) for name, resource in parsed["Resources"].items()}


def role_policy(logical_id: str, **parameters: str) -> dict[str, Any]:
    """The one policy of a role."""
    (policy,) = resources(**parameters)[logical_id]["Policies"]
    document: dict[str, Any] = policy["PolicyDocument"]
    return document
