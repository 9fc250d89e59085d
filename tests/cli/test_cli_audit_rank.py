"""``sightline audit rank``, as users type it."""

import math
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "evaluation"))

from tiny_pope import NEGATIVES, Rows, llava, question, rows_of, truth, write_lines

import sightline.cli.audit.rank as verb
from sightline.audit.entries import Stage
from sightline.audit.people import Role
from sightline.audit.store import Store
from sightline.cli import main

CAT, DOG = question("cat"), question("dog")
WRONG = ("b.jpg", CAT)  # labelled yes


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The audit of a benchmark of ten distinct questions, in the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sightline.audit.database.SYNCHRONOUS", "OFF")
    for split in NEGATIVES:
        write_lines(tmp_path / "own" / f"x_pope_{split}.json", rows_of(split))
    assert main(["audit", "new", "audit.sqlite", "--labels", "own=own", "--looks", "1"]) == 0
    return tmp_path


def replies(model: str, contradicting: Mapping[tuple[str, str], str]) -> str:
    """Replies that say the label, but for some; the option's value."""

    def says(row: dict[str, object]) -> str:
        return contradicting.get((str(row["image"]), str(row["text"])), truth(row))

    for split in NEGATIVES:
        rows: Rows = llava(split, says, model)
        write_lines(Path("replies", model, f"{split}.jsonl"), rows)
    return f"{model}=replies/{model}/*.jsonl"


def rank(*words: str) -> int:
    return main(["audit", "rank", "audit.sqlite", "--labels", "own=own", *words])


def order() -> list[tuple[str, str, float]]:
    """Image, question and score of the items, in the order of their places."""
    with Store.open("audit.sqlite") as store:
        items = {item.key: item for item in store.items()}
        places = sorted((place.place, key, place.score) for key, place in store.order().items() if place.score)
    return [(items[key].image, items[key].text, score) for _, key, score in places]


def say(store: Store, image: str, text: str, word: str) -> None:
    key = next(item.key for item in store.items() if (item.image, item.text) == (image, text))
    if "ann" not in {person.name for person in store.people()}:
        store.add_person("ann", Role.LABELLER)
    store.claim("ann", Stage.LABEL, key)
    store.say("ann", key, Stage.LABEL, word, request=key)


def cells(out: str, first: str) -> list[str]:
    (row,) = [line.split() for line in out.splitlines() if line.split()[:1] == [first]]
    return row


def test_what_replies_contradict_comes_first_with_the_odds_of_the_first_order(capsys) -> None:
    assert rank("--replies", replies("llava-a", {WRONG: "No"})) == 0
    found = order()
    assert len(found) == 10
    # -4.8, a yes +0.9, contradicted +3.1; no other yes is about a cat
    assert found[0] == ("b.jpg", CAT, pytest.approx(1 / (1 + math.exp(4.8 - 0.9 - 3.1))))
    assert found[1][2] == pytest.approx(1 / (1 + math.exp(4.8 - 0.9)))
    out = capsys.readouterr().out
    assert "Ranking 1 of audit.sqlite: 10 items, by the replies of" in out
    assert cells(out, "llava-a") == ["llava-a", "llava", "yes"]
    # two yes besides, and seven no that nobody contradicts
    whole = 1 / (1 + math.exp(0.8)) + 2 / (1 + math.exp(3.9)) + 7 / (1 + math.exp(4.8))
    assert cells(out, "100%") == ["100%", "10", f"{whole:.1f}", "100%"]
    assert cells(out, "10%")[:3] == ["10%", "1", "0.3"]
    assert "Nothing is decided yet" in out and "--leave-out FAMILY" in out
    with Store.open("audit.sqlite") as store:
        assert store.rankings()[-1].models == ("llava-a",)


@pytest.mark.parametrize("out", ["qwen", "qwen-b"])
def test_replies_of_a_family_that_is_left_out_do_not_rank(out, capsys) -> None:
    own = replies("llava-a", {WRONG: "No"})
    assert rank("--replies", own) == 0
    alone = order()
    assert rank("--replies", own, replies("qwen-b", {("a.jpg", DOG): "No"}), "--leave-out", out) == 0
    assert order() == alone
    shown = capsys.readouterr().out
    assert cells(shown, "qwen-b") == ["qwen-b", "qwen", "left", "out"]
    assert "Score models of qwen under the new labels" in shown
    with Store.open("audit.sqlite") as store:
        ranking = store.rankings()[-1]
    assert ranking.models == ("llava-a",)
    assert ranking.made == "wrong, by llava, without qwen, from 0 verdicts"


def test_models_of_a_family_weigh_one_together(capsys) -> None:
    alike = [replies(name, {("a.jpg", DOG): "No"}) for name in ("one", "two", "three")]
    other = replies("other", {WRONG: "No"})
    named = ["--family", "one=same", "two=same", "three=same"]
    assert rank("--replies", *alike, other, *named) == 0
    first, second = order()[:2]
    assert first[2] == pytest.approx(second[2])
    assert rank("--replies", *alike, other) == 0
    assert order()[0][:2] == ("a.jpg", DOG)


