"""scikit-learn's images: each runs its user's own code, by the scikit-learn that its tag names."""

from local_cloud.containers.sagemaker.image import Image

# Of the toolkits that AWS's images have, what a user's code asks for; their Flask and Java serve nothing here.
_TOOLS = (
    "boto3==1.28.57",
    "botocore==1.31.57",
    "jmespath==1.0.1",
    "pip==24.3.1",
    "psutil==7.2.2",
    "python-dateutil==2.9.0.post0",
    "pytz==2025.2",
    "PyYAML==6.0.1",
    "s3transfer==0.7.0",
    "setuptools==80.9.0",
    "six==1.16.0",
    "tzdata==2025.2",
    "urllib3==1.26.17",
    "wheel==0.45.1",
)
_DIFFERS = "AWS's has Flask, gunicorn and mlio besides."

IMAGES = (
    Image(
        name="sagemaker-scikit-learn:1.2-1-cpu-py3",
        requirements=(
            "scikit-learn==1.2.1",
            "joblib==1.2.0",
            "numpy==1.24.1",
            "pandas==1.5.3",
            "scipy==1.9.3",
            "threadpoolctl==3.1.0",
            *_TOOLS,
        ),
        packages_source="https://github.com/aws/sagemaker-scikit-learn-container/tree/v1.2-1-1",
        differs=_DIFFERS,
        train=f"{__name__}.train",
        script=f"{__name__}.train",
        distributed=True,
        reads_pipes=True,
        serve=f"{__name__}.serve",
    ),
    Image(
        name="sagemaker-scikit-learn:1.4-2-cpu-py3",
        requirements=(
            "scikit-learn==1.4.2",
            "joblib==1.4.2",
            "numpy==2.1.0",
            "pandas==2.3.2",
            "pyarrow==17.0.0",
            "scipy==1.14.1",
            "threadpoolctl==3.5.0",
            *_TOOLS,
        ),
        packages_source="https://github.com/aws/sagemaker-scikit-learn-container/tree/v1.4.2",
        differs=_DIFFERS,
        train=f"{__name__}.train",
        script=f"{__name__}.train",
        distributed=True,
        reads_pipes=True,
        serve=f"{__name__}.serve",
    ),
)
