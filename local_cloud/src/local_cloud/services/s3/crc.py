"""CRCs that Python's library has not: CRC-32C and CRC-64/NVME.

Both are reflected, start with ones and are inverted at their end.
"""

import functools
from typing import Any

# Reflected polynomials: RFC 3720 for CRC-32C, and the NVM Express base specification, 5.2.1.3.4, for CRC-64/NVME.
_POLYNOMIALS = {32: 0x82F63B78, 64: 0x9A6C9329AC4BC9B5}
# A body is divided among so many lanes (a power of two), which numpy takes one step further at once.
_LANES = 4096
# Below, Python alone is as fast.
_FEWEST_BYTES = 4 * _LANES


def crc(body: bytes, *, bits: int) -> int:
    """The CRC of a body.

    Args:
        body: to look at.
        bits: 32 for CRC-32C, 64 for CRC-64/NVME.
    """
    ones = (1 << bits) - 1
    if len(body) < _FEWEST_BYTES:
        return one_by_one(body, ones, bits=bits) ^ ones
    try:
        return _in_lanes(body, bits=bits) ^ ones
    except ImportError:
        return one_by_one(body, ones, bits=bits) ^ ones


def one_by_one(body: bytes, value: int, *, bits: int) -> int:
    """Go on from a value, byte by byte.

    Args:
        body: the bytes that follow.
        value: of what came before.
        bits: see `crc`.
    """
    table = _table(bits)
    for byte in body:
        value = table[(value ^ byte) & 0xFF] ^ (value >> 8)
    return value


def _in_lanes(body: bytes, *, bits: int) -> int:
    """Each lane by itself; then what a lane is worth behind the bytes of the next is added up, two by two."""
    import numpy as np

    table = np.array(_table(bits), dtype=np.uint64)
    length, ahead = divmod(len(body), _LANES)
    # Zeros behind each single bit tell what a lane's length of bytes makes of it.
    state = np.zeros(_LANES + bits, dtype=np.uint64)
    state[0] = one_by_one(body[:ahead], (1 << bits) - 1, bits=bits)
    state[_LANES:] = np.left_shift(np.uint64(1), np.arange(bits, dtype=np.uint64))
    columns = np.zeros((length, _LANES + bits), dtype=np.uint8)
    columns[:, :_LANES] = np.frombuffer(body, dtype=np.uint8, offset=ahead).reshape(_LANES, length).T
    for column in columns:
        state = table[(state ^ column) & np.uint64(0xFF)] ^ (state >> np.uint64(8))
    lanes, powers = state[:_LANES], state[_LANES:]
    while len(lanes) > 1:
        lanes, powers = _moved(lanes[0::2], powers) ^ lanes[1::2], _moved(powers, powers)
    return int(lanes[0])


def _moved(values: Any, powers: Any) -> Any:
    """What values become behind some bytes, by what each of their bits becomes."""
    import numpy as np

    found = np.zeros_like(values)
    for bit, power in enumerate(powers):
        found ^= (values >> np.uint64(bit) & np.uint64(1)) * power
    return found


@functools.cache
def _table(bits: int) -> tuple[int, ...]:
    entries = []
    for entry in range(256):
        value = entry
        for _ in range(8):
            value = value >> 1 ^ (_POLYNOMIALS[bits] if value & 1 else 0)
        entries.append(value)
    return tuple(entries)
