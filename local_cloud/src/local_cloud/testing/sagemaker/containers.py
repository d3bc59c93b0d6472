"""What XGBoost's container does with files and requests, without a job or an endpoint."""

from local_cloud.containers.sagemaker.xgboost.cells import DataError
from local_cloud.containers.sagemaker.xgboost.data import read_channel
from local_cloud.containers.sagemaker.xgboost.requests import parse
from local_cloud.containers.sagemaker.xgboost.serve import predict

__all__ = ["DataError", "parse", "predict", "read_channel"]