def test_verdicts_refit_it_and_what_was_come_to_stays_at_the_head(capsys) -> None:
    given = ["--replies", replies("llava-a", {WRONG: "No", ("c.jpg", DOG): "Yes"})]
    assert rank(*given) == 0
    with Store.open("audit.sqlite") as store:
        say(store, "b.jpg", CAT, "no")
        say(store, "a.jpg", CAT, "ambiguous")
    capsys.readouterr()
    assert rank(*given) == 0
    out = capsys.readouterr().out
    assert "Learnt from 2 decided items, 1 of them wrong." in out
    assert "among the 8 items that are not decided" in out
    assert float(cells(out, "llava-a")[-1]) > 0
    found = order()
    assert {(image, text) for image, text, _ in found[:2]} == {("b.jpg", CAT), ("a.jpg", CAT)}
    assert found[2][:2] == ("c.jpg", DOG)
    assert [score for *_, score in found[2:]] == sorted((score for *_, score in found[2:]), reverse=True)
    assert rank(*given, "--target", "wrong-or-ambiguous") == 0
    assert "Learnt from 2 decided items, 2 of them wrong or ambiguous." in capsys.readouterr().out


def test_it_ranks_anew_as_verdicts_come_in_until_all_are_decided(capsys, monkeypatch) -> None:
    def somebody_labels(_: float) -> None:
        with Store.open("audit.sqlite") as store:
            if not store.people():
                store.add_person("ann", Role.LABELLER)
            for work in store.next_items("ann", Stage.LABEL, 2):
                store.say("ann", work.item, Stage.LABEL, "yes", request=work.item)

    monkeypatch.setattr(verb.time, "sleep", somebody_labels)
    assert rank("--replies", replies("llava-a", {WRONG: "No"}), "--every", "4") == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Ranking ")][2:]
    assert [line.split(",")[0] for line in lines] == [
        "Ranking 2: 4 decided",
        "Ranking 3: 8 decided",
        "Ranking 4: 10 decided",
    ]
    assert lines[-1] == "Ranking 4: 10 decided, 7 of them wrong. 0 are left."


def test_missing_replies_are_told(capsys) -> None:
    replies("llava-a", {})
    path = Path("replies/llava-a/random.jsonl")
    path.write_text("\n".join(path.read_text().splitlines()[:4]) + "\n")
    given = [f"llava-a@{split}=replies/llava-a/{split}.jsonl" for split in NEGATIVES]
    assert rank("--replies", *given) == 2
    assert "--allow-missing" in capsys.readouterr().err
    assert rank("--replies", *given, "--allow-missing") == 0
    out = capsys.readouterr().out
    assert "llava-a: no reply to 2 of 18 questions." in out
    assert "Items without any readable reply: 1," in out  # the orange, which no other split asks about


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--leave-out", "llama"], "No family or model is called 'llama'. Did you mean 'llava'?"),
        (["--leave-out", "llava"], "Without llava no replies are left to rank by"),
        (["--family", "llava-a"], "--family llava-a: name a model and its family, as MODEL=FAMILY."),
        (["--family", "other=x"], "A family is named for other; there are replies of llava-a."),
        (["--every", "0"], "--every is 0"),
    ],
)
def test_what_cannot_be_ranked_is_told_and_leaves_the_order_alone(words, told, capsys) -> None:
    assert rank("--replies", replies("llava-a", {}), *words) == 2
    assert told in capsys.readouterr().err
    with Store.open("audit.sqlite") as store:
        assert store.rankings() == ()


def test_labels_are_those_of_the_audit(capsys, tmp_path) -> None:
    given = ["--replies", replies("llava-a", {})]
    assert main(["audit", "rank", "audit.sqlite", *given]) == 2
    assert "Name their files: --labels own=PATH" in capsys.readouterr().err
    for split in NEGATIVES:
        rows = [row | {"image": f"z{row['image']}"} for row in rows_of(split)]
        write_lines(tmp_path / "others" / f"x_pope_{split}.json", rows)
    assert main(["audit", "rank", "audit.sqlite", "--labels", "others=others", *given]) == 2
    assert "these are labels of another version of the benchmark" in capsys.readouterr().err


def test_an_audit_that_is_not_there_says_how_to_make_one(capsys) -> None:
    assert main(["audit", "rank", "none.sqlite", "--replies", "x.jsonl"]) == 2
    assert "there is no such audit. Make it: sightline audit new" in capsys.readouterr().err


def test_real_replies_find_most_of_the_labels_that_repope_corrects_first(conformance, capsys) -> None:
    """Qwen's family is left out, LLaVA's ranks: without a verdict, a fifth of all looks finds 70 % and more."""
    data = conformance
    for name in ("pope", "repope"):
        assert main(["audit", "new", f"{name}.sqlite", "--labels", f"{name}={data}/{name}"]) == 0
    llava_16, qwen = (data / "pope_answers" / name for name in ("llava-1.6-vicuna-7b.jsonl", "qwen2.5-vl-7b.jsonl"))
    given = [f"llava-1.6={llava_16}", f"llava-1.5={data}/pope_answers/llava-1.5-7b-*-greedy.jsonl", f"qwen={qwen}"]
    asked = [f"{llava_16.with_suffix('.questions.jsonl')}", f"{data}/pope/llava_pope_test_2910.jsonl"]
    words = ["--labels", f"pope={data}/pope", "--replies", *given, "--questions", *asked, "--leave-out", "qwen"]
    assert main(["audit", "rank", "pope.sqlite", *words, "--allow-missing"]) == 0
    with Store.open("pope.sqlite") as store, Store.open("repope.sqlite") as other:
        right = {item.key: item.old for item in other.items()}
        wrong = {item.key for item in store.items() if right.get(item.key, item.old) != item.old}
        places = {key: place.place for key, place in store.order().items()}
    assert (len(places), len(wrong)) == (5127, 188)
    assert sum(places[key] < 1025 for key in wrong) / len(wrong) >= 0.7
