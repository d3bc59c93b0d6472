"""Variables of a retraining run, each with the class of what it holds."""

from collections.abc import Mapping
from typing import Any

from contract.calls.judge_candidate import Verdict
from contract.calls.load_configuration import Configuration
from contract.calls.look_at_inputs import Inputs
from contract.calls.plan_tuning import PlannedTuning
from contract.calls.prepare_evaluation import EtlReport, PreparedEvaluation
from contract.calls.query_training_results import TrainingJob, TrainingResults, TuningJob
from contract.calls.save_model import Saved
from mlops_constructs.states.references import variable

# Known before anything else is, and to the failure of whatever follows.
FORCE = variable("force", bool)
TEST_RUN = variable("test_run", bool)

RUN = variable("run", Configuration)
INPUTS = variable("inputs", Inputs)
SOURCE_URI = variable("source_uri", str)
# All of what the ETL writes, of which these are the fields that anything reads.
REPORT = variable("report", EtlReport)
# Of the service's request what all training jobs of the run have.
TRAINING_JOB: Mapping[str, Any] = variable("training_job", dict)
TUNING = variable("tuning", PlannedTuning)
JOB: TrainingJob | TuningJob = variable("job", TrainingJob)
TRAINING = variable("training", TrainingResults)
EVALUATION = variable("evaluation", PreparedEvaluation)
# Why there is nothing to compare with although there is a champion; empty for what the evaluation says.
NOT_COMPARED = variable("not_compared", str)
VERDICT = variable("verdict", Verdict)
REGISTERED = variable("registered", Saved)
