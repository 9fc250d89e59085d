import json
from pathlib import Path

from sightline.cli import main

CAPTIONS = {"a.jpg": "There is a dog. It sees a cat.", "b.jpg": "There is a dog. The dog sits."}


def analyse(folder: Path, *more: str) -> int:
    (folder / "objects.json").write_text(json.dumps({image: ["dog"] for image in CAPTIONS}))
    (folder / "captions.json").write_text(json.dumps(CAPTIONS))
    return main(
        [
            *("analyse", "propagation", "--captions", f"m={folder / 'captions.json'}"),
            *("--objects", str(folder / "objects.json"), *more),
        ]
    )


def test_rates_are_printed_by_sentence_with_what_they_do_not_show(tmp_path: Path, capsys) -> None:
    assert analyse(tmp_path) == 0
    out = capsys.readouterr().out
    assert "m: hallucinated mentions, of all mentions\nreader: nouns@1   (percent, 95 % interval)" in out
    assert out.count(" matched ") == 2
    second = next(line.split() for line in out.splitlines() if line.startswith(" 2 "))
    assert second == ["2", "2", "50.00", "50.00", "–", "–"]
    assert "It need not be caused by the context" in out


def test_every_column_is_printed_for_machines(tmp_path: Path, capsys) -> None:
    assert analyse(tmp_path, "--format", "json") == 0
    rows = json.loads(capsys.readouterr().out)["propagation"]
    assert {row["rate"] for row in rows} == {"mentions", "new_objects", "sentences"}
    assert {row["context"] for row in rows} == {"any", "clean", "hallucinated", "difference"}


def test_the_table_and_its_record_are_written_where_asked(tmp_path: Path, capsys) -> None:
    assert analyse(tmp_path, "--out", str(tmp_path / "out")) == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["propagation.csv", "propagation.parquet", "record.json"]
    assert "Written to" in capsys.readouterr().out


def test_words_of_ones_own_can_be_given(tmp_path: Path, capsys) -> None:
    words = tmp_path / "words.json"
    words.write_text(json.dumps({"dog": ["dog"]}))
    assert analyse(tmp_path, "--vocabulary", str(words), "--format", "json") == 0
    rows = json.loads(capsys.readouterr().out)["propagation"]
    assert sum(row["hallucinated"] or 0 for row in rows) == 0


def test_a_file_that_is_not_there_is_an_error_without_a_traceback(tmp_path: Path, capsys) -> None:
    nowhere = str(tmp_path / "no.json")
    assert main(["analyse", "propagation", "--captions", nowhere, "--objects", nowhere]) == 2
    assert capsys.readouterr().err == f"sightline: {nowhere}: there is no such file. Check the path.\n"
