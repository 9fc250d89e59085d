"""The grammar of descriptions: what a sentence about an image names, and what it says of it.

A sentence goes through it in steps: words with their classes (`tagging`), noun phrases (`noun_phrases` and
`constituents`), clauses (`clauses`), and what several sentences say of one thing (`coreference`).
"""
