"""How an execution that is about several endpoints starts one for each of them, and sums up what they did.

Each is an execution of this same state machine, with a lease, a history and notifications of its own: what fails at one
endpoint leaves the others alone. The one that started them fails in the end, so that somebody who waits sees it, and
says where; why, those that failed have told.
Reference: https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
"""

from contract import run_names
from mlops_constructs.deployment.variables import ENDPOINTS, INPUT, REPORTS
from mlops_constructs.states import asl
from mlops_constructs.states.references import jsonata, name_of, rendered

STATE = "Deploy to Each Endpoint"
# Each takes its part of the quotas of Lambda and SageMaker.
_MOST_AT_ONCE = 10
# Step Functions' own mark of a nested execution, which its console follows:
# https://docs.aws.amazon.com/step-functions/latest/dg/concepts-nested-workflows.html
_STARTED_BY = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"
_FAILED = f"{REPORTS}[$exists(error)]"


def states(*, timeout_seconds: int) -> dict[str, asl.State]:
    """From ``Deploy to Each Endpoint`` to its ends.

    Args:
        timeout_seconds: of the execution for one endpoint.
    """
    return {
        STATE: {
            "Type": "Map",
            "Items": rendered(ENDPOINTS),
            "MaxConcurrency": _MOST_AT_ONCE,
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "Deploy to Endpoint",
                "States": _one(timeout_seconds),
            },
            "Assign": {name_of(REPORTS): "{% $states.result %}"},
            "Next": "Did All Succeed?",
        },
        "Did All Succeed?": asl.choice(
            [(jsonata(f"$exists({_FAILED})"), "Endpoints Failed")], default="Endpoints Done"
        ),
        "Endpoints Failed": {
            "Type": "Fail",
            "Error": "EndpointsFailed",
            "Cause": jsonata(
                f"$join({_FAILED}.(endpoint & ': ' & error & (execution != '' ? ' in ' & execution : '')), '; ')"
                " & '; each told its reason itself, and every other endpoint is done'"
            ),
        },
        "Endpoints Done": {
            "Type": "Succeed",
            "Output": {
                "outcome": jsonata(f"$join($distinct({REPORTS}.outcome), ', ')"),
                "endpoints": rendered(REPORTS),
                "changes": jsonata(f"$merge({REPORTS}.changes)"),
                "unapproved": jsonata(f"[{REPORTS}.unapproved]"),
                # Of the models that have no approved version only: all of a fleet's are too many for an output.
                "versions": jsonata(f"$merge({REPORTS}.versions)"),
            },
        },
    }


def _one(timeout_seconds: int) -> dict[str, asl.State]:
    """The states of one endpoint, whose input is its name and its stem."""
    found, unapproved = "$states.result.Output", "$states.result.Output.unapproved"
    deploy = asl.task(
        "states:startExecution.sync:2",
        {
            "StateMachineArn": "{% $states.context.StateMachine.Id %}",
            "Name": run_names.execution("$states.input.stem"),
            "Input": jsonata(
                f"$merge([{INPUT}, {{'endpoint': $states.input.name, '{_STARTED_BY}': $states.context.Execution.Id}}])"
            ),
        },
        service="states",
        next_state="Note Endpoint",
        on_failure="Note Failed Endpoint",
        timeout_seconds=timeout_seconds,
        assign={
            "report": {
                "outcome": f"{{% {found}.outcome %}}",
                "changes": f"{{% $exists({found}.changes) ? {found}.changes : {{}} %}}",
                "unapproved": f"{{% $exists({unapproved}) ? [{unapproved}] : [] %}}",
                "versions": (
                    f"{{% $exists({unapproved}) ? $merge([{{}}, $sift({found}.versions, function($version, $model)"
                    f" {{ $model in {unapproved} }})]) : {{}} %}}"
                ),
            }
        },
    )
    # What follows is about the same endpoint, not about what the task or its error said.
    same = "{% $states.input %}"
    *_, caught = deploy["Catch"]
    return {
        "Deploy to Endpoint": {**deploy, "Output": same, "Catch": [{**caught, "Output": same}]},
        "Note Endpoint": {
            "Type": "Pass",
            "Output": jsonata("$merge([{'endpoint': $states.input.name}, $report])"),
            "End": True,
        },
        "Note Failed Endpoint": {
            "Type": "Pass",
            "Output": {
                "endpoint": "{% $states.input.name %}",
                "error": _described("Error", otherwise="$failure.Error"),
                "execution": _described("ExecutionArn", otherwise="''"),
            },
            "End": True,
        },
    }


def _described(member: str, *, otherwise: str) -> str:
    """JSONata for a member of the description of an execution that failed, which is the failure's cause.

    The description may be cut off, so that it is looked at as a text.

    Args:
        member: its name.
        otherwise: JSONata without its braces for what else, where the cause is none.
    """
    told, opening = """$replace($failure.Cause, '": "', '":"')""", f"""'"{member}":"'"""
    found = f"$substringBefore($substringAfter($told, {opening}), '\"')"
    return str(jsonata(f"($told := {told}; $contains($told, {opening}) ? {found} : {otherwise})"))
