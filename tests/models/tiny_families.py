"""A tiny model with random weights of every family's real class, and its processor, without the part for videos.

Long, since it lists one configuration after the other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from PIL import Image
from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers import models as token_models
from tokenizers import trainers as token_trainers
from transformers import PreTrainedTokenizerFast

from sightline.core import ModelIdentity
from sightline.models.families import family_of
from sightline.models.prompts import Prepared
from sightline.models.transformers import TransformersModel

torch.set_num_threads(1)  # for models this small, threads only wait for each other

SIDE = 28
PATCH = 7
TEXT = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 1024,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
TOWER = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
WORDS = [
    "Is there a dog in the image? Yes No, there is no cat.",
    "USER: ASSISTANT: Answer the question using a single word or phrase.",
    "<|im_start|>user\nWhat is this?<|im_end|>\n<|im_start|>assistant\n\n",
]


@dataclass(frozen=True)
class Tiny:
    """A tiny model of a family.

    Args:
        model_type: of its configuration.
        model: the model.
        tokenizer: a small one.
        processor: the real one; where it has a part for videos, without it, since that needs torchvision.
        before, image, after: tokens before, of and right after an image in hand-made prompts; the number of image
            tokens comes with the image.
        picture: makes the model's inputs of a random image of one of two sizes, and its number of image tokens or
            all of its tokens.
    """

    model_type: str
    model: Any
    tokenizer: Any
    processor: Any
    before: tuple[int, ...]
    image: int
    after: tuple[int, ...]
    picture: Callable[[int, int], tuple[dict[str, torch.Tensor], int | list[int]]]

    def replies(self, share: bool = True, tokens_at_once: int | None = None) -> TransformersModel:
        """Wrap the model as sightline asks it."""
        identity = ModelIdentity("tiny", "tiny", self.model_type, "transformers", "float32", "sdpa")
        family = family_of(self.model_type)
        assert family is not None
        return TransformersModel(self.model, self.processor, identity, family, share, tokens_at_once)

    def group(
        self, seed: int, questions: Sequence[Sequence[int]], choices: Sequence[Sequence[int]] = (), size: int = 0
    ) -> Prepared:
        """Make an image and its questions by hand."""
        inputs, tokens = self.picture(seed, size)
        block = [self.image] * tokens if isinstance(tokens, int) else tokens
        prefix = (*self.before, *block, *self.after)
        # The last column stands for any token after the prefix, as `prepare` makes it.
        token_types = torch.tensor([[int(token == self.image) for token in (*prefix, 0)]])
        by_token = {}
        if self.model_type in ("qwen2_vl", "qwen2_5_vl", "qwen3_vl"):
            by_token = {"mm_token_type_ids": token_types}
        elif self.model_type == "gemma3":
            by_token = {"token_type_ids": token_types}
        elif self.model_type == "paligemma":
            by_token = {"token_type_ids": torch.zeros_like(token_types)}
        elif self.model_type == "mllama":
            seen = torch.tensor([int(at >= len(self.before)) for at in range(len(prefix) + 1)])
            by_token = {"cross_attention_mask": seen[None, :, None, None] * inputs["aspect_ratio_mask"]}
        return Prepared(
            prefix,
            tuple(map(tuple, questions)),
            tuple(tuple(map(tuple, choices)) for _ in questions),
            inputs,
            by_token,
        )

    def alone(self, group: Prepared, question: int, choice: Sequence[int] = ()) -> torch.Tensor:
        """Ask one question in one go, as transformers does it: logits of every token."""
        ids = torch.tensor([[*group.prefix, *group.suffixes[question], *choice]])
        inputs = dict(group.inputs)
        for name, value in group.by_token.items():
            rest = ids.shape[1] - len(group.prefix)
            inputs[name] = torch.cat([value[:, :-1], *[value[:, -1:]] * rest], dim=1)
        if self.model_type == "paligemma" and choice:
            inputs["token_type_ids"][:, -len(choice) :] = 1  # the other kind attends both ways
        with torch.inference_mode():
            logits: torch.Tensor = self.model(input_ids=ids, attention_mask=torch.ones_like(ids), **inputs).logits[0]
        return torch.log_softmax(logits, dim=-1)


def tokenizer_of(*special: str, named: dict[str, str] | None = None, begins: bool = False) -> Any:
    """Train a small byte-level tokenizer with the special tokens of a family.

    Args:
        special: the special tokens.
        named: those that the tokenizer knows by a name.
        begins: whether it puts its own token at the beginning, as Llama's does.
    """
    made = Tokenizer(token_models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = token_trainers.BpeTrainer(
        vocab_size=340 + len(special),
        special_tokens=["<pad>", "<s>", "</s>", *special],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(WORDS * 3, trainer)
    if begins:
        made.post_processor = processors.TemplateProcessing("<s> $A", special_tokens=[("<s>", 1)])
    extra = {"extra_special_tokens": named} if named else {}
    return PreTrainedTokenizerFast(tokenizer_object=made, bos_token="<s>", eos_token="</s>", pad_token="<pad>", **extra)


def sentencepiece_like(image_token: str) -> Any:
    """Make a tokenizer as Llama's: a space is part of the word after it, and each piece of text begins with one."""
    merges = [("▁", "a"), ("▁", "d"), ("▁d", "o"), ("▁do", "g")]
    letters = sorted({letter for text in [*WORDS, "▁"] for letter in text})
    vocabulary = ["<unk>", "<s>", "</s>", *letters, *("".join(merge) for merge in merges)]
    made = Tokenizer(
        token_models.BPE({token: place for place, token in enumerate(vocabulary)}, merges, unk_token="<unk>")
    )
    made.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    made.post_processor = processors.TemplateProcessing("<s> $A", special_tokens=[("<s>", 1)])
    found = PreTrainedTokenizerFast(tokenizer_object=made, bos_token="<s>", eos_token="</s>", unk_token="<unk>")
    found.add_special_tokens({"additional_special_tokens": [image_token]})
    return found


