"""Deployments as a state machine, in JSONata: from the registry's wish to endpoints that are proven to serve it.

An execution that is about one endpoint deploys to it; one that is about several starts an execution for each of them.
What is under way is never disturbed: a deployment that finds another one asks it to look again and ends, so that any
number of approvals becomes one or two endpoint updates. The module is pure: strings in, Amazon States Language out.
"""

from typing import Any

from contract import run_names
from contract.calls.find_endpoints import FindEndpoints
from contract.calls.plan_deployment import PlanDeployment
from mlops_constructs.deployment import roll_back as deployment_roll_back
from mlops_constructs.deployment import several
from mlops_constructs.deployment import switch as deployment_switch
from mlops_constructs.deployment.surroundings import (
    ENDPOINT_IS_GONE,
    FAILED,
    RELEASE,
    Deployment,
    delete_endpoint,
    planned,
    tell,
)
from mlops_constructs.deployment.variables import (
    DEPLOYMENT_ID,
    ENDPOINT_NAME,
    ENDPOINTS,
    FORCE,
    INPUT,
    MODEL_DATA_PREFIX,
    NAMED,
    NOTHING,
    PLAN,
    RUN_ID,
    STEM,
    TARGET,
)
from mlops_constructs.states import asl, leases
from mlops_constructs.states.references import answered, given, jsonata, name_of, rendered

_TIMEOUT_SECONDS = 20 * 3600
# A deployment looks again for everybody who asked meanwhile. Waiting takes 2,160 of an execution's 25,000 events an
# hour, so that a fleet that never rests must be left to the next schedule after a while.
_LOOK_AGAIN_SECONDS = 2 * 3600
# Whoever waits for several endpoints must outlive them.
_ONE_OF_SEVERAL_SECONDS = _TIMEOUT_SECONDS - 300


def definition(deployment: Deployment) -> dict[str, Any]:
    """The whole state machine."""
    return {
        "Comment": "Makes the endpoints serve the newest approved version of every model.",
        "QueryLanguage": "JSONata",
        "StartAt": "Identify Deployment",
        "TimeoutSeconds": _TIMEOUT_SECONDS,
        "States": {
            **_start(deployment),
            **several.states(timeout_seconds=_ONE_OF_SEVERAL_SECONDS),
            **_decide(deployment),
            **deployment_switch.stage(deployment),
            **deployment_switch.switch(deployment),
            **deployment_switch.prove(deployment),
            **deployment_roll_back.states(deployment),
            **_end(deployment),
        },
    }


def _start(deployment: Deployment) -> dict[str, asl.State]:
    take = leases.take(
        table_name=deployment.table_name,
        key=deployment.lease_key,
        lease_seconds=_TIMEOUT_SECONDS + 600,
        next_state="Plan Deployment",
        on_busy="Who Has the Lease?",
        on_failure=FAILED,
    )
    take_over = leases.take_over(
        table_name=deployment.table_name,
        key=deployment.lease_key,
        lease_seconds=_TIMEOUT_SECONDS + 600,
        retake="Take Lease",
        next_state="Plan Deployment",
        on_busy="Ask to Look Again",
        on_failure=FAILED,
    )
    return {
        "Identify Deployment": {
            "Type": "Pass",
            "Comment": "Names derive from the execution, so that a retry never collides.",
            "Assign": {
                name_of(RUN_ID): run_names.RUN_ID,
                name_of(DEPLOYMENT_ID): run_names.RUN_ID,
                # As it is: the plan refuses what is neither true nor false.
                name_of(FORCE): "{% $exists($states.input.force) ? $states.input.force : false %}",
                # What the rule on approvals passes; a list when there are more.
                name_of(NAMED): "{% $exists($states.input.model_package) ? [$states.input.model_package] : [] %}",
                name_of(INPUT): "{% $states.input %}",
                # Until it is known which one it is about.
                name_of(ENDPOINT_NAME): deployment.first_endpoint,
                name_of(STEM): run_names.stem(deployment.first_endpoint),
                "requests": 0,
                "looks": 0,
                "started": "{% $millis() %}",
            },
            "Next": "Find Endpoints",
        },
        "Find Endpoints": _find(deployment),
        "Several Endpoints?": asl.choice([(jsonata(f"$count({ENDPOINTS}) > 1"), several.STATE)], default="Take Lease"),
        "Take Lease": leases.keeping_names(take),
        **take_over,
        "Take Over Lease": leases.keeping_names(take_over["Take Over Lease"]),
        "Ask to Look Again": leases.request(
            table_name=deployment.table_name,
            key=deployment.lease_key,
            next_state="Under Way",
            on_free="Take Lease",
            on_failure=FAILED,
        ),
        "Under Way": {
            "Type": "Succeed",
            "Output": {"outcome": "under way", "endpoint": rendered(ENDPOINT_NAME)},
        },
    }


def _find(deployment: Deployment) -> asl.State:
    found = answered(FindEndpoints).endpoints
    return asl.invoke(
        deployment.find_function_arn,
        FindEndpoints(run_id=RUN_ID, input=INPUT),
        next_state="Several Endpoints?",
        on_failure=FAILED,
        timeout_seconds=300,
        assign={
            name_of(ENDPOINTS): rendered(found),
            # That of whoever deploys to one; whoever starts others for several needs none.
            name_of(ENDPOINT_NAME): jsonata(f"{found}[0].name"),
            name_of(STEM): jsonata(f"{found}[0].stem"),
        },
    )


