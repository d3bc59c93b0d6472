"""Operations of what runs or deploys programs: Step Functions, Lambda, CloudFormation, CodeBuild and CodePipeline."""

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
        CreateChangeSet ExecuteChangeSet DeleteStack UpdateTerminationProtection ValidateTemplate GetTemplateSummary
        """,
        """
        DescribeChangeSet ListChangeSets DeleteChangeSet DescribeStacks ListStacks DescribeStackEvents
        DescribeStackResource DescribeStackResources ListStackResources GetTemplate ListExports
        ListImports GetStackPolicy
        """,
    ),
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
