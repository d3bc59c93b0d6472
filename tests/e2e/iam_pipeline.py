"""What a reviewer agreed to about the roles of the promotion pipeline.

Its builds' commands run as their own roles (tests/e2e/test_promotion_smoke.py). CodePipeline, which hands artifacts from
action to action, and CodeBuild, which runs a build and keeps its log, are AWS's and run nowhere else.
"""

from tests.e2e.cloud import PIPELINE_ACCOUNT
from tests.support.iam.proof import Agreement, Reason

_PROD = "333333333333"
_PIPELINE, _SOURCE = "PipelineRole", "PipelineSourceCodePipelineActionRole"
_CHECKS = "PipelineProdPermissionsCheckCodePipelineActionRole"
_PROMOTES, _STARTS_BUILDS = "PipelineProdPromoteCodePipelineActionRole", "PipelineCodeBuildActionRole"
_SYNTH, _UPDATES = "PipelineBuildSynthCdkBuildProjectRole", "PipelineUpdatePipelineSelfMutationRole"
_PUBLISHES, _COMPARES = "PipelineAssetsFileRole", "PipelinePipelinesSecurityCheckCDKSecurityCheckRole"
_APPROVES = "PipelinePipelinesSecurityCheckCDKPipelinesAutoApproveServiceRole"
_SMOKE = ("SandboxSmokeTester", "QaSmokeTester", "ProdSmokeTester")
_BUILDS = (_SYNTH, _UPDATES, _PUBLISHES, _COMPARES, *_SMOKE)
_ARTIFACTS, _KEY = ("${Artifacts}", "${Artifacts}/*"), ("${Key}",)

# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicExecutionRole.html
MANAGED_POLICIES = {
    "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole": {
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": "*",
            }
        ]
    }
}

