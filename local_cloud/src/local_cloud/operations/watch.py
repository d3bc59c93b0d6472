"""Operations of what watches: CloudWatch, its logs and Application Auto Scaling."""

LISTS = {
    "cloudwatch": (
        """
        PutMetricData GetMetricData GetMetricStatistics ListMetrics
        PutMetricAlarm SetAlarmState EnableAlarmActions DisableAlarmActions DeleteAlarms
        """,
        """
        DescribeAlarms DescribeAlarmsForMetric PutDashboard GetDashboard ListDashboards DeleteDashboards
        ListTagsForResource TagResource UntagResource
        """,
    ),
    "logs": (
        """
        CreateLogGroup DeleteLogGroup CreateLogStream DeleteLogStream PutLogEvents GetLogEvents FilterLogEvents
        """,
        """
        DescribeLogGroups DescribeLogStreams PutRetentionPolicy DeleteRetentionPolicy
        PutResourcePolicy DescribeResourcePolicies DeleteResourcePolicy
        DescribeMetricFilters DescribeSubscriptionFilters
        ListTagsForResource TagResource UntagResource ListTagsLogGroup TagLogGroup UntagLogGroup
        """,
    ),
    "application-autoscaling": (
        "RegisterScalableTarget",
        """
        DeregisterScalableTarget DescribeScalableTargets PutScalingPolicy DeleteScalingPolicy DescribeScalingPolicies
        DescribeScheduledActions ListTagsForResource
        """,
    ),
}
