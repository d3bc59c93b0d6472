"""A container with one model: its artifact is unpacked to /opt/ml/model before it starts.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

from local_cloud.kernel.credentials import RoleSession
from local_cloud.services.sagemaker.archives import BadArchiveError
from local_cloud.services.sagemaker.model_data import ModelData, NoModelDataError
from local_cloud.services.sagemaker.serving_process import FleetError, RequestError, ServingProcess
from local_cloud.services.sagemaker.serving_request import Answer, Request


class SingleModelContainer:
    """A container of an endpoint that holds one model.

    Args:
        process: of the container.
        session: of the model's execution role.
        data: where its model lies; None for an image that brings its own.
        number: which container of the model it is, from 1.
    """

    def __init__(self, process: ServingProcess, *, session: RoleSession, data: ModelData | None, number: int) -> None:
        self._process, self._session, self._data, self._number = process, session, data, number

    @property
    def name(self) -> str:
        """Host name, as errors tell it."""
        return self._process.name

    def start(self) -> None:
        """Fetch the artifact and what its code needs, and begin to start the container.

        Raises:
            FleetError: the artifact cannot be had, or what its code needs.
            LocalCloudError: the program does not exist.
        """
        model = self._process.disk / "model"
        if self._data is None:
            model.mkdir(parents=True)
        else:
            self._fetch(self._data)
            self._process.install(model / "code" / "requirements.txt")
        self._process.start(lambda image: image.serving_one(port=0, folder=str(self._process.inside(model))))

    def wait(self) -> None:
        """Wait until the model is loaded.

        Raises:
            FleetError: it cannot be loaded.
        """
        self._process.wait()

    def check(self, request: Request) -> None:
        """Refuse a request that names a model.

        Raises:
            RequestError: in AWS's words: https://github.com/aws/amazon-sagemaker-examples/issues/1026.
        """
        if request.target_model:
            raise RequestError("is not a multi-model endpoint and does not support target model header.")

    def invoke(self, request: Request) -> Answer:
        """Ask the model."""
        headers = {"Content-Type": request.content_type, "Accept": request.accept}
        return self._process.call("POST", "/invocations", request.body, headers)

    def is_running(self) -> bool:
        """False when the container died."""
        return self._process.is_running()

    def stop(self) -> None:
        """End the container and forget its disk."""
        self._process.stop()

    def _fetch(self, data: ModelData) -> None:
        try:
            data.fetch(self._session, self._process.disk / "model")
        except NoModelDataError as error:
            raise FleetError(
                f'Failed to download model data for container "container_{self._number}" from URL: "{data.uri}". Please'
                " ensure that there is an object located at the URL and that the role passed to CreateModel has"
                f" permissions to download the model. ({error})"
            ) from error
        except BadArchiveError as error:
            raise FleetError(
                f'Failed to extract model data archive for container "container_{self._number}" from URL "{data.uri}".'
                f" Please ensure that the object located at the URL is a valid tar.gz archive. ({error})"
            ) from error
