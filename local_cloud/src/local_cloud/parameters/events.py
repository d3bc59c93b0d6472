"""Parameters of what hands messages on: EventBridge, its Scheduler, SNS and SQS."""

from local_cloud.parameters.reasons import ONE_PAGE

_BUS = "EventBusName"
_EVENTS = f"""
PutEvents{{Entries{{Time Source Resources DetailType Detail EventBusName ~TraceHeader}}}}
TestEventPattern{{EventPattern Event}}
PutRule{{Name EventPattern ScheduleExpression State Description RoleArn Tags {_BUS}}}
DeleteRule{{Name {_BUS} ~Force}} EnableRule{{Name {_BUS}}} DisableRule{{Name {_BUS}}} DescribeRule{{Name {_BUS}}}
ListRules{{NamePrefix {_BUS} NextToken Limit}} ListRuleNamesByTarget{{TargetArn {_BUS} NextToken Limit}}
PutTargets{{
    Rule {_BUS}
    Targets{{Id Arn RoleArn Input InputPath InputTransformer SqsParameters RetryPolicy DeadLetterConfig}}
}}
RemoveTargets{{Rule {_BUS} Ids ~Force}} ListTargetsByRule{{Rule {_BUS} NextToken Limit}}
CreateEventBus{{Name Description Tags}}
DeleteEventBus{{Name}} DescribeEventBus{{Name}} ListEventBuses{{NamePrefix NextToken Limit}}
PutPermission{{{_BUS} Action Principal StatementId Condition Policy}}
RemovePermission{{{_BUS} StatementId RemoveAllPermissions}}
ListTagsForResource{{ResourceARN}} TagResource{{ResourceARN Tags}} UntagResource{{ResourceARN TagKeys}}
"""

_SCHEDULE = """
    Name GroupName ScheduleExpression ScheduleExpressionTimezone StartDate EndDate Description State ~KmsKeyArn
    ActionAfterCompletion FlexibleTimeWindow{Mode ~MaximumWindowInMinutes} ~ClientToken
    Target{Arn RoleArn DeadLetterConfig RetryPolicy Input SqsParameters EventBridgeParameters}
"""
_SCHEDULER = f"""
CreateSchedule{{{_SCHEDULE}}} UpdateSchedule{{{_SCHEDULE}}}
DeleteSchedule{{Name GroupName ~ClientToken}} GetSchedule{{Name GroupName}}
ListSchedules{{GroupName NamePrefix State NextToken MaxResults}}
CreateScheduleGroup{{Name Tags ~ClientToken}} DeleteScheduleGroup{{Name ~ClientToken}} GetScheduleGroup{{Name}}
ListScheduleGroups{{NamePrefix NextToken MaxResults}}
ListTagsForResource{{ResourceArn}} TagResource{{ResourceArn Tags}} UntagResource{{ResourceArn TagKeys}}
"""

_SNS = """
CreateTopic{Name Attributes Tags} DeleteTopic{TopicArn} ListTopics{NextToken}
GetTopicAttributes{TopicArn} SetTopicAttributes{TopicArn AttributeName AttributeValue}
Publish{
    TopicArn TargetArn Message Subject MessageStructure MessageAttributes MessageDeduplicationId
    MessageGroupId
}
PublishBatch{TopicArn PublishBatchRequestEntries}
Subscribe{TopicArn Protocol Endpoint Attributes ~ReturnSubscriptionArn}
Unsubscribe{SubscriptionArn}
ListSubscriptions{NextToken} ListSubscriptionsByTopic{TopicArn NextToken}
GetSubscriptionAttributes{SubscriptionArn} SetSubscriptionAttributes{SubscriptionArn AttributeName AttributeValue}
AddPermission{TopicArn Label AWSAccountId ActionName} RemovePermission{TopicArn Label}
ListTagsForResource{ResourceArn} TagResource{ResourceArn Tags} UntagResource{ResourceArn TagKeys}
"""

_SQS = """
CreateQueue{QueueName Attributes tags} DeleteQueue{QueueUrl} PurgeQueue{QueueUrl}
SendMessage{
    QueueUrl MessageBody DelaySeconds MessageAttributes MessageSystemAttributes MessageDeduplicationId MessageGroupId
}
SendMessageBatch{QueueUrl Entries}
ReceiveMessage{
    QueueUrl AttributeNames MessageSystemAttributeNames MessageAttributeNames MaxNumberOfMessages VisibilityTimeout
    WaitTimeSeconds ~ReceiveRequestAttemptId
}
DeleteMessage{QueueUrl ReceiptHandle} DeleteMessageBatch{QueueUrl Entries}
ChangeMessageVisibility{QueueUrl ReceiptHandle VisibilityTimeout} ChangeMessageVisibilityBatch{QueueUrl Entries}
GetQueueAttributes{QueueUrl AttributeNames} SetQueueAttributes{QueueUrl Attributes}
GetQueueUrl{QueueName QueueOwnerAWSAccountId}
ListQueues{QueueNamePrefix NextToken MaxResults} ListDeadLetterSourceQueues{QueueUrl ~NextToken ~MaxResults}
AddPermission{QueueUrl Label AWSAccountIds Actions} RemovePermission{QueueUrl Label}
ListQueueTags{QueueUrl} TagQueue{QueueUrl Tags} UntagQueue{QueueUrl TagKeys}
"""

PARAMETERS = {"events": _EVENTS, "scheduler": _SCHEDULER, "sns": _SNS, "sqs": _SQS}

NO_EFFECT = {
    "events": {
        "TraceHeader": "nothing is traced",
        "Force": "it is for rules that AWS services manage, of which there are none",
    },
    "scheduler": {
        "KmsKeyArn": "schedules are kept unencrypted on this machine",
        "MaximumWindowInMinutes": "a schedule fires at the beginning of its window",
        "ClientToken": "a second request finds what the first one made",
    },
    "sns": {
        "ReturnSubscriptionArn": "the ARN is always told",
    },
    "sqs": {
        "ReceiveRequestAttemptId": "no answer is lost on the way, so no receive is repeated",
        "NextToken": ONE_PAGE,
        "MaxResults": ONE_PAGE,
    },
}
