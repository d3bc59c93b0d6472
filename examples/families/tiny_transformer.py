"""Makes a transformer of a few hundred kilobytes, with Python alone and without any download.

    python examples/families/tiny_transformer.py <folder> <file with texts>

Its vocabulary are the words of the texts, its weights are chance: fine-tuning makes sense of them. The folder is what
``from_pretrained`` of transformers loads: configuration, tokenizer and weights, in the formats of
https://huggingface.co/docs/safetensors and https://huggingface.co/docs/tokenizers.
"""

import json
import random
import re
import struct
import sys
from array import array
from collections.abc import Iterator
from pathlib import Path

# The small sibling of DistilBERT: https://huggingface.co/docs/transformers/model_doc/distilbert
DIM, HIDDEN, LAYERS, HEADS, LENGTH = 64, 128, 2, 2, 64
_SPREAD = 0.02
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_WORD = re.compile(r"[a-z0-9]+|[^\sa-z0-9]")


def make(folder: Path, texts: Path) -> None:
    """Write the model.

    Args:
        folder: that it is loaded from.
        texts: file whose words become the vocabulary.
    """
    words = sorted(set(_WORD.findall(texts.read_text(encoding="utf-8").lower())))
    vocabulary = {word: number for number, word in enumerate((*_SPECIAL, *words))}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.safetensors").write_bytes(_weights(len(vocabulary)))
    for name, content in {
        "config.json": {
            "architectures": ["DistilBertForSequenceClassification"],
            "dim": DIM,
            "hidden_dim": HIDDEN,
            "max_position_embeddings": LENGTH,
            "model_type": "distilbert",
            "n_heads": HEADS,
            "n_layers": LAYERS,
            "pad_token_id": vocabulary["[PAD]"],
            "vocab_size": len(vocabulary),
        },
        "tokenizer.json": _tokenizer(vocabulary),
        "tokenizer_config.json": {
            "model_max_length": LENGTH,
            "tokenizer_class": "PreTrainedTokenizerFast",
            **{f"{special.strip('[]').lower()}_token": special for special in _SPECIAL},
        },
    }.items():
        (folder / name).write_text(json.dumps(content, indent=1), encoding="utf-8")


def _tokenizer(vocabulary: dict[str, int]) -> dict[str, object]:
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    added = [{"id": vocabulary[word], "content": word, **flags, "special": True} for word in _SPECIAL]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "BertProcessing",
            "sep": ["[SEP]", vocabulary["[SEP]"]],
            "cls": ["[CLS]", vocabulary["[CLS]"]],
        },
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
    }


def _shapes(words: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name and shape of each tensor."""
    yield "distilbert.embeddings.word_embeddings.weight", (words, DIM)
    yield "distilbert.embeddings.position_embeddings.weight", (LENGTH, DIM)
    yield from _norm("distilbert.embeddings.LayerNorm")
    for number in range(LAYERS):
        layer = f"distilbert.transformer.layer.{number}"
        for part in ("q_lin", "k_lin", "v_lin", "out_lin"):
            yield from _linear(f"{layer}.attention.{part}", DIM, DIM)
        yield from _norm(f"{layer}.sa_layer_norm")
        yield from _linear(f"{layer}.ffn.lin1", HIDDEN, DIM)
        yield from _linear(f"{layer}.ffn.lin2", DIM, HIDDEN)
        yield from _norm(f"{layer}.output_layer_norm")


def _linear(name: str, outputs: int, inputs: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{name}.weight", (outputs, inputs)
    yield f"{name}.bias", (outputs,)


def _norm(name: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{name}.weight", (DIM,)
    yield f"{name}.bias", (DIM,)


def _weights(words: int) -> bytes:
    """A safetensors file; the layers of the task are not in it, so that fine-tuning makes them as large as it needs."""
    chance = random.Random(7)  # noqa: S311  # an example, not a secret
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    content = bytearray()
    for name, shape in _shapes(words):
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        if name.endswith(".bias"):
            values = array("f", [0.0]) * count
        elif len(shape) == 1:
            values = array("f", [1.0]) * count
        else:
            values = array("f", (chance.gauss(0, _SPREAD) for _ in range(count)))
        if sys.byteorder == "big":
            values.byteswap()
        start = len(content)
        content += values.tobytes()
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [start, len(content)]}
    said = json.dumps(header).encode()
    said += b" " * (-len(said) % 8)
    return struct.pack("<Q", len(said)) + said + bytes(content)


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]))