_BY_CODEBUILD = (
    Reason(
        roles=_BUILDS,
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        resources=("${Logs}",),
        why="CodeBuild writes the log of a build: "
        "https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html",
    ),
    Reason(
        roles=_BUILDS,
        actions=("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
        resources=("*:log-group:/aws/codebuild/*",),
        why="CDK's own grant for a build's log, of the name that CodeBuild chooses without another one",
    ),
    Reason(
        roles=_BUILDS,
        actions=(
            "codebuild:BatchPutCodeCoverages",
            "codebuild:BatchPutTestCases",
            "codebuild:CreateReport",
            "codebuild:CreateReportGroup",
            "codebuild:UpdateReport",
        ),
        resources=("*:report-group/*",),
        why="CDK's own grant for test reports: CodeBuild makes them where a build's specification has some",
    ),
    Reason(
        roles=(_UPDATES, _PUBLISHES, _COMPARES, *_SMOKE),
        actions=("s3:GetBucket*", "s3:GetObject*", "s3:List*"),
        resources=_ARTIFACTS,
        why="CodeBuild fetches what a build reads, which the tests put into its folder",
    ),
    Reason(
        roles=(_PUBLISHES,),
        actions=("kms:Decrypt", "kms:DescribeKey"),
        resources=_KEY,
        why="CodeBuild fetches what a build reads, which is encrypted",
    ),
    Reason(
        roles=(_UPDATES, _COMPARES, *_SMOKE),
        actions=("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"),
        resources=_KEY,
        why="CDK's own grant on the key of a build project, by which CodeBuild encrypts what the build makes: "
        "https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-kms.html",
    ),
)
_BY_CODEPIPELINE = (
    Reason(
        roles=(_PIPELINE, _SOURCE, _SYNTH),
        actions=(
            "s3:Abort*",
            "s3:DeleteObject*",
            "s3:GetBucket*",
            "s3:GetObject*",
            "s3:List*",
            "s3:PutObject",
            "s3:PutObjectLegalHold",
            "s3:PutObjectRetention",
            "s3:PutObjectTagging",
            "s3:PutObjectVersionTagging",
        ),
        resources=_ARTIFACTS,
        why="CDK's own grant to hand artifacts from action to action, which CodePipeline does: "
        "https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts.html#concepts-artifacts",
    ),
    Reason(
        roles=(_PIPELINE, _SOURCE, _SYNTH),
        actions=("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"),
        resources=_KEY,
        why="the artifacts that CodePipeline hands on are encrypted",
    ),
    Reason(
        roles=(_PIPELINE,),
        actions=("sts:AssumeRole",),
        resources=(
            *(f"${{{role}}}" for role in (_SOURCE, _CHECKS, _PROMOTES, _STARTS_BUILDS)),
            "${PipelineProdPermissionsConfirmCodePipelineActionRole}",
            "arn:${AWS::Partition}:iam::*:role/cdk-hnb659fds-deploy-role-*",
        ),
        why="CodePipeline takes on the role of each action, and in the accounts the one that deploys",
    ),
    Reason(
        roles=(_SOURCE,),
        actions=("codeconnections:UseConnection", "codestar-connections:UseConnection"),
        why="CodePipeline fetches the code: "
        "https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodestarConnectionSource.html",
    ),
    Reason(
        roles=(_SOURCE,),
        actions=("s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
        resources=("${Artifacts}/*",),
        why="CDK's own grant for a source: CodePipeline gives the bucket's owner what it fetched",
    ),
    Reason(
        roles=(_CHECKS, _STARTS_BUILDS),
        actions=("codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild"),
        resources=("${Pipeline*}",),
        why="CodePipeline starts the build of an action: "
        "https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html",
    ),
    Reason(
        roles=(_PROMOTES,),
        actions=("sns:Publish", "kms:Decrypt", "kms:GenerateDataKey*"),
        why="CodePipeline announces that it waits for somebody: "
        "https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals.html",
    ),
)
_BY_CDK_PIPELINES = (
    Reason(
        roles=(_PUBLISHES,),
        actions=("codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild"),
        why="CDK Pipelines' own grant for builds in batches, which only CodeBuild starts",
    ),
    Reason(
        roles=(_PUBLISHES,),
        actions=("sts:AssumeRole",),
        resources=tuple(
            f"arn:${{AWS::Partition}}:iam::{account}:role/cdk-hnb659fds-{role}-role-*"
            for account in ("111111111111", "222222222222")
            for role in ("deploy", "file-publishing")
        ),
        why="the same command in the same build for another account: prod's is the one that the tests run",
    ),
    Reason(
        roles=(_UPDATES,),
        actions=("cloudformation:DescribeStacks", "s3:ListBucket"),
        why="CDK Pipelines' own grant for the CLI to look at the bootstrap stack; today's CLI does so as the deploy role",
    ),
    Reason(
        roles=(_COMPARES,),
        actions=("lambda:InvokeFunction",),
        resources=("${PipelinePipelinesSecurityCheckCDKPipelinesAutoApprove}*",),
        why="the shell around the comparison lets a pipeline go on whose execution CodePipeline waits with",
    ),
    Reason(
        roles=(_COMPARES,),
        actions=("sns:Publish",),
        resources=("${Approvals}",),
        why="the shell around the comparison announces broader permissions, with a link to CodePipeline's execution",
    ),
    Reason(
        roles=(_APPROVES,),
        actions=("codepipeline:GetPipelineState", "codepipeline:PutApprovalResult"),
        why="answers a CodePipeline that waits; https://docs.aws.amazon.com/cdk/api/v2/docs/"
        "aws-cdk-lib.pipelines.ConfirmPermissionsBroadening.html",
    ),
    Reason(
        roles=(_APPROVES,),
        actions=("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
        why="Lambda writes the log of the function that answers CodePipeline",
    ),
)

UNUSED: tuple[Reason, ...] = ()
DENIED = (
    Agreement(
        principal=f"{PIPELINE_ACCOUNT}:{_COMPARES}",
        actions=("sts:AssumeRole",),
        resource=f"arn:aws:iam::{_PROD}:role/cdk-hnb659fds-lookup-role-*",
        why="the CLI would rather compare as the role that only reads, and goes on as the deploy role, as CDK grants it",
    ),
    Agreement(
        principal=f"{PIPELINE_ACCOUNT}:{_COMPARES}",
        actions=("sts:AssumeRole",),
        resource=f"arn:aws:iam::{_PROD}:role/cdk-hnb659fds-file-publishing-role-*",
        why="the CLI would publish a large template to compare by a change set, and goes on without",
    ),
)
CROSSING = (
    *(
        Agreement(
            principal=f"{PIPELINE_ACCOUNT}:{role}",
            actions=("sts:AssumeRole",),
            resource=f"arn:aws:iam::{account}:role/perennial-smoke",
            why="the pipeline's smoke step asks the endpoint of its own account",
        )
        for role, account in zip(_SMOKE, ("111111111111", "222222222222", _PROD), strict=True)
    ),
    Agreement(
        principal=f"{PIPELINE_ACCOUNT}:{_PUBLISHES}",
        actions=("sts:AssumeRole",),
        resource=f"arn:aws:iam::{_PROD}:role/cdk-hnb659fds-file-publishing-role-*",
        why="the pipeline publishes files to an account",
    ),
    Agreement(
        principal=f"{PIPELINE_ACCOUNT}:{_PUBLISHES}",
        actions=("sts:AssumeRole",),
        resource=f"arn:aws:iam::{_PROD}:role/cdk-hnb659fds-deploy-role-*",
        why="the CLI that publishes files looks at the version of the account's bootstrap",
    ),
    Agreement(
        principal=f"{PIPELINE_ACCOUNT}:{_COMPARES}",
        actions=("sts:AssumeRole",),
        resource=f"arn:aws:iam::{_PROD}:role/cdk-hnb659fds-deploy-role-*",
        why="the pipeline compares the permissions of an account with what it would deploy",
    ),
)
