"""How a model is loaded, as a value: what is sent to the workers instead of the model."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sightline.errors import RequestError

if TYPE_CHECKING:
    from sightline.core import Replying
    from sightline.models.loading import DType
    from sightline.models.transformers import TransformersModel

__all__ = ["Loading"]


@dataclass(frozen=True)
class Loading:
    """How a model is loaded, wherever that is.

    Args:
        model: a folder, an id on the hub, "bundled", or "scripted:TEXT".
        adapter: a LoRA adapter on top of the model, its folder or id on the hub.
        any_base: take a base of other content than the adapter was made on.
        revision: branch, tag or commit of the model on the hub.
        dtype: of the weights; auto: bfloat16 on a GPU, float32 elsewhere.
        device: "auto", "cpu", "cuda"; a worker sees no GPU but its own.
        trust_remote_code: whether code that comes with the model may run.
        share: whether the image may be computed once for all its questions.
        engine: what runs it.
        knockout: heads that are knocked out: a heads file, a published set, or names such as "L0H3,L1H7".
        knockout_kind: what heads are replaced by, where not as the heads file says.
        knockout_scope: at which tokens, likewise.
        knockout_strength: how much of them, likewise.
        heads_of_another_model: take heads that were found on another model of the same layout.

    Example:
        >>> Loading("scripted:No").load().identity.name
        'scripted:No'
    """

    model: str
    adapter: str | None = None
    any_base: bool = False
    revision: str | None = None
    dtype: "DType" = "auto"
    device: str = "auto"
    trust_remote_code: bool = False
    share: bool = True
    engine: Literal["transformers", "vllm"] = "transformers"
    knockout: str | None = None
    knockout_kind: str | None = None
    knockout_scope: str | None = None
    knockout_strength: float | None = None
    heads_of_another_model: bool = False

    @property
    def name(self) -> str:
        """What to call it: the model, or the adapter on top of it."""
        return self.adapter or self.model

    def load(self) -> "Replying":
        """Load the model.

        Raises:
            RequestError: there is no such model, it does not fit into memory, or its options contradict each other.
            DataError: a file of the model, the adapter or the heads is missing or damaged.
        """
        kind, _, text = self.model.partition(":")
        if kind == "scripted":
            if self.knockout is not None or self.adapter is not None:
                raise RequestError("A scripted model has no weights; leave --adapter and --knockout out.")
            from sightline.models.scripted import scripted

            return scripted(text)
        if self.engine == "vllm":
            return self._load_vllm()
        model = self.load_whole()
        if self.knockout is None:
            return model
        from sightline.mechanisms.apply import knocked_out_by, read_knockout

        knockout = read_knockout(
            self.knockout,
            model,
            kind=self.knockout_kind,
            scope=self.knockout_scope,
            strength=self.knockout_strength,
            allow_other=self.heads_of_another_model,
        )
        return knocked_out_by(model, knockout)

    def _load_vllm(self) -> "Replying":
        if self.knockout is not None:
            raise RequestError(
                "vLLM knocks no heads out. Write the knockout into weights, and name their folder as the model: "
                "sightline explain export"
            )
        from sightline.models.vllm_model import load_vllm

        return load_vllm(
            self.model,
            adapter=self.adapter,
            any_base=self.any_base,
            revision=self.revision,
            dtype=self.dtype,
            trust_remote_code=self.trust_remote_code,
        )

    def load_whole(self) -> "TransformersModel":
        """Load the model as it is, without a knockout, through transformers.

        Raises:
            RequestError: there is no such model, or it does not fit into memory.
            DataError: a file of the model or the adapter is missing or damaged.
        """
        if self.model.startswith("scripted:"):
            raise RequestError("A scripted model has no weights; name a model of transformers.")
        try:
            from sightline.models.loading import load
        except ImportError as error:
            raise RequestError(
                f"Models need {error.name}, which is not installed: pip install torch transformers"
            ) from error
        return load(
            self.model,
            adapter=self.adapter,
            any_base=self.any_base,
            revision=self.revision,
            dtype=self.dtype,
            device=self.device,
            trust_remote_code=self.trust_remote_code,
            share=self.share,
        )
