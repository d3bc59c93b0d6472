"""Each patch's reason: unpatched moto still has the fault. When one of these fails, moto was corrected: drop the patch."""

from integration.moto_patches.probes import SAGEMAKER, moto

_PARSER = "moto.stepfunctions.parser.asl"
_SERVICE = f"{_PARSER}.component.state.exec.state_task.service"


def test_moto_still_keeps_two_sets_of_state_machines() -> None:
    said = moto("""
        import moto.stepfunctions.models as plain, moto.stepfunctions.parser.models as interpreter
        print(plain.stepfunctions_backends is interpreter.stepfunctions_parser_backends)
    """)

    assert said == "False"


def test_moto_still_breaks_strings_with_quotes() -> None:
    said = moto(f"""
        from {_PARSER}.jsonata.jsonata import encode_jsonata_variable_declarations as encode
        print(encode({{"$a": 'say "hi"'}}))
    """)

    assert said == '$a:="say "hi"";'


def test_moto_still_parses_a_definition_for_every_execution() -> None:
    said = moto(f"""
        from {_PARSER}.parse import asl_parser

        lexer, times = asl_parser.ASLLexer, []
        asl_parser.ASLLexer = lambda stream: times.append(1) or lexer(stream)
        definition = '{{"StartAt": "S", "States": {{"S": {{"Type": "Succeed"}}}}}}'
        for _ in range(2):
            asl_parser.AmazonStateLanguageParser.parse(definition)
        print(len(times))
    """)

    assert said == "2"


def test_moto_still_calls_an_unnamed_execution_none() -> None:
    said = moto("""
        import inspect
        from moto.stepfunctions.responses import StepFunctionResponse
        print("uuid" in inspect.getsource(StepFunctionResponse.start_execution))
    """)

    assert said == "False"


def test_moto_still_interrupts_a_callback_endpoint_that_glue_does_not_have() -> None:
    said = moto(f"""
        import inspect
        from {_SERVICE} import state_task_service_callback as callback, state_task_service_glue as glue
        from {_SERVICE}.resource import ResourceCondition
        source = inspect.getsource(callback.StateTaskServiceCallback._eval_integration_pattern)
        unguarded = "finally:" in source and "if callback_endpoint" not in source.split("finally:")[1]
        print(unguarded, ResourceCondition.WaitForTaskToken in glue._SUPPORTED_INTEGRATION_PATTERNS)
    """)

    assert said == "True False"


def test_moto_still_spells_sdk_errors_in_lower_case() -> None:
    said = moto(f"""
        from {_SERVICE}.state_task_service_aws_sdk import StateTaskServiceAwsSdk as sdk
        print(sdk._normalise_service_error_name("sagemaker"), sdk._normalise_service_error_name("s3"))
    """)

    assert said.splitlines()[-1] == "sagemaker s3"


def test_moto_still_puts_a_stream_into_the_state() -> None:
    said = moto(f"""
        import inspect
        from {_SERVICE}.state_task_service_aws_sdk import StateTaskServiceAwsSdk as sdk
        source = inspect.getsource(sdk)
        print("_from_boto_response" in source, "StreamingBody" in source)
    """)

    assert said == "False False"


def test_moto_still_refuses_to_fail_with_a_caught_error() -> None:
    said = moto(f"""
        from {_PARSER}.component.common.error_name.custom_error_name import CustomErrorName
        try:
            CustomErrorName("States.Timeout")
        except ValueError as error:
            print("refused")
    """)

    assert said == "refused"


def test_moto_still_has_no_redrive_count() -> None:
    said = moto(f"""
        import inspect
        from moto.stepfunctions.parser.backend import execution_worker
        from {_PARSER}.eval import states
        print("RedriveCount" in inspect.getsource(execution_worker) + inspect.getsource(states))
    """)

    assert said == "False"


def test_moto_still_accepts_any_name_of_an_execution_and_does_not_lock() -> None:
    said = moto("""
        import inspect
        from moto.stepfunctions.parser.models import StepFunctionsParserBackend
        source = inspect.getsource(StepFunctionsParserBackend.start_execution)
        print("TODO: validate name format" in source, "with lock" in source)
    """)

    assert said == "True False"


