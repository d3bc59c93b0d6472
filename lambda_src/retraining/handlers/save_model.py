"""State ``Save Model``: registers the candidate in its model's package group, which is made when it is not there."""

from contract.calls.save_model import Saved, SaveModel
from contract.golden import Golden
from contract.settings import SaveModel as Settings
from retraining.logic import registration
from shared import decisions, entry
from shared.adapters import clients, registry, s3


@entry.point(SaveModel)
def lambda_handler(asked: SaveModel) -> Saved:
    """The version that is registered now.

    Unless forced, a run of data that the newest version was made of, by the same algorithm, goes on with that version:
    an earlier run made it and died before it could record its success.
    """
    aws = clients.here()
    evaluation = s3.read_json(aws.s3, asked.evaluation)
    group = registration.group(Settings.from_env(), asked.model)
    registry.ensure_group(
        aws.sagemaker, group.name, description=group.description, tags=group.tags, policy=group.policy
    )
    newest = None if asked.force else registry.newest(aws.sagemaker, group.name)
    made = (newest.metadata.get("data_fingerprint"), newest.algorithm) if newest else None
    if newest is not None and made == (asked.fingerprint, asked.algorithm):
        saved = registration.saved(newest.arn, status=newest.status, approval=asked.approval)
        decisions.log("registered before", version=saved.model_package_arn, deploy=saved.deploy)
        return saved
    digest = s3.digest(aws.s3, asked.training.model_data_url)
    request = registration.candidate(asked, group=group.name, digest=digest, golden=Golden.from_evaluation(evaluation))
    arn = registry.register(aws.sagemaker, request)
    saved = registration.saved(arn, status=request["ModelApprovalStatus"], approval=asked.approval)
    decisions.log("registered", version=arn, status=saved.approval_status, deploy=saved.deploy)
    return saved
