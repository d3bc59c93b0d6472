"""State ``Stage Deployment``: all models of the next deployment under a new, immutable prefix."""

from typing import Any

from retraining import events, settings
from retraining.adapters import s3, sagemaker
from retraining.logic import manifest
from retraining.logic.manifest import ServedModel


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Copy what serves now and the new version; a repeated call writes the same objects again.

    Event: endpoint_name, deployment_id, model, model_package_arn, model_data_url, golden_request.
    Result: model_data_prefix, golden_requests by target model and, unless this is the first deployment,
    previous_endpoint_config.
    """
    bucket_name = settings.from_environment().bucket_name
    serving = sagemaker.serving_state(events.text(event, "endpoint_name"))
    current = None
    if serving is not None:
        bucket, prefix = s3.split(serving.model_data_prefix)
        current = manifest.from_dict(s3.read_json(bucket_name=bucket, key=f"{prefix}manifest.json"))
    following = manifest.successor(
        current,
        bucket_name=bucket_name,
        deployment_id=events.text(event, "deployment_id"),
        name=events.text(event, "model"),
        model=ServedModel(
            model_package_arn=events.text(event, "model_package_arn"),
            source=events.text(event, "model_data_url"),
            golden_request=events.text(event, "golden_request"),
        ),
    )
    for name, model in following.models.items():
        s3.copy(model.source, bucket_name=bucket_name, key=following.key(name))
    s3.write_json(following.as_dict(), bucket_name=bucket_name, key=f"{following.prefix}manifest.json")
    result: dict[str, Any] = {
        "model_data_prefix": f"s3://{bucket_name}/{following.prefix}",
        "golden_requests": {
            manifest.target_model(name): model.golden_request for name, model in following.models.items()
        },
    }
    if serving is not None:
        result["previous_endpoint_config"] = serving.endpoint_config
    return result
