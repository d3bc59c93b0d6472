"""Makes a transformer of a few hundred kilobytes, without any download.

    python examples/families/tiny_transformer.py <folder> <file with texts>

It needs torch and transformers, which the image of a training job has. Its words are those of the example's texts; its
weights are chance, and fine-tuning makes sense of them.
"""

import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import DistilBertConfig, DistilBertForSequenceClassification, PreTrainedTokenizerFast

_SPECIAL = {
    "unk_token": "[UNK]",
    "sep_token": "[SEP]",
    "pad_token": "[PAD]",
    "cls_token": "[CLS]",
    "mask_token": "[MASK]",
}
_LENGTH = 64


def make(folder: Path, texts: Path) -> None:
    """Write configuration, weights and vocabulary.

    Args:
        folder: that a model can be loaded from.
        texts: file whose words become the vocabulary.
    """
    normalizer, splitter = normalizers.BertNormalizer(lowercase=True), pre_tokenizers.BertPreTokenizer()
    content = normalizer.normalize_str(texts.read_text(encoding="utf-8"))
    words = sorted({word for word, _ in splitter.pre_tokenize_str(content)})
    vocabulary = {word: number for number, word in enumerate([*_SPECIAL.values(), *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=_SPECIAL["unk_token"]))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, splitter
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"]))
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=_LENGTH, **_SPECIAL)
    torch.manual_seed(7)
    config = DistilBertConfig(
        vocab_size=len(vocabulary), dim=64, n_layers=2, n_heads=2, hidden_dim=128, max_position_embeddings=_LENGTH
    )
    DistilBertForSequenceClassification(config).save_pretrained(folder)
    fast.save_pretrained(folder)


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]))