def test_moto_still_describes_a_text_without_quotes_and_a_timeout_without_its_end() -> None:
    said = moto("""
        import inspect
        from moto.stepfunctions.responses import StepFunctionResponse
        source = inspect.getsource(StepFunctionResponse.describe_execution)
        print('response["output"] = execution.output' in source, "TIMED_OUT" in source)
    """)

    assert said == "True False"


def test_moto_still_drops_the_reason_of_a_stop() -> None:
    said = moto("""
        import inspect
        from moto.stepfunctions.models import StateMachine
        from moto.stepfunctions.parser.asl.eval.environment import Environment
        from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication
        stopped = inspect.getsource(BaseExecutionWorkerCommunication).split("ProgramStopped")[1].split("elif")[0]
        print('error="", cause=""' in inspect.getsource(StateMachine.stop_execution), "cause" in stopped)
        print("ProgramStopped" in inspect.getsource(Environment.set_error))
    """)

    assert said.split() == ["True", "False", "False"]


def test_moto_still_sleeps_through_the_stop_of_a_retry() -> None:
    said = moto(f"""
        import inspect
        from {_PARSER}.component.common.retry.retrier_decl import RetrierDecl
        print("time.sleep(interval_seconds)" in inspect.getsource(RetrierDecl))
    """)

    assert said == "True"


def test_moto_still_writes_events_behind_the_last_one() -> None:
    said = moto(f"""
        from moto.stepfunctions.parser.api import HistoryEventType
        from {_PARSER}.eval.event.event_manager import EventHistoryContext, EventManager
        manager, context = EventManager(), EventHistoryContext.of_program_start()
        manager.add_event(context, HistoryEventType.ExecutionAborted)
        manager.add_event(context, HistoryEventType.MapIterationAborted)
        print([event["type"].value for event in manager.get_event_history()])
    """)

    assert said == "['ExecutionAborted', 'MapIterationAborted']"


def test_moto_still_takes_utc_for_local_time_and_knows_no_offsets() -> None:
    said = moto(f"""
        import inspect
        from {_PARSER}.component.state.wait.wait_function.timestamp import Timestamp
        print(Timestamp._from_timestamp_string("2026-01-01T00:00:00+02:00"))
        print("datetime.datetime.now()" in inspect.getsource(Timestamp._get_wait_seconds))
    """)

    assert said.split() == ["None", "True"]


def test_moto_still_gives_the_whole_history_whatever_is_asked() -> None:
    said = moto("""
        import inspect
        from moto.stepfunctions.responses import StepFunctionResponse
        source = inspect.getsource(StepFunctionResponse.get_execution_history)
        print([name in source for name in ("maxResults", "nextToken", "reverseOrder", "includeExecutionData")])
    """)

    assert said == "[False, False, False, False]"


def test_moto_still_keeps_escapes_of_a_definition_as_they_are_written() -> None:
    said = moto(f"""
        from types import SimpleNamespace
        from {_PARSER}.parse.preprocessor import Preprocessor
        print(Preprocessor._inner_string_of(SimpleNamespace(getText=lambda: '"a' + chr(92) + '"b"')))
    """)

    assert said == 'a\\"b'


def test_moto_still_spells_arguments_and_results_as_they_come() -> None:
    said = moto(f"""
        import inspect
        from {_SERVICE}.state_task_service import StateTaskService as Task
        print([inspect.getsource(f).rstrip().endswith("pass") for f in (Task._normalise_parameters, Task._normalise_response)])
    """)

    assert said == "[True, True]"


def test_moto_still_has_no_client_for_eventbridge() -> None:
    said = moto(f"""
        from types import SimpleNamespace
        from {_SERVICE}.state_task_service import StateTaskService as Task
        task = SimpleNamespace(
            resource=SimpleNamespace(api_name="eventbridge"),
            _SERVICE_NAME_SFN_TO_BOTO_OVERRIDES=Task._SERVICE_NAME_SFN_TO_BOTO_OVERRIDES,
        )
        print(Task._get_boto_service_name(task))
    """)

    assert said == "eventbridge"