def photograph(seed: int, width: int = 40, height: int = 50) -> Image.Image:
    """Make a picture of noise."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8))


def awake(model: Any, std: float = 0.15) -> Any:
    """Scale the weights up, since a model as initialised may not look at its image."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() > 1:
                weight.copy_(torch.randn(weight.shape, generator=generator) * std)
            elif "gate" in name and weight.numel() == 1:
                weight.fill_(1.0)
    model.generation_config.eos_token_id = 2
    model.generation_config.pad_token_id = 0
    return model.eval()


def noise(seed: int, *shape: int) -> torch.Tensor:
    """Make pixels."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def without_video(processor_class: Any) -> Any:
    """Leave the video part of a processor out, the only one that needs torchvision; the rest stays the real one."""

    class WithoutVideo(processor_class):  # type: ignore[misc]
        def check_argument_for_proper_class(self, name: str, argument: Any) -> Any:
            return None if name == "video_processor" else super().check_argument_for_proper_class(name, argument)

    return WithoutVideo


CHAT = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{% for c in m['content'] %}{% if c['type'] == 'image' %}IMAGE"
    "{% else %}{{ c['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
)
PLAIN = (
    "{% for m in messages %}USER: {% for c in m['content'] %}{% if c['type'] == 'image' %}<image>\n"
    "{% else %}{{ c['text'] }} {% endif %}{% endfor %}{% endfor %}ASSISTANT:"
)
GEMMA = (
    "{{ bos_token }}{% for m in messages %}<start_of_turn>user\n{% for c in m['content'] %}"
    "{% if c['type'] == 'image' %}<start_of_image>{% else %}{{ c['text'] | trim }}{% endif %}{% endfor %}"
    "<end_of_turn>\n{% endfor %}<start_of_turn>model\n"
)


def llava() -> Tiny:
    from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration, LlavaProcessor
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    tokenizer = tokenizer_of("<image>", begins=True)
    image = tokenizer.convert_tokens_to_ids("<image>")
    processor = LlavaProcessor(
        CLIPImageProcessorPil(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE}),
        tokenizer,
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        chat_template=PLAIN,
        num_additional_image_tokens=1,
    )
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(**TOWER, image_size=SIDE, patch_size=PATCH),
        text_config=LlamaConfig(**TEXT, vocab_size=len(tokenizer)),
        image_token_index=image,
    )
    model = awake(LlavaForConditionalGeneration(config))
    return Tiny(
        "llava",
        model,
        tokenizer,
        processor,
        (1, 9, 8),
        image,
        (),
        lambda seed, size: ({"pixel_values": noise(seed, 1, 3, SIDE, SIDE)}, 16),
    )


def vipllava() -> Tiny:
    from transformers import CLIPVisionConfig, LlamaConfig, VipLlavaConfig, VipLlavaForConditionalGeneration

    plain = llava()
    config = VipLlavaConfig(
        vision_config=CLIPVisionConfig(**TOWER, image_size=SIDE, patch_size=PATCH),
        text_config=LlamaConfig(**TEXT, vocab_size=len(plain.tokenizer)),
        image_token_index=plain.image,
        vision_feature_layers=[-2, -1],
    )
    return replace(plain, model_type="vipllava", model=awake(VipLlavaForConditionalGeneration(config)))


_TILES = [[SIDE, 2 * SIDE], [2 * SIDE, SIDE], [2 * SIDE, 2 * SIDE]]


def llava_next() -> Tiny:
    from transformers import (
        CLIPVisionConfig,
        LlamaConfig,
        LlavaNextConfig,
        LlavaNextForConditionalGeneration,
        LlavaNextProcessor,
    )
    from transformers.models.llava_next.image_processing_pil_llava_next import LlavaNextImageProcessorPil

    tokenizer = tokenizer_of("<image>", begins=True)
    image = tokenizer.convert_tokens_to_ids("<image>")
    processor = LlavaNextProcessor(
        LlavaNextImageProcessorPil(
            size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE}, image_grid_pinpoints=_TILES
        ),
        tokenizer,
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        chat_template=PLAIN,
        num_additional_image_tokens=1,
    )
    config = LlavaNextConfig(
        vision_config=CLIPVisionConfig(**TOWER, image_size=SIDE, patch_size=PATCH),
        text_config=LlamaConfig(**TEXT, vocab_size=len(tokenizer)),
        image_token_index=image,
        image_grid_pinpoints=_TILES,
    )
    model = awake(LlavaNextForConditionalGeneration(config))

    def picture(seed: int, size: int) -> tuple[dict[str, torch.Tensor], int]:
        shape = [(SIDE, 2 * SIDE), (2 * SIDE, 2 * SIDE)][size]
        tiles = 1 + shape[0] * shape[1] // SIDE**2
        grid = (shape[0] // PATCH) * (shape[1] // PATCH) + shape[0] // PATCH  # with a token at the end of each line
        return {"pixel_values": noise(seed, 1, tiles, 3, SIDE, SIDE), "image_sizes": torch.tensor([shape])}, 16 + grid

    return Tiny("llava_next", model, tokenizer, processor, (1, 9), image, (), picture)


def llava_onevision() -> Tiny:
    from transformers import (
        LlavaOnevisionConfig,
        LlavaOnevisionForConditionalGeneration,
        LlavaOnevisionProcessor,
        Qwen2Config,
        SiglipVisionConfig,
    )
    from transformers.models.llava_onevision.image_processing_pil_llava_onevision import (
        LlavaOnevisionImageProcessorPil,
    )

    tokenizer = tokenizer_of("<image>", "<video>", "<|im_start|>", "<|im_end|>")
    image = tokenizer.convert_tokens_to_ids("<image>")
    processor = without_video(LlavaOnevisionProcessor)(
        LlavaOnevisionImageProcessorPil(size={"height": SIDE, "width": SIDE}, image_grid_pinpoints=_TILES),
        tokenizer,
        None,
        num_image_tokens=16,
        vision_feature_select_strategy="full",
        chat_template=CHAT.replace("IMAGE", "<image>\n"),
    )
    config = LlavaOnevisionConfig(
        vision_config=SiglipVisionConfig(**TOWER, image_size=SIDE, patch_size=PATCH, vision_use_head=False),
        text_config=Qwen2Config(**TEXT, vocab_size=len(tokenizer)),
        image_token_index=image,
        video_token_index=tokenizer.convert_tokens_to_ids("<video>"),
        image_grid_pinpoints=_TILES,
    )
    model = awake(LlavaOnevisionForConditionalGeneration(config))

    def picture(seed: int, size: int) -> tuple[dict[str, torch.Tensor], int]:
        shape = [(SIDE, 2 * SIDE), (2 * SIDE, 2 * SIDE)][size]
        tiles = 1 + shape[0] * shape[1] // SIDE**2
        grid = (shape[0] // PATCH) * (shape[1] // PATCH) + shape[0] // PATCH
        pixels = {"pixel_values": noise(seed, 1, tiles, 3, SIDE, SIDE), "image_sizes": torch.tensor([shape])}
        return pixels, 16 + grid

    return Tiny("llava_onevision", model, tokenizer, processor, (1, 9), image, (), picture)


def _qwen_pictures(patch: int) -> Callable[[int, int], tuple[dict[str, torch.Tensor], int]]:
    def picture(seed: int, size: int) -> tuple[dict[str, torch.Tensor], int]:
        # Sizes 0 and 2 have the same number of tokens, but not the same positions.
        grid = [(1, 4, 6), (1, 8, 6), (1, 2, 12)][size]
        patches = grid[0] * grid[1] * grid[2]
        pixels = {"pixel_values": noise(seed, patches, 3 * 2 * patch**2), "image_grid_thw": torch.tensor([grid])}
        return pixels, patches // 4

    return picture


_QWEN_TOKENS = ("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>", "<|im_start|>", "<|im_end|>")


def _qwen(model_type: str, tower: dict[str, Any], text: dict[str, Any], classes: tuple[Any, Any, Any]) -> Tiny:
    tokenizer = tokenizer_of(*_QWEN_TOKENS)
    start, end, image, video = (tokenizer.convert_tokens_to_ids(token) for token in _QWEN_TOKENS[:4])
    config_class, model_class, processor_class = classes
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    processor = without_video(processor_class)(
        Qwen2VLImageProcessorPil(patch_size=4, merge_size=2, min_pixels=8 * 8, max_pixels=40 * 40),
        tokenizer,
        None,
        chat_template=CHAT.replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>"),
    )
    config = config_class(
        vision_config=tower,
        text_config={**TEXT, **text, "vocab_size": len(tokenizer)},
        image_token_id=image,
        video_token_id=video,
        vision_start_token_id=start,
        vision_end_token_id=end,
    )
    model = awake(model_class(config))
    return Tiny(model_type, model, tokenizer, processor, (1, 9, start), image, (end,), _qwen_pictures(4))


def qwen2_vl() -> Tiny:
    from transformers import Qwen2VLConfig, Qwen2VLForConditionalGeneration, Qwen2VLProcessor

    tower = {"depth": 2, "embed_dim": 32, "hidden_size": 64, "num_heads": 2, "patch_size": 4}
    text = {"rope_parameters": {"rope_type": "default", "mrope_section": [2, 3, 3]}}
    return _qwen("qwen2_vl", tower, text, (Qwen2VLConfig, Qwen2VLForConditionalGeneration, Qwen2VLProcessor))


def qwen2_5_vl() -> Tiny:
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

    tower = {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_heads": 2,
        "out_hidden_size": 64,
        "patch_size": 4,
        "window_size": 16,
        "fullatt_block_indexes": [1],
    }
    text = {"rope_parameters": {"rope_type": "default", "mrope_section": [2, 3, 3]}}
    classes = (Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor)
    return _qwen("qwen2_5_vl", tower, text, classes)


def qwen3_vl() -> Tiny:
    from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration, Qwen3VLProcessor

    tower = {
        "depth": 3,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_heads": 2,
        "out_hidden_size": 64,
        "patch_size": 4,
        "num_position_embeddings": 64,
        "deepstack_visual_indexes": [0, 1],
    }
    rope = {"rope_type": "default", "mrope_section": [4, 2, 2], "mrope_interleaved": True, "rope_theta": 10000.0}
    text = {"head_dim": 16, "rope_parameters": rope}
    return _qwen("qwen3_vl", tower, text, (Qwen3VLConfig, Qwen3VLForConditionalGeneration, Qwen3VLProcessor))


def internvl() -> Tiny:
    from transformers import InternVLConfig, InternVLForConditionalGeneration, InternVLProcessor, Qwen2Config
    from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import GotOcr2ImageProcessorPil

    named = {
        "start_image_token": "<img>",
        "end_image_token": "</img>",
        "context_image_token": "<IMG_CONTEXT>",
        "video_token": "<video>",
    }
    tokenizer = tokenizer_of(*named.values(), "<|im_start|>", "<|im_end|>", named=named)
    start, end, image = (tokenizer.convert_tokens_to_ids(token) for token in ("<img>", "</img>", "<IMG_CONTEXT>"))
    processor = without_video(InternVLProcessor)(
        GotOcr2ImageProcessorPil(size={"height": SIDE, "width": SIDE}, crop_to_patches=True, max_patches=4),
        tokenizer,
        None,
        image_seq_length=4,
        chat_template=CHAT.replace("IMAGE", "<IMG_CONTEXT>\n"),
    )
    config = InternVLConfig(
        vision_config={**TOWER, "image_size": SIDE, "patch_size": PATCH, "layer_scale_init_value": 1.0},
        text_config=Qwen2Config(**TEXT, vocab_size=len(tokenizer)),
        image_token_id=image,
        image_seq_length=4,
    )
    model = awake(InternVLForConditionalGeneration(config))

    def picture(seed: int, size: int) -> tuple[dict[str, torch.Tensor], int]:
        tiles = (1, 3)[size]
        return {"pixel_values": noise(seed, tiles, 3, SIDE, SIDE)}, 4 * tiles

    return Tiny("internvl", model, tokenizer, processor, (1, 9, start), image, (end,), picture)


def _smolvlm_processor(tokenizer: Any, template: str) -> Any:
    from transformers.models.smolvlm import processing_smolvlm
    from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

    processing_smolvlm.num2words = processing_smolvlm.num2words or str  # it spells out the length of videos
    pictures = SmolVLMImageProcessorPil(size={"longest_edge": 32}, max_image_size={"longest_edge": 16})
    video = SimpleNamespace(num_frames=1, fps=1)
    made = without_video(processing_smolvlm.SmolVLMProcessor)(
        pictures, tokenizer, video, image_seq_len=4, chat_template=template
    )
    return made


def _smol(model_type: str) -> Tiny:
    import transformers
    from transformers import LlamaConfig
    from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil

    rows = [f"<row_{row}_col_{column}>" for row in range(1, 4) for column in range(1, 4)]
    tokenizer = tokenizer_of(
        "<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>", "<|im_start|>", *rows, begins=True
    )
    image, fake, whole = (
        tokenizer.convert_tokens_to_ids(token) for token in ("<image>", "<fake_token_around_image>", "<global-img>")
    )
    template = (
        "<|im_start|>{% for m in messages %}{{ m['role'] | capitalize }}:{% for c in m['content'] %}"
        "{% if c['type'] == 'image' %}<image>{% else %}{{ c['text'] }}{% endif %}{% endfor %}<end_of_utterance>\n"
        "{% endfor %}Assistant:"
    )
    pictures = Idefics3ImageProcessorPil(size={"longest_edge": 32}, max_image_size={"longest_edge": 16})
    if model_type == "idefics3":
        processor = transformers.Idefics3Processor(pictures, tokenizer, image_seq_len=4, chat_template=template)
    else:
        processor = _smolvlm_processor(tokenizer, template)
    prefix = "SmolVLM" if model_type == "smolvlm" else "Idefics3"
    config = getattr(transformers, f"{prefix}Config")(
        vision_config={**TOWER, "image_size": 16, "patch_size": 4},
        text_config=LlamaConfig(**TEXT, vocab_size=len(tokenizer)),
        image_token_id=image,
        scale_factor=2,
        pad_token_id=0,
    )
    model = awake(getattr(transformers, f"{prefix}ForConditionalGeneration")(config))

    def picture(seed: int, size: int) -> tuple[dict[str, torch.Tensor], list[int]]:
        tiles = (1, 5)[size]
        corners = [
            token
            for place in rows[: tiles - 1]
            for token in (fake, tokenizer.convert_tokens_to_ids(place), *[image] * 4)
        ]
        pixels = noise(seed, 1, tiles, 3, 16, 16)
        mask = torch.ones((1, tiles, 16, 16), dtype=torch.long)
        return {"pixel_values": pixels, "pixel_attention_mask": mask}, [*corners, fake, whole, *[image] * 4, fake]

    return Tiny(model_type, model, tokenizer, processor, (1, 9), image, (), picture)


def smolvlm() -> Tiny:
    return _smol("smolvlm")


def idefics3() -> Tiny:
    return _smol("idefics3")


def ovis2() -> Tiny:
    from transformers import Ovis2Config, Ovis2ForConditionalGeneration, Ovis2Processor, Qwen2Config
    from transformers.models.ovis2.image_processing_pil_ovis2 import Ovis2ImageProcessorPil

    marks = ("<IMG_START>", "<IMG_GRID>", "<IMG_COL>", "<IMG_ROW>", "<IMG_END>")
    tokenizer = tokenizer_of("<image>", "<IMG_ATOM>", *marks, "<|im_start|>", "<|im_end|>")
    image = tokenizer.convert_tokens_to_ids("<IMG_ATOM>")
    start, grid, column, row, end = (tokenizer.convert_tokens_to_ids(mark) for mark in marks)
    processor = Ovis2Processor(
        Ovis2ImageProcessorPil(size={"height": SIDE, "width": SIDE}, crop_to_patches=True, max_patches=4),
        tokenizer,
        chat_template=CHAT.replace("IMAGE", "<image>\n"),
        image_seq_length=16,
    )
    config = Ovis2Config(
        vision_config={**TOWER, "image_size": SIDE, "patch_size": PATCH, "vocab_size": 37},
        text_config=Qwen2Config(**TEXT, vocab_size=len(tokenizer)),
        image_token_id=image,
        visual_indicator_token_ids=[start, grid, column, row, end],
        vocab_size=len(tokenizer),
        hidden_size=64,
    )
    model = awake(Ovis2ForConditionalGeneration(config))

    def picture(seed: int, size: int) -> tuple[dict[str, torch.Tensor], list[int]]:
        atoms = [image] * 16
        tiles = [[], [*atoms, column, *atoms]][size]
        return {"pixel_values": noise(seed, (1, 3)[size], 3, SIDE, SIDE)}, [start, *atoms, grid, *tiles, end]

    return Tiny("ovis2", model, tokenizer, processor, (1, 9), image, (), picture)


def janus() -> Tiny:
    from transformers import JanusConfig, JanusForConditionalGeneration, JanusProcessor, LlamaConfig
    from transformers.models.janus.image_processing_pil_janus import JanusImageProcessorPil

    named = {
        "image_token": "<image_placeholder>",
        "boi_token": "<begin_of_image>",
        "eoi_token": "<end_of_image>",
    }
    tokenizer = tokenizer_of(*named.values(), named=named, begins=True)
    image, start, end = (tokenizer.convert_tokens_to_ids(token) for token in named.values())
    template = (
        "{% for m in messages %}<|User|>: {% for c in m['content'] %}{% if c['type'] == 'image' %}<image_placeholder>\n"
        "{% else %}{{ c['text'] }}{% endif %}{% endfor %}\n\n{% endfor %}<|Assistant|>:"
    )
    processor = JanusProcessor(
        JanusImageProcessorPil(size={"height": SIDE, "width": SIDE}, min_size=14),
        tokenizer,
        chat_template=template,
        use_default_system_prompt=True,
        num_image_tokens=16,
    )
    config = JanusConfig(
        vision_config={
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": SIDE,
            "patch_size": PATCH,
            "mlp_ratio": 2.0,
            "projection_dim": 64,
            "num_image_tokens": 16,
        },
        text_config=LlamaConfig(**TEXT, vocab_size=len(tokenizer)),
        vq_config={
            "embed_dim": 8,
            "num_embeddings": 16,
            "latent_channels": 32,
            "base_channels": 32,
            "channel_multiplier": [1, 1],
            "num_res_blocks": 1,
            "projection_dim": 64,
            "image_token_embed_dim": 64,
        },
        image_token_id=image,
    )
    model = awake(JanusForConditionalGeneration(config))
    return Tiny(
        "janus",
        model,
        tokenizer,
        processor,
        (1, 9, start),
        image,
        (end,),
        lambda seed, size: ({"pixel_values": noise(seed, 1, 3, SIDE, SIDE)}, 16),
    )


def paligemma() -> Tiny:
    from transformers import (
        GemmaConfig,
        PaliGemmaConfig,
        PaliGemmaForConditionalGeneration,
        PaliGemmaProcessor,
        SiglipVisionConfig,
    )
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    tokenizer = tokenizer_of("<image>", named={"image_token": "<image>"})
    pictures = SiglipImageProcessorPil(size={"height": SIDE, "width": SIDE})
    pictures.image_seq_length = 16
    processor = PaliGemmaProcessor(pictures, tokenizer)
    image = tokenizer.convert_tokens_to_ids("<image>")
    config = PaliGemmaConfig(
        vision_config=SiglipVisionConfig(**TOWER, image_size=SIDE, patch_size=PATCH, vision_use_head=False),
        text_config=GemmaConfig(**{**TEXT, "head_dim": 16, "num_key_value_heads": 1}, vocab_size=len(tokenizer)),
        image_token_index=image,
        projection_dim=64,
        hidden_size=64,
    )
    model = awake(PaliGemmaForConditionalGeneration(config))
    return Tiny(
        "paligemma",
        model,
        tokenizer,
        processor,
        (),
        image,
        (1,),
        lambda seed, size: ({"pixel_values": noise(seed, 1, 3, SIDE, SIDE)}, 16),
    )


def mllama() -> Tiny:
    from transformers import MllamaConfig, MllamaForConditionalGeneration, MllamaProcessor
    from transformers.models.mllama.image_processing_pil_mllama import MllamaImageProcessorPil

    tokenizer = tokenizer_of("<|image|>", "<|python_tag|>", "<|im_start|>", "<|im_end|>")
    image = tokenizer.convert_tokens_to_ids("<|image|>")
    processor = MllamaProcessor(
        MllamaImageProcessorPil(size={"height": SIDE, "width": SIDE}, max_image_tiles=4),
        tokenizer,
        chat_template="{{ bos_token }}" + CHAT.replace("IMAGE", "<|image|>"),
    )
    config = MllamaConfig(
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_global_layers": 1,
            "attention_heads": 2,
            "image_size": SIDE,
            "patch_size": PATCH,
            "intermediate_layers_indices": [0],
            "vision_output_dim": 64,
        },
        text_config={
            **TEXT,
            "vocab_size": len(tokenizer),
            "cross_attention_layers": [1],
            "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
        },
        image_token_index=image,
    )
    model = awake(MllamaForConditionalGeneration(config))
    # The table of embeddings holds eight more than the vocabulary, the image's token among them on real checkpoints.

    def picture(seed: int, size: int) -> tuple[dict[str, torch.Tensor], int]:
        pixels = noise(seed, 1, 1, 4, 3, SIDE, SIDE)
        pixels[:, :, 1:] = 0
        return {
            "pixel_values": pixels,
            "aspect_ratio_ids": torch.tensor([[1]]),
            "aspect_ratio_mask": torch.tensor([[[1, 0, 0, 0]]]),
        }, 1

    return Tiny("mllama", model, tokenizer, processor, (1, 9), image, (), picture)


def gemma3() -> Tiny:
    from transformers import (
        Gemma3Config,
        Gemma3ForConditionalGeneration,
        Gemma3Processor,
        Gemma3TextConfig,
        SiglipVisionConfig,
    )
    from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil

    named = {"image_token": "<image_soft_token>", "boi_token": "<start_of_image>", "eoi_token": "<end_of_image>"}
    tokenizer = tokenizer_of(*named.values(), "<start_of_turn>", "<end_of_turn>", named=named)
    image, start, end = (tokenizer.convert_tokens_to_ids(token) for token in named.values())
    processor = Gemma3Processor(
        Gemma3ImageProcessorPil(size={"height": SIDE, "width": SIDE}),
        tokenizer,
        chat_template=GEMMA,
        image_seq_length=4,
    )
    config = Gemma3Config(
        vision_config=SiglipVisionConfig(**TOWER, image_size=SIDE, patch_size=PATCH, vision_use_head=False),
        text_config=Gemma3TextConfig(
            **TEXT,
            vocab_size=len(tokenizer),
            head_dim=16,
            query_pre_attn_scalar=16,
            sliding_window=9,
            layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        ),
        mm_tokens_per_image=4,
        boi_token_index=start,
        eoi_token_index=end,
        image_token_index=image,
    )
    model = awake(Gemma3ForConditionalGeneration(config))
    return Tiny(
        "gemma3",
        model,
        tokenizer,
        processor,
        (1, 9, start),
        image,
        (end,),
        lambda seed, size: ({"pixel_values": noise(seed, 1, 3, SIDE, SIDE)}, 4),
    )


BUILDERS: dict[str, Callable[[], Tiny]] = {
    builder.__name__: builder
    for builder in (
        llava,
        vipllava,
        llava_next,
        llava_onevision,
        qwen2_vl,
        qwen2_5_vl,
        qwen3_vl,
        internvl,
        smolvlm,
        idefics3,
        ovis2,
        janus,
        paligemma,
        mllama,
        gemma3,
    )
}


@cache
def tiny(model_type: str) -> Tiny:
    """Build the tiny model of a family, once."""
    torch.manual_seed(0)
    return BUILDERS[model_type]()
