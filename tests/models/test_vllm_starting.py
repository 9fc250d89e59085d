"""How vLLM is started and asked, with modules of its names in its place: settings, output and failures."""

import os
import sys
import types
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from sightline.errors import RequestError
from sightline.models import vllm_engine
from sightline.models.batched_engine import Finished, Rendered, Wanted
from sightline.models.pictures import Picture
from sightline.models.vllm_engine import Lora, VllmEngine, start_vllm

ENDED = RuntimeError("Engine core initialization failed. See root cause above. Failed core proc(s): {'EngineCore': 1}")


class FakeEngine:
    """Notes what it is told, and finishes everything at the first step."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        self.arguments = arguments
        self.added: list[tuple[str, Any, Any, Any]] = []
        self.aborted: list[str] = []
        self.waiting: list[str] = []
        self.log = -1
        self.ends: Exception | None = None
        scheduler, config = SimpleNamespace(max_num_seqs=8), SimpleNamespace(max_model_len=512, dtype="torch.bfloat16")
        self.vllm_config = SimpleNamespace(scheduler_config=scheduler, model_config=config)
        self.renderer = self
        self.engine_core = SimpleNamespace(shutdown=lambda: None)

    def render_cmpl(self, prompts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if prompts[0]["prompt_token_ids"] == [0]:
            raise TypeError("no such\nprompt.")
        return [{**prompts[0], "prompt_token_ids": [*prompts[0]["prompt_token_ids"], 9]}]

    def add_request(self, name: str, prompt: Any, parameters: Any, lora_request: Any) -> str:
        self.added.append((name, prompt, parameters, lora_request))
        self.waiting.append(name)
        return f"{name}-abcd"

    def step(self) -> list[Any]:
        if self.ends is not None:
            os.write(self.log, b"(Worker pid=8) ERROR torch.OutOfMemoryError: CUDA out of memory.\n")
            raise self.ends
        one = SimpleNamespace(token_ids=[5, 4], finish_reason="stop", logprobs=[{7: SimpleNamespace(logprob=-0.5)}])
        names, self.waiting = self.waiting, []
        unfinished = SimpleNamespace(request_id="99", finished=False)
        return [
            unfinished,
            *(SimpleNamespace(request_id=n, finished=True, outputs=[one], num_cached_tokens=3) for n in names),
        ]

    def abort_request(self, names: list[str], internal: bool) -> None:
        assert internal
        self.aborted += names

    def has_unfinished_requests(self) -> bool:
        return False

    def reset_mm_cache(self) -> None:
        self.aborted.append("pictures")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts modules called as vLLM's in its place, whose engine begins as told."""

    def install(begin: Callable[[dict[str, Any]], Any] = FakeEngine, cpu: bool = True) -> None:
        llm_engine = SimpleNamespace(from_engine_args=begin)
        platform = SimpleNamespace(is_cpu=lambda: cpu, get_device_name=lambda: "H100")
        kinds = SimpleNamespace(FINAL_ONLY="final only")
        for name, members in {
            "vllm": {"EngineArgs": dict, "LLMEngine": llm_engine, "SamplingParams": dict},
            "vllm.lora": {},
            "vllm.lora.request": {"LoRARequest": lambda *words: words},
            "vllm.platforms": {"current_platform": platform},
            "vllm.sampling_params": {"MAX_LOGPROB_TOKEN_IDS": 128, "RequestOutputKind": kinds},
        }.items():
            module = types.ModuleType(name)
            vars(module).update(members)
            monkeypatch.setitem(sys.modules, name, module)
        monkeypatch.setattr(vllm_engine, "distribution", lambda name: SimpleNamespace(version="0.32.0"))
        monkeypatch.setenv("VLLM_NO_USAGE_STATS", "1")
        monkeypatch.delenv("VLLM_CPU_KVCACHE_SPACE", raising=False)

    return install


def started(**settings: Any) -> tuple[VllmEngine, FakeEngine]:
    engine = start_vllm("model", "auto", settings)
    return engine, engine._engine


def test_habits_of_the_checkpoint_are_off_and_prefixes_are_kept(fake: Callable[..., None]) -> None:
    fake(cpu=False)
    _, of = started(max_model_len=512)
    assert of.arguments == {
        "model": "model",
        "dtype": "bfloat16",
        "enable_prefix_caching": True,
        "generation_config": "vllm",
        "disable_log_stats": True,
        "limit_mm_per_prompt": {"image": 1},
        "max_model_len": 512,
    }


def test_without_a_gpu_it_is_float32_and_takes_little_memory(fake: Callable[..., None]) -> None:
    fake()
    _, of = started()
    assert (of.arguments["dtype"], of.arguments["block_size"], of.arguments["enforce_eager"]) == ("float32", 32, True)
    assert of.arguments["kv_cache_memory_bytes"] == 2**32


