"""Parameters of what runs or deploys programs: Step Functions, Lambda, CloudFormation, CodeBuild and CodePipeline."""

from local_cloud.parameters.reasons import ONE_PAGE

_MACHINE = """
    definition roleArn loggingConfiguration{~level ~includeExecutionData ~destinations} publish=false
    tracingConfiguration{~enabled} encryptionConfiguration{type=AWS_OWNED_KEY}
"""
_STEP_FUNCTIONS = f"""
CreateStateMachine{{name type=STANDARD tags {_MACHINE}}}
UpdateStateMachine{{stateMachineArn {_MACHINE}}}
DeleteStateMachine{{stateMachineArn}}
DescribeStateMachine{{stateMachineArn includedData=ALL_DATA}}
DescribeStateMachineForExecution{{executionArn includedData=ALL_DATA}}
ListStateMachines{{maxResults nextToken}}
StartExecution{{stateMachineArn name input ~traceHeader}}
StopExecution{{executionArn error cause}}
DescribeExecution{{executionArn includedData=ALL_DATA}}
ListExecutions{{stateMachineArn statusFilter maxResults nextToken}}
GetExecutionHistory{{executionArn maxResults reverseOrder nextToken includeExecutionData}}
DescribeMapRun{{mapRunArn}}
ListMapRuns{{executionArn ~maxResults ~nextToken}}
UpdateMapRun{{mapRunArn maxConcurrency toleratedFailurePercentage toleratedFailureCount}}
SendTaskSuccess{{taskToken output}} SendTaskFailure{{taskToken error cause}} SendTaskHeartbeat{{taskToken}}
ValidateStateMachineDefinition{{definition type=STANDARD ~severity maxResults}}
ListStateMachineVersions{{stateMachineArn ~maxResults ~nextToken}}
ListStateMachineAliases{{stateMachineArn maxResults nextToken}} ListActivities{{maxResults nextToken}}
ListTagsForResource{{resourceArn}} TagResource{{resourceArn tags}} UntagResource{{resourceArn tagKeys}}
"""

_FUNCTION = """
    Description Timeout MemorySize Role Handler Runtime Environment{Variables} DeadLetterConfig
    LoggingConfig{~LogFormat ApplicationLogLevel LogGroup} VpcConfig{SubnetIds SecurityGroupIds}
    ~EphemeralStorage TracingConfig{~Mode} KMSKeyArn SnapStart{ApplyOn=None}
"""
_LAMBDA = f"""
CreateFunction{{
    FunctionName Code{{ZipFile S3Bucket S3Key}} PackageType=Zip Architectures Tags Publish
    {_FUNCTION}
}}
UpdateFunctionCode{{FunctionName ZipFile S3Bucket S3Key Architectures DryRun Publish RevisionId}}
UpdateFunctionConfiguration{{FunctionName RevisionId {_FUNCTION}}}
DeleteFunction{{FunctionName Qualifier}}
GetFunction{{FunctionName Qualifier}} GetFunctionConfiguration{{FunctionName Qualifier}}
ListFunctions{{FunctionVersion ~Marker ~MaxItems}}
PublishVersion{{FunctionName CodeSha256 Description RevisionId}}
CreateAlias{{FunctionName Name FunctionVersion Description RoutingConfig}}
UpdateAlias{{FunctionName Name FunctionVersion Description RoutingConfig RevisionId}}
GetAlias{{FunctionName Name}} ListAliases{{FunctionName FunctionVersion ~Marker ~MaxItems}}
DeleteAlias{{FunctionName Name}}
ListVersionsByFunction{{FunctionName ~Marker ~MaxItems}}
Invoke{{FunctionName InvocationType LogType ClientContext Payload Qualifier}}
AddPermission{{FunctionName StatementId Action Principal SourceArn SourceAccount Qualifier RevisionId}}
RemovePermission{{FunctionName StatementId Qualifier RevisionId}}
GetPolicy{{FunctionName Qualifier}}
PutFunctionEventInvokeConfig{{FunctionName Qualifier MaximumRetryAttempts MaximumEventAgeInSeconds DestinationConfig}}
UpdateFunctionEventInvokeConfig{{FunctionName MaximumRetryAttempts MaximumEventAgeInSeconds DestinationConfig}}
DeleteFunctionEventInvokeConfig{{FunctionName}}
GetFunctionEventInvokeConfig{{FunctionName}}
ListFunctionEventInvokeConfigs{{FunctionName ~Marker ~MaxItems}}
GetFunctionConcurrency{{FunctionName}} GetFunctionCodeSigningConfig{{FunctionName}}
GetFunctionUrlConfig{{FunctionName}} ListEventSourceMappings{{EventSourceArn FunctionName ~Marker ~MaxItems}}
ListTags{{Resource}} TagResource{{Resource Tags}} UntagResource{{Resource TagKeys}}
"""

