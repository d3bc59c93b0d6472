"""Operations of what hands messages on: EventBridge, its Scheduler, SNS and SQS."""

LISTS = {
    "events": (
        """
        PutEvents TestEventPattern
        PutRule DeleteRule EnableRule DisableRule PutTargets RemoveTargets
        CreateEventBus DeleteEventBus PutPermission RemovePermission
        """,
        """
        DescribeRule ListRules ListTargetsByRule ListRuleNamesByTarget DescribeEventBus ListEventBuses
        ListTagsForResource TagResource UntagResource
        """,
    ),
    "scheduler": (
        "CreateSchedule UpdateSchedule DeleteSchedule CreateScheduleGroup DeleteScheduleGroup",
        """
        GetSchedule ListSchedules GetScheduleGroup ListScheduleGroups ListTagsForResource TagResource UntagResource
        """,
    ),
    "sns": (
        "Publish PublishBatch Subscribe Unsubscribe CreateTopic DeleteTopic",
        """
        ListTopics GetTopicAttributes SetTopicAttributes ListSubscriptions ListSubscriptionsByTopic
        GetSubscriptionAttributes SetSubscriptionAttributes AddPermission RemovePermission
        ListTagsForResource TagResource UntagResource
        """,
    ),
    "sqs": (
        """
        CreateQueue DeleteQueue PurgeQueue SendMessage SendMessageBatch ReceiveMessage DeleteMessage DeleteMessageBatch
        ChangeMessageVisibility ChangeMessageVisibilityBatch SetQueueAttributes AddPermission RemovePermission
        """,
        "GetQueueAttributes GetQueueUrl ListQueues ListDeadLetterSourceQueues ListQueueTags TagQueue UntagQueue",
    ),
}
