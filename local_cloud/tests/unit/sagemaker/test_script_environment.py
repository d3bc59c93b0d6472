"""The variables SM_*: AWS's own example, test_env_vars_round_trip of

https://github.com/aws/sagemaker-training-toolkit/blob/master/test/unit/test_mapping.py.
"""

import json
import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from local_cloud.containers.sagemaker.script_environment import ScriptEnvironment

VALUES = {
    "loss": "SGD",
    "sagemaker_program": "user_script.py",
    "epochs": 10,
    "batch_size": 64,
    "precision": 5.434322,
    "sagemaker_region": "us-west-2",
    "sagemaker_job_name": "horovod-training-job",
    "sagemaker_submit_directory": "s3/something",
}
CHANNEL = {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated", "RecordWrapperType": "None"}
RESOURCES = {"current_host": "algo-1", "hosts": ["algo-1", "algo-2", "algo-3"]}


def _environment(**changes: Any) -> ScriptEnvironment:
    usual: dict[str, Any] = {
        "base": Path("/opt/ml"),
        "values": VALUES,
        "resources": RESOURCES,
        "channels": {"train": {"ContentType": "trainingContentType", **CHANNEL}, "validation": CHANNEL},
        "module": "test.functional.simple_framework:train",
    }
    return ScriptEnvironment(**usual | changes)


def test_the_toolkits_own_example() -> None:
    found = _environment().variables()
    expected = {
        "SM_INPUT_DATA_CONFIG": '{"train":{"ContentType":"trainingContentType","RecordWrapperType":"None",'
        '"S3DistributionType":"FullyReplicated","TrainingInputMode":"File"},"validation":{"RecordWrapperType":"None",'
        '"S3DistributionType":"FullyReplicated","TrainingInputMode":"File"}}',
        "SM_OUTPUT_DATA_DIR": "/opt/ml/output/data",
        "SM_NETWORK_INTERFACE_NAME": "eth0",
        "SM_LOG_LEVEL": "20",
        "SM_INPUT_DIR": "/opt/ml/input",
        "SM_NUM_CPUS": str(multiprocessing.cpu_count()),
        "SM_HP_BATCH_SIZE": "64",
        "SM_CHANNEL_TRAIN": "/opt/ml/input/data/train",
        "SM_CHANNEL_VALIDATION": "/opt/ml/input/data/validation",
        "SM_HP_EPOCHS": "10",
        "SM_HPS": '{"batch_size":64,"epochs":10,"loss":"SGD","precision":5.434322}',
        "SM_HP_PRECISION": "5.434322",
        "SM_RESOURCE_CONFIG": '{"current_host":"algo-1","hosts":["algo-1","algo-2","algo-3"]}',
        "SM_MODULE_NAME": "user_script",
        "SM_INPUT_CONFIG_DIR": "/opt/ml/input/config",
        "SM_USER_ARGS": '["--batch_size","64","--epochs","10","--loss","SGD","--precision","5.434322"]',
        "SM_OUTPUT_DIR": "/opt/ml/output",
        "SM_MODEL_DIR": "/opt/ml/model",
        "SM_HOSTS": '["algo-1","algo-2","algo-3"]',
        "SM_NUM_GPUS": "0",
        "SM_NUM_NEURONS": "0",
        "SM_MODULE_DIR": "s3/something",
        "SM_CURRENT_HOST": "algo-1",
        "SM_CHANNELS": '["train","validation"]',
        "SM_HP_LOSS": "SGD",
        "SM_FRAMEWORK_MODULE": "test.functional.simple_framework:train",
        "SM_USER_ENTRY_POINT": "user_script.py",
        "SM_CURRENT_INSTANCE_TYPE": "local",
        "SM_CURRENT_INSTANCE_GROUP": "homogeneousCluster",
        "SM_FRAMEWORK_PARAMS": "{}",
    }
    assert {name: found[name] for name in expected} == expected
    whole = json.loads(found["SM_TRAINING_ENV"])
    assert whole["hyperparameters"] == {"batch_size": 64, "epochs": 10, "loss": "SGD", "precision": 5.434322}
    assert whole["channel_input_dirs"] == {
        "train": "/opt/ml/input/data/train",
        "validation": "/opt/ml/input/data/validation",
    }
    assert whole["is_master"] is True


def test_another_host_of_a_group() -> None:
    groups = [{"instance_group_name": "big", "instance_type": "ml.c5.xlarge", "hosts": ["algo-1", "algo-2"]}]
    resources = RESOURCES | {
        "current_host": "algo-2",
        "current_group_name": "big",
        "current_instance_type": "ml.c5.xlarge",
        "instance_groups": groups,
    }
    found = _environment(resources=resources).variables()
    assert found["SM_CURRENT_HOST"] == "algo-2"
    assert found["SM_CURRENT_INSTANCE_GROUP_HOSTS"] == '["algo-1","algo-2"]'
    assert found["SM_INSTANCE_GROUPS"] == '["big"]'
    assert json.loads(found["SM_TRAINING_ENV"])["is_master"] is False


def test_a_variable_names_the_program_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAGEMAKER_PROGRAM", "other.py")
    assert _environment().program == "other.py"
    assert _environment(values={}).program == "other.py"
    monkeypatch.delenv("SAGEMAKER_PROGRAM")
    assert _environment(values={}).program is None
    assert _environment(values={}).source == "/opt/ml/code"