def test_an_adapter_has_room_for_its_rank_and_goes_with_every_request(fake: Callable[..., None]) -> None:
    fake()
    engine = start_vllm("model", "float32", {}, Lora("tuned", "folder", 24))
    engine.add(0, Rendered((1,), {}), Wanted(1))
    assert engine._engine.arguments["max_lora_rank"] == 32
    assert engine._engine.added[0][3] == ("tuned", 1, "folder")
    with pytest.raises(RequestError, match="tuned has rank 513, and vLLM takes at most 512"):
        start_vllm("model", "float32", {}, Lora("tuned", "folder", 513))


def test_a_picture_is_named_by_the_hash_of_its_file(fake: Callable[..., None]) -> None:
    fake()
    picture = Picture(Image.new("RGB", (2, 2)), "ab12")
    rendered = started()[0].render((1, 2), picture)
    assert rendered.tokens == (1, 2, 9)
    assert rendered.what["multi_modal_data"] == {"image": picture.image}
    assert rendered.what["multi_modal_uuids"] == {"image": "ab12"}


def test_what_is_wanted_is_what_vllm_is_told_and_what_it_finished_is_given(fake: Callable[..., None]) -> None:
    fake()
    engine, of = started()
    engine.add(3, Rendered((1,), {"prompt_token_ids": [1]}), Wanted(9, (4, 6), 0.7, 0.9, 5, (7,)))
    assert of.added[0][2] == {
        "max_tokens": 9,
        "temperature": 0.7,
        "top_p": 0.9,
        "seed": 5,
        "ignore_eos": True,
        "stop_token_ids": [4, 6],
        "logprob_token_ids": [7],
        "detokenize": False,
        "output_kind": "final only",
    }
    assert engine.step() == [Finished(3, (5, 4), {7: -0.5}, 3)]


def test_what_is_given_up_is_aborted_by_vllm_s_own_name_and_pictures_are_forgotten(fake: Callable[..., None]) -> None:
    fake()
    engine, of = started()
    engine.add(3, Rendered((1,), {}), Wanted(1))
    engine.drop([3])
    assert of.aborted == ["3-abcd", "pictures"]


def test_a_prompt_that_vllm_cannot_make_is_a_value_error_of_one_line(fake: Callable[..., None]) -> None:
    fake()
    with pytest.raises(ValueError, match=r"^no such prompt$"):
        started()[0].render((0,), None)


def test_what_starting_prints_is_kept_off_the_terminal(
    fake: Callable[..., None], capfd: pytest.CaptureFixture[str]
) -> None:
    def begin(arguments: dict[str, Any]) -> FakeEngine:
        os.write(1, b"a line of vLLM's\n")
        os.write(2, b"INFO Using FLASH_ATTN attention backend out of potential backends\n")
        return FakeEngine(arguments)

    fake(begin)
    engine, _ = started()
    print("ours")
    assert capfd.readouterr() == ("ours\n", "")
    assert "a line of vLLM's" in engine.log and engine.attention == "FLASH_ATTN"


@pytest.mark.parametrize(
    ("printed", "error", "words"),
    [
        ("torch.OutOfMemoryError: out of memory. Tried 2 GiB", ENDED, "not fit into memory under vLLM: .*Tried 2 GiB"),
        ("", ENDED, "0.32.0 could not load model: its process ended without a word"),
        ("ValueError: No available memory for the cache blocks.", ENDED, "not fit into memory.*gpu_memory_utilization"),
        ("", ValueError("x Value error, Model architectures ['G'] are not supported. [type=v]"), "not know the archit"),
        ("KeyError: 'layers.0'", ENDED, r"0.32.0 could not load model: 'layers.0' \(KeyError\)\.$"),
        ("", ImportError("libcudart.so.13: cannot open shared object"), "installed but cannot be loaded: libcudart"),
    ],
)
def test_why_it_did_not_start_is_one_sentence(
    fake: Callable[..., None], printed: str, error: Exception, words: str
) -> None:
    def begin(arguments: dict[str, Any]) -> FakeEngine:
        os.write(1, f"(Worker pid=8) ERROR 11-26 [w.py:1] {printed}\n".encode())
        raise error

    fake(begin)
    with pytest.raises(RequestError, match=words) as raised:
        started()
    assert "\n" not in str(raised.value)


def test_why_it_ended_in_mid_run_is_said(fake: Callable[..., None]) -> None:
    fake()
    engine, of = started()
    of.log = engine._log.fileno()
    of.ends = RuntimeError("EngineCore encountered an issue.")
    engine.add(0, Rendered((1,), {}), Wanted(1))
    with pytest.raises(RequestError, match=r"vLLM's engine has ended: CUDA out of memory\. \(OutOfMemoryError\)"):
        engine.step()
    engine.close()
