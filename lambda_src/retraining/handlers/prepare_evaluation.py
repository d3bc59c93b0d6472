"""State ``Find Champion``: names the version to compare with and writes the evaluation's request."""

from contract.calls.prepare_evaluation import PreparedEvaluation, PrepareEvaluation, Scoring
from contract.catalogue import Answers
from contract.settings import PrepareEvaluation as Settings
from retraining.adapters import champion, scoring_models
from retraining.logic import evaluation, scoring
from shared import decisions, entry
from shared.adapters import clients, s3
from shared.adapters.clients import Clients
from shared.versions import Version


@entry.point(PrepareEvaluation)
def lambda_handler(asked: PrepareEvaluation) -> PreparedEvaluation:
    """The processing job that compares the candidate with the newest approved version of its algorithm, if any."""
    aws, settings = clients.here(), Settings.from_env()
    bucket_name, key = s3.split(asked.request)
    s3.write_json(aws.s3, evaluation.request(asked), bucket_name=bucket_name, key=key)
    endpoint_name = asked.endpoint or settings.endpoint_name
    against = champion.find(
        aws, asked.model, group=asked.group, table_name=settings.state_table, endpoint_name=endpoint_name
    )
    against = evaluation.comparable(against, algorithm=asked.algorithm)
    decisions.log("champion found", champion=against.arn if against else None)
    scores = _scoring(aws, asked, asked.answers, against) if asked.answers and asked.scoring == "transform" else None
    return evaluation.prepared(asked, champion=against, scoring=scores)


def _scoring(aws: Clients, asked: PrepareEvaluation, answers: Answers, champion: Version | None) -> Scoring:
    """Make what the batch transform jobs need, and remove what those of earlier runs needed."""
    plan = scoring.plan(asked, held_out=answers.held_out, with_champion=champion is not None)
    for name in scoring.left_over(scoring_models.names(aws.sagemaker, f"{asked.app}-{asked.model}-"), asked=asked):
        scoring_models.delete(aws.sagemaker, name)
    uri, text = scoring.golden(asked, held_out=answers.held_out)
    bucket_name, key = s3.split(uri)
    s3.write_text(aws.s3, text, bucket_name=bucket_name, key=key)
    # Spark writes an empty file where a part of its data has no rows, which has nothing to ask.
    keys = [name for name, _, size in s3.listing(aws.s3, asked.test) if size]
    listed = scoring.manifest(bucket_name, [*keys, key])
    s3.write_json(aws.s3, listed, bucket_name=bucket_name, key=s3.split(plan.manifest)[1])
    scoring_models.create(aws.sagemaker, scoring.model(asked, plan.candidate, model_data_url=asked.model_data_url))
    if champion is not None and plan.champion is not None:
        request = scoring.model(asked, plan.champion, model_data_url=champion.model_data_url)
        scoring_models.create(aws.sagemaker, request)
    return plan
