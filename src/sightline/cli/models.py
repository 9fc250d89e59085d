"""The options that say which model is asked."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from sightline.core import Replying
    from sightline.models.knockout import Knockout
    from sightline.models.transformers import TransformersModel

__all__ = ["Who"]

_flag = Parameter(negative="", show_default=False)


@Parameter(name="*")
@dataclass(frozen=True)
class Who:
    """The options that say who is asked."""

    model: Annotated[
        str,
        Parameter(
            help="A model: its id on the hub, its folder, bundled for the small one inside the package, or "
            "scripted:TEXT, which says TEXT to everything. A LoRA adapter is one too."
        ),
    ]
    adapter: Annotated[
        str | None,
        Parameter(
            help="A LoRA adapter on top of the model, where its base is not where the adapter says: its folder, or id.",
            show_default=False,
        ),
    ] = None
    any_base: Annotated[bool, _flag, Parameter(help="Take a base of other content than the adapter was made on.")] = (
        False
    )
    revision: Annotated[str | None, Parameter(help="Branch, tag or commit on the hub.")] = None
    dtype: Annotated[
        Literal["auto", "float32", "bfloat16", "float16"],
        Parameter(help="Of the weights; auto: bfloat16 on a GPU, float32 elsewhere."),
    ] = "auto"
    device: Annotated[str, Parameter(help="auto, cpu, cuda, cuda:1, mps.")] = "auto"
    trust_remote_code: Annotated[bool, _flag, Parameter(help="Let code that comes with the model run.")] = False
    no_share: Annotated[bool, _flag, Parameter(help="Compute the image anew for each of its questions.")] = False

    knockout: Annotated[
        str | None,
        Parameter(
            help="Knock heads out: a heads file, a published set (sightline explain published), or heads such as "
            "L0H3,L1H7.",
            show_default=False,
        ),
    ] = None
    knockout_kind: Annotated[
        str | None, Parameter(help="What heads are replaced by, where not as the heads file says.", show_default=False)
    ] = None
    knockout_scope: Annotated[str | None, Parameter(help="At which tokens, likewise.", show_default=False)] = None
    knockout_strength: Annotated[
        float | None, Parameter(help="How much of them, from 0 to 1, likewise.", show_default=False)
    ] = None
    heads_of_another_model: Annotated[
        bool, _flag, Parameter(help="Take heads that were found on another model of the same layout, as a tuned one.")
    ] = False

    @property
    def name(self) -> str:
        """What is measured: the model, or the adapter on top of it."""
        return self.adapter or self.model

    @property
    def words(self) -> list[str]:
        """The words that name it on a command line."""
        return ["--model", self.model, *([] if self.adapter is None else ["--adapter", self.adapter])]

    def load(self) -> "Replying":
        """Load the model."""
        from sightline.errors import RequestError
        from sightline.models.scripted import scripted

        kind, _, text = self.model.partition(":")
        if kind == "scripted" and self.knockout is not None:
            raise RequestError("A scripted model has no heads; leave --knockout out.")
        if kind == "scripted" and self.adapter is not None:
            raise RequestError("A scripted model has no weights; leave --adapter out.")
        if kind == "scripted":
            return scripted(text)
        model = self.load_whole()
        if self.knockout is None:
            return model
        from sightline.mechanisms.apply import knocked_out_by

        return knocked_out_by(model, self.read_knockout(model))

    def read_knockout(self, model: "TransformersModel") -> "Knockout":
        """The knockout that is asked for.

        Raises:
            RequestError: none is, or it does not fit the model.
        """
        from sightline.errors import RequestError
        from sightline.mechanisms.apply import read_knockout

        if self.knockout is None:
            raise RequestError("No heads are named: --knockout HEADS.json")
        return read_knockout(
            self.knockout,
            model,
            kind=self.knockout_kind,
            scope=self.knockout_scope,
            strength=self.knockout_strength,
            allow_other=self.heads_of_another_model,
        )

    def load_whole(self) -> "TransformersModel":
        """Load the model as it is, without a knockout, through transformers."""
        from sightline.errors import RequestError

        if self.model.startswith("scripted:"):
            raise RequestError("A scripted model has no heads; name a model of transformers.")
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
            share=not self.no_share,
        )
