"""Moves features and labels to mean 0 and standard deviation 1 before training, and the model back after it.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/ll_how-it-works.html, step 1.
"""

from dataclasses import dataclass

import numpy as np

from local_cloud.containers.sagemaker.algorithm_data import Matrix
from local_cloud.containers.sagemaker.linear_learner.hyperparameters import REGRESSOR, Settings


@dataclass(frozen=True, kw_only=True)
class Scaler:
    """How the data were moved.

    Args:
        mean: of each feature.
        deviation: of each feature.
        label_mean: of the label.
        label_deviation: of the label.
    """

    mean: Matrix
    deviation: Matrix
    label_mean: float
    label_deviation: float

    def features(self, features: Matrix) -> Matrix:
        """Features as the model sees them."""
        return np.asarray((features - self.mean) / self.deviation)

    def labels(self, labels: Matrix) -> Matrix:
        """Labels as the model sees them."""
        return np.asarray((labels - self.label_mean) / self.label_deviation)

    def scores(self, scores: Matrix) -> Matrix:
        """What the model gives, in the labels' own unit."""
        return np.asarray(scores * self.label_deviation + self.label_mean)

    def unscaled(self, parameters: Matrix) -> Matrix:
        """Parameters for features and labels as they came; the last row is the bias."""
        weights = parameters[:-1] / self.deviation[:, None]
        bias = parameters[-1] - self.mean @ weights
        return np.vstack([weights * self.label_deviation, bias * self.label_deviation + self.label_mean])


def fit(features: Matrix, labels: Matrix, settings: Settings) -> Scaler:
    """Learn from the first ``num_point_for_scaler`` rows how to move all."""
    count = int(settings["num_point_for_scaler"])
    sample, given = features[:count], labels[:count]
    # A model without a bias could not be moved back.
    centred = settings["use_bias"] and settings.or_else("unbias_data", automatic=True)
    regression = settings.predictor == REGRESSOR
    label_centred = regression and settings["use_bias"] and settings.or_else("unbias_label", automatic=True)
    deviation = sample.std(axis=0) if settings.or_else("normalize_data", automatic=True) else np.ones(sample.shape[1])
    label_deviation = given.std() if regression and settings.or_else("normalize_label", automatic=True) else 1.0
    return Scaler(
        mean=sample.mean(axis=0) if centred else np.zeros(sample.shape[1]),
        # A feature that never changes stays as it is.
        deviation=np.where(deviation > 0, deviation, 1.0),
        label_mean=float(given.mean()) if label_centred else 0.0,
        label_deviation=float(label_deviation) or 1.0,
    )
