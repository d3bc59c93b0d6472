"""Operations of SageMaker and Glue: those that are done, and those that are only kept."""

LISTS = {
    "sagemaker": (
        """
        CreateTrainingJob DescribeTrainingJob ListTrainingJobs StopTrainingJob
        CreateHyperParameterTuningJob DescribeHyperParameterTuningJob ListHyperParameterTuningJobs
        ListTrainingJobsForHyperParameterTuningJob StopHyperParameterTuningJob DeleteHyperParameterTuningJob
        CreateProcessingJob DescribeProcessingJob ListProcessingJobs StopProcessingJob
        CreateTransformJob DescribeTransformJob ListTransformJobs StopTransformJob
        CreateModel DescribeModel ListModels DeleteModel
        CreateEndpointConfig DescribeEndpointConfig ListEndpointConfigs DeleteEndpointConfig
        CreateEndpoint DescribeEndpoint ListEndpoints UpdateEndpoint DeleteEndpoint
        UpdateEndpointWeightsAndCapacities
        CreateModelPackage DescribeModelPackage ListModelPackages UpdateModelPackage DeleteModelPackage
        PutModelPackageGroupPolicy GetModelPackageGroupPolicy DeleteModelPackageGroupPolicy
        Search
        """,
        """
        CreateModelPackageGroup DescribeModelPackageGroup ListModelPackageGroups DeleteModelPackageGroup
        CreateExperiment DescribeExperiment ListExperiments DeleteExperiment
        CreateTrial DescribeTrial ListTrials DeleteTrial
        CreateTrialComponent DescribeTrialComponent ListTrialComponents UpdateTrialComponent DeleteTrialComponent
        AssociateTrialComponent DisassociateTrialComponent
        AddTags ListTags DeleteTags
        """,
    ),
    "sagemaker-runtime": ("InvokeEndpoint", ""),
    "glue": (
        """
        StartJobRun GetJobRun GetJobRuns BatchStopJobRun
        CreateConnection GetConnection GetConnections UpdateConnection DeleteConnection
        """,
        """
        CreateJob GetJob GetJobs ListJobs BatchGetJobs UpdateJob DeleteJob
        CreateDatabase GetDatabase GetDatabases UpdateDatabase DeleteDatabase
        CreateTable GetTable GetTables GetTableVersion GetTableVersions UpdateTable DeleteTable DeleteTableVersion
        BatchDeleteTable
        GetPartitionIndexes
        CreatePartition GetPartition GetPartitions UpdatePartition DeletePartition
        BatchCreatePartition BatchGetPartition BatchUpdatePartition BatchDeletePartition
        GetTags TagResource UntagResource
        """,
    ),
}
