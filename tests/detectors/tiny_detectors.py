"""Tiny open-vocabulary detectors of the real classes with random weights, and processors for them."""

from pathlib import Path
from typing import Any

import torch
from transformers import (
    BertConfig,
    BertTokenizer,
    CLIPTokenizer,
    GroundingDinoConfig,
    GroundingDinoForObjectDetection,
    GroundingDinoProcessor,
    MMGroundingDinoConfig,
    MMGroundingDinoForObjectDetection,
    Owlv2Config,
    Owlv2ForObjectDetection,
    Owlv2Processor,
    SwinConfig,
)
from transformers.models.grounding_dino.image_processing_pil_grounding_dino import GroundingDinoImageProcessorPil
from transformers.models.owlv2.image_processing_pil_owlv2 import Owlv2ImageProcessorPil

torch.set_num_threads(1)

NOUNS = ("moon", "cup", "traffic", "light", "dog", "tennis", "ball", "snow", "##board")
SHORT_TEXT = 24
"""Tokens of a text that the tiny models read."""


def bert_tokenizer() -> BertTokenizer:
    """A tokenizer with BERT's special ids: fillers, then the words."""
    vocabulary = {f"[unused{place}]": place for place in range(1100)}
    places = {"[PAD]": 0, "[UNK]": 100, "[CLS]": 101, "[SEP]": 102, "[MASK]": 103, ".": 1012, "?": 1029}
    places |= {noun: 1040 + place for place, noun in enumerate(NOUNS)}
    kept = {token: place for token, place in vocabulary.items() if place not in places.values()}
    return BertTokenizer(vocab={**kept, **places})


def clip_tokenizer() -> CLIPTokenizer:
    """A tokenizer with CLIP's shape, letter by letter."""
    letters = [chr(code) for code in range(97, 123)]
    tokens = [*letters, *(letter + "</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={token: place for place, token in enumerate(tokens)}, merges=[], model_max_length=32)


def dino(family: str) -> Any:
    """Grounding DINO or MM-Grounding-DINO."""
    config_class, model_class = {
        "grounding-dino": (GroundingDinoConfig, GroundingDinoForObjectDetection),
        "mm-grounding-dino": (MMGroundingDinoConfig, MMGroundingDinoForObjectDetection),
    }[family]
    config = config_class(
        backbone_config=SwinConfig(
            image_size=64,
            patch_size=4,
            embed_dim=8,
            depths=[1, 1, 1, 1],
            num_heads=[1, 1, 2, 2],
            window_size=4,
            out_indices=[2, 3, 4],
        ),
        text_config=BertConfig(
            vocab_size=1100, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
        ),
        d_model=32,
        encoder_layers=1,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        num_queries=12,
        max_text_len=SHORT_TEXT,
        init_std=0.3,
    )
    torch.manual_seed(0)
    return model_class(config).eval()


def owl() -> Any:
    """OWLv2."""
    text = {
        "vocab_size": 54,
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 16,
        "max_position_embeddings": 32,
        "eos_token_id": 53,
        "bos_token_id": 52,
    }
    vision = {
        "image_size": 32,
        "patch_size": 8,
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 16,
    }
    torch.manual_seed(0)
    return Owlv2ForObjectDetection(Owlv2Config(text_config=text, vision_config=vision, projection_dim=16)).eval()


def save(family: str, folder: Path) -> Path:
    """A folder as one of the hub would be."""
    if family == "owlv2":
        processor = Owlv2Processor(Owlv2ImageProcessorPil(size={"height": 32, "width": 32}), clip_tokenizer())
        model = owl()
    else:
        shown = GroundingDinoImageProcessorPil(size={"shortest_edge": 64, "longest_edge": 128})
        processor, model = GroundingDinoProcessor(shown, bert_tokenizer()), dino(family)
    processor.save_pretrained(folder)
    model.save_pretrained(folder)
    return folder
