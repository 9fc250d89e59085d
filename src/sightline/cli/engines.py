"""The options of engines beside transformers, and a model loaded through whichever is named."""

from contextlib import ExitStack
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from sightline.cli.models import Who

if TYPE_CHECKING:
    from sightline.core import Replying, Totals
    from sightline.models.costs import Price
    from sightline.models.served_model import ServedModel

__all__ = ["Cluster", "Server", "load_model", "spent"]


@Parameter(name="*", group="With --engine openai")
@dataclass(frozen=True)
class Server:
    """The options of an OpenAI-compatible server."""

    base_url: Annotated[
        str | None,
        Parameter(
            help="The server, as http://localhost:8000/v1. The key is taken from $OPENAI_API_KEY.", show_default=False
        ),
    ] = None
    at_once: Annotated[int, Parameter(help="Requests in flight.")] = 64
    price_in: Annotated[
        float, Parameter(help="Price of a million tokens asked, in any currency.", show_default=False)
    ] = 0.0
    price_out: Annotated[float, Parameter(help="Price of a million tokens replied.", show_default=False)] = 0.0
    spend_at_most: Annotated[
        float | None, Parameter(help="Stop before this command has spent more than this.", show_default=False)
    ] = None
    timeout: Annotated[float, Parameter(help="Seconds that one try of a request may take.")] = 300.0
    retries: Annotated[
        int, Parameter(help="Further tries where the server is busy, fails, or is away; waits double, up to a minute.")
    ] = 8

    @property
    def price(self) -> "Price | None":
        """What tokens cost; None where that is not said."""
        from sightline.models.costs import Price

        return Price.named(self.price_in, self.price_out)

    @property
    def shown_url(self) -> str | None:
        """The address without what may be secret in it."""
        if self.base_url is None or "@" not in self.base_url:
            return self.base_url
        kind, _, rest = self.base_url.partition("://")
        return f"{kind}://{rest.rpartition('@')[2]}"

    def model(self, name: str) -> "ServedModel":
        """The model of this name behind the server; its client is to be closed."""
        from sightline.errors import RequestError
        from sightline.models.chat_client import ChatClient
        from sightline.models.served_model import ServedModel

        if self.base_url is None:
            raise RequestError("No server is named: --base-url http://localhost:8000/v1")
        client = ChatClient(
            self.base_url,
            name,
            at_once=self.at_once,
            timeout_s=self.timeout,
            retries=self.retries,
            price=self.price,
            limit=self.spend_at_most,
        )
        return ServedModel(client)


@Parameter(name="*", group="With --engine ray")
@dataclass(frozen=True)
class Cluster:
    """The options of a Ray cluster."""

    workers: Annotated[
        int | None,
        Parameter(
            help="Workers, each with the whole model; all GPUs of the cluster, or one without.", show_default=False
        ),
    ] = None
    ray_address: Annotated[
        str | None,
        Parameter(help="A cluster that runs: its address, or auto. Otherwise this machine alone.", show_default=False),
    ] = None
    worker_engine: Annotated[Literal["transformers", "vllm"], Parameter(help="What runs the model on each worker.")] = (
        "transformers"
    )

    def refuse_without(self, engine: str) -> None:
        """Refuse its options where another engine is named.

        Raises:
            RequestError: one is given.
        """
        from sightline.errors import RequestError

        if given := _given(self):
            raise RequestError(f"{given} goes with --engine ray; the engine is {engine}.")


def load_model(who: Who, server: Server, cluster: Cluster, stack: ExitStack) -> "Replying":
    """Load a model through the engine that is named.

    Args:
        who: the model.
        server: where it is served, if it is.
        cluster: where its workers are, if it has any.
        stack: closes what was opened.

    Raises:
        RequestError: an option belongs to another engine, or the model cannot be loaded.
    """
    _refuse_options_of_others(who.engine, server, cluster)
    if who.engine == "openai":
        who.refuse_weights()
        model = server.model(who.model)
        stack.enter_context(model.client)
        return model
    if who.engine == "vllm":
        return who.load_vllm()
    if who.engine == "ray":
        from sightline.scale.ray_model import ray_model

        loading = who.loading(cluster.worker_engine)
        on_workers = ray_model(loading, workers=cluster.workers, address=cluster.ray_address)
        stack.callback(on_workers.close)
        return on_workers
    return who.load()


def _refuse_options_of_others(engine: str, server: Server, cluster: Cluster) -> None:
    from sightline.errors import RequestError

    for own, options in (("openai", server), ("ray", cluster)):
        if engine != own and (given := _given(options)):
            raise RequestError(f"{given} goes with --engine {own}; the engine is {engine}.")


def _given(options: Any) -> str:
    """The first option that is not as it is by default, as it is typed; "" where all are."""
    names = (option.name for option in fields(options) if getattr(options, option.name) != option.default)
    return next((f"--{name.replace('_', '-')}" for name in names), "")


def spent(totals: "Totals") -> str:
    """What a server was asked, and what that took, as a sentence."""
    cost = "" if totals.cost is None else f", {totals.cost:,.4g} spent"
    uncounted = (
        f"; of {totals.uncounted:,} the server counted no tokens, which are left out" if totals.uncounted else ""
    )
    return (
        f"The server was asked {totals.requests:,} requests: {totals.prompt_tokens:,} tokens asked, "
        f"{totals.reply_tokens:,} replied{cost}{uncounted}."
    )
