"""Models of the real classes with random weights and processors made by hand, so that nothing is fetched.

What a model costs depends on its shape and not on its weights. Small models as their classes initialise them hardly
look at the picture; with the weights made here another picture gives other answers.

torch and transformers are imported inside the functions: tests collect this module without them.
"""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

__all__ = ["NOUNS", "SHAPES", "Shape", "build", "question"]

NOUNS = (
    *("person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "bench", "bird", "cat"),
    *("dog", "horse", "sheep", "cow", "elephant", "bear", "umbrella", "bottle", "apple", "pizza", "chair", "clock"),
)

_QWEN2_VL = (
    "{% for m in messages %}"
    "{% if loop.first and m['role'] != 'system' %}"
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}"
    "<|im_start|>{{ m['role'] }}\n{% for c in m['content'] %}"
    "{% if c['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ c['text'] }}{% endif %}"
    "{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_LLAVA = (
    "{% for m in messages %}{{ m['role'].upper() }}: "
    "{% for c in m['content'] if c['type'] == 'image' %}<image>\n{% endfor %}"
    "{% for c in m['content'] if c['type'] == 'text' %}{{ c['text'] }} {% endfor %}{% endfor %}"
    "{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)


def question(noun: str) -> str:
    """POPE's question with the words that VLMEvalKit adds for Qwen2-VL.

    Example:
        >>> question("apple")
        'Is there an apple in the image? Please answer yes or no.'
    """
    return f"Is there {'an' if noun[0] in 'aeiou' else 'a'} {noun} in the image? Please answer yes or no."


def build(shape: str, device: str = "cpu", dtype: str = "float32", texts: Sequence[str] = ()) -> tuple[Any, Any]:
    """Build a model and its processor.

    Args:
        shape: one of `SHAPES`.
        device: where the weights are made, so that a large model never passes through the memory of the host.
        dtype: of the weights, as torch calls it.
        texts: more texts whose words are one token each, besides POPE's questions.
    """
    import torch
    from transformers import AutoModelForImageTextToText

    chosen = SHAPES[shape]
    processor = chosen.processor(texts)
    config = chosen.config(processor.tokenizer)
    torch.manual_seed(0)
    usual = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, dtype))
    try:
        with torch.device(device):
            model = AutoModelForImageTextToText.from_config(config, attn_implementation="sdpa").eval()
    finally:
        torch.set_default_dtype(usual)
    for module in model.modules():
        looked_up = isinstance(module, torch.nn.Embedding)
        for weights in module.parameters(recurse=False):
            if weights.dim() > 1:
                std = 1.0 if looked_up else chosen.gain * weights[0].numel() ** -0.5
                torch.nn.init.normal_(weights, std=std)
    model.generation_config.pad_token_id = processor.tokenizer.pad_token_id
    model.generation_config.eos_token_id = processor.tokenizer.eos_token_id
    return model, processor


