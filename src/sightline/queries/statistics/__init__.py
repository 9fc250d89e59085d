"""Negatives without a language model: what the scene graphs of a data set say is plausible, and false here.

Objects are taken from names of the true object's kind and those that are often seen with what is in the image;
attributes from those of the same class that such objects have elsewhere; relations by putting in the opposite
predicate, or an object that the predicate takes elsewhere and that suits the subject. All must pass the rules strictly
(`sightline.queries.rules`). Where fewer than four do, fewer are given and it is said why: none is guessed.
"""

from sightline.queries.statistics.learned import Statistics, learn
from sightline.queries.statistics.negatives import BY, FEW, NO_CLASS, UNKNOWN_NAME, negatives_of

__all__ = ["BY", "FEW", "NO_CLASS", "UNKNOWN_NAME", "Statistics", "learn", "negatives_of"]
