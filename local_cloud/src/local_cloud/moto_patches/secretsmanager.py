"""Faults of moto's Secrets Manager."""

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    status_of_errors()


@patching.owner
def status_of_errors() -> None:
    """What is missing is told with status 404; every error of the caller's has 400 on AWS.

    Reference: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html#API_GetSecretValue_Errors
    """
    from moto.secretsmanager.exceptions import SecretsManagerClientError

    class Always:
        """An attribute that nobody can set: moto's classes say 404 when they are made."""

        def __get__(self, *_: object) -> int:
            return 400

        def __set__(self, *_: object) -> None:
            """Whatever it is."""

    patching.replace(SecretsManagerClientError, "code", Always())