_STACK = """
    StackName TemplateBody TemplateURL Parameters Capabilities RoleARN Tags DisableRollback ~ClientRequestToken
    RollbackConfiguration{~MonitoringTimeInMinutes} DeploymentConfig{Mode=STANDARD}
"""
_CLOUDFORMATION = f"""
CreateStack{{{_STACK} OnFailure EnableTerminationProtection}} UpdateStack{{{_STACK} UsePreviousTemplate}}
CreateChangeSet{{
    StackName ChangeSetName ChangeSetType TemplateBody TemplateURL UsePreviousTemplate Parameters Capabilities RoleARN
    Tags Description ResourcesToImport ~ClientToken ~IncludeNestedStacks ~ImportExistingResources OnStackFailure
    RollbackConfiguration{{~MonitoringTimeInMinutes}} ~DisableValidation DeploymentConfig{{Mode=STANDARD}}
}}
DescribeChangeSet{{ChangeSetName StackName ~IncludePropertyValues ~NextToken}}
DeleteChangeSet{{ChangeSetName StackName}}
ExecuteChangeSet{{ChangeSetName StackName DisableRollback ~ClientRequestToken}}
ListChangeSets{{StackName ~NextToken}}
DeleteStack{{StackName RoleARN DeletionMode=STANDARD DeploymentConfig{{Mode=STANDARD}} ~ClientRequestToken}}
DescribeStacks{{StackName ~NextToken}} ListStacks{{StackStatusFilter ~NextToken}}
DescribeStackEvents{{StackName ~NextToken}}
DescribeStackResource{{StackName LogicalResourceId}}
DescribeStackResources{{StackName LogicalResourceId PhysicalResourceId}}
ListStackResources{{StackName ~NextToken}}
GetTemplate{{StackName ChangeSetName TemplateStage=Original}}
GetTemplateSummary{{TemplateBody TemplateURL StackName ~TemplateSummaryConfig}}
ValidateTemplate{{TemplateBody TemplateURL}}
ListExports{{~NextToken}} ListImports{{ExportName ~NextToken}}
GetStackPolicy{{StackName}}
UpdateTerminationProtection{{StackName EnableTerminationProtection}}
"""

