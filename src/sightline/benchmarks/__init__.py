"""The benchmarks, one module each."""

from collections.abc import Mapping
from types import MappingProxyType

from sightline.benchmarks import chair, colour, counting, finer, finer_levels, pope
from sightline.core import Benchmark
from sightline.errors import unknown_name

__all__ = ["ALL", "benchmark"]

ALL: Mapping[str, Benchmark] = MappingProxyType(
    {module.BENCHMARK.name: module.BENCHMARK for module in (pope, chair, counting, colour, finer, finer_levels)}
)
"""Every benchmark by name."""


def benchmark(name: str) -> Benchmark:
    """The benchmark of this name.

    Raises:
        RequestError: there is none.

    Example:
        >>> benchmark("pope").splits
        ('random', 'popular', 'adversarial')
    """
    if name not in ALL:
        raise unknown_name("benchmark", name, ALL)
    return ALL[name]
