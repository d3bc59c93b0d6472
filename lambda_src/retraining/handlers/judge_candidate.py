"""State ``Judge Candidate``: applies the gate to the evaluation and records both."""

from contract.calls.judge_candidate import JudgeCandidate, Verdict
from contract.settings import JudgeCandidate as Settings
from retraining.logic import evaluation
from shared import decisions, entry
from shared.adapters import clients, s3, tables


@entry.point(JudgeCandidate)
def lambda_handler(asked: JudgeCandidate) -> Verdict:
    """The gate's decision, whatever it is.

    Raises:
        MetricNotFoundError: the evaluation has no such metric.
    """
    aws = clients.here()
    found = s3.read_json(aws.s3, asked.evaluation)
    verdict = evaluation.judge(found, gate=asked.gate, not_compared=asked.not_compared)
    table_name = Settings.from_env().history_table
    for kind, values in evaluation.rows(asked, found, verdict).items():
        tables.append(aws.dynamodb, table_name, kind=kind, subject=asked.model, moment=asked.run_id, values=values)
    decisions.log("judged", passed=verdict.passed, value=verdict.value, reason=verdict.reason)
    return verdict
