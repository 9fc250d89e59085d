"""The options that say which model is asked."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from sightline.core import Replying
    from sightline.models.knockout import Knockout
    from sightline.models.transformers import TransformersModel
    from sightline.scale.loading import Loading

__all__ = ["Engine", "Who"]

_flag = Parameter(negative="", show_default=False)

Engine = Literal["transformers", "vllm", "openai", "ray"]


@Parameter(name="*")
@dataclass(frozen=True)
class Who:
    """The options that say who is asked."""

    model: Annotated[
        str,
        Parameter(
            help="A model: its id on the hub, its folder, bundled for the small one inside the package, or "
            "scripted:TEXT, which says TEXT to everything. A LoRA adapter is one too. With --engine openai: what the "
            "server calls it."
        ),
    ]
    engine: Annotated[
        Engine,
        Parameter(
            help="What runs it: transformers or vllm in this process, openai for a server that speaks OpenAI's "
            "interface, ray for workers on many GPUs and hosts."
        ),
    ] = "transformers"
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

    def loading(self, engine: Literal["transformers", "vllm"] = "transformers") -> "Loading":
        """How it is loaded, wherever that is."""
        from sightline.scale.loading import Loading

        given = {field.name: getattr(self, field.name) for field in fields(Loading) if hasattr(self, field.name)}
        return Loading(**{**given, "engine": engine, "share": not self.no_share})

    def load(self) -> "Replying":
        """Load the model in this process, through transformers.

        Raises:
            RequestError: another engine is named, or the model cannot be loaded.
        """
        self._refuse_other_engines()
        return self.loading().load()

    def load_vllm(self) -> "Replying":
        """Load the model in this process, through vLLM.

        Raises:
            RequestError: an option is none of vLLM's, or the model cannot be loaded.
        """
        from sightline.errors import RequestError

        if self.model.startswith("scripted:"):
            raise RequestError("A scripted model has no weights for vLLM to load; leave --engine out.")
        self._refuse("vLLM decides that itself", "device", "no_share")
        return self.loading("vllm").load()

    def refuse_weights(self) -> None:
        """Refuse options about weights, where a server has them.

        Raises:
            RequestError: one is given.
        """
        names = (field.name for field in fields(self) if field.name not in ("model", "engine"))
        self._refuse("the server has the weights", *names)

    def _refuse(self, why: str, *names: str) -> None:
        from sightline.errors import RequestError

        defaults = {field.name: field.default for field in fields(self)}
        for name in names:
            if getattr(self, name) != defaults[name]:
                option = "--" + name.replace("_", "-")
                raise RequestError(f"{option} does not go with --engine {self.engine}: {why}. Leave it out.")

    def _refuse_other_engines(self) -> None:
        from sightline.errors import RequestError

        if self.engine != "transformers":
            raise RequestError(
                f"This needs the weights in this process, which --engine {self.engine} does not give. Leave it out."
            )

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
        self._refuse_other_engines()
        return self.loading().load_whole()
