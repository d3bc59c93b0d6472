"""AWS::SNS::Topic, TopicPolicy and Subscription."""

import json
from typing import Any

from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, retag, tag_list
from local_cloud.kernel.services import backends


def _create_topic(context: Context, properties: Properties) -> Made:
    client = context.client("sns")
    name = properties.get("TopicName") or context.generated_name(most=256)
    attributes = {key: properties[key] for key in ("KmsMasterKeyId", "DisplayName") if key in properties}
    arn = client.create_topic(Name=name, Attributes=attributes, Tags=tag_list(properties))["TopicArn"]
    return Made(physical_id=arn, attributes={"TopicArn": arn, "TopicName": name})


def _update_topic(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    client = context.client("sns")
    for key in ("KmsMasterKeyId", "DisplayName"):
        client.set_topic_attributes(TopicArn=physical_id, AttributeName=key, AttributeValue=new.get(key, ""))
    retag(
        old,
        new,
        put=lambda tags: client.tag_resource(ResourceArn=physical_id, Tags=tag_list(tags)),
        drop=lambda keys: client.untag_resource(ResourceArn=physical_id, TagKeys=keys),
    )
    return {"TopicArn": physical_id, "TopicName": physical_id.rsplit(":", maxsplit=1)[-1]}


def _delete_topic(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("sns").delete_topic(TopicArn=physical_id)


def _create_policy(context: Context, properties: Properties) -> Made:
    _update_policy(context, "", {}, properties)
    return Made(physical_id=context.generated_name())


def _update_policy(context: Context, _physical_id: str, _old: Properties, new: Properties) -> dict[str, Any]:
    for topic in new["Topics"]:
        context.client("sns").set_topic_attributes(
            TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(new["PolicyDocument"])
        )
    return {}


def _delete_policy(_context: Context, _physical_id: str, _properties: Properties) -> None:
    # SNS cannot remove a topic's policy; CloudFormation leaves it in place too.
    return None


def _subscribe(context: Context, properties: Properties) -> Made:
    request = {key: properties[key] for key in ("TopicArn", "Protocol", "Endpoint")}
    arn = context.client("sns").subscribe(**request, ReturnSubscriptionArn=True)["SubscriptionArn"]
    return Made(physical_id=arn, attributes={"Arn": arn})


def _unsubscribe(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("sns").unsubscribe(SubscriptionArn=physical_id)


def _is_taken(context: Context, properties: Properties) -> bool:
    return context.arn("sns", properties["TopicName"]) in backends("sns")[context.account_id][context.region].topics


register(
    ResourceType(
        name="AWS::SNS::Topic",
        properties=frozenset({"TopicName", "KmsMasterKeyId", "DisplayName", "Tags"}),
        create_only=frozenset({"TopicName"}),
        named="TopicName",
        taken=_is_taken,
        create=_create_topic,
        update=_update_topic,
        delete=_delete_topic,
    )
)
register(
    ResourceType(
        name="AWS::SNS::TopicPolicy",
        properties=frozenset({"Topics", "PolicyDocument"}),
        create=_create_policy,
        update=_update_policy,
        delete=_delete_policy,
    )
)
register(
    ResourceType(
        name="AWS::SNS::Subscription",
        properties=frozenset({"TopicArn", "Protocol", "Endpoint"}),
        create_only=frozenset({"TopicArn", "Protocol", "Endpoint"}),
        create=_subscribe,
        delete=_unsubscribe,
    )
)
