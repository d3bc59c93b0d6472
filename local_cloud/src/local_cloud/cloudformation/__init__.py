"""CloudFormation: an engine of our own in place of moto's, which skips what it does not know and rolls nothing back."""

from local_cloud.kernel.runtime import Runtime


def install(_runtime: Runtime) -> None:
    """Answer every CloudFormation request with our API."""
    from moto.cloudformation import urls

    from local_cloud.cloudformation import resources, store
    from local_cloud.cloudformation.api import CloudFormationApi
    from local_cloud.kernel import state

    _ = resources  # importing the package registers the resource types
    state.register("cloudformation", state.Part(dump=store.dump, load=store.load))
    urls.url_paths.clear()
    urls.url_paths["{0}/$"] = CloudFormationApi.dispatch
