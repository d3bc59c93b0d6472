"""What of AWS's images starts a script on several hosts or GPUs, by the hyperparameter that asks for it.

``sagemaker_pytorch_container/training.py`` of https://github.com/aws/sagemaker-pytorch-training-toolkit.
"""

TORCHRUN = "sagemaker_torch_distributed_enabled"
# They start the processes on AWS, and are not here.
OTHERS = (
    "sagemaker_mpi_enabled",
    "sagemaker_parameter_server_enabled",
    "sagemaker_distributed_dataparallel_enabled",
    "sagemaker_pytorch_ddp_enabled",
    "sagemaker_pytorch_xla_multi_worker_enabled",
    "sagemaker_multi_worker_mirrored_strategy_enabled",
)
