"""The options that say what is asked, and how."""

import dataclasses
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from sightline.cli.engines import Cluster, Server
from sightline.cli.models import Who

if TYPE_CHECKING:
    from sightline.core import Asking

__all__ = ["How", "What", "command", "slug"]

_BY: dict[str, Literal["total", "mean"]] = {"options": "total", "options-mean": "mean"}
"""What ``--choices`` may say instead of choices: how the options of each question are weighed."""

_flag = Parameter(negative="", show_default=False)
_many = Parameter(consume_multiple=True, negative="", show_default=False)


@Parameter(name="*")
@dataclass(frozen=True)
class How:
    """The options that say how is asked."""

    wording: Annotated[
        str | None,
        Parameter(
            help="How questions are put. POPE: pope (as they stand, the default) or llava (with its line after them). "
            "CHAIR: brief (the default), short, describe or opera. FINER: letters (the default), bare or listed; its "
            "levels: bare (the default) or short."
        ),
    ] = None
    choices: Annotated[
        str | None,
        Parameter(
            help="Choose by log-likelihood among these, as Yes,No or A,B,C,D,E, and generate nothing. options: among "
            "the options of each question; options-mean: likewise, per token. Otherwise: generate."
        ),
    ] = None
    max_new_tokens: Annotated[
        int | None,
        Parameter(
            help="The longest reply, in tokens; by default what the benchmark needs: 16 for POPE, 512 for captions, "
            "50 for counting and colour.",
            show_default=False,
        ),
    ] = None
    temperature: Annotated[float, Parameter(help="Sample replies at this temperature; 0: the likeliest.")] = 0.0
    top_p: Annotated[
        float, Parameter(help="Sample among the likeliest tokens that have this probability together.")
    ] = 1.0
    samples: Annotated[int, Parameter(help="Replies to each question.")] = 1
    seed: Annotated[int, Parameter(help="Seed of the sampling.")] = 0

    def asking(self, benchmark: str) -> "Asking":
        """The settings as the model takes them."""
        from sightline.benchmarks import benchmark as find_benchmark
        from sightline.core import Asking

        longest = find_benchmark(benchmark).reply_tokens if self.max_new_tokens is None else self.max_new_tokens
        by: Literal["", "total", "mean"] = _BY.get(self.choices or "", "")
        choices = () if by or self.choices is None else tuple(self.choices.split(","))
        return Asking(choices, by, longest, self.temperature, self.top_p, self.samples, self.seed)


@Parameter(name="*")
@dataclass(frozen=True)
class What:
    """The options that say what is asked, and where replies go."""

    images: Annotated[
        list[str],
        _many,
        Parameter(help="The folder of the images, or of folders of them; or BENCHMARK=FOLDER for each of several."),
    ]
    labels: Annotated[
        list[str],
        _many,
        Parameter(help="Label sets whose questions are asked: public names (pope, repope) or NAME=FOLDER."),
    ] = field(default_factory=list)
    split: Annotated[list[str], _many, Parameter(help="Only these splits.")] = field(default_factory=list)
    out: Annotated[
        Path | None, Parameter(help="The run folder; runs/BENCHMARK_MODEL where none is given.", show_default=False)
    ] = None
    batch_images: Annotated[
        int,
        Parameter(help="Images of a batch, which is what an interruption loses; a server is asked prompt by prompt."),
    ] = 16
    no_cache: Annotated[bool, _flag, Parameter(help="Neither take replies of other runs nor keep these for them.")] = (
        False
    )
    allow_missing: Annotated[
        bool, _flag, Parameter(help="Go on where images are missing; their questions are counted.")
    ] = False


def slug(model: str) -> str:
    """A model's name as part of a folder's."""
    return re.sub(r"[^\w.-]+", "-", model.rstrip("/").rpartition("/")[2]).strip("-.") or "model"


def command(benchmark: str, *given: Who | What | How | Server | Cluster) -> str:
    """The command that does the same again."""
    words = ["sightline", "measure", benchmark]
    for options in given:
        for option in dataclasses.fields(options):
            value = getattr(options, option.name)
            if value in (option.default, [], None):
                continue
            words.append("--" + option.name.replace("_", "-"))
            if value is not True:
                words += map(str, value) if isinstance(value, list) else [str(value)]
    return shlex.join(words)
