"""A file that bears a public name and is another version is told, with what is known."""

from sightline.benchmarks import benchmark
from sightline.core import LabelSet, SourceFile
from sightline.evaluation.known_versions import version_notes

OURS = benchmark("hallusionbench")
KNOWN = OURS.public["hallusionbench"][0]


def label_set(name: str, sha256: str, questions: int) -> LabelSet:
    source = SourceFile("folder/HallusionBench.json", sha256, questions)
    return LabelSet(name, {}, sources=(source,), references={str(place): "1" for place in range(questions)})


def test_the_version_that_is_known_needs_no_word() -> None:
    assert version_notes(OURS, [label_set("hallusionbench", KNOWN.sha256, 1129)]) == []


def test_another_version_is_named_with_its_hash_its_rows_and_what_is_known() -> None:
    first, second = version_notes(OURS, [label_set("hallusionbench", "ab" * 32, 1127)])
    assert first.startswith("hallusionbench: folder/HallusionBench.json (1,127 rows, sha256 abababababab…) is not the")
    assert f"sha256 {KNOWN.sha256[:12]}… of {KNOWN.url}" in first
    assert second == "hallusionbench: 1,127 questions, where 1,129 were published."


def test_where_no_hash_is_known_the_number_of_questions_is_told() -> None:
    of_mmvp = LabelSet("mmvp", {}, references={"1": "a", "2": "b"})
    assert version_notes(benchmark("mmvp"), [of_mmvp]) == ["mmvp: 2 questions, where 300 were published."]


def test_a_label_set_with_a_name_of_its_own_is_nobodys_version() -> None:
    assert version_notes(OURS, [label_set("own", "ab" * 32, 5)]) == []