def test_moto_still_doubles_the_ending_of_a_refused_execution() -> None:
    said = moto(f"""
        import inspect
        from {_SERVICE}.state_task_service_sfn import StateTaskServiceSfn
        source = inspect.getsource(StateTaskServiceSfn._from_error)
        print('"StepFunctions.{{error_code}}Exception"' in source, "endswith" in source)
    """)

    assert said == "True False"


def test_moto_still_leaves_a_nested_execution_running() -> None:
    said = moto(f"""
        import inspect
        from {_SERVICE} import state_task_service_sfn
        print("stop_execution" in inspect.getsource(state_task_service_sfn))
    """)

    assert said == "False"


def test_moto_still_drops_the_configuration_of_a_functions_logs_and_dead_letters() -> None:
    said = moto("""
        import inspect
        from moto.awslambda.models import LambdaFunction
        source = inspect.getsource(LambdaFunction)
        print("LoggingConfig" in source, "DeadLetterConfig" in source)
    """)

    assert said == "False False"


def test_moto_still_accepts_reserved_variables() -> None:
    said = moto("""
        import inspect
        from moto.awslambda import models
        print("reserved keys" in inspect.getsource(models))
    """)

    assert said == "False"


def test_moto_still_runs_the_function_whatever_the_invocation_type() -> None:
    said = moto("""
        from types import SimpleNamespace
        from moto.awslambda.models import LambdaFunction
        ran = []
        function = SimpleNamespace(_invoke_lambda=lambda event: ran.append(event) or ("", True, ""))
        headers = {}
        LambdaFunction.invoke(function, "", {"x-amz-invocation-type": "DryRun"}, headers)
        print(ran, headers)
    """)

    assert said == "['{}'] {'x-amz-function-error': 'Handled'}"


def test_moto_still_never_uses_destinations() -> None:
    said = moto("""
        import inspect
        from moto.awslambda.models import LambdaFunction
        print("event_invoke_config" in inspect.getsource(LambdaFunction.invoke))
    """)

    assert said == "False"


def test_moto_still_makes_a_second_version_for_the_same_client_token() -> None:
    said = moto(
        SAGEMAKER
        + """
        client.create_model_package_group(ModelPackageGroupName="g")
        request = {"ModelPackageGroupName": "g", "ClientToken": "t"}
        first = client.create_model_package(**request)["ModelPackageArn"]
        print(first == client.create_model_package(**request)["ModelPackageArn"])
"""
    )

    assert said == "False"


def test_moto_still_describes_structures_that_nobody_gave() -> None:
    said = moto(
        SAGEMAKER
        + """
        client.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer={"Image": "i"})
        client.create_model(ModelName="list", ExecutionRoleArn=role, Containers=[{"Image": "i"}])
        variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        client.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
        client.create_endpoint(EndpointName="e", EndpointConfigName="c")
        print(
            client.describe_model(ModelName="m").get("VpcConfig"),
            client.describe_model(ModelName="m").get("Containers"),
            client.describe_model(ModelName="list").get("PrimaryContainer"),
            client.describe_endpoint_config(EndpointConfigName="c").get("DataCaptureConfig"),
            client.describe_endpoint(EndpointName="e").get("DataCaptureConfig"),
        )
"""
    )

    assert said == "{} [] {} {} {}"


def test_moto_still_serves_no_instance_types_of_today() -> None:
    said = moto(
        SAGEMAKER
        + """
        client.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer={"Image": "i"})
        variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.g5.xlarge", "InitialInstanceCount": 1}
        try:
            client.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
        except Exception as error:
            print("enum value set" in str(error))
"""
    )

    assert said == "True"


def test_moto_still_forgets_what_an_update_of_a_version_leaves_out() -> None:
    said = moto(
        SAGEMAKER
        + """
        client.create_model_package_group(ModelPackageGroupName="g")
        arn = client.create_model_package(
            ModelPackageGroupName="g", ModelApprovalStatus="Approved", CustomerMetadataProperties={"a": "b"}
        )["ModelPackageArn"]
        client.update_model_package(ModelPackageArn=arn, ApprovalDescription="d")
        version = client.describe_model_package(ModelPackageName=arn)
        print(version.get("ModelApprovalStatus"), version.get("CustomerMetadataProperties"))
"""
    )

    assert said == "None None"


