"""SageMaker's own linear learner: its image."""

from typing import Literal

from local_cloud.containers.sagemaker.image import BuiltIn, Image

_CHANNELS = ("train", "validation", "test")
# As DescribeHyperParameterTuningJob told them of a job in 2020, which public records keep; the last two came later.
_LOSSES = ("mse", "absolute_loss", "rmse")
_SCORES = (
    "binary_classification_accuracy",
    "precision",
    "recall",
    "dcg",
    "macro_precision",
    "macro_recall",
    "multiclass_accuracy",
    "roc_auc_score",
)
# Metrics with a hyperparameter in their names.
_NAMED_BY_A_NUMBER = {
    "binary_f_beta": r"binary_f_\S+",
    "macro_f_beta": r"macro_f_\S+",
    "multiclass_top_k_accuracy": r"multiclass_top_k_accuracy_\S+",
}
_PREFIX = r"#quality_metric: host=\S+,"


def _metrics() -> dict[str, str]:
    found: dict[str, str] = {}
    for channel in _CHANNELS:
        found |= {f"{channel}:{name}": rf"{_PREFIX} {channel} {name} <loss>=(\S+)" for name in _LOSSES}
        found |= {f"{channel}:{name}": rf"{_PREFIX} {channel} {name} <score>=(\S+)" for name in _SCORES}
        found |= {
            f"{channel}:{name}": rf"{_PREFIX} {channel} {pattern} <score>=(\S+)"
            for name, pattern in _NAMED_BY_A_NUMBER.items()
        }
        at_the_end = rf"{_PREFIX} {channel} \S+_objective <loss>=(\S+)"
        if channel == "test":
            found["test:objective_loss"] = at_the_end
        else:
            found[f"{channel}:objective_loss"] = rf"{_PREFIX} epoch=\S+, {channel} \S+_objective <loss>=(\S+)"
            found[f"{channel}:objective_loss:final"] = at_the_end
    found["train:progress"] = r"#progress_metric: host=\S+, completed (\S+) %"
    found["train:throughput"] = r"#throughput_metric: host=\S+, train throughput=(\S+) records/second"
    return found


def _objectives() -> dict[str, Literal["Maximize", "Minimize"]]:
    """Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/linear-learner-tuning.html."""
    found: dict[str, Literal["Maximize", "Minimize"]] = {}
    for channel in ("validation", "test"):
        found |= dict.fromkeys((f"{channel}:{name}" for name in (*_LOSSES, "objective_loss")), "Minimize")
        found |= dict.fromkeys((f"{channel}:{name}" for name in (*_SCORES, *_NAMED_BY_A_NUMBER)), "Maximize")
    return found


IMAGES = (
    Image(
        name="linear-learner:1",
        packages=("numpy",),
        differs="A trainer of our own after AWS's documentation; AWS's models do not serve. See linear-learner.md.",
        train=f"{__name__}.train",
        serve=f"{__name__}.serve",
        reads_pipes=True,
        built_in=BuiltIn(objectives=_objectives(), metrics=_metrics()),
    ),
)
