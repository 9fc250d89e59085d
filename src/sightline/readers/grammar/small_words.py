"""The small words of English: determiners, prepositions, pronouns. Each is taken for one class only."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["SMALL_WORDS"]

SMALL_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "adverb": "again almost also always apart away down else even ever forth forward here just maybe more most "
        "much off only out perhaps quite rather really so somewhat still then there together too up upright very "
        "well",
        "conjunction": "& and but nor or plus",
        "determiner": "a all an another any both countless each every few many multiple numerous several some such "
        "the these this those various",
        "form of be": "am are be been being is was were",
        "form of have": "had has have having",
        "modal": "can could did do does may might must shall should will would",
        "negation": "cannot except hardly lack lacking lacks n't neither never no nobody none not nothing scarcely "
        "without",
        "possessive": "her his its my our their whose your",
        "preposition": "about above across against along alongside amid amidst among amongst around at atop before "
        "behind below beneath beside besides between beyond by despite during for from in inside into like near of "
        "on onto opposite outside over past per through throughout to toward towards under underneath upon via "
        "with within",
        "pronoun": "anything everyone everything he herself him himself i it itself me ones others she someone "
        "something them themselves they us we you",
        "relative": "how that what which who whom why",
        "subordinator": "although as because if once since than though unless until when where whereas whether "
        "while yet",
    }
)
"""Class → its words."""
