"""``sightline judge``."""

import math
import shlex
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from sightline.cli import options as o
from sightline.cli.other_models import Serving, written_words

if TYPE_CHECKING:
    from rich.text import Text

    from sightline.core import Judge, Replying, Writing
    from sightline.evaluation.evaluation import Evaluation
    from sightline.evaluation.judges_compared import JudgesCompared
    from sightline.evaluation.judging import Judged
    from sightline.stats.agreement import Agreement

__all__ = ["agreement", "judge", "register"]

_flag = Parameter(negative="", show_default=False)


@Parameter(name="*")
@dataclass(frozen=True)
class Asked:
    """The options that say who judges, how it is asked, and what that may cost."""

    judge: Annotated[
        str,
        Parameter(
            help="Who judges: a model's name on the server of --judge-url; without that, a language model or a "
            "vision-language model that is loaded here: its id on the hub, its folder, or scripted:TEXT, which says "
            "TEXT of everything."
        ),
    ]
    judge_url: Annotated[
        str | None,
        Parameter(
            help="An OpenAI-compatible server that has it, as http://localhost:8000/v1. The key is taken from "
            "$OPENAI_API_KEY.",
            show_default=False,
        ),
    ] = None
    judge_revision: Annotated[
        str | None, Parameter(help="Branch, tag or commit on the hub of a judge that is loaded here.")
    ] = None
    prompt: Annotated[
        Path | None,
        Parameter(
            help="A file with what the judge is asked, in place of sightline's own words: {reply} stands for the "
            "reply, {question}, {reference} and {objects} for what the benchmark has of them.",
            show_default=False,
        ),
    ] = None
    samples: Annotated[int, Parameter(help="Judgements of each reply.")] = 1
    temperature: Annotated[float, Parameter(help="Of the judge; 0: the same judgement each time.")] = 0.0
    max_new_tokens: Annotated[int | None, Parameter(help="The longest judgement, in tokens.", show_default=False)] = (
        None
    )
    device: Annotated[str, Parameter(help="auto, cpu, cuda, cuda:1, mps; for a judge that is loaded here.")] = "auto"
    serving: Serving = field(default_factory=Serving)

    def asks(self, benchmark: str) -> "Judge":
        """What the judge is asked: the benchmark's own prompt, or that of the file."""
        from dataclasses import replace

        from sightline.benchmarks import benchmark as find_benchmark
        from sightline.errors import DataError
        from sightline.evaluation.judging import judge_of
        from sightline.records.json_rows import read_bytes

        found = judge_of(find_benchmark(benchmark))
        if self.prompt is not None:
            try:
                template = read_bytes(self.prompt).decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise DataError(f"byte {error.start} is not UTF-8", file=self.prompt) from None
            found = found.with_prompt(self.prompt.name, template)
        return found if self.max_new_tokens is None else replace(found, max_new_tokens=self.max_new_tokens)

    def load(self, stack: ExitStack) -> "Writing":
        """The judge, with a cache of what it said before."""
        if self.judge_url is not None:
            return self.serving.load(self.judge, self.judge_url, stack)
        from sightline.models.local_writing import LocalWriting
        from sightline.records.cached_writing import CachedWriting
        from sightline.records.call_cache import CallCache

        return CachedWriting(LocalWriting(self._load_here()), stack.enter_context(CallCache()))

    def _load_here(self) -> "Replying":
        """A language model, or a vision-language model that is not shown any image."""
        from sightline.cli.models import Who

        if self.judge != "bundled" and not self.judge.startswith("scripted:"):
            from sightline.models.text_model import is_text_model, load_text_model

            if is_text_model(self.judge, self.judge_revision):
                return load_text_model(self.judge, revision=self.judge_revision, device=self.device)
        return Who(self.judge, revision=self.judge_revision, device=self.device).load()


def register(app: App) -> None:
    """Add the verb."""
    verb = App(name="judge")
    verb.default(judge)
    verb.command(agreement)
    app.command(verb)


def judge(
    benchmark: str,
    *,
    asked: Asked,
    out: Path,
    given: o.Given = o.NOTHING,
    dry_run: Annotated[bool, _flag] = False,
) -> None:
    """Have a model judge recorded replies, and write what it says to a file.

    Every distinct reply is judged once. The file tells who judged, and hashes of the prompt and of each reply; the same
    command goes on where it was interrupted. Then name the file: sightline score … --judgements FILE.

    Parameters
    ----------
    benchmark
        The benchmark: mmhal, haloquest, object_halbench, hallusionbench or another whose replies a judge can read.
    out
        The file of judgements, JSON lines.
    dry_run
        Only say how much would be asked, and what it would cost at most.
    """
    from sightline.cli.progress import shown_steps
    from sightline.cli.tables import print_named
    from sightline.errors import RequestError
    from sightline.evaluation.judging import judge_replies

    if given.judgements:
        raise RequestError("Judgements are made here; leave --judgements out, and name the file with --out.")
    asks = asked.asks(benchmark)
    evaluation = given.evaluation(benchmark)
    if dry_run:
        _show_estimate(evaluation, asked, asks, out)
        return
    with ExitStack() as stack:
        writer = asked.load(stack)
        with shown_steps() as progress:
            done = judge_replies(evaluation, writer, out, asks, asked.samples, asked.temperature, progress)
        print_named(_told(done, writer, asks))
    labels = ["--labels", *given.labels] if given.labels else []
    words = ["sightline", "score", benchmark, "--replies", *given.replies, *labels, "--judgements", str(out)]
    print_named({"next": shlex.join(words)})


