"""State ``Prove Deployment``: every model answers its golden request, which also warms the endpoint's cache."""

from concurrent.futures import ThreadPoolExecutor

from contract import manifest
from contract.calls.prove_deployment import ProveDeployment, Proven
from deployment.adapters import endpoint
from deployment.logic import proof
from shared import decisions, entry
from shared.adapters import clients, s3

_PARALLEL = 8


@entry.point(ProveDeployment)
def lambda_handler(asked: ProveDeployment) -> Proven:
    """How many models answered as they did when they were evaluated: all of them.

    Raises:
        DeploymentNotProvenError: one answered anything else.
    """
    aws = clients.here()
    served = manifest.from_dict(s3.read_json(aws.s3, manifest.uri(asked.model_data_prefix)))

    def ask(name: str) -> None:
        model, target = served.models[name], manifest.target_model(name)
        request = model.family.request(target_model=target, body=model.golden_request)
        answer = endpoint.invoke(aws.sagemaker_runtime, asked.endpoint_name, request=request)
        proof.check_answer(name, answer, expected=model.golden_answer, family=model.family)

    with ThreadPoolExecutor(max_workers=_PARALLEL) as pool:
        list(pool.map(ask, served.models))
    decisions.log("proven", models=len(served.models))
    return Proven(proven=len(served.models))
