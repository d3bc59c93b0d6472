"""State ``Plan Transform``: whether a model has files to answer, and the SageMaker model that answers them."""

from contract import keys
from contract.calls.plan_transform import PlanTransform, TransformPlan
from contract.catalogue import Model
from contract.names import package_group
from contract.settings import PlanTransform as Settings
from retraining.adapters import champion, scoring_models
from retraining.logic import transform
from shared import catalogue, decisions, entry
from shared.adapters import clients, s3, tables
from shared.adapters.clients import Clients


@entry.point(PlanTransform)
def lambda_handler(asked: PlanTransform) -> TransformPlan:
    """The job, unless nothing is new since the last one that answered.

    Raises:
        InvalidInputError: the execution's input means something else, or nothing.
        UnknownModelError: no model of that name is configured.
        NotConfiguredError: its configuration does not say which files it answers.
    """
    aws, settings = clients.here(), Settings.from_env()
    forced, model = transform.is_forced(asked), catalogue.model(asked.model)
    found = _plan(aws, asked, settings, model, forced=forced)
    decisions.log("transform planned", outcome=found.outcome, version=found.version, forced=forced)
    return found


def _plan(aws: Clients, asked: PlanTransform, settings: Settings, model: Model, *, forced: bool) -> TransformPlan:
    wanted = transform.settings_of(model.name, model.batch_transform)
    version = champion.find(
        aws,
        model.name,
        group=package_group(settings.app, model.name),
        table_name=settings.state_table,
        endpoint_name=model.endpoint,
        approval=model.approval.sandbox,
    )
    if version is None:
        return TransformPlan(outcome="no version may answer")
    uri = transform.source(wanted, bucket_name=settings.artifact_bucket)
    digest = transform.digest(s3.listing(aws.s3, uri), settings=wanted, version=version)
    if digest is None:
        return TransformPlan(outcome="no files")
    last = tables.read_state(aws.dynamodb, settings.state_table, keys.TRANSFORMED.of(model.name)) or {}
    if digest == last.get("digest") and not forced:
        return TransformPlan(outcome="nothing new")
    described = aws.sagemaker.describe_model_package(ModelPackageName=version.arn)
    specification = described["InferenceSpecification"]
    found = transform.plan(
        asked,
        settings=wanted,
        place=settings,
        version=version,
        specification=specification,
        digest=digest,
    )
    names = scoring_models.names(aws.sagemaker, "-transform-")
    for name in transform.left_over(names, asked=asked, app=settings.app):
        scoring_models.delete(aws.sagemaker, name)
    made = transform.model(asked, found, app=settings.app, specification=specification)
    scoring_models.create(aws.sagemaker, made)
    return found
