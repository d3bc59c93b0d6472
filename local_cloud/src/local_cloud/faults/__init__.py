"""The fault plan: what goes wrong in the local cloud on a test's order, see docs/faults.md."""

from local_cloud.kernel.runtime import Runtime


def install(_runtime: Runtime) -> None:
    """Take orders, and look at every call that was let in."""
    from local_cloud.faults import calls, plan
    from local_cloud.kernel import control

    control.register("faults", plan.order)
    calls.install()
