"""The benchmarks, one module each."""

from collections.abc import Mapping
from types import MappingProxyType

from sightline.benchmarks import (
    amber,
    chair,
    chartqa,
    colour,
    counting,
    crpe,
    dash_b,
    finer,
    finer_levels,
    hallusionbench,
    haloquest,
    mm_vet,
    mmhal,
    mmstar,
    mmvp,
    multiple_choice,
    naturalbench,
    object_halbench,
    pope,
    scienceqa,
    textvqa,
    vqav2,
    vstar,
    yes_no,
)
from sightline.core import Benchmark
from sightline.errors import unknown_name

__all__ = ["ALL", "benchmark"]

ALL: Mapping[str, Benchmark] = MappingProxyType(
    {
        module.BENCHMARK.name: module.BENCHMARK
        for module in (
            pope,
            chair,
            counting,
            colour,
            finer,
            finer_levels,
            dash_b,
            amber,
            hallusionbench,
            crpe,
            naturalbench,
            mmvp,
            vstar,
            mmhal,
            haloquest,
            object_halbench,
            mmstar,
            textvqa,
            chartqa,
            vqav2,
            scienceqa,
            mm_vet,
            multiple_choice,
            yes_no,
        )
    }
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
