"""A bucket, and a state machine that writes into it: `cdk bootstrap` and `cdk deploy` against a local cloud."""

import aws_cdk as cdk
from aws_cdk import aws_s3, aws_stepfunctions

app = cdk.App()
stack = cdk.Stack(app, "Hello")
bucket = aws_s3.Bucket(stack, "Greetings")
put = {"Bucket": bucket.bucket_name, "Key": "hello.json", "Body": {"hello": "{% $states.input.name %}"}}
state = aws_stepfunctions.CustomState(
    stack,
    "Greet",
    state_json={"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:putObject", "Arguments": put, "End": True},
)
machine = aws_stepfunctions.StateMachine(
    stack,
    "Greeter",
    definition_body=aws_stepfunctions.DefinitionBody.from_chainable(state),
    query_language=aws_stepfunctions.QueryLanguage.JSONATA,
)
bucket.grant_put(machine)
cdk.CfnOutput(stack, "Machine", value=machine.state_machine_arn)
cdk.CfnOutput(stack, "Bucket", value=bucket.bucket_name)
app.synth()
