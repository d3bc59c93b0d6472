"""State ``Find Champion``: names the version to compare with and writes the evaluation's request."""

from contract.calls.prepare_evaluation import PreparedEvaluation, PrepareEvaluation
from contract.settings import PrepareEvaluation as Settings
from retraining.adapters import champion
from retraining.logic import evaluation
from shared import decisions, entry
from shared.adapters import clients, s3


@entry.point(PrepareEvaluation)
def lambda_handler(asked: PrepareEvaluation) -> PreparedEvaluation:
    """The processing job that compares the candidate with the newest approved version of its algorithm, if any."""
    aws, settings = clients.here(), Settings.from_env()
    bucket_name, key = s3.split(asked.request)
    s3.write_json(aws.s3, evaluation.request(asked), bucket_name=bucket_name, key=key)
    against = champion.find(
        aws, asked.model, group=asked.group, table_name=settings.state_table, endpoint_name=settings.endpoint_name
    )
    against = evaluation.comparable(against, algorithm=asked.algorithm)
    decisions.log("champion found", champion=against.arn if against else None)
    return evaluation.prepared(asked, champion=against)
