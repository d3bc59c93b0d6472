"""The module that CloudFormation puts beside a function's inline code: answers a request about a custom resource.

Reference: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html
"""

import json
import urllib.request
from typing import Any

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(  # noqa: PLR0917  # as AWS has them
    event: dict[str, Any],
    context: Any,
    responseStatus: str,  # noqa: N803  # functions may name these, as AWS spells them
    responseData: dict[str, Any],  # noqa: N803
    physicalResourceId: str | None = None,  # noqa: N803
    noEcho: bool = False,  # noqa: N803
    reason: str | None = None,
) -> None:
    """Tell CloudFormation how it went.

    Args:
        event: what the function was called with.
        context: of its invocation.
        responseStatus: `SUCCESS` or `FAILED`.
        responseData: what Fn::GetAtt gives.
        physicalResourceId: what Ref gives; the name of the log stream if it is left out.
        noEcho: whether the data is a secret.
        reason: why it failed; where the log is if it is left out.
    """
    stream = context.log_stream_name
    answer = {
        "Status": responseStatus,
        "Reason": reason or f"See the details in CloudWatch Log Stream: {stream}",
        "PhysicalResourceId": physicalResourceId or stream,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "NoEcho": noEcho,
        "Data": responseData,
    }
    body = json.dumps(answer)
    print("Response body:", body)  # noqa: T201  # the log of the function
    request = urllib.request.Request(event["ResponseURL"], data=body.encode(), method="PUT")  # noqa: S310  # CloudFormation's
    request.add_header("Content-Type", "")
    try:
        with urllib.request.urlopen(request) as told:  # noqa: S310  # as above
            print("Status code:", told.status)  # noqa: T201  # as above
    except OSError as error:
        print("send(..) failed:", error)  # noqa: T201  # as above
