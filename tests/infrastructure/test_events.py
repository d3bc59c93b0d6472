"""How a decision in the registry reaches the deployment workflow of every account."""

import json

from mlops_constructs.watch.execution_events import UNCAUGHT
from tests.infrastructure.templates import Template, granted, of_type, text

_PATTERN = {
    # https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    "account": ["111111111111"],
    "source": ["aws.sagemaker"],
    "detail-type": ["SageMaker Model Package State Change"],
    "detail": {
        "ModelPackageGroupName": [{"prefix": "perennial-"}],
        "ModelApprovalStatus": ["Approved", "Rejected"],
    },
}


def test_only_decisions_on_our_groups_are_listened_to(each: Template) -> None:
    rules = [
        item
        for name, item in each["Resources"].items()
        if name.startswith("Approvals") and "Targets" in item["Properties"]
    ]
    assert rules
    assert all(rule["Properties"]["EventPattern"] == _PATTERN for rule in rules)
    assert all(rule["Properties"]["State"] == "ENABLED" for rule in of_type(each, "AWS::Events::Rule"))


def test_an_execution_that_ends_without_its_failure_path_is_announced(each: Template, sandbox: Template) -> None:
    (rule,) = [
        item["Properties"]
        for name, item in each["Resources"].items()
        if item["Type"] == "AWS::Events::Rule" and name.startswith("Executions")
    ]
    machines = [name for name, item in each["Resources"].items() if item["Type"] == "AWS::StepFunctions::StateMachine"]
    assert len(machines) == (2 if each is sandbox else 1)
    # https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
    assert rule["EventPattern"]["source"] == ["aws.states"]
    assert rule["EventPattern"]["detail-type"] == ["Step Functions Execution Status Change"]
    detail = rule["EventPattern"]["detail"]
    assert sorted(arn["Ref"] for arn in detail["stateMachineArn"]) == sorted(machines)
    stopped, uncaught = detail["$or"]
    assert stopped == {"status": ["ABORTED", "TIMED_OUT"]}
    assert uncaught["status"] == ["FAILED"]
    assert "States.Runtime" in uncaught["error"]
    (target,) = rule["Targets"]
    (topic,) = [name for name, item in each["Resources"].items() if item["Type"] == "AWS::SNS::Topic"]
    assert target["Arn"] == {"Ref": topic}
    assert target["RoleArn"]["Fn::GetAtt"][0].startswith("EventsRole")
    assert granted(each, "EventsRole", "sns:") == {"sns:Publish": {f"${{{topic}}}"}}


def test_a_failure_that_a_workflow_announces_is_announced_once(each: Template) -> None:
    # Of failures only those are announced here that no Catch sees, whose execution fails under their own name.
    for item in of_type(each, "AWS::StepFunctions::StateMachine"):
        states = json.loads(text(item["Properties"]["DefinitionString"]))["States"]
        failures = [state for state in states.values() if state["Type"] == "Fail"]
        assert failures
        errors = {state["Error"] for state in failures} - {"{% $failure.Error %}"}
        # What started executions for several endpoints fails by a name of its own, and each that failed has told it.
        assert errors <= {"EndpointsFailed"}
        assert not errors & set(UNCAUGHT)
        tasks = [state for state in states.values() if state["Type"] == "Task"]
        assert all(state["Catch"][-1]["ErrorEquals"] == ["States.ALL"] for state in tasks)


def test_every_account_starts_its_own_deployment(each: Template) -> None:
    rule = each["Resources"][next(name for name in each["Resources"] if name.startswith("ApprovalsDeploy"))]
    (target,) = rule["Properties"]["Targets"]
    machine = each["Resources"][target["Arn"]["Ref"]]
    assert machine["Type"] == "AWS::StepFunctions::StateMachine"
    assert target["Arn"]["Ref"].startswith("Deployment")
    assert granted(each, "EventsRole", "states:")["states:StartExecution"] == {f"${{{target['Arn']['Ref']}}}"}


