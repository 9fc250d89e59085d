"""What the documents show is what the commands print; what they link to is there."""

import re
from pathlib import Path

import pytest
from benchmark_pages import FOLDER, pages, with_table
from console_blocks import DATA, ROOT, Block, agrees, blocks, commands, documents, run

BLOCKS = [block for document in documents() for block in blocks(document)]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"{block.document.name}:{block.line}")
def test_the_output_in_the_documents_is_what_the_commands_print(block: Block, request: pytest.FixtureRequest) -> None:
    if block.where == "data":
        request.getfixturevalue("conformance")
    assert agrees(block.body, run(block)), f"stale: run `make docs`\n{run(block)}"


def test_output_that_differs_is_noticed() -> None:
    assert agrees("$ a\n1\n…\n4\n", "$ a\n1\n2\n3\n4\n")
    assert not agrees("$ a\n1\n…\n4\n", "$ a\n1\n2\n3\n5\n")


def test_a_command_may_run_over_several_lines() -> None:
    assert commands("$ sightline \\\n    score\nout\n$ second\n") == ["sightline \\\n    score", "second"]


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_every_link_within_the_project_leads_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_the_readme_is_short_and_has_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text()
    lines = [line for line in text.splitlines() if line.startswith("pip install")]
    assert len(lines) == 2
    assert lines[0].endswith("&& sightline demo")
    assert lines[1].endswith("pytest")
    assert len(text.splitlines()) - text.count("docs/benchmarks/") < 175


def test_the_pages_of_the_benchmarks_say_what_their_modules_say() -> None:
    written = {path.name: path.read_text() for path in FOLDER.glob("*.md")}
    assert written == pages(), "stale: run `make docs`"


def test_the_readme_lists_every_benchmark_as_its_module_describes_it() -> None:
    text = (ROOT / "README.md").read_text()
    assert text == with_table(text), "stale: run `make docs`"


def test_every_verb_is_in_the_command_line_page() -> None:
    page = (ROOT / "docs" / "command_line.md").read_text()
    shared = {"__init__", "__pycache__", "corrected", "engines", "models", "options"}
    shared |= {"other_models", "progress", "tables"}
    verbs = {path.stem for path in (ROOT / "src/sightline/cli").iterdir()} - shared
    assert [verb for verb in sorted(verbs) if f"$ sightline {verb} " not in page] == []


def test_the_data_folder_is_where_the_conformance_tests_look() -> None:
    assert DATA.name == "data"