def test_moto_still_invents_the_user_who_made_a_version() -> None:
    said = moto(
        SAGEMAKER
        + """
        client.create_model_package_group(ModelPackageGroupName="g")
        arn = client.create_model_package(ModelPackageGroupName="g")["ModelPackageArn"]
        client.update_model_package(ModelPackageArn=arn, SourceUri="ignored")
        version = client.describe_model_package(ModelPackageName=arn)
        print(version["CreatedBy"]["UserProfileName"], version.get("SourceUri"))
"""
    )

    assert said == "fake-user-profile-name None"


def test_moto_still_takes_metadata_that_aws_refuses() -> None:
    said = moto(
        SAGEMAKER
        + """
        client.create_model_package_group(ModelPackageGroupName="g")
        client.create_model_package(ModelPackageGroupName="g", CustomerMetadataProperties={"request": "1,2"})
        print("taken")
"""
    )

    assert said == "taken"


def test_moto_still_overwrites_a_model_of_the_same_name() -> None:
    said = moto(
        SAGEMAKER
        + """
        for _ in range(2):
            client.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer={"Image": "i"})
        print("overwritten")
"""
    )

    assert said == "overwritten"


_AUTOSCALING = """
    import boto3
    from moto import mock_aws

    keys = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/e/variant/v",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    tracking = {"TargetValue": 1.0}
    kind = {"PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": tracking}
    with mock_aws():
        client = boto3.client("application-autoscaling", **keys)
"""


def test_moto_still_takes_a_policy_without_a_target() -> None:
    said = moto(f"""{_AUTOSCALING}
        print("PolicyARN" in client.put_scaling_policy(PolicyName="p", **target, **kind))
    """)

    assert said == "True"


def test_moto_still_keeps_the_policies_of_a_deregistered_target() -> None:
    said = moto(f"""{_AUTOSCALING}
        client.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2)
        client.put_scaling_policy(PolicyName="p", **target, **kind)
        client.deregister_scalable_target(**target)
        print(len(client.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]))
    """)

    assert said == "1"


def test_moto_still_starts_alarms_as_ok_and_resets_them() -> None:
    said = moto("""
        import boto3
        from moto import mock_aws

        keys = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
        alarm = {
            "AlarmName": "a", "Namespace": "n", "MetricName": "m", "Statistic": "Sum", "Period": 60,
            "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold",
        }
        with mock_aws():
            client = boto3.client("cloudwatch", **keys)
            client.put_metric_alarm(**alarm)
            print(client.describe_alarms()["MetricAlarms"][0]["StateValue"])
            client.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="test")
            client.put_metric_alarm(**alarm)
            print(client.describe_alarms()["MetricAlarms"][0]["StateValue"])
    """)

    assert said.split() == ["OK", "OK"]


def test_moto_still_follows_one_filter_of_describe_alarms() -> None:
    said = moto("""
        import boto3
        from moto import mock_aws

        keys = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
        alarm = {
            "AlarmName": "a", "Namespace": "n", "MetricName": "m", "Statistic": "Sum", "Period": 60,
            "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold",
        }
        with mock_aws():
            client = boto3.client("cloudwatch", **keys)
            client.put_metric_alarm(**alarm)
            print(len(client.describe_alarms(AlarmNamePrefix="a", StateValue="ALARM")["MetricAlarms"]))
    """)

    assert said == "1"


def test_moto_still_adds_metrics_with_more_dimensions() -> None:
    said = moto("""
        import boto3
        from datetime import datetime, timedelta
        from moto import mock_aws

        keys = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
        one, now = [{"Name": "a", "Value": "1"}], datetime.now()
        with mock_aws():
            client = boto3.client("cloudwatch", **keys)
            for dimensions in (one, [*one, {"Name": "b", "Value": "2"}]):
                datum = {"MetricName": "m", "Value": 1, "Dimensions": dimensions, "Timestamp": now}
                client.put_metric_data(Namespace="N", MetricData=[datum])
            found = client.get_metric_statistics(
                Namespace="N", MetricName="m", Dimensions=one, StartTime=now - timedelta(hours=1),
                EndTime=now + timedelta(hours=1), Period=60, Statistics=["SampleCount"],
            )
            print(found["Datapoints"][0]["SampleCount"])
    """)

    assert said == "2.0"


