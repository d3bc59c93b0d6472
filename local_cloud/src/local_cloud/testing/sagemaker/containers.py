"""What the containers do with files and requests, without a job or an endpoint."""

from local_cloud.containers.sagemaker.cells import DataError
from local_cloud.containers.sagemaker.model_worker import predict
from local_cloud.containers.sagemaker.xgboost_data import read_channel
from local_cloud.containers.sagemaker.xgboost_requests import parse

__all__ = ["DataError", "parse", "predict", "read_channel"]
