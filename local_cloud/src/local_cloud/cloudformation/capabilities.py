"""What the deployment of a template has to agree to: identities and permissions that it makes. Pure.

Reference: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html: Capabilities
"""

from collections.abc import Sequence

from local_cloud.cloudformation.errors import InsufficientCapabilitiesError
from local_cloud.cloudformation.template import Template


def check(parsed: Template, given: Sequence[str]) -> None:
    """Look whether a request agrees to what its template needs.

    Args:
        parsed: the template.
        given: Capabilities of the request; who agrees to names agrees to resources without one.

    Raises:
        InsufficientCapabilitiesError: it does not.
    """
    needed, _ = required(parsed)
    if needed and not {*needed, "CAPABILITY_NAMED_IAM"} & set(given):
        raise InsufficientCapabilitiesError(f"Requires capabilities : [{', '.join(needed)}]")


def required(parsed: Template) -> tuple[list[str], str | None]:
    """What a template's deployment has to agree to, and why.

    Reference: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html#using-iam-capabilities
    """
    resources = [item for item in parsed["Resources"].values() if item["Type"].startswith("AWS::IAM::")]
    if not resources:
        return [], None
    # A policy within a role is a part of it, its name is none of the account's.
    named = any(
        f"{item['Type'].rsplit('::', 1)[-1]}Name" in item.get("Properties", {})
        for item in resources
        if item["Type"] != "AWS::IAM::Policy"
    )
    types = sorted({item["Type"] for item in resources})
    return [f"CAPABILITY_{'NAMED_' if named else ''}IAM"], (
        f"The following resource(s) require capabilities: [{', '.join(types)}]"
    )