def test_the_training_account_forwards_to_the_buses_of_the_others(sandbox: Template) -> None:
    (rule,) = [item for name, item in sandbox["Resources"].items() if name.startswith("ApprovalsForward")]
    buses = {target["Arn"] for target in rule["Properties"]["Targets"]}
    assert buses == {
        f"arn:aws:events:us-east-1:{account}:event-bus/default" for account in ("222222222222", "333333333333")
    }
    assert granted(sandbox, "EventsRole", "events:") == {"events:PutEvents": buses}


def test_nobody_forwards_what_was_forwarded(serving: Template) -> None:
    assert "events:PutEvents" not in granted(serving, "EventsRole")


def test_a_bus_lets_the_registrys_account_put_sagemakers_events_only(serving: Template) -> None:
    (policy,) = of_type(serving, "AWS::Events::EventBusPolicy")
    statement = policy["Properties"]["Statement"]
    assert statement["Effect"] == "Allow"
    assert text(statement["Principal"]["AWS"]) == "arn:aws:iam::111111111111:root"
    assert statement["Action"] == "events:PutEvents"
    assert text(statement["Resource"]).endswith(":event-bus/default")
    assert statement["Condition"] == {"StringEquals": {"events:source": "aws.sagemaker"}}
    assert "EventBusName" not in policy["Properties"]


def test_the_training_account_lets_nobody_put_events(sandbox: Template) -> None:
    assert not of_type(sandbox, "AWS::Events::EventBusPolicy")


def test_every_trigger_that_starts_nothing_is_kept(each: Template) -> None:
    (queue,) = [name for name, item in each["Resources"].items() if item["Type"] == "AWS::SQS::Queue"]
    arn = {"Fn::GetAtt": [queue, "Arn"]}
    targets = [target for rule in of_type(each, "AWS::Events::Rule") for target in rule["Properties"]["Targets"]]
    targets += [item["Properties"]["Target"] for item in of_type(each, "AWS::Scheduler::Schedule")]
    assert len(targets) >= 2
    assert all(target["DeadLetterConfig"] == {"Arn": arn} for target in targets)
    asynchronous = [
        item["Properties"]
        for name, item in each["Resources"].items()
        if item["Type"] == "AWS::Lambda::Function" and name.startswith("Dispatcher")
    ]
    assert all(function["DeadLetterConfig"] == {"TargetArn": arn} for function in asynchronous)


def test_rules_may_send_to_the_dead_letter_queue(each: Template) -> None:
    (policy,) = of_type(each, "AWS::SQS::QueuePolicy")
    allowed = [
        statement["Condition"]["ArnEquals"]["aws:SourceArn"]["Fn::GetAtt"][0]
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow" and statement["Principal"] == {"Service": "events.amazonaws.com"}
    ]
    rules = [name for name, item in each["Resources"].items() if item["Type"] == "AWS::Events::Rule"]
    assert sorted(allowed) == sorted(rules)


def test_schedules_are_few_and_give_up_before_the_next_hour(each: Template, sandbox: Template) -> None:
    schedules = {item["Properties"]["Name"]: item["Properties"] for item in of_type(each, "AWS::Scheduler::Schedule")}
    expected = {"deployment": "rate(1 hour)"} | ({"retraining": "rate(5 minutes)"} if each is sandbox else {})
    assert {name: item["ScheduleExpression"] for name, item in schedules.items()} == expected
    for item in schedules.values():
        assert item["GroupName"] == "perennial"
        assert item["Target"]["RetryPolicy"]["MaximumEventAgeInSeconds"] < 3600
        assert 1 <= item["Target"]["RetryPolicy"]["MaximumRetryAttempts"] <= 3
        assert item["FlexibleTimeWindow"] == {"Mode": "OFF"}


def test_the_dispatcher_learns_when_it_was_due(sandbox: Template) -> None:
    (schedule,) = [
        item for item in of_type(sandbox, "AWS::Scheduler::Schedule") if item["Properties"]["Name"] == "retraining"
    ]
    target = schedule["Properties"]["Target"]
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    assert json.loads(target["Input"]) == {"scheduled_time": "<aws.scheduler.scheduled-time>"}
    function = sandbox["Resources"][target["Arn"]["Fn::GetAtt"][0]]
    assert function["Properties"]["Handler"] == "retraining.handlers.dispatch_retraining.lambda_handler"
