"""Pages of the benchmarks and the README's table of them, made of what each module says at its head.

python tests/docs/benchmark_pages.py     writes them anew
"""

from pathlib import Path

from sightline.benchmarks import ALL
from sightline.benchmarks.header import Header, header_of
from sightline.core import Benchmark
from sightline.examples.making import examples

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "benchmarks"
BEGIN, END = "<!-- the benchmarks -->\n", "<!-- /the benchmarks -->\n"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text)
    readme = ROOT / "README.md"
    readme.write_text(with_table(readme.read_text()))


def pages() -> dict[str, str]:
    """File name → text of every page, and of their list."""
    found = {f"{name}.md": page(benchmark) for name, benchmark in ALL.items()}
    lines = [f"| [{name}]({name}.md) | {header_of(benchmark).title} |" for name, benchmark in ALL.items()]
    return {**found, "README.md": "\n".join(["# Benchmarks", "", "| | |", "|---|---|", *lines, ""])}


def page(benchmark: Benchmark) -> str:
    """The page of one benchmark."""
    header = header_of(benchmark)
    fields = {field: _marked(getattr(header, field)) for field in header._fields[1:]}
    facts = [f"| {field} | {text} |" for field, text in fields.items()]
    parts = [f"# {header.title}", "\n".join(["| | |", "|---|---|", *facts]), *_way(benchmark), *_names(benchmark)]
    return "\n\n".join(parts) + "\n"


def _way(benchmark: Benchmark) -> list[str]:
    """The commands that measure it."""
    name = benchmark.name
    lines = []
    if name in examples():
        lines = [
            "A small example, on rendered scenes that the bundled model sees:",
            "",
            f"    sightline benchmarks example {name} --out example",
            f"    sightline measure {name} --model bundled --images example/scenes/images \\",
            "      --labels own=example/questions",
            "",
        ]
    lines += [
        "On its own files:",
        "",
        *([f"    sightline data get {next(iter(benchmark.public))}"] if benchmark.public else []),
        f"    sightline measure {name} --model ID_OR_PATH --images DIR"
        + ("" if name in benchmark.public else f" --labels {name}=FOLDER_OF_ITS_FILES"),
    ]
    return ["## Measure", "\n".join(lines)]


def _names(benchmark: Benchmark) -> list[str]:
    """What can be named on the command line."""
    lines = []
    if benchmark.scoring is not None:
        lines += [
            f"| rates | {', '.join(_rate(rate.name, rate.better) for rate in benchmark.scoring.rates)} |",
            f"| `--reader` | {', '.join(f'`{reader}`' for reader in benchmark.scoring.readers)} |",
        ]
    lines += [
        f"| `--split` | {', '.join(f'`{split}`' for split in benchmark.splits)} |" if benchmark.splits else "",
        f"| `--labels` | {', '.join(f'`{name}`' for name in benchmark.public)} |" if benchmark.public else "",
    ]
    lines += [f"| `--wording {name}` | {_code(text)} |" for name, text in benchmark.wordings.items()]
    notes = [benchmark.scoring.notes] if benchmark.scoring is not None and benchmark.scoring.notes else []
    return ["## Names", "\n".join(["| | |", "|---|---|", *filter(None, lines)]), *notes]


def _rate(name: str, better: str | None) -> str:
    return f"`{name}`" + {"higher": " ↑", "lower": " ↓"}.get(better or "", "")


def _code(text: str) -> str:
    r"""A wording as code, on one line."""
    return "`" + text.replace("\n", "⏎ ").replace("|", "\\|") + "`"


def _marked(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|")


def with_table(readme: str) -> str:
    """The README with the table as it is to be."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


def table() -> str:
    """The README's table."""
    rows = [
        "| | questions | metric | official arithmetic | needs |",
        "|---|---|---|---|---|",
        *(_row(name, header_of(benchmark)) for name, benchmark in ALL.items()),
    ]
    return "\n".join(rows) + "\n"


def _row(name: str, header: Header) -> str:
    official = header.official.partition(":")[0].rstrip(".")
    cells = [f"[{name}](docs/benchmarks/{name}.md)", header.size, header.metric, official, header.needs]
    return "| " + " | ".join(_marked(cell.rstrip(".")) for cell in cells) + " |"


if __name__ == "__main__":
    main()
