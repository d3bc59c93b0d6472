"""Parameters of SageMaker and Glue."""

from local_cloud.parameters.reasons import ONE_PAGE

_CHANNEL = """
    ChannelName ContentType CompressionType=None|Gzip RecordWrapperType=None|RecordIO InputMode=File|FastFile|Pipe
    ShuffleConfig{Seed}
    DataSource{S3DataSource{
        S3DataType=S3Prefix|ManifestFile S3Uri S3DataDistributionType=FullyReplicated|ShardedByS3Key
    }}
"""
# A program reads the same files in FastFile mode.
_ALGORITHM = "TrainingImage TrainingInputMode=File|FastFile|Pipe MetricDefinitions"
_RESOURCES = "InstanceType InstanceCount KeepAlivePeriodInSeconds=0 ~VolumeSizeInGB ~VolumeKmsKeyId"
_STOPPING = "MaxRuntimeInSeconds MaxWaitTimeInSeconds ~MaxPendingTimeInSeconds"
_JOB = f"""
    RoleArn EnableManagedSpotTraining Environment CheckpointConfig{{S3Uri LocalPath}}
    InputDataConfig{{{_CHANNEL}}}
    OutputDataConfig{{KmsKeyId S3OutputPath CompressionType=GZIP}}
    StoppingCondition{{{_STOPPING}}}
    ~VpcConfig ~EnableNetworkIsolation ~EnableInterContainerTrafficEncryption ~RetryStrategy
"""
_RANGES = """
    IntegerParameterRanges{Name MinValue MaxValue ScalingType}
    ContinuousParameterRanges{Name MinValue MaxValue ScalingType}
    CategoricalParameterRanges{Name Values}
"""
_DEPLOYMENT = "DeploymentConfig{BlueGreenUpdatePolicy AutoRollbackConfiguration}"
_CREATED = "CreationTimeAfter CreationTimeBefore NameContains SortBy SortOrder MaxResults NextToken"
_MADE = "CreatedAfter CreatedBefore SortBy SortOrder MaxResults NextToken"
_LISTED = f"{_CREATED} LastModifiedTimeAfter LastModifiedTimeBefore StatusEquals"

