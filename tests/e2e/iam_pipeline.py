"""What a reviewer agreed to about the roles of the promotion pipeline.

A promotion of this app uses them (tests/e2e/test_promotion_pipeline.py); what it leaves is wider than it need be because
CDK Pipelines makes it so.
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

_READING = (_UPDATES, _PUBLISHES, _COMPARES, *_SMOKE)
_HANDING_ON = (_PIPELINE, _SOURCE, _SYNTH)
_BUCKET, _OBJECTS = ("${Artifacts}",), ("${Artifacts}/*",)

_OF_LOGS_AND_REPORTS = (
    Reason(
        roles=_BUILDS,
        actions=("logs:CreateLogGroup",),
        resources=("*:log-group:/aws/codebuild/*",),
        why="CDK's own grant for a build's log of the name that CodeBuild chooses without another one",
    ),
    Reason(
        roles=tuple(role for role in _BUILDS if role != _PUBLISHES),
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        resources=("*:log-group:/aws/codebuild/*",),
        why="the same: these projects write into the pipeline's own group, for which they have another grant",
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
)
_OF_ARTIFACTS = (
    Reason(
        roles=_HANDING_ON,
        actions=(
            "s3:Abort*",
            "s3:DeleteObject*",
            "s3:GetBucket*",
            "s3:List*",
            "s3:PutObjectLegalHold",
            "s3:PutObjectRetention",
            "s3:PutObjectTagging",
            "s3:PutObjectVersionTagging",
        ),
        resources=_ARTIFACTS,
        why="CDK's own grant to read and write a bucket; an artifact is an object that is written once and read",
    ),
    Reason(
        roles=_HANDING_ON,
        actions=("s3:GetObject*", "s3:PutObject"),
        resources=_BUCKET,
        why="CDK's own grant names the bucket for actions on objects too",
    ),
    Reason(
        roles=_READING,
        actions=("s3:GetBucket*", "s3:List*"),
        resources=_ARTIFACTS,
        why="CDK's own grant to read a bucket; CodeBuild knows which object it fetches",
    ),
    Reason(
        roles=_READING,
        actions=("s3:GetObject*",),
        resources=_BUCKET,
        why="CDK's own grant names the bucket for actions on objects too",
    ),
    Reason(
        roles=(_PIPELINE,),
        actions=("s3:GetObject*", "s3:PutObject"),
        resources=_OBJECTS,
        why="every action of this pipeline has a role of its own, which reads and writes its artifacts",
    ),
    Reason(
        roles=(_PIPELINE,),
        actions=("kms:Decrypt", "kms:GenerateDataKey*"),
        resources=_KEY,
        why="the same: the actions' roles do",
    ),
    Reason(
        roles=(_SOURCE,),
        actions=("s3:GetObject*",),
        resources=_OBJECTS,
        why="a source has no input artifact",
    ),
    Reason(
        roles=(_SOURCE,),
        actions=("kms:Decrypt",),
        resources=_KEY,
        why="the same",
    ),
    Reason(
        roles=(_SOURCE,),
        actions=("s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
        resources=_OBJECTS,
        why="CDK's own grant for a source; the bucket takes no access control lists",
    ),
    Reason(
        roles=(_UPDATES, *_SMOKE),
        actions=("kms:GenerateDataKey*",),
        resources=_KEY,
        why="CDK's own grant on the key of a build project, by which CodeBuild encrypts what a build makes: these make "
        "nothing; https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-kms.html",
    ),
    Reason(
        roles=(*_HANDING_ON, *_READING),
        actions=("kms:DescribeKey",),
        resources=_KEY,
        why="CDK's own grant on a key; S3 encrypts and decrypts by data keys alone",
    ),
    Reason(
        roles=(*_HANDING_ON, _UPDATES, _COMPARES, *_SMOKE),
        actions=("kms:Encrypt", "kms:ReEncrypt*"),
        resources=_KEY,
        why="the same",
    ),
)
_OF_ACTIONS = (
    Reason(
        roles=(_SOURCE,),
        actions=("codestar-connections:UseConnection",),
        why="CDK's own grant, of the older prefix; that of the connection's ARN is used",
    ),
    Reason(
        roles=(_CHECKS, _STARTS_BUILDS),
        actions=("codebuild:StopBuild",),
        resources=("${Pipeline*}",),
        why="CDK's own grant; no build of the scenario is stopped: "
        "https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html",
    ),
    Reason(
        roles=(_PUBLISHES,),
        actions=("codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild"),
        why="CDK Pipelines' own grant for builds in batches, which only CodeBuild starts",
    ),
    Reason(
        roles=(_UPDATES,),
        actions=("cloudformation:DescribeStacks", "s3:ListBucket"),
        why="CDK Pipelines' own grant for the CLI to look at the bootstrap stack; today's CLI does so as the deploy role",
    ),
)
# The tests' commit is the first that the pipeline brings to stacks that were deployed by hand: permissions differ, and a
# person is asked. `make demo-promotion` has a commit after which the function approves.
_OF_APPROVAL = (
    Reason(
        roles=(_COMPARES,),
        actions=("lambda:InvokeFunction",),
        resources=("${PipelinePipelinesSecurityCheckCDKPipelinesAutoApprove}*",),
        why="lets the function approve when no permission grows",
    ),
    Reason(
        roles=(_APPROVES,),
        actions=("codepipeline:GetPipelineState", "codepipeline:PutApprovalResult"),
        why="approves then: https://docs.aws.amazon.com/cdk/api/v2/docs/"
        "aws-cdk-lib.pipelines.ConfirmPermissionsBroadening.html",
    ),
    Reason(
        roles=(_APPROVES,),
        actions=("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
        why="Lambda writes the function's log then",
    ),
)

UNUSED = (*_OF_LOGS_AND_REPORTS, *_OF_ARTIFACTS, *_OF_ACTIONS, *_OF_APPROVAL)
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
_ACCOUNTS = ("111111111111", "222222222222", _PROD)
CROSSING = (
    *(
        Agreement(
            principal=f"{PIPELINE_ACCOUNT}:{role}",
            actions=("sts:AssumeRole",),
            resource=f"arn:aws:iam::{account}:role/perennial-smoke",
            why="the pipeline's smoke step asks the endpoint of its own account",
        )
        for role, account in zip(_SMOKE, _ACCOUNTS, strict=True)
    ),
    *(
        Agreement(
            principal=f"{PIPELINE_ACCOUNT}:{role}",
            actions=("sts:AssumeRole",),
            resource=f"arn:aws:iam::{account}:role/cdk-hnb659fds-{taken}-role-*",
            why=why,
        )
        for account in _ACCOUNTS
        for role, taken, why in (
            (_PIPELINE, "deploy", "the pipeline deploys to an account as the role that its bootstrap made for that"),
            (_PUBLISHES, "file-publishing", "the pipeline publishes files to an account"),
            (_PUBLISHES, "deploy", "the CLI that publishes files looks at the version of the account's bootstrap"),
        )
    ),
    Agreement(
        principal=f"{PIPELINE_ACCOUNT}:{_COMPARES}",
        actions=("sts:AssumeRole",),
        resource=f"arn:aws:iam::{_PROD}:role/cdk-hnb659fds-deploy-role-*",
        why="the pipeline compares the permissions of an account with what it would deploy",
    ),
    *(
        Agreement(
            principal=f"{account}:cdk-hnb659fds-deploy-role-*",
            actions=(action,),
            resource=resource,
            why="the deploy role of an account reads what it deploys from the pipeline's artifacts",
        )
        for account in _ACCOUNTS
        for action, resource in (
            ("s3:GetObject", "arn:aws:s3:::perennialpipeline-artifacts*/perennial-promotion/Synth_Outp/*"),
            ("kms:Decrypt", f"arn:aws:kms:us-east-1:{PIPELINE_ACCOUNT}:key/*"),
        )
    ),
    *(
        Agreement(
            principal=f"{PIPELINE_ACCOUNT}:perennial-github-{environment}",
            session="GitHubActions",
            actions=("sts:AssumeRole",),
            resource=f"arn:aws:iam::{account}:role/cdk-hnb659fds-{taken}-role-*",
            why="the deploy workflow of GitHub deploys to an account as its bootstrap's roles",
        )
        for environment, account in zip(("sandbox", "qa", "prod"), _ACCOUNTS, strict=True)
        for taken in ("deploy", "file-publishing")
    ),
    Agreement(
        principal=f"{PIPELINE_ACCOUNT}:perennial-github-prod-review",
        session="GitHubActions",
        actions=("sts:AssumeRole",),
        resource=f"arn:aws:iam::{_PROD}:role/cdk-hnb659fds-lookup-role-*",
        why="the deploy workflow of GitHub compares permissions as the role that only reads",
    ),
)
# tests/e2e/test_github.py; their template, and so their grants, are in tests/infrastructure/test_github_roles.py
_GITHUB = f"{PIPELINE_ACCOUNT}:perennial-github-*"
GITHUB = (
    Agreement(principal=_GITHUB, session="GitHubActions", why="the roles of the deploy workflow, which deploy the app"),
    Agreement(
        principal=f"{PIPELINE_ACCOUNT}:perennial-pipeline-smoke-*",
        session="GitHubActions",
        why="the workflow's smoke testers, of the pipeline's names where that is not deployed",
    ),
    Agreement(
        principal=f"{PIPELINE_ACCOUNT}:*",
        actions=("sts:AssumeRoleWithWebIdentity",),
        why="GitHub's signed identities take the workflow's roles",
    ),
)
