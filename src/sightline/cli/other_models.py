"""Models that help others: a language model that writes, a vision-language model that looks; what they said is kept."""

from contextlib import ExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sightline.core import Replying, Writing
    from sightline.models.chat_messages import Structured

__all__ = ["load_looking", "load_writing"]


def load_writing(
    llm: str | None,
    url: str,
    stack: ExitStack,
    *,
    at_once: int,
    structured: "Structured",
    prices: tuple[float, float],
    spend_at_most: float | None,
) -> "Writing | None":
    """A language model behind a server, with a cache of what it wrote before; None where none is named.

    Args:
        llm: its name on the server.
        url: the server.
        stack: closes what was opened.
        at_once: requests in flight.
        structured: how the server is told that JSON is wanted.
        prices: of a million tokens asked, and written; zero: not known.
        spend_at_most: where to stop.
    """
    if llm is None:
        return None
    from sightline.models.chat_client import ChatClient
    from sightline.models.costs import Price
    from sightline.records.cached_writing import CachedWriting
    from sightline.records.call_cache import CallCache

    client = ChatClient(
        url,
        llm,
        at_once=at_once,
        structured=structured,
        price=Price(*prices) if any(prices) else None,
        limit=spend_at_most,
    )
    return CachedWriting(stack.enter_context(client), stack.enter_context(CallCache()))


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