_SAGEMAKER = f"""
CreateTrainingJob{{
    TrainingJobName HyperParameters Tags {_JOB}
    AlgorithmSpecification{{{_ALGORITHM} ~EnableSageMakerMetricsTimeSeries ContainerEntrypoint ContainerArguments
        TrainingImageConfig{{TrainingRepositoryAccessMode=Platform}}}}
    ResourceConfig{{{_RESOURCES}}}
    DebugHookConfig{{~S3OutputPath}}
    ProfilerConfig{{~S3OutputPath ~ProfilingIntervalInMilliseconds ~DisableProfiler}}
    RemoteDebugConfig{{EnableRemoteDebug=false}}
    SessionChainingConfig{{EnableSessionTagChaining=false}}
    InfraCheckConfig{{~EnableInfraCheck}}
}}
DescribeTrainingJob{{TrainingJobName}}
ListTrainingJobs{{{_LISTED}}}
StopTrainingJob{{TrainingJobName}}

CreateHyperParameterTuningJob{{
    HyperParameterTuningJobName Tags
    HyperParameterTuningJobConfig{{
        Strategy=Bayesian|Random HyperParameterTuningJobObjective RandomSeed TrainingJobEarlyStoppingType=Off
        ResourceLimits{{MaxNumberOfTrainingJobs MaxParallelTrainingJobs}}
        ParameterRanges{{{_RANGES}}}
    }}
    TrainingJobDefinition{{
        StaticHyperParameters {_JOB}
        AlgorithmSpecification{{{_ALGORITHM}}}
        ResourceConfig{{{_RESOURCES}}}
        HyperParameterTuningResourceConfig{{InstanceType InstanceCount ~VolumeSizeInGB ~VolumeKmsKeyId}}
    }}
    WarmStartConfig
}}
DescribeHyperParameterTuningJob{{HyperParameterTuningJobName}}
ListHyperParameterTuningJobs{{{_LISTED}}}
ListTrainingJobsForHyperParameterTuningJob{{
    HyperParameterTuningJobName StatusEquals SortBy SortOrder MaxResults NextToken
}}
StopHyperParameterTuningJob{{HyperParameterTuningJobName}}
DeleteHyperParameterTuningJob{{HyperParameterTuningJobName}}

CreateProcessingJob{{
    ProcessingJobName RoleArn Environment Tags
    AppSpecification{{ImageUri ContainerEntrypoint ContainerArguments}}
    ProcessingInputs{{
        InputName AppManaged=false
        S3Input{{S3Uri LocalPath S3DataType=S3Prefix S3InputMode=File S3CompressionType=None
            S3DataDistributionType=FullyReplicated|ShardedByS3Key}}
    }}
    ProcessingOutputConfig{{
        KmsKeyId Outputs{{OutputName AppManaged=false S3Output{{S3Uri LocalPath S3UploadMode=EndOfJob}}}}
    }}
    ProcessingResources{{ClusterConfig{{InstanceType InstanceCount=1 ~VolumeSizeInGB ~VolumeKmsKeyId}}}}
    StoppingCondition{{MaxRuntimeInSeconds}}
    NetworkConfig{{~VpcConfig ~EnableNetworkIsolation ~EnableInterContainerTrafficEncryption}}
}}
DescribeProcessingJob{{ProcessingJobName}}
ListProcessingJobs{{{_LISTED}}}
StopProcessingJob{{ProcessingJobName}}

CreateTransformJob{{
    TransformJobName ModelName Environment Tags MaxConcurrentTransforms MaxPayloadInMB BatchStrategy
    ModelClientConfig{{InvocationsTimeoutInSeconds InvocationsMaxRetries}}
    TransformInput{{ContentType CompressionType SplitType DataSource{{S3DataSource{{S3DataType S3Uri}}}}}}
    TransformOutput{{S3OutputPath Accept AssembleWith KmsKeyId}}
    TransformResources{{InstanceType ~InstanceCount ~VolumeKmsKeyId}}
    DataProcessing{{InputFilter OutputFilter JoinSource}}
}}
DescribeTransformJob{{TransformJobName}}
ListTransformJobs{{{_LISTED}}}
StopTransformJob{{TransformJobName}}

CreateModel{{
    ModelName ExecutionRoleArn PrimaryContainer Containers Tags ~VpcConfig ~EnableNetworkIsolation
    InferenceExecutionConfig{{Mode=Serial|Direct}}
}}
DescribeModel{{ModelName}}
ListModels{{{_CREATED}}}
DeleteModel{{ModelName}}
CreateEndpointConfig{{
    EndpointConfigName Tags
    ~KmsKeyId ~VpcConfig ~EnableNetworkIsolation
    ProductionVariants{{
        VariantName ModelName InitialInstanceCount InstanceType InitialVariantWeight
        ~VolumeSizeInGB ~ModelDataDownloadTimeoutInSeconds ContainerStartupHealthCheckTimeoutInSeconds
        ~RoutingConfig ~InferenceAmiVersion EnableSSMAccess=false
    }}
    DataCaptureConfig{{
        EnableCapture=false ~InitialSamplingPercentage ~DestinationS3Uri ~KmsKeyId ~CaptureOptions
        ~CaptureContentTypeHeader
    }}
}}
DescribeEndpointConfig{{EndpointConfigName}}
ListEndpointConfigs{{{_CREATED}}}
DeleteEndpointConfig{{EndpointConfigName}}
CreateEndpoint{{EndpointName EndpointConfigName {_DEPLOYMENT} Tags}}
DescribeEndpoint{{EndpointName}}
ListEndpoints{{{_LISTED}}}
UpdateEndpoint{{
    EndpointName EndpointConfigName RetainAllVariantProperties ExcludeRetainedVariantProperties
    {_DEPLOYMENT} RetainDeploymentConfig
}}
DeleteEndpoint{{EndpointName}}
UpdateEndpointWeightsAndCapacities{{
    EndpointName DesiredWeightsAndCapacities{{VariantName DesiredWeight DesiredInstanceCount}}
}}

CreateModelPackage{{
    ModelPackageName ModelPackageGroupName ModelPackageDescription InferenceSpecification SourceAlgorithmSpecification
    CertifyForMarketplace=false Tags ModelApprovalStatus MetadataProperties ModelMetrics ClientToken Domain Task
    SamplePayloadUrl CustomerMetadataProperties DriftCheckBaselines AdditionalInferenceSpecifications
    ModelCard ~SkipModelValidation
}}
DescribeModelPackage{{ModelPackageName}}
ListModelPackages{{{_CREATED} ModelApprovalStatus ModelPackageGroupName ModelPackageType}}
UpdateModelPackage{{
    ModelPackageArn ModelApprovalStatus ApprovalDescription CustomerMetadataProperties
    CustomerMetadataPropertiesToRemove AdditionalInferenceSpecificationsToAdd ~ClientToken
}}
DeleteModelPackage{{ModelPackageName}}
CreateModelPackageGroup{{ModelPackageGroupName ModelPackageGroupDescription Tags}}
DescribeModelPackageGroup{{ModelPackageGroupName}}
ListModelPackageGroups{{{_CREATED}}}
DeleteModelPackageGroup{{ModelPackageGroupName}}
PutModelPackageGroupPolicy{{ModelPackageGroupName ResourcePolicy}}
GetModelPackageGroupPolicy{{ModelPackageGroupName}}
DeleteModelPackageGroupPolicy{{ModelPackageGroupName}}
Search{{Resource SearchExpression SortBy SortOrder MaxResults NextToken}}

CreateExperiment{{ExperimentName}}
DescribeExperiment{{ExperimentName}}
ListExperiments{{{_MADE}}}
DeleteExperiment{{ExperimentName}}
CreateTrial{{TrialName ExperimentName}}
DescribeTrial{{TrialName}}
ListTrials{{ExperimentName TrialComponentName {_MADE}}}
DeleteTrial{{TrialName}}
CreateTrialComponent{{
    TrialComponentName DisplayName Status StartTime EndTime Parameters InputArtifacts OutputArtifacts MetadataProperties
}}
DescribeTrialComponent{{TrialComponentName}}
ListTrialComponents{{ExperimentName TrialName {_MADE}}}
UpdateTrialComponent{{
    TrialComponentName DisplayName Status StartTime EndTime Parameters ParametersToRemove InputArtifacts
    InputArtifactsToRemove OutputArtifacts OutputArtifactsToRemove
}}
DeleteTrialComponent{{TrialComponentName}}
AssociateTrialComponent{{TrialComponentName TrialName}}
DisassociateTrialComponent{{TrialComponentName TrialName}}
AddTags{{ResourceArn Tags}}
ListTags{{ResourceArn MaxResults NextToken}}
DeleteTags{{ResourceArn TagKeys}}
"""

