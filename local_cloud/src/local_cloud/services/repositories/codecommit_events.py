"""CodeCommit tells EventBridge of branches and tags that changed.

Reference: https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html
"""

from typing import Any

from local_cloud.services.events import bus
from local_cloud.services.repositories import codecommit_store as store
from local_cloud.services.repositories.codecommit_store import CodeCommitError
from local_cloud.services.repositories.pushes import Push

DETAIL_TYPE = "CodeCommit Repository State Change"


def tell(push: Push) -> None:
    """Put one event on the default bus of the repository's account.

    Whoever pushes with git to a folder signs nothing: such an event names the account's root as its caller.
    """
    if push.place.kind != "codecommit":
        return
    try:
        repository = store.change(push.place)
    except CodeCommitError:
        # Deleted meanwhile.
        return
    what = "referenceCreated" if push.old is None else "referenceUpdated" if push.new else "referenceDeleted"
    detail: dict[str, Any] = {
        "callerUserArn": push.caller or f"arn:aws:iam::{push.place.account}:root",
        "event": what,
        "repositoryName": push.place.name,
        "repositoryId": repository.id,
        "referenceType": "branch" if push.branch is not None else "tag",
        "referenceName": push.branch if push.branch is not None else push.tag,
        "referenceFullName": push.ref,
    }
    if push.new:
        detail["commitId"] = push.new
    if push.old:
        detail["oldCommitId"] = push.old
    bus.emit(
        account_id=push.place.account,
        region=push.place.region,
        source="aws.codecommit",
        detail_type=DETAIL_TYPE,
        detail=detail,
        resources=[repository.arn],
    )
