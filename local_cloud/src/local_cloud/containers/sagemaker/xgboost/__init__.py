"""SageMaker's own XGBoost in algorithm mode: its images."""

from local_cloud.containers.sagemaker.image import BuiltIn, Image

# Of requirements.txt and docker/3.0-5 at the tag. Without AWS's own toolkits, and what only a GPU needs.
_PACKAGES = (
    "boto3",
    "botocore",
    "certifi",
    "cryptography",
    "dask[dataframe]",
    "flask",
    "fonttools",
    "gevent",
    "gunicorn",
    "itsdangerous",
    "jinja2",
    "markupsafe",
    "matplotlib",
    "numba",
    "numpy",
    "pandas",
    "pillow",
    "protobuf",
    "psutil",
    "pyarrow",
    "python-dateutil",
    "pyyaml",
    "requests",
    "retrying",
    "scikit-learn",
    "scipy",
    "setuptools",
    "urllib3",
    "werkzeug",
    "wheel",
    # The image has xgboost, which is this one with what a GPU needs.
    "xgboost-cpu",
)

# As AWS described a job of 0.90-1 in 2020; nobody could look at one of 3.0-5.
_DESCRIBED = (
    "accuracy",
    "auc",
    "aucpr",
    "error",
    "f1",
    "gamma-deviance",
    "gamma-nloglik",
    "logloss",
    "mae",
    "map",
    "merror",
    "mlogloss",
    "mse",
    "ndcg",
    "poisson-nloglik",
    "rmse",
    "tweedie-nloglik",
)

IMAGES = (
    Image(
        name="sagemaker-xgboost:3.0-5",
        packages=_PACKAGES,
        packages_source="https://github.com/aws/sagemaker-xgboost-container/tree/v3.0-5",
        train=f"{__name__}.train",
        serve=f"{__name__}.serve",
        not_emulated=("application/x-recordio-protobuf", "recordio-protobuf"),
        built_in=BuiltIn(
            line=r"\[[0-9]+\]",
            # Any metric of a round, for train and validation.
            metric=(
                r"(?P<channel>train|validation)-(?P<name>[A-Za-z0-9_@.-]+)"
                r":(?P<value>[-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)"
            ),
            # https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-tuning.html
            objectives={
                "validation:accuracy": "Maximize",
                "validation:auc": "Maximize",
                "validation:error": "Minimize",
                "validation:f1": "Maximize",
                "validation:logloss": "Minimize",
                "validation:mae": "Minimize",
                "validation:map": "Maximize",
                "validation:merror": "Minimize",
                "validation:mlogloss": "Minimize",
                "validation:mse": "Minimize",
                "validation:ndcg": "Maximize",
                "validation:rmse": "Minimize",
            },
            described=_DESCRIBED,
            regex=r".*\[[0-9]+\].*#011{channel}-{name}:([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?).*",
        ),
    ),
)
