"""The states that take an unproven deployment back."""

from mlops_constructs.deployment import endpoint_update
from mlops_constructs.deployment.endpoint_update import UpdatePolicy
from mlops_constructs.deployment.surroundings import FAILED, Deployment, delete_endpoint
from mlops_constructs.deployment.variables import ENDPOINT_NAME, PLAN
from mlops_constructs.states import asl
from mlops_constructs.states.references import given, jsonata, rendered

_MOST_WAYS_BACK = 3
# What was proven last.
_PROVEN = given(PLAN.serving).endpoint_config


def states(deployment: Deployment) -> dict[str, asl.State]:
    """From ``Something to Go Back to?`` to ``Remember Failure``."""
    back = asl.task(
        "sagemaker:updateEndpoint",
        {
            "EndpointName": rendered(ENDPOINT_NAME),
            "EndpointConfigName": rendered(_PROVEN),
            **deployment.retained_properties,
        },
        service="sagemaker",
        next_state="Wait for Roll-back",
        on_failure="Remember Failure",
        timeout_seconds=60,
        assign={"polls": 0, "ways_back": "{% $ways_back + 1 %}"},
    )
    remember = asl.task(
        "dynamodb:putItem",
        {
            "TableName": deployment.table_name,
            "Item": {"pk": {"S": deployment.failed_key}, "versions": {"S": jsonata(f"$string({PLAN.versions})")}},
        },
        service="dynamodb",
        next_state=FAILED,
        on_failure=FAILED,
        timeout_seconds=60,
    )
    waiting = endpoint_update.wait(
        wanted_config=str(_PROVEN),
        names=("Wait for Roll-back", "Describe Rolled-back Endpoint", "Rolled Back?"),
        max_polls=endpoint_update.max_polls(UpdatePolicy()),
        next_state="Remember Failure",
        otherwise="Go Back Again?",
        on_failure="Remember Failure",
    )
    waiting["Describe Rolled-back Endpoint"] = asl.keep_failure(
        waiting["Describe Rolled-back Endpoint"], next_state="Remember Failure"
    )
    return {
        "Something to Go Back to?": asl.choice(
            [(jsonata(f"$exists({PLAN.serving})"), "Restore Previous Deployment")], default="Delete Unproven Endpoint"
        ),
        # The proof's failure is what the run reports, even if the way back fails too. Whether it did is seen at the
        # endpoint, since a call may take effect although its answer is lost.
        "Restore Previous Deployment": {
            **back,
            "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": back["Assign"], "Next": "Wait for Roll-back"}],
        },
        **waiting,
        # An update back fails as any other does, for example for want of instances; what is unproven serves until then.
        "Go Back Again?": asl.choice(
            [
                (
                    f"{{% $endpoint.status = 'InService' and $ways_back < {_MOST_WAYS_BACK} %}}",
                    "Restore Previous Deployment",
                )
            ],
            default="Explain Failed Roll-back",
        ),
        "Explain Failed Roll-back": {
            "Type": "Pass",
            "Assign": {
                "failure": {
                    "Error": "RollBackFailed",
                    "Cause": f"{{% {asl.reason()} & '; and the endpoint did not go back: it is ' & $endpoint.status"
                    " & ' with ' & $endpoint.config %}",
                }
            },
            "Next": "Remember Failure",
        },
        # What was never proven must not serve.
        "Delete Unproven Endpoint": asl.keep_failure(
            delete_endpoint(next_state="Remember Failure"), next_state="Remember Failure"
        ),
        "Remember Failure": asl.keep_failure(remember, next_state=FAILED),
    }
