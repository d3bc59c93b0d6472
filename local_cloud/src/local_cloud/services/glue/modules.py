"""--additional-python-modules: a job's packages must be installed here already; nothing is installed for a run.

Reference: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-python-libraries.html
"""

from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import InvalidRequirement, Requirement


def unmet(value: str) -> list[str]:
    """Why packages of the argument are not at hand, empty when all of them are.

    Args:
        value: requirements, separated by commas.
    """
    reasons = []
    for text in (item.strip() for item in value.split(",")):
        try:
            reasons += _unmet(Requirement(text), set())
        except InvalidRequirement:
            reasons.append(f"'{text}' is not package==version")
    return reasons


def _unmet(requirement: Requirement, seen: set[str]) -> list[str]:
    if str(requirement) in seen:
        return []
    seen.add(str(requirement))
    if requirement.url:
        return [f"'{requirement}' is not package==version"]
    try:
        found = distribution(requirement.name)
    except PackageNotFoundError:
        return [f"{requirement} is not installed; pip install '{requirement}'"]
    if not requirement.specifier.contains(found.version, prereleases=True):
        return [f"{requirement} is not installed, but {found.version} is; pip install '{requirement}'"]
    # An extra is more packages, for example psycopg[binary].
    parts = [Requirement(text) for text in found.requires or ()]
    reasons = []
    for part in parts:
        marker, part.marker = part.marker, None
        if (
            marker
            and not marker.evaluate({"extra": ""})
            and any(marker.evaluate({"extra": extra}) for extra in requirement.extras)
        ):
            reasons += _unmet(part, seen)
    return reasons
