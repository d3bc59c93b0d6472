"""Operations of what runs or deploys programs: Step Functions, Lambda, CloudFormation, CodeBuild and CodePipeline."""

_CONNECTIONS = (
    "CreateConnection DeleteConnection",
    "GetConnection ListConnections ListTagsForResource TagResource UntagResource",
)
LISTS = {
    "stepfunctions": (
        """
        CreateStateMachine UpdateStateMachine DeleteStateMachine
        StartExecution StopExecution DescribeExecution ListExecutions GetExecutionHistory
        DescribeStateMachineForExecution DescribeMapRun ListMapRuns UpdateMapRun
        SendTaskSuccess SendTaskFailure SendTaskHeartbeat ValidateStateMachineDefinition
        """,
        """
        DescribeStateMachine ListStateMachines ListStateMachineVersions ListStateMachineAliases ListActivities
        ListTagsForResource TagResource UntagResource
        """,
    ),
    "lambda": (
        """
        CreateFunction UpdateFunctionCode UpdateFunctionConfiguration DeleteFunction Invoke
        PublishVersion CreateAlias UpdateAlias DeleteAlias AddPermission RemovePermission
        PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig
        """,
        """
        GetFunction GetFunctionConfiguration ListFunctions ListVersionsByFunction GetAlias ListAliases GetPolicy
        GetFunctionEventInvokeConfig ListFunctionEventInvokeConfigs GetFunctionConcurrency GetFunctionCodeSigningConfig
        GetFunctionUrlConfig ListEventSourceMappings ListTags TagResource UntagResource
        """,
    ),
    "cloudformation": (
        """
        CreateStack UpdateStack
        CreateChangeSet ExecuteChangeSet DeleteStack UpdateTerminationProtection ValidateTemplate GetTemplateSummary
        """,
        """
        DescribeChangeSet ListChangeSets DeleteChangeSet DescribeStacks ListStacks DescribeStackEvents
        DescribeStackResource DescribeStackResources ListStackResources GetTemplate ListExports
        ListImports GetStackPolicy
        """,
    ),
    "codecommit": (
        """
        CreateRepository DeleteRepository UpdateDefaultBranch CreateBranch DeleteBranch GetBranch ListBranches
        CreateCommit PutFile DeleteFile GetCommit GetFile GetFolder GetBlob
        """,
        """
        GetRepository BatchGetRepositories ListRepositories UpdateRepositoryDescription
        ListTagsForResource TagResource UntagResource
        """,
    ),
    "codeconnections": _CONNECTIONS,
    "codestar-connections": _CONNECTIONS,
    "codebuild": (
        """
        StartBuild StopBuild RetryBuild BatchDeleteBuilds InvalidateProjectCache
        CreateProject UpdateProject DeleteProject
        """,
        "ListProjects BatchGetProjects BatchGetBuilds ListBuilds ListBuildsForProject",
    ),
    "codepipeline": (
        """
        CreatePipeline UpdatePipeline DeletePipeline StartPipelineExecution StopPipelineExecution RetryStageExecution
        RollbackStage EnableStageTransition DisableStageTransition PutApprovalResult
        GetPipelineState GetPipelineExecution ListPipelineExecutions ListActionExecutions
        """,
        "GetPipeline ListPipelines ListTagsForResource TagResource UntagResource",
    ),
}
