"""A small app as many are: a function behind an alias, a custom resource, a nested stack, a queue and a table.

Writes the assembly of its first and of its second version to the folders that it is given.
"""

import sys
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_dynamodb, aws_iam, aws_lambda, aws_sqs

HERE = Path(__file__).parent
PROVIDER = """
import json
import boto3
import cfnresponse


def handler(event, context):
    sqs = boto3.client("sqs")
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="requests")["QueueUrl"], MessageBody=json.dumps(event))
    name = event["ResourceProperties"]["Name"]
    cfnresponse.send(event, context, cfnresponse.SUCCESS, {"Title": name.title()}, "thing-" + name)
"""


class Inner(cdk.NestedStack):
    """A table.

    Args:
        owner: of whom its output tells.
    """

    def __init__(self, scope: cdk.Stack, construct_id: str, *, owner: str) -> None:
        super().__init__(scope, construct_id, parameters={"Owner": owner})
        given = cdk.CfnParameter(self, "Owner")
        text = aws_dynamodb.AttributeType.STRING
        self.table = aws_dynamodb.Table(
            self,
            "Table",
            partition_key=aws_dynamodb.Attribute(name="id", type=text),
            billing_mode=aws_dynamodb.BillingMode.PAY_PER_REQUEST,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        self.table.add_global_secondary_index(
            index_name="by-owner", partition_key=aws_dynamodb.Attribute(name="owner", type=text)
        )
        cdk.CfnOutput(self, "OwnerOfTable", value=given.value_as_string)


class Own(cdk.Stack):
    """The app's stack.

    Args:
        number: of the version, 1 or 2.
    """

    def __init__(self, scope: cdk.App, construct_id: str, *, number: int) -> None:
        super().__init__(scope, construct_id)
        runtime = aws_lambda.Runtime.PYTHON_3_13
        greet = aws_lambda.Function(
            self,
            "Greet",
            runtime=runtime,
            handler="index.handler",
            code=aws_lambda.Code.from_asset(str(HERE / f"greet_{number}")),
            timeout=cdk.Duration.seconds(60),
            environment={"WORD": "hello"},
        )
        live = aws_lambda.Alias(self, "Live", alias_name="live", version=greet.current_version)
        live.grant_invoke(aws_iam.ServicePrincipal("events.amazonaws.com"))
        provider = aws_lambda.Function(
            self,
            "Provider",
            runtime=runtime,
            handler="index.handler",
            code=aws_lambda.Code.from_inline(PROVIDER),
            timeout=cdk.Duration.seconds(60),
        )
        requests = aws_sqs.Queue.from_queue_arn(self, "Requests", self.format_arn(service="sqs", resource="requests"))
        requests.grant_send_messages(provider)
        name = ("ada", "grace")[number - 1]
        thing = cdk.CustomResource(
            self,
            "Thing",
            service_token=provider.function_arn,
            resource_type="Custom::Thing",
            properties={"Name": name, "Count": number},
        )
        inner = Inner(self, "Inner", owner=name)
        failed = aws_sqs.Queue(self, "Failed")
        work = aws_sqs.Queue(
            self, "Work", dead_letter_queue=aws_sqs.DeadLetterQueue(max_receive_count=number, queue=failed)
        )
        nested = inner.nested_stack_resource
        assert nested is not None  # it is made with the nested stack
        outputs = {
            "Alias": live.function_arn,
            "Title": thing.get_att_string("Title"),
            "Id": thing.ref,
            "Owner": nested.get_att("Outputs.OwnerOfTable").to_string(),
            "Table": inner.table.table_name,
            "Queue": work.queue_url,
        }
        for key, value in outputs.items():
            cdk.CfnOutput(self, key, value=value)


for version, folder in enumerate(sys.argv[1:], start=1):
    app = cdk.App(outdir=folder)
    Own(app, "Own", number=version)
    app.synth()
