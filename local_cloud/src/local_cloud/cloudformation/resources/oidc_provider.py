"""AWS::IAM::OIDCProvider."""

from typing import Any

from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, retag, tag_list
from local_cloud.kernel.services import backends


def _create(context: Context, properties: Properties) -> Made:
    arn = context.client("iam").create_open_id_connect_provider(
        Url=properties["Url"],
        ClientIDList=properties.get("ClientIdList", []),
        ThumbprintList=properties.get("ThumbprintList", []),
        Tags=tag_list(properties),
    )["OpenIDConnectProviderArn"]
    return Made(physical_id=arn, attributes={"Arn": arn})


def _update(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    client, provider = context.client("iam"), {"OpenIDConnectProviderArn": physical_id}
    before, after = set(old.get("ClientIdList", [])), set(new.get("ClientIdList", []))
    for client_id in sorted(after - before):
        client.add_client_id_to_open_id_connect_provider(**provider, ClientID=client_id)
    for client_id in sorted(before - after):
        client.remove_client_id_from_open_id_connect_provider(**provider, ClientID=client_id)
    if new.get("ThumbprintList") and new["ThumbprintList"] != old.get("ThumbprintList"):
        client.update_open_id_connect_provider_thumbprint(**provider, ThumbprintList=new["ThumbprintList"])
    retag(
        old,
        new,
        put=lambda tags: client.tag_open_id_connect_provider(**provider, Tags=tag_list(tags)),
        drop=lambda keys: client.untag_open_id_connect_provider(**provider, TagKeys=keys),
    )
    return {"Arn": physical_id}


def _delete(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=physical_id)


def _is_taken(context: Context, properties: Properties) -> bool:
    providers = backends("iam")[context.account_id]["aws"].open_id_providers
    return f"arn:aws:iam::{context.account_id}:oidc-provider/{properties['Url'].removeprefix('https://')}" in providers


register(
    ResourceType(
        name="AWS::IAM::OIDCProvider",
        properties=frozenset({"Url", "ClientIdList", "ThumbprintList", "Tags"}),
        create_only=frozenset({"Url"}),
        named="Url",
        taken=_is_taken,
        create=_create,
        update=_update,
        delete=_delete,
    )
)
