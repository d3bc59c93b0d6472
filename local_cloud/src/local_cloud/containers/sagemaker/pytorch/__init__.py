"""PyTorch's images: each runs its user's own code."""

from local_cloud.containers.sagemaker.image import Image

# One environment for all of them, and below Hugging Face's: of torch one version gives a build without CUDA everywhere.
_PACKAGES = (
    "torch==2.13.0",
    "boto3==1.44.8",
    "botocore==1.44.8",
    "certifi==2026.10.19.post1",
    "charset-normalizer==3.5.3",
    "cloudpickle==3.1.3",
    "filelock==4.3.1",
    "fsspec==2026.9.0",
    "idna==3.20",
    "Jinja2==3.1.6",
    "jmespath==1.1.0",
    "joblib==1.6.0",
    "MarkupSafe==3.0.4",
    "mpmath==1.3.0",
    "networkx==3.6.1",
    "numpy==2.3.5",
    "pandas==2.3.3",
    "pillow==13.0.0",
    "pip==26.0",
    "psutil==7.2.2",
    "python-dateutil==2.9.0.post0",
    "pytz==2026.6",
    "PyYAML==6.0.4",
    "requests==2.34.2",
    "retrying==1.3.4",
    "s3transfer==0.19.3",
    # What users' code imports of it; the local cloud serves by a toolkit of its own.
    "sagemaker-inference==1.10.1",
    "scikit-learn==1.7.2",
    "scipy==1.16.3",
    "setuptools==80.9.0",
    "six==1.17.0",
    "sympy==1.14.0",
    "threadpoolctl==3.8.0",
    "tqdm==4.70.1",
    "typing_extensions==4.16.0",
    "tzdata==2026.6",
    "urllib3==2.8.0",
    "wheel==0.45.1",
)
_DIFFERS = "It has torch 2.13.0 for CPUs in place of the tag's version, and no torchvision, torchaudio or MPI."
_TRAIN = ("2.5.1-cpu-py311", "2.6.0-cpu-py312", "2.7.1-cpu-py312", "2.8.0-cpu-py312")
_SERVE = ("2.4.0-cpu-py311", "2.5.1-cpu-py311", "2.6.0-cpu-py312")

IMAGES = (
    *(
        Image(
            name=f"pytorch-training:{tag}",
            requirements=_PACKAGES,
            differs=_DIFFERS,
            train=f"{__name__}.train",
            script=f"{__name__}.train",
            distributed=True,
            reads_pipes=True,
        )
        for tag in _TRAIN
    ),
    *(
        Image(
            name=f"pytorch-inference:{tag}",
            requirements=_PACKAGES,
            differs=_DIFFERS,
            serve=f"{__name__}.serve",
        )
        for tag in _SERVE
    ),
)
