"""Commands and their output in the documents: run them, compare, or write the output anew.

A fenced block of kind ``console`` holds commands (``$ …``) and what each printed. A comment before it may say where it
runs: ``<!-- in the data folder -->`` for commands on the public files that tests are checked against, which is then the
working folder, ``<!-- in the project folder -->`` for those on files of the project; other blocks run in an empty
folder. A line that is only ``…`` stands for any lines.

    python tests/docs/console_blocks.py README.md docs/*.md     writes the output anew
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import ready_command

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("SIGHTLINE_CONFORMANCE") or ROOT.parent / "shared" / "data")
COLUMNS = "100"

_BLOCK = re.compile(r"(?:<!-- in the (?P<where>data|project) folder -->\n+)?```console\n(?P<body>.*?)```\n", re.DOTALL)


class Block(NamedTuple):
    """A fenced block: the document, its line, its text, and the folder it runs in: "data", "project" or ""."""

    document: Path
    line: int
    body: str
    where: str


def documents() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(document: Path) -> list[Block]:
    text = document.read_text()
    return [
        Block(document, text.count("\n", 0, found.start("body")) + 1, found["body"], found["where"] or "")
        for found in _BLOCK.finditer(text)
    ]


def run(block: Block) -> str:
    """Run the commands of a block and return it with what they print now."""
    output = []
    with tempfile.TemporaryDirectory() as empty:
        folder = {"data": DATA, "project": ROOT}.get(block.where, Path(empty))
        for command in commands(block.body):
            output.append(f"$ {command}\n{printed(command.replace(chr(92) + chr(10), ' '), folder)}")
    return "".join(output)


def commands(body: str) -> list[str]:
    """The commands of a block; a backslash at the end of a line carries on to the next."""
    return [found[1] for found in re.finditer(r"^\$ ((?:.*\\\n)*.*)$", body, re.MULTILINE)]


def printed(command: str, folder: Path) -> str:
    environment = os.environ | {
        "COLUMNS": COLUMNS,
        "PATH": os.pathsep.join((str(ready_command.folder()), str(Path(sys.executable).parent), os.environ["PATH"])),
        "SIGHTLINE_CACHE": "cache",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return "".join(line.rstrip() + "\n" for line in done.stdout.splitlines())


def agrees(expected: str, found: str) -> bool:
    """Whether what was printed is what stands in the document, lines of ``…`` standing for anything."""
    pattern = re.escape(expected).replace(re.escape("…\n"), "(?:.*\n)*?")
    return re.fullmatch(pattern, found) is not None


def rewrite(document: Path) -> None:
    def new(found: re.Match[str]) -> str:
        block = Block(document, 0, found["body"], found["where"] or "")
        if "\n…\n" in block.body:
            return found[0]
        return found[0].replace(block.body, run(block))

    document.write_text(_BLOCK.sub(new, document.read_text()))


if __name__ == "__main__":
    for name in sys.argv[1:]:
        rewrite(Path(name).resolve())
