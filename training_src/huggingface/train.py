"""Fine-tunes a transformer to classify texts, in Hugging Face's image for GPUs or PyTorch's for CPUs.

The channels train and validation have lines such as ``__label__positive  I like it``, the form of fastText and of
SageMaker's BlazingText (https://docs.aws.amazon.com/sagemaker/latest/dg/blazingtext.html). After each epoch all that
the next one needs is written to /opt/ml/checkpoints, which SageMaker keeps in S3 and brings back when a spot instance
was taken away (https://docs.aws.amazon.com/sagemaker/latest/dg/model-checkpoints.html): a job goes on after the last
epoch that it finished.
"""

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from texts import Example, LineError, read
from transformers import AutoModelForSequenceClassification, AutoTokenizer

CHECKPOINTS = Path("/opt/ml/checkpoints")
STATE = "state.pt"


@dataclass
class Trainer:
    """A model and all that its training needs.

    Args:
        model: of transformers.
        tokenizer: of it.
        labels: of the classes, in the order of the model's.
        optimizer: of torch.
        device: of the model.
        max_length: of a text in tokens.
        batch_size: texts of a step.
    """

    model: Any
    tokenizer: Any
    labels: list[str]
    optimizer: Any
    device: torch.device
    max_length: int
    batch_size: int

    def epoch(self, examples: list[Example], *, number: int, seed: int) -> float:
        """One pass over shuffled examples; the mean loss."""
        # As in the same epoch of a job that was not interrupted.
        generator = torch.Generator().manual_seed(seed + number)
        order = torch.randperm(len(examples), generator=generator).tolist()
        self.model.train()
        total = 0.0
        for batch in self._batches([examples[index] for index in order]):
            loss = self.model(**batch).loss
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total += loss.item() * len(batch["labels"])
        return total / len(examples)

    def evaluate(self, examples: list[Example]) -> tuple[float, float]:
        """Mean loss, and the share of right answers."""
        self.model.eval()
        total, right = 0.0, 0
        with torch.no_grad():
            for batch in self._batches(examples):
                found = self.model(**batch)
                total += found.loss.item() * len(batch["labels"])
                right += int((found.logits.argmax(dim=-1) == batch["labels"]).sum())
        return total / len(examples), right / len(examples)

    def _batches(self, examples: list[Example]) -> Iterator[dict[str, Any]]:
        numbers = {label: number for number, label in enumerate(self.labels)}
        for start in range(0, len(examples), self.batch_size):
            part = examples[start : start + self.batch_size]
            encoded = self.tokenizer(
                [example.text for example in part],
                padding=True,
                truncation=True,
                max_length=self.max_length,
                return_tensors="pt",
            )
            encoded["labels"] = torch.tensor([numbers[example.label] for example in part])
            yield {name: value.to(self.device) for name, value in encoded.items()}

    def save(self, folder: Path, *, epochs: int) -> None:
        """Keep the state after some epochs; a file that is half written must not count."""
        folder.mkdir(parents=True, exist_ok=True)
        state = {"epochs": epochs, "model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}
        torch.save(state, folder / f"{STATE}.part")
        (folder / f"{STATE}.part").replace(folder / STATE)

    def restore(self, folder: Path) -> int:
        """Go on from a kept state; the epochs that are done."""
        if not (folder / STATE).exists():
            return 0
        state = torch.load(folder / STATE, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        return int(state["epochs"])


def make(arguments: argparse.Namespace, labels: list[str]) -> Trainer:
    """Load the model that is fine-tuned."""
    torch.manual_seed(arguments.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = AutoModelForSequenceClassification.from_pretrained(
        arguments.model,
        num_labels=len(labels),
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
        ignore_mismatched_sizes=True,
    ).to(device)
    return Trainer(
        model=model,
        tokenizer=AutoTokenizer.from_pretrained(arguments.model),
        labels=labels,
        optimizer=torch.optim.AdamW(
            model.parameters(), lr=arguments.learning_rate, weight_decay=arguments.weight_decay
        ),
        device=device,
        max_length=arguments.max_length,
        batch_size=arguments.batch_size,
    )


def main() -> None:
    """Fine-tune, tell the metrics that tuning jobs compare, and keep the model."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch_size", type=int, default=16)
    parser.add_argument("--learning_rate", type=float, default=5e-5)
    parser.add_argument("--weight_decay", type=float, default=0.01)
    parser.add_argument("--max_length", type=int, default=128)
    parser.add_argument("--seed", type=int, default=7)
    arguments, _ = parser.parse_known_args()
    train, validation = read(os.environ["SM_CHANNEL_TRAIN"]), read(os.environ["SM_CHANNEL_VALIDATION"])
    labels = sorted({example.label for example in train})
    unknown = sorted({example.label for example in validation} - set(labels))
    if unknown:
        raise LineError(f"the validation part has labels that the train part lacks: {', '.join(unknown)}")
    trainer = make(arguments, labels)
    done = trainer.restore(CHECKPOINTS)
    if done:
        print(f"going on after epoch {done} of {arguments.epochs}", flush=True)  # noqa: T201  # the job's log
    for number in range(done + 1, arguments.epochs + 1):
        loss = trainer.epoch(train, number=number, seed=arguments.seed)
        trainer.save(CHECKPOINTS, epochs=number)
        print(f"epoch {number} of {arguments.epochs}: train:loss={loss:.6f}", flush=True)  # noqa: T201
    loss, accuracy = trainer.evaluate(validation)
    print(f"validation:loss={loss:.6f}", flush=True)  # noqa: T201
    print(f"validation:accuracy={accuracy:.6f}", flush=True)  # noqa: T201
    target = os.environ["SM_MODEL_DIR"]
    trainer.model.save_pretrained(target)
    trainer.tokenizer.save_pretrained(target)


if __name__ == "__main__":
    main()
