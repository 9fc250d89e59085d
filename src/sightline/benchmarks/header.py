"""What the module of a benchmark says of it at its head, as documents and the command line show it."""

import inspect
import re
import sys
from typing import NamedTuple

from sightline.core import Benchmark

__all__ = ["Header", "header_of"]

_FIELDS = ("Asks", "Source", "Licence", "Reads", "Beware", "Size", "Metric", "Official", "Needs")
_FIELD = re.compile(rf"^({'|'.join(_FIELDS)}): ", re.MULTILINE)


class Header(NamedTuple):
    """The head of a benchmark's module; every text is one paragraph.

    Args:
        title: what it is, or the question it puts.
        asks: what models are asked.
        source: where it comes from.
        licence: under which terms its files are.
        reads: which files are read.
        beware: what to know before its figures are compared with others.
        size: how many questions, about how many images.
        metric: what is reported.
        official: "yes" and under which name, where the official arithmetic is reproduced with its quirks.
        needs: what a run needs besides a model.
    """

    title: str
    asks: str
    source: str
    licence: str
    reads: str
    beware: str
    size: str
    metric: str
    official: str
    needs: str


def header_of(benchmark: Benchmark) -> Header:
    """What the module of a benchmark says of it.

    Raises:
        ValueError: a field is missing, which a test sees to.

    Example:
        >>> from sightline.benchmarks import benchmark
        >>> header_of(benchmark("pope")).title
        "POPE: polling-based object probing evaluation, and RePOPE's corrected labels"
    """
    text = inspect.getdoc(sys.modules[_module_of(benchmark)]) or ""
    parts = _FIELD.split(text)
    found = {name: _paragraph(body) for name, body in zip(parts[1::2], parts[2::2], strict=True)}
    if missing := [name for name in _FIELDS if name not in found]:
        raise ValueError(f"the module of {benchmark.name} does not say: {', '.join(missing)}")
    return Header(_paragraph(parts[0]).rstrip("."), *(found[name] for name in _FIELDS))


def _module_of(benchmark: Benchmark) -> str:
    """The module that holds the benchmark."""
    package = __package__ or ""
    modules = (name for name in sys.modules if name.startswith(f"{package}."))
    return next(name for name in modules if getattr(sys.modules[name], "BENCHMARK", None) is benchmark)


def _paragraph(text: str) -> str:
    return " ".join(text.split())
