"""Imports the families of all tests, for what the processes of models are forked from."""

import importlib

for _name in ("obedient", "local_cloud.containers.sagemaker.xgboost.serve"):
    importlib.import_module(_name)
