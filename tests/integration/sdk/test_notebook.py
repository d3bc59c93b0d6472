import json
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_cloud.testing.sagemaker import data
from tests.integration.sdk.conftest import (
    ENDPOINT,
    EVALUATION,
    GROUP,
    REQUEST,
    ROOT,
    TARGET,
    Artefacts,
    run_in_sdk,
)

NOTEBOOK = "inspect_models.ipynb"
_TOLD = """
import json
told = {"metrics": metrics, "evaluation": evaluation, "trials": trials, "statuses": statuses, "prediction": prediction}
print(json.dumps(told))
"""


@pytest.fixture
def outside() -> Iterator[tuple[str, list[Any]]]:
    """A proxy address, and who asked it for the way out of this machine."""
    callers: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.settimeout(0.1)
        closed = threading.Event()

        def listen() -> None:
            while not closed.is_set():
                try:
                    connection, _ = proxy.accept()
                except TimeoutError:
                    continue
                callers.append(connection)
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield f"http://127.0.0.1:{proxy.getsockname()[1]}", callers
        closed.set()
        thread.join()


def _executed(artefacts: Artefacts, folder: Path, **variables: str) -> dict[str, Any]:
    """Run a copy of the notebook with one more cell, which tells what the others computed."""
    shutil.copytree(ROOT / "examples", folder / "examples")
    file = folder / "examples" / NOTEBOOK
    content = json.loads(file.read_text(encoding="utf-8"))
    cell: dict[str, Any] = {
        "cell_type": "code",
        "id": "told",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": _TOLD,
    }
    content["cells"].append(cell)
    file.write_text(json.dumps(content), encoding="utf-8")
    environment = artefacts.environment()
    # The notebook turns telemetry off itself.
    del environment["SAGEMAKER_USER_CONFIG_OVERRIDE"]
    run_in_sdk(artefacts, ["jupyter-execute", "--inplace", str(file)], environment=environment | variables)
    outputs = json.loads(file.read_text(encoding="utf-8"))["cells"][-1]["outputs"]
    return dict(json.loads("".join(outputs[0]["text"])))


def test_the_notebook_reads_approves_and_asks(
    artefacts: Artefacts, tmp_path: Path, outside: tuple[str, list[Any]]
) -> None:
    proxy, callers = outside
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), proxy)

    told = _executed(artefacts, tmp_path, PERENNIAL_APPROVE="2", NO_PROXY="127.0.0.1", **proxies)

    assert callers == []
    client = artefacts.client("sagemaker")
    job = client.describe_training_job(TrainingJobName=artefacts.training_jobs[1])
    assert told["metrics"] == pytest.approx({item["MetricName"]: item["Value"] for item in job["FinalMetricDataList"]})
    assert told["evaluation"] == EVALUATION
    assert [len(told["trials"]), told["trials"][0]["trial"]] == [3, artefacts.training_jobs[1]]
    assert set(told["trials"][0]) == {"trial", "status", "objective", "max_depth", "eta", "subsample"}
    assert told["statuses"]["2"] == "Approved"
    approved = client.list_model_packages(ModelPackageGroupName=GROUP, ModelApprovalStatus="Approved")
    assert [item["ModelPackageVersion"] for item in approved["ModelPackageSummaryList"]] == [2]
    answer = artefacts.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=ENDPOINT, TargetModel=TARGET, ContentType="text/csv", Accept="text/csv", Body=REQUEST
    )
    assert told["prediction"] == float(answer["Body"].read())


def test_the_notebook_approves_nothing_unasked(artefacts: Artefacts, tmp_path: Path) -> None:
    client = artefacts.client("sagemaker")

    def statuses() -> dict[str, str]:
        listed = client.list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]
        return {str(item["ModelPackageVersion"]): item["ModelApprovalStatus"] for item in listed}

    before = statuses()
    told = _executed(artefacts, tmp_path, PERENNIAL_REQUEST=",".join(data.lines()[19].split(",")[1:]))

    assert statuses() == before == told["statuses"]
    # The 20th patient is the first one whose tumour is benign (label 1).
    assert told["prediction"] > 0.5


def test_the_notebook_is_committed_without_outputs() -> None:
    content = json.loads((ROOT / "examples" / NOTEBOOK).read_text(encoding="utf-8"))

    code = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
