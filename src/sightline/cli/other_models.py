"""Models that help others: a language model that writes, a vision-language model that looks; what they said is kept."""

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from sightline.core import Replying, Totals, Writing
    from sightline.models.costs import Price

__all__ = ["Serving", "load_looking", "written_words"]


@Parameter(name="*")
@dataclass(frozen=True)
class Serving:
    """The options that say how a server is asked for texts, and what that may cost."""

    at_once: Annotated[int, Parameter(help="Requests in flight.")] = 64
    structured: Annotated[
        Literal["json_schema", "json_object", "none"], Parameter(help="How the server is told that JSON is wanted.")
    ] = "json_schema"
    price_in: Annotated[
        float, Parameter(help="Price of a million tokens asked, in any currency.", show_default=False)
    ] = 0.0
    price_out: Annotated[float, Parameter(help="Price of a million tokens written.", show_default=False)] = 0.0
    spend_at_most: Annotated[
        float | None, Parameter(help="Stop before more than this is spent.", show_default=False)
    ] = None

    @property
    def price(self) -> "Price | None":
        """What tokens cost; None where that is not said."""
        from sightline.models.costs import Price

        return Price.named(self.price_in, self.price_out)

    def load(self, llm: str, url: str, stack: ExitStack) -> "Writing":
        """A language model behind a server, with a cache of what it wrote before.

        Args:
            llm: its name on the server.
            url: the server.
            stack: closes what was opened.
        """
        from sightline.models.chat_client import ChatClient
        from sightline.records.cached_writing import CachedWriting
        from sightline.records.call_cache import CallCache

        client = ChatClient(
            url, llm, at_once=self.at_once, structured=self.structured, price=self.price, limit=self.spend_at_most
        )
        return CachedWriting(stack.enter_context(client), stack.enter_context(CallCache()))


def written_words(totals: "Totals") -> str:
    """What was asked of a language model, what it wrote, and what that cost."""
    cost = f", {totals.cost:,.2f} spent" if totals.cost else ""
    tokens = f"{totals.prompt_tokens:,} tokens asked, {totals.reply_tokens:,} written{cost}"
    return f"{totals.requests:,} requests, {totals.cached:,} known before; {tokens}"


def load_looking(model: str | None, url: str | None, device: str, stack: ExitStack) -> "Replying | None":
    """A vision-language model, with a cache of its replies; None where none is named.

    Args:
        model: its id, its folder, "bundled", or its name on a server.
        url: the server; None: it is loaded here.
        device: where it computes, if it is loaded here.
        stack: closes what was opened.
    """
    if model is None:
        return None
    from sightline.cli.models import Who
    from sightline.records.cached_replying import CachedReplying
    from sightline.records.reply_cache import ReplyCache

    if url is None:
        looking: Replying = Who(model, device=device).load()
    else:
        from sightline.models.chat_client import ChatClient
        from sightline.models.served_model import ServedModel

        looking = ServedModel(stack.enter_context(ChatClient(url, model)))
    return CachedReplying(looking, stack.enter_context(ReplyCache()))