def _tokenizer(
    special: tuple[str, ...], end: str, pad: str, begin: str | None = None, texts: Sequence[str] = ()
) -> Any:
    """A byte-level BPE that reads anything, with the words of the questions and other texts as one token each."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    text = [question(noun) for noun in NOUNS] + ["Yes", "No", " Yes", " No", "system\nYou are a helpful assistant."]
    text += ["user\n", "assistant\n", "USER: ", " ASSISTANT:", "Answer the question using a single word or phrase."]
    text += texts
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    first = [pad, end, *([begin] if begin else []), *special]
    trainer = trainers.BpeTrainer(
        vocab_size=2000, min_frequency=1, initial_alphabet=alphabet, special_tokens=first, show_progress=False
    )
    made.train_from_iterator(text, trainer)
    if begin:
        made.post_processor = processors.TemplateProcessing(
            single=f"{begin} $A", special_tokens=[(begin, made.token_to_id(begin))]
        )
    return PreTrainedTokenizerFast(
        tokenizer_object=made, bos_token=begin, eos_token=end, pad_token=pad, additional_special_tokens=list(special)
    )


def _qwen2_vl_processor(max_pixels: int, texts: Sequence[str]) -> Any:
    from transformers.utils import is_torchvision_available

    names = ("<|im_start|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
    tokenizer = _tokenizer(names, end="<|im_end|>", pad="<|endoftext|>", texts=texts)
    if not is_torchvision_available():
        from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

        images = Qwen2VLImageProcessorPil(min_pixels=56 * 56, max_pixels=max_pixels)
        return _without_video()(images, tokenizer, chat_template=_QWEN2_VL)
    from transformers import Qwen2VLImageProcessor, Qwen2VLProcessor, Qwen2VLVideoProcessor

    images = Qwen2VLImageProcessor(min_pixels=56 * 56, max_pixels=max_pixels)
    return Qwen2VLProcessor(images, tokenizer, Qwen2VLVideoProcessor(), chat_template=_QWEN2_VL)


@cache
def _without_video() -> Any:
    """Qwen2-VL's processor for images only, which does not need torchvision.

    A processor wants as many parts as its ``__init__`` has parameters that are named like one. Without the parameter
    there is no video part to be built, saved or loaded, and the image's path through the processor is the class's own.
    Registered, AutoProcessor finds it by name in folders that it was saved to, in this process; under a configuration
    of its own, because transformers may keep the one of Qwen2-VL for itself.
    """
    from transformers import AutoProcessor, Qwen2VLConfig, Qwen2VLProcessor
    from transformers.processing_utils import ProcessorMixin

    class Qwen2VLImagesProcessor(Qwen2VLProcessor):  # type: ignore[misc]
        def __init__(self, image_processor: Any, tokenizer: Any, chat_template: str | None = None, **_: Any) -> None:
            self.image_token, self.video_token = "<|image_pad|>", "<|video_pad|>"
            self.image_token_id = tokenizer.convert_tokens_to_ids(self.image_token)
            self.video_token_id = tokenizer.convert_tokens_to_ids(self.video_token)
            ProcessorMixin.__init__(self, image_processor, tokenizer, chat_template=chat_template)

    class Qwen2VLImagesConfig(Qwen2VLConfig):  # type: ignore[misc]
        model_type = "qwen2_vl_images"

    AutoProcessor.register(Qwen2VLImagesConfig, Qwen2VLImagesProcessor)
    return Qwen2VLImagesProcessor


def _qwen2_vl_config(tokenizer: Any, text: dict[str, Any], vision: dict[str, Any]) -> Any:
    from transformers import Qwen2VLConfig

    head = text["hidden_size"] // text["num_attention_heads"]
    scaling = {"type": "mrope", "mrope_section": [head // 8, head * 3 // 16, head * 3 // 16]}
    ids = {"bos_token_id": None, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    names = ("vision_start", "vision_end", "image_pad", "video_pad")
    start, end, image, video = (tokenizer.convert_tokens_to_ids(f"<|{name}|>") for name in names)
    return Qwen2VLConfig(
        text_config=ids | {"max_position_embeddings": 32768, "rope_theta": 1e6, "rope_scaling": scaling} | text,
        vision_config={"hidden_size": text["hidden_size"], "mlp_ratio": 4, "patch_size": 14} | vision,
        vision_start_token_id=start,
        vision_end_token_id=end,
        image_token_id=image,
        video_token_id=video,
        tie_word_embeddings=False,
    )


def _qwen2_vl_7b_config(tokenizer: Any) -> Any:
    text = {"vocab_size": 152064, "hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 28}
    heads = {"num_attention_heads": 28, "num_key_value_heads": 4}
    return _qwen2_vl_config(tokenizer, text | heads, {"depth": 32, "embed_dim": 1280, "num_heads": 16})


def _qwen2_vl_tiny_config(tokenizer: Any) -> Any:
    text = {"vocab_size": len(tokenizer), "hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 3}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2}
    return _qwen2_vl_config(tokenizer, text | heads, {"depth": 2, "embed_dim": 64, "num_heads": 4})


def _llava_processor(side: int, texts: Sequence[str]) -> Any:
    from transformers import LlavaProcessor
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    crop = {"height": side, "width": side}
    return LlavaProcessor(
        CLIPImageProcessorPil(size={"shortest_edge": side}, crop_size=crop),
        _tokenizer(("<image>",), end="</s>", pad="<pad>", begin="<s>", texts=texts),
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=_LLAVA,
    )


def _llava_tiny_config(tokenizer: Any, side: int) -> Any:
    from transformers import LlavaConfig

    heads = {"num_hidden_layers": 3, "num_attention_heads": 4}
    width = {"hidden_size": 64, "intermediate_size": 128, "projection_dim": 64}
    ids = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}
    text = {"vocab_size": len(tokenizer), "hidden_size": 128, "intermediate_size": 256, "num_key_value_heads": 2}
    return LlavaConfig(
        vision_config={"model_type": "clip_vision_model", "image_size": side, "patch_size": 14} | heads | width,
        text_config={"model_type": "llama", "pad_token_id": tokenizer.pad_token_id} | heads | text | ids,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-2,
        vision_feature_select_strategy="default",
        image_seq_length=(side // 14) ** 2,
        tie_word_embeddings=False,
    )


class Shape(NamedTuple):
    """How a model and its processor are made.

    Args:
        config: makes the configuration, given the tokenizer.
        processor: makes the processor, given more texts for its tokenizer.
        gain: how much a weight matrix enlarges what passes through it.
    """

    config: Callable[[Any], Any]
    processor: Callable[[Sequence[str]], Any]
    gain: float = 1.5


_NATIVE = 28 * 28 * 1280

SHAPES = {
    "qwen2-vl-7b": Shape(_qwen2_vl_7b_config, partial(_qwen2_vl_processor, _NATIVE), gain=1.0),
    "qwen2-vl-tiny": Shape(_qwen2_vl_tiny_config, partial(_qwen2_vl_processor, _NATIVE)),
    "qwen2-vl-test": Shape(_qwen2_vl_tiny_config, partial(_qwen2_vl_processor, 28 * 28 * 24)),
    "llava-tiny": Shape(partial(_llava_tiny_config, side=336), partial(_llava_processor, 336)),
    "llava-test": Shape(partial(_llava_tiny_config, side=56), partial(_llava_processor, 56)),
}
"""Those for tests see a picture in 16 to 24 tokens, the others as large as the public checkpoints do."""
