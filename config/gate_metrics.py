"""What an evaluation measures, by type of problem; training_src/evaluation computes it."""

from collections.abc import Mapping

from config.algorithm import GateMetric

BINARY, REGRESSION = "binary_classification", "regression"
MULTICLASS, TEXT = "multiclass_classification", "text_classification"

_LOG_LOSS = GateMetric(greater_is_better=False, share=False, spoken="Log loss", of_probabilities=True, of_scores=True)
_OF_CLASSES = {
    "accuracy": GateMetric(greater_is_better=True, share=True, spoken="Accuracy", percent=True),
    "macro_f1": GateMetric(greater_is_better=True, share=True, spoken="Macro F1"),
    "log_loss": _LOG_LOSS,
    "lowest_recall": GateMetric(greater_is_better=True, share=True, spoken="Lowest recall"),
}
GATE_METRICS: Mapping[str, Mapping[str, GateMetric]] = {
    BINARY: {
        "accuracy": GateMetric(greater_is_better=True, share=True, spoken="Accuracy", percent=True),
        "auc": GateMetric(greater_is_better=True, share=True, spoken="AUC", of_scores=True),
        "precision": GateMetric(greater_is_better=True, share=True, spoken="Precision"),
        "recall": GateMetric(greater_is_better=True, share=True, spoken="Recall"),
        "log_loss": _LOG_LOSS,
    },
    MULTICLASS: _OF_CLASSES,
    REGRESSION: {
        "mae": GateMetric(greater_is_better=False, share=False, spoken="MAE"),
        "rmse": GateMetric(greater_is_better=False, share=False, spoken="RMSE"),
        "error_std": GateMetric(greater_is_better=False, share=False, spoken="Error std"),
    },
    TEXT: _OF_CLASSES,
}