_SOURCE = """
    type=CODEPIPELINE|NO_SOURCE|S3 location buildspec sourceIdentifier
    ~gitCloneDepth gitSubmodulesConfig{~fetchSubmodules} ~insecureSsl ~reportBuildStatus
"""
_ARTIFACTS = """
    type=CODEPIPELINE|S3|NO_ARTIFACTS location path namespaceType name packaging overrideArtifactName
    encryptionDisabled artifactIdentifier
"""
_CACHE = "type=NO_CACHE|LOCAL modes=LOCAL_SOURCE_CACHE|LOCAL_CUSTOM_CACHE"
_LOGS = "cloudWatchLogs{status groupName streamName} s3Logs{status=DISABLED ~encryptionDisabled}"
_PROJECT = f"""
    name description source{{{_SOURCE}}} sourceVersion secondarySources{{{_SOURCE}}} secondarySourceVersions
    artifacts{{{_ARTIFACTS}}} secondaryArtifacts{{{_ARTIFACTS}}} cache{{{_CACHE}}}
    environment{{
        type image ~computeType environmentVariables privilegedMode=false imagePullCredentialsType=CODEBUILD
    }}
    serviceRole timeoutInMinutes ~queuedTimeoutInMinutes encryptionKey tags concurrentBuildLimit
    vpcConfig{{~vpcId ~subnets ~securityGroupIds}} logsConfig{{{_LOGS}}}
"""
_CODEBUILD = f"""
CreateProject{{{_PROJECT}}} UpdateProject{{{_PROJECT}}}
DeleteProject{{name}} BatchGetProjects{{names}} ListProjects
StartBuild{{
    projectName sourceVersion sourceTypeOverride=CODEPIPELINE|NO_SOURCE|S3 sourceLocationOverride buildspecOverride
    secondarySourcesOverride{{{_SOURCE}}} secondarySourcesVersionOverride
    artifactsOverride{{{_ARTIFACTS}}} secondaryArtifactsOverride{{{_ARTIFACTS}}}
    environmentVariablesOverride environmentTypeOverride imageOverride ~computeTypeOverride
    privilegedModeOverride=false imagePullCredentialsTypeOverride=CODEBUILD cacheOverride{{{_CACHE}}}
    serviceRoleOverride timeoutInMinutesOverride ~queuedTimeoutInMinutesOverride encryptionKeyOverride
    logsConfigOverride{{{_LOGS}}} idempotencyToken
    ~gitCloneDepthOverride gitSubmodulesConfigOverride{{~fetchSubmodules}} ~insecureSslOverride
    ~reportBuildStatusOverride
}}
RetryBuild{{id}} StopBuild{{id}} BatchGetBuilds{{ids}} BatchDeleteBuilds{{ids}}
ListBuilds{{sortOrder nextToken}} ListBuildsForProject{{projectName sortOrder nextToken}}
InvalidateProjectCache{{projectName}}
"""
_PIPELINE = """
    name roleArn artifactStore artifactStores version executionMode pipelineType variables
    stages{
        name onFailure{result=FAIL|ROLLBACK|RETRY retryConfiguration}
        actions{
            name actionTypeId runOrder configuration outputArtifacts{name} inputArtifacts roleArn region namespace
            timeoutInMinutes
        }
    }
    triggers{providerType gitConfiguration{sourceActionName push}}
"""
_CODEPIPELINE = f"""
CreatePipeline{{pipeline{{{_PIPELINE}}} tags}} UpdatePipeline{{pipeline{{{_PIPELINE}}}}}
DeletePipeline{{name}} GetPipeline{{name}} ListPipelines{{nextToken maxResults}}
StartPipelineExecution{{name variables clientRequestToken sourceRevisions}}
StopPipelineExecution{{pipelineName pipelineExecutionId abandon reason}}
RetryStageExecution{{pipelineName stageName pipelineExecutionId retryMode}}
RollbackStage{{pipelineName stageName targetPipelineExecutionId}}
EnableStageTransition{{pipelineName stageName transitionType=Inbound}}
DisableStageTransition{{pipelineName stageName transitionType=Inbound reason}}
PutApprovalResult{{pipelineName stageName actionName result token}}
GetPipelineState{{name}} GetPipelineExecution{{pipelineName pipelineExecutionId}}
ListPipelineExecutions{{pipelineName maxResults filter nextToken}}
ListActionExecutions{{pipelineName filter{{pipelineExecutionId}} maxResults nextToken}}
ListTagsForResource{{resourceArn ~nextToken ~maxResults}} TagResource{{resourceArn tags}}
UntagResource{{resourceArn tagKeys}}
"""
_COMMIT = "repositoryName branchName parentCommitId email commitMessage"
_CODECOMMIT = f"""
CreateRepository{{repositoryName repositoryDescription tags}} DeleteRepository{{repositoryName}}
GetRepository{{repositoryName}} BatchGetRepositories{{repositoryNames}}
ListRepositories{{sortBy order ~nextToken}}
UpdateRepositoryDescription{{repositoryName repositoryDescription}}
UpdateDefaultBranch{{repositoryName defaultBranchName}}
GetBranch{{repositoryName branchName}} ListBranches{{repositoryName ~nextToken}}
CreateBranch{{repositoryName branchName commitId}} DeleteBranch{{repositoryName branchName}}
CreateCommit{{
    {_COMMIT} authorName keepEmptyFolders=false putFiles{{filePath fileMode fileContent}} deleteFiles setFileModes
}}
PutFile{{{_COMMIT} name fileContent filePath fileMode}}
DeleteFile{{{_COMMIT} name filePath keepEmptyFolders=false}}
GetCommit{{repositoryName commitId}} GetFile{{repositoryName commitSpecifier filePath}}
GetFolder{{repositoryName commitSpecifier folderPath}} GetBlob{{repositoryName blobId}}
ListTagsForResource{{resourceArn ~nextToken}} TagResource{{resourceArn tags}} UntagResource{{resourceArn tagKeys}}
"""
_CONNECTIONS = """
CreateConnection{ProviderType ConnectionName Tags} GetConnection{ConnectionArn} DeleteConnection{ConnectionArn}
ListConnections{ProviderTypeFilter ~MaxResults ~NextToken}
ListTagsForResource{ResourceArn} TagResource{ResourceArn Tags} UntagResource{ResourceArn TagKeys}
"""

