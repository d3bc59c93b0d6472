"""Ways through a workflow that together pass every Task state."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Route:
    """A way through the workflow.

    Args:
        name: for people.
        covers: states whose cells are taken on this way.
        payload: of the execution.
        status: how a run without faults ends.
        end: outcome of one that succeeds, or error of one that fails.
        registers: versions that it makes.
    """

    name: str
    covers: tuple[str, ...]
    payload: Mapping[str, Any] = field(default_factory=dict)
    status: str = "SUCCEEDED"
    end: str = "registered"
    registers: int = 0


TAKE_OVER = Route(
    name="an earlier run died with the lease",
    end="nothing new",
    covers=("Who Has the Lease?", "Look at Its Owner", "Take Over Lease", "Release Lease, Nothing New"),
)
TEST_RUN = Route(
    name="a test run",
    payload={"test_run": True},
    end="test run",
    covers=("Model Training", "Release Lease, Test Run"),
)
NO_DATA = Route(
    name="there is no data",
    status="FAILED",
    end="NoRawDataError",
    covers=("Notify Failure", "Record Failure", "Release Lease After Failure"),
)
AT_ONCE = Route(name="the version may serve at once", registers=1, covers=("Start Deployment",))
FULL = Route(
    name="from the warehouse through tuning",
    registers=1,
    covers=(
        "Load Configuration",
        "Take Lease",
        "Look at Inputs",
        "Extract from Warehouse",
        "Extract, Transform, Load",
        "Read Report",
        "Select Parent Tuning Jobs",
        "Hyperparameter Tuning",
        "Query Training Results",
        "Find Champion",
        "Evaluate",
        "Judge Candidate",
        "Save Model",
        "Record Success",
        "Release Lease",
    ),
)
SCORED = Route(
    name="versions answer in jobs of their own",
    payload={"force": True},
    registers=1,
    covers=("Score Candidate", "Score Champion"),
)
RETRAINING = (FULL, SCORED, AT_ONCE, TAKE_OVER, TEST_RUN, NO_DATA)

FIRST = Route(
    name="the first deployment, after one that failed",
    payload={"force": True},
    end="deployed",
    covers=(
        "Find Endpoints",
        "Take Lease",
        "Plan Deployment",
        "Delete Failed Endpoint",
        "Stage Deployment",
        "Create Model",
        "Create Endpoint Config",
        "Create Log",
        "Keep Log",
        "Create Endpoint",
        "Look at Endpoint",
        "Describe Endpoint",
        "Prove Deployment",
        "Record Deployment",
        "Register Scalable Target",
        "Put Scaling Policy",
        "Release Lease",
    ),
)
UPDATE = Route(name="another version", payload={"force": True}, end="deployed", covers=("Update Endpoint",))
RESTORE = Route(
    name="back to an earlier version", payload={"force": True}, end="restored", covers=("Restore Endpoint",)
)
UNPROVEN_FIRST = Route(
    name="a first version that answers wrongly",
    status="FAILED",
    end="DeploymentNotProvenError",
    covers=("Delete Unproven Endpoint",),
)
UNPROVEN = Route(
    name="a version that answers wrongly",
    payload={"force": True},
    status="FAILED",
    end="DeploymentNotProvenError",
    covers=(
        "Restore Previous Deployment",
        "Describe Rolled-back Endpoint",
        "Remember Failure",
        "Notify Failure",
        "Record Failure",
        "Release Lease After Failure",
    ),
)
DEAD_OWNER = Route(
    name="an earlier deployment died with the lease",
    end="up to date",
    covers=("Who Has the Lease?", "Look at Its Owner", "Take Over Lease"),
)
UNDER_WAY = Route(name="another deployment is under way", end="under way", covers=("Ask to Look Again",))
REMOVED = Route(
    name="no version is approved any more", end="removed", covers=("Warn of Unapproved Models", "Delete Endpoint")
)
ASKED = Route(
    name="somebody asked, and asks for hours", end="up to date", covers=("Read Requests", "Leave It to the Schedule")
)
FAILED_ASKED = Route(
    name="somebody asked one that fails, and asks for hours",
    status="FAILED",
    end="KnownToFail",
    covers=("Read Requests After Failure", "Leave It to the Schedule After Failure"),
)
DEPLOYMENT = (
    UNPROVEN_FIRST,
    FIRST,
    UPDATE,
    RESTORE,
    UNPROVEN,
    DEAD_OWNER,
    UNDER_WAY,
    ASKED,
    FAILED_ASKED,
    REMOVED,
)
