"""What the scripts made of the example data when each was a program of its own: the same to the byte.

Computed by those scripts, on one partition: SHA-256 of report.json and of the lines of each part, and the fingerprint.
"""

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from glue_scripts import air_time, flight_delay, seattle_weather
from perennial.demo import datasets

BEFORE = {
    "flight_delay": {
        "report": "82456b3611673fb5527574988249c62b686969f1ff08d055ba87b91169f4f2fd",
        "fingerprint": "586bcd6497cba56e394e70bc3c249ee760128a9d3b5494e8f534e8704fea8b59",
        "train": "14bd171436f8210b6bbb79cbf0d1c1f712a1e7c5332a174a24a4639dda187bc0",
        "validation": "10e5bf6242a6c66a56b07bccf48cd0ef90cb2962b9cd9ae62d9f64049df0df66",
        "test": "dc4951ddaecfdecb4929806e00d3575ede30eafc7c3172cb39409dc087ef1add",
    },
    "air_time": {
        "report": "fc5b4c25893a89ef0ad148f5bad2cc38ab2ed78287e6acad450f813b1de5aa52",
        "fingerprint": "586bcd6497cba56e394e70bc3c249ee760128a9d3b5494e8f534e8704fea8b59",
        "train": "ec1838c67d04e4f722a0047087bfd205b790576e480d826cbb3f3f23c748a19e",
        "validation": "d712487db41b7af87c0bb3b6c792dd11bafa3c6df75a88ea0f30a87b8dc98e2e",
        "test": "56626fa9c3b77492efc8c9b3b77b5e39d8c3ec91435eefa3d85e2db6c41f5232",
    },
    "rain": {
        "report": "2ff93821b80b571fb3b9986f3cb270afb1834b79ad21b6358d5620a06b5ae6b7",
        "fingerprint": "37aecb3f417bb2d1812823cd6fc943837dc2e7ad584ee38663567f9fc1313487",
        "train": "f8955dbff02f60c8a8f22d049360251f360af58fdce9d0d5f4cd9db0dcd94de6",
        "validation": "f515a94859f016d15b791169ce6d3e0202d857945512b9c8aba2c92e149786ee",
        "test": "16840f66678a8bcd6ab368d6720e999c3e221ebe6dbd928bf90ecadb09cd9d34",
    },
    "temp_max": {
        "report": "b1dca484b9051a9be49eee0e549a98b834c7dd6e5f0b924d698a779ecfd76040",
        "fingerprint": "37aecb3f417bb2d1812823cd6fc943837dc2e7ad584ee38663567f9fc1313487",
        "train": "8c86828d8a3013c2b5ddd4aabda8eb3e08f98ca0209b2cd449e5710b994e6528",
        "validation": "e80707d620b54f72537e5a5c809767350437897100bdb28977c6676407075559",
        "test": "c2cd3c20c834df88d007c2c41d468350e91163e721cd8d714956b69cb8dc04cc",
    },
}
flights = partial(datasets.write_flights, sample_rows=20_000)
MODELS: dict[str, tuple[Callable[[Path], Path], Callable[..., dict[str, Any]]]] = {
    "flight_delay": (flights, flight_delay.run),
    "air_time": (flights, air_time.run),
    "rain": (datasets.write_weather, partial(seattle_weather.run, target="rain")),
    "temp_max": (datasets.write_weather, partial(seattle_weather.run, target="temp_max")),
}


@pytest.mark.parametrize("model", MODELS)
def test_rows_reports_and_fingerprints_are_those_of_before(compiled: SparkSession, tmp_path: Path, model: str) -> None:
    write, run = MODELS[model]
    write(tmp_path / "raw")
    report = run(compiled, source=f"{tmp_path}/raw/", destination=f"{tmp_path}/out/")
    found = {
        part: b"".join(path.read_bytes() for path in sorted((tmp_path / "out" / part).glob("part-*")))
        for part in ("train", "validation", "test")
    }
    assert {
        "report": hashlib.sha256((tmp_path / "out" / "report.json").read_bytes()).hexdigest(),
        "fingerprint": report["fingerprint"],
        **{part: hashlib.sha256(lines).hexdigest() for part, lines in found.items()},
    } == BEFORE[model]
