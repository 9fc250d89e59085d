import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from sightline.core import Asking, ModelIdentity, Said
from sightline.errors import DataError
from sightline.records.reply_cache import ReplyCache, reply_key

MODEL = ModelIdentity("5e", "m", "family", "engine 1", "float32", "sdpa")
GREEDY = Asking()
SAMPLED = Asking(temperature=1.0, samples=2)


def key(model: ModelIdentity = MODEL, image: str = "aa", prompt: str = "Dog?", asking: Asking = GREEDY) -> str:
    return reply_key(model, image, prompt, asking)


def test_replies_are_found_again_to_the_last_bit(tmp_path: Path) -> None:
    said = Said("Ja – 「はい」\n", (-0.1 - 0.2, float("-inf")))
    with ReplyCache(tmp_path / "c.sqlite") as cache:
        cache.keep({"k": said})
    with ReplyCache(tmp_path / "c.sqlite") as cache:
        assert cache.find(["k", "other"]) == {"k": said}


def test_what_is_kept_stays_as_it_is(tmp_path: Path) -> None:
    with ReplyCache(tmp_path / "c.sqlite") as cache:
        cache.keep({"k": Said("Yes")})
        cache.keep({"k": Said("No")})
        assert cache.find(["k"]) == {"k": Said("Yes")}


def test_more_keys_than_a_statement_takes_are_found(tmp_path: Path) -> None:
    with ReplyCache(tmp_path / "c.sqlite") as cache:
        cache.keep({str(n): Said(str(n)) for n in range(1201)})
        assert len(cache.find(str(n) for n in range(2000))) == 1201


@pytest.mark.parametrize("field", ["hash", "engine", "dtype", "attention"])
def test_another_model_has_another_key(field: str) -> None:
    assert key(replace(MODEL, **{field: "other"})) != key()


def test_the_name_of_a_model_and_where_it_ran_do_not_matter() -> None:
    assert key(replace(MODEL, name="other", details={"device": "cuda"})) == key()


def test_image_prompt_and_settings_matter() -> None:
    others = [
        key(image="ab"),
        key(prompt="Cat?"),
        key(asking=Asking(max_new_tokens=17)),
        key(asking=Asking(choices=("Yes", "No"))),
        key(asking=Asking(temperature=0.5)),
    ]
    assert len({key(), *others}) == 6


def test_settings_without_effect_do_not_matter() -> None:
    assert key(asking=Asking(seed=3, top_p=0.5)) == key()
    assert key(asking=Asking(("A", "B"), max_new_tokens=9)) == key(asking=Asking(("A", "B")))


def test_a_sampled_reply_belongs_to_its_sample_seed_and_question() -> None:
    keys = {
        reply_key(MODEL, "aa", "Dog?", asking, sample, question)
        for asking in (SAMPLED, replace(SAMPLED, seed=1))
        for sample in (0, 1)
        for question in ("random/1", "popular/1")
    }
    assert len(keys) == 8
    assert reply_key(MODEL, "aa", "Dog?", replace(SAMPLED, samples=5)) == reply_key(MODEL, "aa", "Dog?", SAMPLED)


def test_a_greedy_reply_belongs_to_no_question() -> None:
    assert reply_key(MODEL, "aa", "Dog?", GREEDY, 0, "random/1") == key()


def test_processes_write_at_the_same_time(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from sightline.core import Said\n"
        "from sightline.records.reply_cache import ReplyCache\n"
        "sys.stdin.read()  # until all are there\n"
        "for n in range(50):\n"
        "    with ReplyCache(Path(sys.argv[1])) as cache:\n"
        "        cache.keep({f'{sys.argv[2]}/{n}': Said('x'), f'shared/{n}': Said('y')})"
    )
    path = tmp_path / "c.sqlite"
    command = [sys.executable, "-c", code, str(path)]
    processes = [subprocess.Popen([*command, str(n)], stdin=subprocess.PIPE) for n in range(4)]
    time.sleep(0.5)
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
    assert [process.wait() for process in processes] == [0, 0, 0, 0]
    with ReplyCache(path) as cache:
        wanted = [f"{who}/{n}" for who in ("0", "1", "2", "3", "shared") for n in range(50)]
        assert len(cache.find(wanted)) == 250


def test_a_file_that_is_no_cache_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "c.sqlite").write_bytes(b"this is no database, " * 100)
    with pytest.raises(DataError, match=r"the reply cache cannot be used .* --no-cache"):
        ReplyCache(tmp_path / "c.sqlite")


def test_it_lies_in_the_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "cache"))
    with ReplyCache() as cache:
        assert cache.path == tmp_path / "cache" / "replies.sqlite"