def test_moto_still_leaves_out_the_minute_that_a_start_falls_into() -> None:
    said = moto("""
        import boto3
        from datetime import datetime, timedelta
        from moto import mock_aws

        keys = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
        minute = datetime.now().replace(second=0, microsecond=0)
        start, end = minute + timedelta(seconds=30), minute + timedelta(minutes=5)
        with mock_aws():
            client = boto3.client("cloudwatch", **keys)
            client.put_metric_data(Namespace="N", MetricData=[{"MetricName": "m", "Value": 1, "Timestamp": minute}])
            found = client.get_metric_statistics(
                Namespace="N", MetricName="m", StartTime=start, EndTime=end, Period=60, Statistics=["Sum"],
            )
            query = {"Id": "a", "MetricStat": {"Metric": {"Namespace": "N", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}}
            data = client.get_metric_data(MetricDataQueries=[query], StartTime=start, EndTime=end)
            print(found["Datapoints"], data["MetricDataResults"][0]["Values"])
    """)

    assert said == "[] []"


_CODEBUILD = """
    import boto3
    from moto import mock_aws

    keys = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}

    def create(**more):
        return boto3.client("codebuild", **keys).create_project(
            name="project",
            serviceRole="arn:aws:iam::123456789012:role/r",
            environment={"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL"},
            **more,
        )["project"]
"""


def test_moto_still_wants_a_location_of_what_a_pipeline_brings() -> None:
    said = moto(
        _CODEBUILD
        + """
    with mock_aws():
        try:
            create(source={"type": "CODEPIPELINE"}, artifacts={"type": "CODEPIPELINE"})
        except Exception as error:
            print(error)
    """
    )

    assert "Project source location is required" in said


def test_moto_still_forgets_a_projects_encryption_key() -> None:
    said = moto(
        _CODEBUILD
        + """
    with mock_aws():
        bucket = {"type": "S3", "location": "bucket"}
        print(create(source=bucket, artifacts=bucket, encryptionKey="mine")["encryptionKey"])
    """
    )

    assert said == "arn:aws:kms:us-east-1:123456789012:alias/aws/s3"


def test_moto_still_does_not_know_the_compute_type_xlarge() -> None:
    said = moto(
        _CODEBUILD
        + """
    with mock_aws():
        bucket = {"type": "S3", "location": "bucket"}
        environment = {"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_XLARGE"}
        try:
            boto3.client("codebuild", **keys).create_project(
                name="project", serviceRole="arn:aws:iam::123456789012:role/r", environment=environment,
                source=bucket, artifacts=bucket,
            )
        except Exception as error:
            print(error)
    """
    )

    assert "Invalid compute type provided: BUILD_GENERAL1_XLARGE" in said


def test_moto_still_reads_the_body_of_an_invocation_as_text() -> None:
    said = moto("""
        from moto.sagemakerruntime.responses import SageMakerRuntimeResponse
        print(SageMakerRuntimeResponse.use_raw_body)
    """)

    assert said == "False"


def test_moto_still_asks_for_the_policy_of_a_log_bucket_before_the_logs() -> None:
    said = moto("""
        import boto3
        from moto import mock_aws

        with mock_aws():
            client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
            client.create_bucket(Bucket="looked-at")
            client.create_bucket(Bucket="written-to")
            target = {"LoggingEnabled": {"TargetBucket": "written-to", "TargetPrefix": ""}}
            try:
                client.put_bucket_logging(Bucket="looked-at", BucketLoggingStatus=target)
            except client.exceptions.ClientError as error:
                print(error.response["Error"]["Code"])
    """)

    assert said == "InvalidTargetBucketForLogging"


