"""Which container images have a stand-in, and what a program finds in them."""

from dataclasses import dataclass

from local_cloud.kernel import interpreters
from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.kernel.interpreters import Interpreter

_PACKAGE = "local_cloud.containers.sagemaker"


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image's programs, as modules.

    Args:
        train: runs a training job.
        serve: serves multi-model endpoints.
        packages: that its Python has.
    """

    train: str
    serve: str
    packages: tuple[str, ...]

    @property
    def interpreter(self) -> Interpreter:
        """Its Python."""
        return interpreters.of(self.packages, with_containers=True)

    def command(self, module: str, *arguments: str) -> list[str]:
        """How one of its programs is started."""
        # Without the folder that it starts in, which is not the container's.
        return [self.interpreter.python, "-P", "-m", module, *arguments]


# requirements.txt and base image of https://github.com/aws/sagemaker-xgboost-container, without AWS's own toolkits.
_XGBOOST_PACKAGES = (
    "boto3",
    "cryptography",
    "flask",
    "itsdangerous",
    "jinja2",
    "markupsafe",
    "matplotlib",
    "numpy",
    "pandas",
    "pillow",
    "protobuf",
    "psutil",
    "pyarrow",
    "python-dateutil",
    "pyyaml",
    "requests",
    "scikit-learn",
    "scipy",
    "urllib3",
    "werkzeug",
    "xgboost-cpu",
)
_IMAGES = {
    "sagemaker-xgboost:3.0-5": Image(
        train=f"{_PACKAGE}.xgboost_train", serve=f"{_PACKAGE}.multi_model_server", packages=_XGBOOST_PACKAGES
    ),
}


def find(uri: str) -> Image:
    """The stand-in of an image.

    Raises:
        NotEmulatedError: there is none.
    """
    name = uri.rsplit("/", maxsplit=1)[-1]
    if name not in _IMAGES:
        raise NotEmulatedError(f"the local cloud has no image {name!r}, choose one of {sorted(_IMAGES)}")
    return _IMAGES[name]


def covered() -> list[str]:
    """Names of all images that have one."""
    return sorted(_IMAGES)
