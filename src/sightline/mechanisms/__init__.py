"""Mechanisms: which attention heads make a model repeat what its prompt says, and the model without them."""