def test_moto_still_reads_a_body_for_its_etag_without_its_lock() -> None:
    said = moto("""
        import threading
        from moto.s3.models import FakeKey

        key = FakeKey("k", b"body", account_id="123456789012", region_name="us-east-1")
        with key.lock:
            finished = threading.Event()
            threading.Thread(target=lambda: key.etag and finished.set(), daemon=True).start()
            print(finished.wait(10))
    """)

    assert said == "True"


def test_moto_still_tells_wire_codes_where_step_functions_tells_class_names() -> None:
    said = moto(f"""
        from botocore.exceptions import ClientError
        from {_SERVICE}.state_task_service_dynamodb import StateTaskServiceDynamoDB as task
        error = ClientError({{
            "Error": {{"Code": "InternalServerError", "Message": "m"}},
            "ResponseMetadata": {{"HTTPStatusCode": 500, "RequestId": "r"}},
        }}, "GetItem")
        print(task._error_cause_from_client_error(error)[0])
    """)

    assert said == "DynamoDB.InternalServerError"


def test_moto_still_fails_a_task_as_runtime_error_when_its_connection_breaks() -> None:
    said = moto(f"""
        import inspect
        from {_PARSER}.component.state.exec.execute_state import ExecutionState
        source = inspect.getsource(ExecutionState._from_error)
        print("StatesRuntime" in source, "SdkClient" in source)
    """)

    assert said == "True False"


def test_moto_still_selects_a_list_of_one() -> None:
    said = moto(f"""
        from {_PARSER}.utils.json_path import extract_json
        print(extract_json("$.a[0].v", {{"a": [{{"v": 2}}]}}))
    """)

    assert said == "[2]"


def test_moto_still_refuses_a_definition_without_a_code() -> None:
    said = moto("""
        from moto.stepfunctions.parser.api import InvalidDefinition
        print(InvalidDefinition("wrong").error_type)
    """)

    assert said == "None"


def test_moto_still_keeps_what_http_said_from_tasks() -> None:
    said = moto(f"""
        import inspect
        from {_SERVICE} import state_task_service, state_task_service_sqs
        print(any("SdkHttpMetadata" in inspect.getsource(m) for m in (state_task_service, state_task_service_sqs)))
    """)

    assert said == "False"


def test_moto_still_makes_a_machine_that_leads_nowhere_and_keeps_the_first_of_a_name() -> None:
    said = moto("""
        import json
        from moto.stepfunctions.parser.models import stepfunctions_parser_backends
        backend = stepfunctions_parser_backends["123456789012"]["us-east-1"]
        role = "arn:aws:iam::123456789012:role/r"
        for target in ("B", "C"):
            states = {"A": {"Type": "Pass", "Next": target}}
            made = backend.create_state_machine("m", json.dumps({"StartAt": "A", "States": states}), role)
        print(json.loads(made.definition)["States"]["A"]["Next"])
    """)

    assert said == "B"


def test_moto_still_drops_the_cause_of_a_sent_failure() -> None:
    said = moto("""
        import inspect
        from moto.stepfunctions.responses import StepFunctionResponse
        print("cause" in inspect.getsource(StepFunctionResponse.send_task_failure))
    """)

    assert said == "False"


def test_moto_still_takes_an_unknown_index_for_a_missing_table() -> None:
    said = moto("""
        import boto3
        from moto import mock_aws

        with mock_aws():
            client = boto3.client("dynamodb", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
            client.create_table(
                TableName="t",
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
            try:
                client.query(
                    TableName="t",
                    IndexName="nope",
                    KeyConditionExpression="id = :id",
                    ExpressionAttributeValues={":id": {"S": "1"}},
                )
            except client.exceptions.ClientError as error:
                print(error.response["Error"]["Code"])
    """)

    assert said == "ResourceNotFoundException"


def test_moto_still_completes_a_transform_job_that_has_no_model() -> None:
    said = moto(
        SAGEMAKER
        + """
        source = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in"}
        client.create_transform_job(
            TransformJobName="t",
            ModelName="nobody",
            TransformInput={"DataSource": {"S3DataSource": source}},
            TransformOutput={"S3OutputPath": "s3://bucket/out"},
            TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        )
        print(client.describe_transform_job(TransformJobName="t")["TransformJobStatus"])
"""
    )

    assert said == "Completed"