def _decide(deployment: Deployment) -> dict[str, asl.State]:
    plan = asl.invoke(
        deployment.plan_function_arn,
        PlanDeployment(endpoint_name=ENDPOINT_NAME, run_id=RUN_ID, shape=deployment.shape, force=FORCE, named=NAMED),
        next_state="Anything Unapproved?",
        on_failure=FAILED,
        timeout_seconds=900,
        answer=PLAN,
        assign={
            # The plan remembers them.
            name_of(NAMED): [],
            # Until it is known; what removes the endpoint has none.
            name_of(TARGET): rendered(NOTHING),
            # A later look in the same execution needs names of its own.
            name_of(DEPLOYMENT_ID): jsonata(f"{RUN_ID} & ($looks = 0 ? '' : '-' & $string($looks))"),
            "looks": "{% $looks + 1 %}",
            "ways_back": 0,
        },
        retries=[
            {"ErrorEquals": ["EndpointBusyError"], "IntervalSeconds": 30, "BackoffRate": 1, "MaxAttempts": 120},
        ],
    )
    return {
        "Plan Deployment": plan,
        "Anything Unapproved?": asl.choice(
            [(jsonata(f"$count({PLAN.unapproved}) > 0"), "Warn of Unapproved Models")], default="What to Do?"
        ),
        "Warn of Unapproved Models": tell(
            deployment,
            subject="models serve without an approved version",
            message={"unapproved": rendered(PLAN.unapproved)},
            next_state="What to Do?",
        ),
        "What to Do?": asl.choice(
            [
                (planned("nothing to serve"), RELEASE),
                (planned("up to date"), deployment_switch.after_record(deployment)),
                (planned("known to fail"), "Explain Known Failure"),
                (
                    jsonata(f"$exists({PLAN.serving}) and {given(PLAN.serving).status} = 'Failed'"),
                    "Delete Failed Endpoint",
                ),
                (planned("restored"), "Restore Deployment"),
                (planned("removed"), "Delete Endpoint"),
            ],
            default="Stage Deployment",
        ),
        "Explain Known Failure": asl.fail_with(
            "KnownToFail",
            "{% 'these changes failed in their last deployment: '"
            f" & $join($each({PLAN.changes}, function($change, $model) {{ $model & ' ' & $change }}), ', ')"
            " & '; reject or approve another version, or try them again with `deploy --force`' %}",
            next_state=FAILED,
        ),
        # SageMaker does not update an endpoint whose creation failed.
        "Delete Failed Endpoint": delete_endpoint(next_state="Plan Deployment", on_failure="Was Failed Endpoint Gone?"),
        "Was Failed Endpoint Gone?": asl.choice([(ENDPOINT_IS_GONE, "Plan Deployment")], default=FAILED),
        "Delete Endpoint": delete_endpoint(next_state="Record Deployment", on_failure="Was Endpoint Gone?"),
        "Was Endpoint Gone?": asl.choice([(ENDPOINT_IS_GONE, "Record Deployment")], default=FAILED),
        "Restore Deployment": {
            "Type": "Pass",
            "Comment": "An earlier deployment served exactly this, and all of it still exists.",
            "Assign": {
                name_of(TARGET): rendered(PLAN.restore),
                name_of(MODEL_DATA_PREFIX): rendered(given(PLAN.restore).model_data_prefix),
            },
            "Next": "Restore Endpoint",
        },
    }


def _end(deployment: Deployment) -> dict[str, asl.State]:
    def look_again(suffix: str, next_state: str) -> dict[str, asl.State]:
        release, read = f"Release Lease{suffix}", f"Read Requests{suffix}"
        time_left, leave = f"Time to Look Again{suffix}?", f"Leave It to the Schedule{suffix}"
        return {
            release: leases.release_unless_requested(
                table_name=deployment.table_name, key=deployment.lease_key, next_state=next_state, on_requested=read
            ),
            read: leases.read_requests(
                table_name=deployment.table_name,
                key=deployment.lease_key,
                next_state=time_left,
                otherwise=next_state,
            ),
            time_left: asl.choice(
                [(f"{{% $millis() - $started < {_LOOK_AGAIN_SECONDS * 1000} %}}", "Plan Deployment")], default=leave
            ),
            leave: leases.expire(table_name=deployment.table_name, key=deployment.lease_key, next_state=next_state),
        }

    return {
        FAILED: tell(
            deployment,
            subject="deployment failed",
            message={
                "error": "{% $failure.Error %}",
                "reason": f"{{% {asl.reason()} %}}",
                # Its functions say what matters in the reason; the container's own words are here.
                "log": jsonata(
                    f"'aws logs tail {deployment_switch.LOG_GROUP_PREFIX}' & {ENDPOINT_NAME} & ' --since 1h'"
                ),
            },
            next_state="Record Failure",
        ),
        "Record Failure": asl.append_failure(
            table_name=deployment.history_table_name,
            subject=str(ENDPOINT_NAME),
            moment=str(DEPLOYMENT_ID),
            next_state="Release Lease After Failure",
        ),
        **look_again(" After Failure", "Deployment Failed"),
        "Deployment Failed": {"Type": "Fail", "Error": "{% $failure.Error %}", "Cause": "{% $failure.Cause %}"},
        **look_again("", "Done"),
        "Done": {
            "Type": "Succeed",
            "Output": {
                "outcome": rendered(PLAN.action),
                "endpoint": rendered(ENDPOINT_NAME),
                "versions": rendered(PLAN.versions),
                "changes": rendered(PLAN.changes),
                "unapproved": rendered(PLAN.unapproved),
                "deployment_id": rendered(DEPLOYMENT_ID),
            },
        },
    }
