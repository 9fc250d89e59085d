"""The bundled model's format: its shape, tokenizer, processor and chat template, and how its weights are written.

Words of the rendered world are one token each; anything else comes apart into bytes, so that no word is unknown.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from bundled_phrases import LETTER, PHRASE, SHORT, WHICH
from bundled_texts import BRIEF, CAPTION, COLOUR, COLOUR_SAID, COUNT, NUMBER_SAID, PRESENCE, UNSEEN
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlavaConfig, LlavaProcessor, PreTrainedTokenizerFast, Qwen2Config, SiglipVisionConfig

from sightline.scenes.rendered.describe import NUMBERS
from sightline.scenes.rendered.relations import PREDICATES
from sightline.scenes.rendered.world import COLOURS, KINDS, SIZES, TEXTURES, plural

PAD, IMAGE, USER, ASSISTANT, END = "<pad>", "<image>", "<|user|>", "<|assistant|>", "<|end|>"
PATCH_PX, SIDE_PX = 16, 128
IMAGE_TOKENS = (SIDE_PX // PATCH_PX) ** 2
SHARD_BYTES = 14_500_000

CHAT = (
    "{%- for message in messages -%}"
    "{{ '" + USER + "' if message.role == 'user' else '" + ASSISTANT + "' if message.role == 'assistant' else '' }}"
    "{%- if message.content is string -%}{{ message.content }}{%- else -%}"
    "{%- for part in message.content if part.type == 'image' -%}" + IMAGE + "{%- endfor -%}"
    "{%- for part in message.content if part.type == 'text' -%}{{ part.text }}{%- endfor -%}{%- endif -%}"
    "{{ '" + END + "' if message.role == 'assistant' else '' }}{%- endfor -%}"
    "{{ '" + ASSISTANT + "' if add_generation_prompt else '' }}"
)


def build_tokenizer() -> PreTrainedTokenizerFast:
    """The tokenizer, made of the words of the world and the wordings."""
    sentences = [*PRESENCE, *COUNT, *NUMBER_SAID, *COLOUR, *COLOUR_SAID, *CAPTION, *BRIEF, *PHRASE, *UNSEEN.values()]
    sentences += [
        SHORT,
        WHICH,
        LETTER,
        "\nA. Yes, I can see a\nB. No, but I can see an\nC.\nD.\nE. that is are not, but it is",
    ]
    sentences += ["There is one. There are no. There is also. There are also. The image shows. They are. It is. The"]
    sentences += ["What is left of the", "What is above", "What is below", "What is right of", "Yes", "No", "yes", "no"]
    sentences += ["Is the", "Are the", "Yes, I can see", "No, but I can see", "The", "it is"]
    words = [
        *KINDS,
        *map(plural, KINDS),
        *COLOURS,
        *SIZES,
        *TEXTURES,
        *NUMBERS,
        *" ".join(PREDICATES).split(),
        "a",
        "an",
    ]
    words += [*(word.capitalize() for word in (*NUMBERS, "a", "an")), *map(str, range(100)), "and"]
    sentences += [f"{word} {word}" for word in words]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=2048,
        min_frequency=1,
        show_progress=False,
        special_tokens=[PAD, IMAGE, USER, ASSISTANT, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(sentences, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        additional_special_tokens=[IMAGE, USER, ASSISTANT],
        padding_side="left",
        model_max_length=1024,
        clean_up_tokenization_spaces=False,
    )


def build_processor(tokenizer: PreTrainedTokenizerFast) -> LlavaProcessor:
    """The processor: pictures to 128 × 128, values from −1 to 1."""
    try:
        from transformers import SiglipImageProcessorPil as ImageProcessor
    except ImportError:
        from transformers import SiglipImageProcessor as ImageProcessor
    return LlavaProcessor(
        image_processor=ImageProcessor(size={"height": SIDE_PX, "width": SIDE_PX}),
        tokenizer=tokenizer,
        patch_size=PATCH_PX,
        vision_feature_select_strategy="full",
        image_token=IMAGE,
        num_additional_image_tokens=0,
        chat_template=CHAT,
    )


def model_config(tokenizer: PreTrainedTokenizerFast) -> LlavaConfig:
    """The shape: SigLIP, 6 layers of 256; Qwen2, 8 layers of 320 with 10 heads of 32."""
    token = tokenizer.convert_tokens_to_ids
    return LlavaConfig(
        vision_config=SiglipVisionConfig(
            hidden_size=256,
            intermediate_size=768,
            num_hidden_layers=6,
            num_attention_heads=8,
            image_size=SIDE_PX,
            patch_size=PATCH_PX,
            vision_use_head=False,
        ),
        text_config=Qwen2Config(
            vocab_size=len(tokenizer),
            hidden_size=320,
            intermediate_size=896,
            num_hidden_layers=8,
            num_attention_heads=10,
            num_key_value_heads=5,
            max_position_embeddings=1024,
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=token(END),
            pad_token_id=token(PAD),
        ),
        image_token_index=token(IMAGE),
        vision_feature_layer=-1,
        vision_feature_select_strategy="full",
        image_seq_length=IMAGE_TOKENS,
        tie_word_embeddings=True,
    )


def save_model(model: Any, processor: LlavaProcessor, folder: Path) -> None:
    """Write a model in half precision, under the names that public LLaVA checkpoints have, in shards with checksums."""
    folder.mkdir(parents=True, exist_ok=True)
    processor.save_pretrained(folder)
    model.config.architectures = ["LlavaForConditionalGeneration"]
    model.config.dtype = "float16"
    model.config.save_pretrained(folder)
    model.generation_config.eos_token_id = model.config.text_config.eos_token_id
    model.generation_config.pad_token_id = model.config.text_config.pad_token_id
    model.generation_config.save_pretrained(folder)
    tensors = {_public_name(n): t.detach().to("cpu", torch.float16).contiguous() for n, t in model.state_dict().items()}
    tensors.pop("language_model.lm_head.weight", None)  # tied to the embeddings
    shards: list[dict[str, torch.Tensor]] = [{}]
    filled = 0
    for name, tensor in sorted(tensors.items()):
        size = tensor.numel() * tensor.element_size()
        if filled + size > SHARD_BYTES:
            shards.append({})
            filled = 0
        shards[-1][name] = tensor
        filled += size
    index: dict[str, str] = {}
    for number, shard in enumerate(shards, start=1):
        file = f"model-{number:05}-of-{len(shards):05}.safetensors"
        save_file(shard, folder / file, metadata={"format": "pt"})
        index |= dict.fromkeys(shard, file)
    total = sum(t.numel() * t.element_size() for t in tensors.values())
    about = {"metadata": {"total_size": total}, "weight_map": index}
    (folder / "model.safetensors.index.json").write_text(json.dumps(about, indent=1) + "\n")
    write_checksums(folder)


def write_checksums(folder: Path) -> None:
    """Write the sha256 of every file that loading the model reads, which sightline checks before it does."""
    begins = ("model", "config", "generation", "tokenizer", "processor", "chat")
    read = sorted(path for path in folder.iterdir() if path.name.startswith(begins))
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in read}
    (folder / "checksums.json").write_text(json.dumps(sums, indent=1) + "\n")


def _public_name(name: str) -> str:
    """The name a weight has in public checkpoints: vLLM knows no other."""
    name = name.removeprefix("model.")
    if name.startswith("language_model."):
        return "language_model.model." + name.removeprefix("language_model.")
    if name.startswith("vision_tower.") and not name.startswith("vision_tower.vision_model."):
        return "vision_tower.vision_model." + name.removeprefix("vision_tower.")
    return "language_model.lm_head.weight" if name == "lm_head.weight" else name
