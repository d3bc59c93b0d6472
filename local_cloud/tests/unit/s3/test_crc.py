"""CRCs against their catalogue, https://reveng.sourceforge.io/crc-catalogue/, in lanes and byte by byte."""

import random

import pytest

from local_cloud.services.s3 import crc


@pytest.mark.parametrize(("bits", "expected"), [(32, 0xE3069283), (64, 0xAE8B14860A799888)])
def test_the_catalogues_check_value(bits: int, expected: int) -> None:
    assert crc.crc(b"123456789", bits=bits) == expected


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("length", [16_383, 16_384, 16_385, 50_000])
def test_a_long_body_has_the_same_in_lanes(bits: int, length: int) -> None:
    body, ones = random.Random(length).randbytes(length), (1 << bits) - 1

    assert crc.crc(body, bits=bits) == crc.one_by_one(body, ones, bits=bits) ^ ones
