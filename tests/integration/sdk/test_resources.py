"""The sagemaker SDK v3 reads and approves what the local cloud holds; boto3 and the set-up say what is right."""

from typing import Any

import pytest

from tests.integration.sdk.conftest import ENDPOINT, GROUP, REQUEST, TARGET, TRAINING_JOB, TUNING_JOB, Artefacts, Sdk


def _package(artefacts: Artefacts, version: int) -> dict[str, Any]:
    client = artefacts.client("sagemaker")
    listed = client.list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]
    arn = next(item["ModelPackageArn"] for item in listed if item["ModelPackageVersion"] == version)
    return dict(client.describe_model_package(ModelPackageName=arn))


def test_a_training_jobs_metrics(artefacts: Artefacts, sdk: Sdk) -> None:
    job = artefacts.client("sagemaker").describe_training_job(TrainingJobName=TRAINING_JOB)
    expected = {item["MetricName"]: item["Value"] for item in job["FinalMetricDataList"]}

    metrics = sdk(f"""
        job = TrainingJob.get(training_job_name="{TRAINING_JOB}")
        job.wait(poll=1)
        result = {{metric.metric_name: metric.value for metric in job.final_metric_data_list}}
    """)

    assert set(metrics) >= {"train:auc", "validation:accuracy"}
    assert metrics == pytest.approx(expected)


def test_training_jobs_are_found_by_name(sdk: Sdk) -> None:
    found = sdk("result = [job.training_job_name for job in TrainingJob.get_all(name_contains='first')]")

    assert found == [TRAINING_JOB]


def test_a_tuning_jobs_trials_best_first(artefacts: Artefacts, sdk: Sdk) -> None:
    client = artefacts.client("sagemaker")
    pages = client.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job").paginate(
        HyperParameterTuningJobName=TUNING_JOB
    )
    trials = [trial for page in pages for trial in page["TrainingJobSummaries"]]
    expected = {
        trial["TrainingJobName"]: [
            trial["FinalHyperParameterTuningJobObjectiveMetric"]["Value"],
            trial["TunedHyperParameters"],
        ]
        for trial in trials
    }

    status, metric, best, found = sdk(f"""
        job = HyperParameterTuningJob.get(hyper_parameter_tuning_job_name="{TUNING_JOB}")
        job.wait(poll=1)
        config = job.hyper_parameter_tuning_job_config
        trials = job.get_all_training_jobs(sort_by="FinalObjectiveMetricValue", sort_order="Descending")
        result = [
            job.hyper_parameter_tuning_job_status,
            config.hyper_parameter_tuning_job_objective.metric_name,
            job.best_training_job.training_job_name,
            [
                [
                    trial.training_job_name,
                    trial.final_hyper_parameter_tuning_job_objective_metric.value,
                    trial.tuned_hyper_parameters,
                ]
                for trial in trials
            ],
        ]
    """)

    assert (status, metric, best) == ("Completed", "validation:auc", artefacts.training_jobs[1])
    assert {name: rest for name, *rest in found} == expected
    values = [value for _, value, _ in found]
    assert len(values) == 3
    assert values == sorted(values, reverse=True)


def test_groups_and_versions_are_listed_newest_first(artefacts: Artefacts, sdk: Sdk) -> None:
    groups = sdk("result = [group.model_package_group_name for group in ModelPackageGroup.get_all()]")
    versions = sdk(f"""
        found = ModelPackage.get_all(
            model_package_group_name="{GROUP}", sort_by="CreationTime", sort_order="Descending"
        )
        result = [
            [item.model_package_version, item.customer_metadata_properties["training_job"]] for item in found
        ]
    """)

    assert groups == [GROUP]
    first, second = artefacts.training_jobs
    assert versions == [[2, second], [1, first]]


def test_a_judgement_keeps_everything_else_and_names_the_judge(artefacts: Artefacts, sdk: Sdk) -> None:
    before = _package(artefacts, 1)

    seen = sdk(f"""
        result = []
        version = ModelPackage.get(model_package_name="{before["ModelPackageArn"]}")
        for status in ("Approved", "PendingManualApproval", "Rejected"):
            version.update(model_approval_status=status, approval_description="as discussed")
            result.append([version.model_approval_status, version.last_modified_by.iam_identity.arn])
    """)

    root = "arn:aws:iam::111111111111:root"
    assert seen == [["Approved", root], ["PendingManualApproval", root], ["Rejected", root]]
    after = _package(artefacts, 1)
    assert (after["ModelApprovalStatus"], after["ApprovalDescription"]) == ("Rejected", "as discussed")
    for kept in ("CustomerMetadataProperties", "InferenceSpecification", "CreationTime", "CreatedBy"):
        assert after[kept] == before[kept]


def test_the_endpoint_answers_for_a_target_model(artefacts: Artefacts, sdk: Sdk) -> None:
    expected = artefacts.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=ENDPOINT, TargetModel=TARGET, ContentType="text/csv", Accept="text/csv", Body=REQUEST
    )

    status, variants, answer = sdk(f"""
        endpoint = Endpoint.get(endpoint_name="{ENDPOINT}")
        answer = endpoint.invoke(
            body="{REQUEST}", content_type="text/csv", accept="text/csv", target_model="{TARGET}"
        )
        result = [
            endpoint.endpoint_status,
            [variant.variant_name for variant in endpoint.production_variants],
            answer.body.read().decode(),
        ]
    """)

    assert (status, variants) == ("InService", ["AllTraffic"])
    assert answer == expected["Body"].read().decode()


def test_the_endpoints_configuration_and_model(sdk: Sdk) -> None:
    mode = sdk(f"""
        endpoint = Endpoint.get(endpoint_name="{ENDPOINT}")
        config = EndpointConfig.get(endpoint_config_name=endpoint.endpoint_config_name)
        result = Model.get(model_name=config.production_variants[0].model_name).primary_container.mode
    """)

    assert mode == "MultiModel"


def test_what_is_not_there_is_an_error_of_the_client(artefacts: Artefacts, sdk: Sdk) -> None:
    missing = _package(artefacts, 1)["ModelPackageArn"].replace("/1", "/9")

    said = sdk(f"""
        from botocore.exceptions import ClientError
        result = []
        for call in (
            lambda: TrainingJob.get(training_job_name="missing"),
            lambda: Endpoint.get(endpoint_name="missing"),
            lambda: Endpoint(endpoint_name="{ENDPOINT}").invoke(body="1", target_model="missing.tar.gz"),
            lambda: ModelPackage.get(model_package_name="{missing}"),
        ):
            try:
                result.append(repr(call()))
            except ClientError as error:
                result.append(error.response["Error"]["Message"])
    """)

    expected = ("training-job/missing", "Could not find endpoint", "served/missing.tar.gz", f"{missing} does not exist")
    for message, part in zip(said, expected, strict=True):
        assert part in message


def test_the_configuration_of_the_examples_turns_telemetry_off(sdk: Sdk) -> None:
    # https://sagemaker.readthedocs.io/en/stable/overview.html names the key.
    config = sdk("""
        from sagemaker.core.config.config import load_sagemaker_config
        result = load_sagemaker_config()
    """)

    assert config["SageMaker"]["PythonSDK"]["Modules"]["TelemetryOptOut"] is True
