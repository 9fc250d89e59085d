"""The command line: one file per verb, no arithmetic.

Exit codes: 0 done, 1 a bound did not hold (``sightline gate``), 2 the request or a file is wrong, 130 interrupted.
"""

import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from cyclopts import App, CycloptsError, Parameter, Token, convert

from sightline.cli import (
    analyse,
    audit,
    benchmarks,
    build,
    compare,
    data,
    demo,
    detectors,
    explain,
    gate,
    judge,
    labels,
    measure,
    merge,
    pairs,
    plan,
    report,
    scenes,
    score,
    tune,
    view,
)
from sightline.errors import SightlineError

__all__ = ["app", "main"]


def _whole(kind: Any, tokens: Sequence[Token]) -> Any:
    """Convert as ever, but refuse a fraction where a whole number is wanted, which would be rounded without a word."""
    fraction = next((token.value for token in tokens if "." in token.value), None)
    if fraction is not None and kind in (int, list[int]):
        raise ValueError(f"{fraction!r} is no whole number")
    return convert(kind, tokens)


app = App(
    name="sightline",
    default_parameter=Parameter(converter=_whole),
    help="Measure, audit, explain and reduce hallucination in vision-language models.",
    version=lambda: version("sightline"),
)
for verb in (
    *(demo, measure, judge, score, compare, gate, plan, report, view, labels, audit, analyse, explain),
    *(pairs, tune, merge, detectors, build, scenes, benchmarks, data),
):
    verb.register(app)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Args:
        arguments: the words after ``sightline``; those of the process where None.
    """
    try:
        result = app(arguments, exit_on_error=False, print_error=True, result_action="return_value")
    except CycloptsError:
        return 2
    except SightlineError as error:
        print(f"sightline: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of a pipe went away (| head); without this, closing stdout would complain once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return result if isinstance(result, int) else 0
