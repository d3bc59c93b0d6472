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
    "pip",
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

_BUILT_IN = BuiltIn(
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
)
_PARQUET = ("application/x-parquet", "parquet")


# By which script mode fetches a user's code and what that needs.
_FOR_SCRIPTS = ("boto3==1.44.8", "botocore==1.44.8", "pip==26.0")


def _of_its_own(version: str, *requirements: str, python: str, older: str) -> Image:
    """An image whose XGBoost is another one than this machine's.

    Args:
        version: tag of the image.
        requirements: pinned: those of the image, or where there are none for this Python the oldest that there are.
        python: of AWS's image.
        older: which of its packages are of another version.
    """
    branch = version.removesuffix("-cpu-py3")
    return Image(
        name=f"sagemaker-xgboost:{version}",
        requirements=(*requirements, *_FOR_SCRIPTS),
        packages_source=f"https://github.com/aws/sagemaker-xgboost-container/tree/{branch}",
        differs=(
            f"AWS's has Python {python}{older}; this one has XGBoost, NumPy, SciPy, pandas, scikit-learn and boto3,"
            " and no other package: channels of Parquet are refused."
        ),
        train=f"{__name__}.train",
        script=f"{__name__}.script",
        serve=f"{__name__}.serve",
        not_emulated=_PARQUET,
        built_in=_BUILT_IN,
    )


# Of the oldest that there are for Python 3.11.
_OLDEST = ("numpy==1.23.5", "scipy==1.9.3", "pandas==1.5.3", "scikit-learn==1.2.1")

IMAGES = (
    _of_its_own(
        "0.90-2-cpu-py3",
        "xgboost==0.90",
        *_OLDEST,
        python="3.6",
        older=", NumPy 1.18, SciPy 1.2, pandas 1.0 and scikit-learn 0.23",
    ),
    _of_its_own(
        "1.2-2",
        "xgboost==1.2.0",
        *_OLDEST,
        python="3.7",
        older=", NumPy 1.21, SciPy 1.5, pandas 1.1 and scikit-learn 0.23",
    ),
    _of_its_own(
        "1.7-1",
        "xgboost==1.7.4",
        "numpy==1.24.1",
        "scipy==1.9.3",
        "pandas==1.5.3",
        "scikit-learn==1.2.1",
        python="3.8",
        older=", SciPy 1.8, pandas 1.2 and scikit-learn 0.24",
    ),
    Image(
        name="sagemaker-xgboost:3.0-5",
        packages=_PACKAGES,
        packages_source="https://github.com/aws/sagemaker-xgboost-container/tree/v3.0-5",
        differs="Packages are of this machine's versions.",
        train=f"{__name__}.train",
        script=f"{__name__}.script",
        serve=f"{__name__}.serve",
        built_in=_BUILT_IN,
    ),
    _of_its_own(
        "3.2-0",
        # That of the image, without what a GPU needs.
        "xgboost-cpu==3.2.0",
        "numpy==2.1.0",
        "scipy==1.15.0",
        "pandas==2.2.3",
        "scikit-learn==1.8.0",
        python="3.10",
        older="",
    ),
)
