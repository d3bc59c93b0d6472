"""Parameters of what watches: CloudWatch, its logs and Application Auto Scaling."""

from local_cloud.parameters.reasons import ONE_PAGE

_CLOUDWATCH = """
PutMetricData{Namespace MetricData ~StrictEntityValidation}
GetMetricData{
    MetricDataQueries{Id MetricStat Label ReturnData Period} StartTime EndTime ~NextToken ~MaxDatapoints ScanBy
}
GetMetricStatistics{Namespace MetricName Dimensions StartTime EndTime Period Statistics ExtendedStatistics Unit}
ListMetrics{Namespace MetricName Dimensions NextToken}
PutMetricAlarm{
    AlarmName AlarmDescription ActionsEnabled OKActions AlarmActions InsufficientDataActions MetricName Namespace
    Statistic ExtendedStatistic Dimensions Period Unit EvaluationPeriods DatapointsToAlarm Threshold ComparisonOperator
    TreatMissingData EvaluateLowSampleCountPercentile=evaluate Tags
}
DescribeAlarms{AlarmNames AlarmNamePrefix AlarmTypes=MetricAlarm StateValue ActionPrefix ~MaxRecords ~NextToken}
DescribeAlarmsForMetric{MetricName Namespace}
SetAlarmState{AlarmName StateValue StateReason StateReasonData}
EnableAlarmActions{AlarmNames} DisableAlarmActions{AlarmNames} DeleteAlarms{AlarmNames}
PutDashboard{DashboardName DashboardBody} GetDashboard{DashboardName} DeleteDashboards{DashboardNames}
ListDashboards{DashboardNamePrefix ~NextToken}
ListTagsForResource{ResourceARN} TagResource{ResourceARN Tags} UntagResource{ResourceARN TagKeys}
"""

_LOGS = """
CreateLogGroup{logGroupName kmsKeyId tags logGroupClass=STANDARD deletionProtectionEnabled=false}
DeleteLogGroup{logGroupName}
DescribeLogGroups{logGroupNamePrefix logGroupClass=STANDARD nextToken limit}
CreateLogStream{logGroupName logStreamName} DeleteLogStream{logGroupName logStreamName}
DescribeLogStreams{logGroupName logGroupIdentifier logStreamNamePrefix orderBy descending nextToken limit}
PutLogEvents{logGroupName logStreamName logEvents ~sequenceToken ~entity}
GetLogEvents{logGroupName logGroupIdentifier logStreamName startTime endTime nextToken limit startFromHead ~unmask}
FilterLogEvents{
    logGroupName logGroupIdentifier logStreamNames logStreamNamePrefix startTime endTime filterPattern nextToken
    limit ~interleaved ~unmask
}
PutRetentionPolicy{logGroupName retentionInDays} DeleteRetentionPolicy{logGroupName}
PutResourcePolicy{policyName policyDocument} DeleteResourcePolicy{policyName}
DescribeResourcePolicies{~nextToken ~limit}
DescribeMetricFilters{logGroupName filterNamePrefix metricName metricNamespace ~nextToken ~limit}
DescribeSubscriptionFilters{logGroupName filterNamePrefix ~nextToken ~limit}
ListTagsForResource{resourceArn} TagResource{resourceArn tags} UntagResource{resourceArn tagKeys}
ListTagsLogGroup{logGroupName} TagLogGroup{logGroupName tags} UntagLogGroup{logGroupName tags}
"""

_TARGET = "ServiceNamespace ResourceId ScalableDimension"
_AUTOSCALING = f"""
RegisterScalableTarget{{{_TARGET} MinCapacity MaxCapacity RoleARN SuspendedState}}
DeregisterScalableTarget{{{_TARGET}}}
DescribeScalableTargets{{ServiceNamespace ResourceIds ScalableDimension ~MaxResults ~NextToken}}
PutScalingPolicy{{
    PolicyName {_TARGET} PolicyType StepScalingPolicyConfiguration TargetTrackingScalingPolicyConfiguration
}}
DeleteScalingPolicy{{PolicyName {_TARGET}}} DescribeScalingPolicies{{{_TARGET} ~MaxResults ~NextToken}}
DescribeScheduledActions{{ScheduledActionNames {_TARGET} ~MaxResults ~NextToken}} ListTagsForResource{{ResourceARN}}
"""

PARAMETERS = {"cloudwatch": _CLOUDWATCH, "logs": _LOGS, "application-autoscaling": _AUTOSCALING}

NO_EFFECT = {
    "cloudwatch": {
        "StrictEntityValidation": "there are no entities",
        "MaxRecords": ONE_PAGE,
        "MaxDatapoints": ONE_PAGE,
        "NextToken": ONE_PAGE,
    },
    "logs": {
        "sequenceToken": "AWS too takes any",
        "entity": "nothing here shows the entities of log events",
        "unmask": "nothing is masked",
        "interleaved": "AWS too always mixes the streams",
        "nextToken": ONE_PAGE,
        "limit": ONE_PAGE,
    },
    "application-autoscaling": {"MaxResults": ONE_PAGE, "NextToken": ONE_PAGE},
}
