"""CloudFormation: an engine of our own in place of moto's, which skips what it does not know and rolls nothing back."""

from local_cloud.runtime import Runtime


def install(_runtime: Runtime) -> None:
    """Answer every CloudFormation request with our API."""
    from moto.cloudformation import urls

    from local_cloud.cloudformation import resources
    from local_cloud.cloudformation.api import CloudFormationApi

    assert resources.__all__  # importing the package registers the resource types
    urls.url_paths.clear()
    urls.url_paths["{0}/$"] = CloudFormationApi.dispatch