def _told(done: "Judged", writer: "Writing", asks: "Judge") -> dict[str, str]:
    identity = writer.identity
    failed = "\n".join(f"{number:,} {problem}" for problem, number in sorted(done.problems.items()))
    lines = {
        "judge": f"{identity.name} ({identity.engine}), sha256 {identity.hash[:12]}",
        "prompt": f"{asks}, sha256 {asks.sha256[:12]}",
        "judged": f"{done.asked:,} replies now, {done.known:,} before",
        "asked": written_words(writer.totals),
        "unreadable": f"{done.unreadable:,} of those judged now",
    }
    if failed:
        lines["nothing"] = f"{failed}\nThe same command asks for these again."
    return {**lines, "written": str(done.path)}


def _show_estimate(evaluation: "Evaluation", asked: Asked, asks: "Judge", out: Path) -> None:
    from sightline.cli.tables import print_named
    from sightline.evaluation.judging import left_to_judge, replies_to_judge
    from sightline.models.costs import estimate

    wanted = replies_to_judge(evaluation, asks, asked.samples)
    left = left_to_judge(wanted, asks, out)
    found = estimate([each.request(asks, asked.temperature) for each in left], asked.serving.price).total
    cost = "" if found.cost is None else f", {found.cost:,.2f} at most"
    print_named(
        {
            "replies": f"{len(wanted):,} to judge, {len(wanted) - len(left):,} of them in {out} already",
            "requests": f"{found.requests:,}, about {found.prompt_tokens:,} tokens asked and {found.reply_tokens:,} at "
            f"most written{cost}",
            "prompt": f"{asks}, sha256 {asks.sha256[:12]}",
        }
    )


def agreement(
    benchmark: str,
    judgements: Annotated[tuple[Path, ...], Parameter(consume_multiple=True, negative="")],
    *,
    draws: o.Draws = 2000,
    seed: o.Seed = 0,
) -> None:
    """Say how well judges agree, on the replies that they share.

    Percent agreement, Cohen's kappa (with quadratic weights too where verdicts are numbers) and Krippendorff's alpha,
    each with its 95 % interval, drawn over whole images. People's verdicts are files of the same kind, with
    question_id, reply, judge and text in each line.

    Parameters
    ----------
    benchmark
        The benchmark whose replies were judged.
    judgements
        Files of judgements, of two judges or more.
    """
    from sightline.benchmarks import benchmark as find_benchmark
    from sightline.cli.tables import console, notes, plain_table, show
    from sightline.evaluation.judges_compared import compare_judges

    found = compare_judges(find_benchmark(benchmark), judgements, draws, seed)
    weighted = any(each.agreement is not None and each.agreement.weighted is not None for each in found)
    names = ["agreement", "kappa", *(["weighted kappa"] if weighted else []), "alpha"]
    headings = [("judges", "left"), ("n", "right"), *((name, "right") for name in names), ("unreadable", "right")]
    screen = console()
    show(
        screen, plain_table("Agreement of judges   (95 % interval)", headings, [_row(each, weighted) for each in found])
    )
    lines = ["agreement in percent, the others from below 0 to 1. n: replies that both judged and that could be read."]
    if weighted:
        lines.append("weighted: a rating two off counts four times as much as one that is one off.")
    notes(screen, lines)


def _row(found: "JudgesCompared", weighted: bool) -> list[object]:
    from sightline.cli.tables import rate_cell

    both = found.agreement
    if both is None:
        cells, n = [rate_cell(None)] * (3 + weighted), 0
    else:
        more = [_cell(both.weighted, 1)] if weighted else []
        cells, n = [_cell(both.percent, 100), _cell(both.kappa, 1), *more, _cell(both.alpha, 1)], both.percent.items
    return [f"{found.first}\n{found.second}", n, *cells, f"{found.unreadable[0]} : {found.unreadable[1]}"]


def _cell(found: "Agreement | None", times: int) -> "Text":
    """A coefficient with its interval, as far as there are any."""
    from sightline.cli.tables import rate_cell

    if found is None:
        return rate_cell(None)
    value, low, high = (None if math.isnan(each) else each for each in found[:3])
    return rate_cell(value, low, high, times)