PARAMETERS = {
    "stepfunctions": _STEP_FUNCTIONS,
    "lambda": _LAMBDA,
    "cloudformation": _CLOUDFORMATION,
    "codecommit": _CODECOMMIT,
    "codeconnections": _CONNECTIONS,
    "codestar-connections": _CONNECTIONS,
    "codebuild": _CODEBUILD,
    "codepipeline": _CODEPIPELINE,
}

_NO_GIT = "no source is a git repository; it is kept and shown"
_NO_NETWORK = "builds have this machine's network; it is kept and shown"
_NOT_DELIVERED = "nothing is delivered; it is kept and shown"
_ONE_PAGE_OF_CONNECTIONS = {"MaxResults": ONE_PAGE, "NextToken": ONE_PAGE}
NO_EFFECT = {
    "codecommit": {"nextToken": ONE_PAGE},
    "codeconnections": _ONE_PAGE_OF_CONNECTIONS,
    "codestar-connections": _ONE_PAGE_OF_CONNECTIONS,
    "stepfunctions": {
        "traceHeader": "nothing is traced",
        "severity": "every diagnostic is an error",
        "enabled": "nothing is traced; it is kept and shown",
        "level": _NOT_DELIVERED,
        "includeExecutionData": _NOT_DELIVERED,
        "destinations": _NOT_DELIVERED,
        "maxResults": ONE_PAGE,
        "nextToken": ONE_PAGE,
    },
    "lambda": {
        "LogFormat": "lines of Python are logged as a function writes them, and those of the platform are texts",
        "EphemeralStorage": "a function's /tmp is this machine's disk",
        "Mode": "nothing is traced",
        "Marker": ONE_PAGE,
        "MaxItems": ONE_PAGE,
    },
    "cloudformation": {
        "ClientToken": "a change set of the same name is there already",
        "ClientRequestToken": "the same operation twice finds the first one under way",
        "IncludeNestedStacks": "the changes of a nested stack are found when its parent changes",
        "ImportExistingResources": "a name that is taken fails the stack all the same",
        "MonitoringTimeInMinutes": "no alarm is watched, so there is nothing to wait for",
        "DisableValidation": "what is not emulated is refused all the same",
        "IncludePropertyValues": "changes are told without values",
        "TemplateSummaryConfig": "types are looked at when a template is validated, or a change set made",
        "NextToken": ONE_PAGE,
    },
    "codebuild": {
        "gitCloneDepth": _NO_GIT,
        "gitCloneDepthOverride": _NO_GIT,
        "fetchSubmodules": _NO_GIT,
        "insecureSsl": _NO_GIT,
        "insecureSslOverride": _NO_GIT,
        "reportBuildStatus": _NO_GIT,
        "reportBuildStatusOverride": _NO_GIT,
        "computeType": "builds have this machine's size",
        "computeTypeOverride": "builds have this machine's size",
        "queuedTimeoutInMinutes": "no build waits in the queue",
        "queuedTimeoutInMinutesOverride": "no build waits in the queue",
        "encryptionDisabled": "no log goes to S3",
        "vpcId": _NO_NETWORK,
        "subnets": _NO_NETWORK,
        "securityGroupIds": _NO_NETWORK,
    },
    "codepipeline": {"nextToken": ONE_PAGE, "maxResults": ONE_PAGE},
}
