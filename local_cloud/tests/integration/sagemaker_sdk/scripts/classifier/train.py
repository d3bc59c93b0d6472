"""Teach a tiny transformer, made here, to tell good from bad; an interrupted job goes on from its checkpoint."""

import argparse
import os
from pathlib import Path

import torch
from tokenizers import BertWordPieceTokenizer
from transformers import DistilBertConfig, DistilBertForSequenceClassification, PreTrainedTokenizerFast

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, required=True)
parser.add_argument("--model-dir", type=Path, default=Path(os.environ["SM_MODEL_DIR"]))
parser.add_argument("--train", type=Path, default=Path(os.environ["SM_CHANNEL_TRAIN"]))
given = parser.parse_args()
torch.set_num_threads(1)
torch.manual_seed(0)
labels = {"negative": 0, "positive": 1}
lines = (given.train / "texts.txt").read_text(encoding="utf-8").splitlines()
rows = [(text, labels[label.removeprefix("__label__")]) for label, text in (line.split("  ", 1) for line in lines)]
words = BertWordPieceTokenizer()
words.train_from_iterator([text for text, _ in rows], vocab_size=200, show_progress=False)
special = {f"{name}_token": f"[{name.upper()}]" for name in ("unk", "sep", "pad", "cls", "mask")}
tokenizer = PreTrainedTokenizerFast(
    tokenizer_object=words._tokenizer,  # as the libraries' documentation does it
    model_max_length=32,
    model_input_names=["input_ids", "attention_mask"],
    **special,
)
config = DistilBertConfig(
    vocab_size=len(tokenizer),
    dim=32,
    n_layers=1,
    n_heads=2,
    hidden_dim=64,
    max_position_embeddings=32,
    id2label={number: label for label, number in labels.items()},
    label2id=labels,
)
model = DistilBertForSequenceClassification(config)
checkpoint = Path("/opt/ml/checkpoints/model.pt")
if checkpoint.exists():
    model.load_state_dict(torch.load(checkpoint))
optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
batch = tokenizer([text for text, _ in rows], padding=True, return_tensors="pt")
truth = torch.tensor([label for _, label in rows])
for _ in range(given.epochs):
    loss = model(**batch, labels=truth).loss
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
torch.save(model.state_dict(), checkpoint)
model.save_pretrained(given.model_dir)
tokenizer.save_pretrained(given.model_dir)