_PARTITION = "DatabaseName TableName"
# G.025X is for streaming jobs, Z.2X for Ray, Standard for versions that name MaxCapacity.
_WORKERS = "NumberOfWorkers WorkerType=G.1X|G.2X|G.4X|G.8X|G.12X|G.16X|R.1X|R.2X|R.4X|R.8X"
_GLUE_JOB = f"""
    Description ~LogUri Role ExecutionProperty Command{{Name=glueetl ScriptLocation PythonVersion=3}} DefaultArguments
    Connections MaxRetries=0 Timeout GlueVersion=5.1 {_WORKERS} ~ExecutionClass JobRunQueuingEnabled=false
"""
_CONNECTION = """ConnectionInput{
    Name Description ConnectionType MatchCriteria ConnectionProperties SparkProperties AthenaProperties PythonProperties
    PhysicalConnectionRequirements
}"""
_GLUE = f"""
CreateJob{{Name Tags JobMode=SCRIPT {_GLUE_JOB}}}
GetJob{{JobName}} GetJobs{{NextToken MaxResults}} ListJobs{{NextToken MaxResults Tags}} BatchGetJobs{{JobNames}}
UpdateJob{{JobName JobUpdate{{{_GLUE_JOB}}}}}
DeleteJob{{JobName}}
StartJobRun{{
    JobName Arguments Timeout MaxCapacity {_WORKERS} ~ExecutionClass JobRunQueuingEnabled=false
}}
GetJobRun{{JobName RunId PredecessorsIncluded=false}}
GetJobRuns{{JobName NextToken MaxResults}}
BatchStopJobRun{{JobName JobRunIds}}
CreateConnection{{CatalogId=own-account {_CONNECTION} Tags}}
GetConnection{{CatalogId=own-account Name HidePassword}}
GetConnections{{CatalogId=own-account Filter HidePassword NextToken MaxResults}}
UpdateConnection{{CatalogId=own-account Name {_CONNECTION}}}
DeleteConnection{{CatalogId=own-account ConnectionName}}
CreateDatabase{{CatalogId=own-account DatabaseInput Tags}}
GetDatabase{{CatalogId=own-account Name}}
GetDatabases{{CatalogId=own-account ~MaxResults ~NextToken}}
UpdateDatabase{{CatalogId=own-account Name DatabaseInput}}
DeleteDatabase{{CatalogId=own-account Name}}
CreateTable{{CatalogId=own-account DatabaseName TableInput}}
GetTable{{CatalogId=own-account DatabaseName Name}}
GetTables{{CatalogId=own-account DatabaseName Expression ~MaxResults ~NextToken}}
GetTableVersion{{CatalogId=own-account {_PARTITION} VersionId}}
GetTableVersions{{CatalogId=own-account {_PARTITION} ~MaxResults ~NextToken}}
UpdateTable{{CatalogId=own-account DatabaseName TableInput}}
DeleteTable{{CatalogId=own-account DatabaseName Name}}
DeleteTableVersion{{CatalogId=own-account {_PARTITION} VersionId}}
BatchDeleteTable{{CatalogId=own-account DatabaseName TablesToDelete}}
GetPartitionIndexes{{CatalogId=own-account DatabaseName TableName ~NextToken}}
CreatePartition{{CatalogId=own-account {_PARTITION} PartitionInput}}
GetPartition{{CatalogId=own-account {_PARTITION} PartitionValues}}
GetPartitions{{CatalogId=own-account {_PARTITION} Expression ~MaxResults ~NextToken}}
UpdatePartition{{CatalogId=own-account {_PARTITION} PartitionValueList PartitionInput}}
DeletePartition{{CatalogId=own-account {_PARTITION} PartitionValues}}
BatchCreatePartition{{CatalogId=own-account {_PARTITION} PartitionInputList}}
BatchGetPartition{{CatalogId=own-account {_PARTITION} PartitionsToGet}}
BatchUpdatePartition{{CatalogId=own-account {_PARTITION} Entries}}
BatchDeletePartition{{CatalogId=own-account {_PARTITION} PartitionsToDelete}}
GetTags{{ResourceArn}} TagResource{{ResourceArn TagsToAdd}} UntagResource{{ResourceArn TagsToRemove}}
"""

