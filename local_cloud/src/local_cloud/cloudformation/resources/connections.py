"""AWS::CodeConnections::Connection, and AWS::CodeStarConnections::Connection, as it was called before."""

from typing import Any

from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, retag, tag_list


def _type(name: str, service: str) -> ResourceType:
    def create(context: Context, properties: Properties) -> Made:
        arn = context.client(service).create_connection(
            ConnectionName=properties["ConnectionName"],
            ProviderType=properties["ProviderType"],
            Tags=tag_list(properties),
        )["ConnectionArn"]
        return Made(physical_id=arn, attributes=_attributes(context, service, arn))

    def update(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
        client = context.client(service)
        retag(
            old,
            new,
            put=lambda tags: client.tag_resource(ResourceArn=physical_id, Tags=tag_list(tags)),
            drop=lambda keys: client.untag_resource(ResourceArn=physical_id, TagKeys=keys),
        )
        return _attributes(context, service, physical_id)

    def delete(context: Context, physical_id: str, _properties: Properties) -> None:
        context.client(service).delete_connection(ConnectionArn=physical_id)

    return ResourceType(
        name=name,
        properties=frozenset({"ConnectionName", "ProviderType", "Tags"}),
        create_only=frozenset({"ConnectionName", "ProviderType"}),
        named="ConnectionName",
        taken=_is_taken,
        create=create,
        update=update,
        delete=delete,
    )


def _is_taken(context: Context, properties: Properties) -> bool:
    from local_cloud.services.repositories import connections

    return connections.is_taken(account=context.account_id, name=properties["ConnectionName"])


def _attributes(context: Context, service: str, arn: str) -> dict[str, Any]:
    found = context.client(service).get_connection(ConnectionArn=arn)["Connection"]
    return {name: found[name] for name in ("ConnectionArn", "ConnectionStatus", "OwnerAccountId")}


register(_type("AWS::CodeConnections::Connection", "codeconnections"))
register(_type("AWS::CodeStarConnections::Connection", "codestar-connections"))
