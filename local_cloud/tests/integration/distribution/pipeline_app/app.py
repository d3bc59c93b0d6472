"""The app of CDK Pipelines' guide, in one file: https://docs.aws.amazon.com/cdk/v2/guide/cdk-pipeline.html."""

from typing import Any

import aws_cdk as cdk
from aws_cdk.aws_lambda import Function, InlineCode, Runtime
from aws_cdk.pipelines import CodePipeline, CodePipelineSource, ShellStep
from constructs import Construct

CONNECTION = "arn:aws:codestar-connections:eu-west-1:111111111111:connection/00000000-0000-0000-0000-000000000000"
ENVIRONMENT = cdk.Environment(account="111111111111", region="eu-west-1")


class MyLambdaStack(cdk.Stack):
    """A function that greets."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        function = Function(
            self,
            "LambdaFunction",
            runtime=Runtime.NODEJS_22_X,
            handler="index.handler",
            code=InlineCode("exports.handler = _ => 'Hello, CDK';"),
        )
        self.function_name = cdk.CfnOutput(self, "FunctionName", value=function.function_name)


class MyPipelineAppStage(cdk.Stage):
    """All that is deployed together."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        self.lambda_stack = MyLambdaStack(self, "LambdaStack")


class MyPipelineStack(cdk.Stack):
    """Two stages, and a step that looks at the first one's deployment.

    The guide's builds take the newest CLI; here both name the version of the context, which needs no network.
    """

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        cli = str(self.node.get_context("cli-version"))
        pipeline = CodePipeline(
            self,
            "Pipeline",
            pipeline_name="MyPipeline",
            cli_version=cli,
            synth=ShellStep(
                "Synth",
                input=CodePipelineSource.connection("owner/repo", "main", connection_arn=CONNECTION),
                commands=[f"npm install -g aws-cdk@{cli}", "python -m pip install -r requirements.txt", "cdk synth"],
            ),
        )
        testing = MyPipelineAppStage(self, "test", env=ENVIRONMENT)
        pipeline.add_stage(
            testing,
            post=[
                ShellStep(
                    "validate",
                    env_from_cfn_outputs={"FUNCTION_NAME": testing.lambda_stack.function_name},
                    commands=['test -n "$FUNCTION_NAME"', 'echo "validated $FUNCTION_NAME"'],
                )
            ],
        )
        pipeline.add_stage(MyPipelineAppStage(self, "prod", env=ENVIRONMENT))


app = cdk.App()
MyPipelineStack(app, "MyPipelineStack", env=ENVIRONMENT)
app.synth()