PARAMETERS = {
    "sagemaker": _SAGEMAKER,
    "sagemaker-runtime": "InvokeEndpoint{EndpointName Body ContentType Accept CustomAttributes TargetModel"
    " TargetContainerHostname TargetVariant InferenceId}",
    "glue": _GLUE,
}

_DISK = "the disk is this machine's; only whether the instance type takes a key is looked at"
_ISOLATION = "what runs is a process of this machine, whose network is not taken away"
NO_EFFECT = {
    "sagemaker": {
        "VolumeSizeInGB": "the disk is this machine's",
        "VolumeKmsKeyId": _DISK,
        "CreateEndpointConfig.KmsKeyId": _DISK,
        "TransformResources.InstanceCount": "the objects are transformed one after another, with the same results",
        "VpcConfig": "subnets and groups must exist, but nothing carries or filters traffic here",
        "EnableNetworkIsolation": _ISOLATION,
        "EnableInterContainerTrafficEncryption": "what containers tell each other does not leave this machine",
        "MaxPendingTimeInSeconds": "no job waits for capacity",
        "RetryStrategy": "it is for internal errors of SageMaker, which the jobs here have none of",
        "EnableSageMakerMetricsTimeSeries": "metrics go to CloudWatch in any case",
        "DebugHookConfig.S3OutputPath": "without collections there is nothing to save",
        "ProfilerConfig.S3OutputPath": "the instance is this machine, which is not monitored",
        "ProfilingIntervalInMilliseconds": "the instance is this machine, which is not monitored",
        "DisableProfiler": "the instance is this machine, which is not monitored",
        "EnableInfraCheck": "there is no GPU cluster to check",
        "ModelDataDownloadTimeoutInSeconds": "artifacts come from this machine",
        "RoutingConfig": "one process answers all instances' requests",
        "InferenceAmiVersion": "no instance starts from an image",
        "InitialSamplingPercentage": "capture is off",
        "DestinationS3Uri": "capture is off",
        "DataCaptureConfig.KmsKeyId": "capture is off",
        "CaptureOptions": "capture is off",
        "CaptureContentTypeHeader": "capture is off",
        "SkipModelValidation": "no version is validated, none here is for AWS Marketplace",
        "UpdateModelPackage.ClientToken": "the same update twice changes nothing the second time",
    },
    "glue": {
        "ExecutionClass": "every worker is this machine, at once",
        "LogUri": "AWS too keeps it for later use",
        "MaxResults": ONE_PAGE,
        "NextToken": ONE_PAGE,
    },
}
