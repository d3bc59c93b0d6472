"""Hugging Face's images on PyTorch: one kind trains by its user's script, the other serves transformers by itself."""

from local_cloud.containers.sagemaker.image import Image

# The torch below them all.
_TORCH = "pytorch-training:2.8.0-cpu-py312"
_HUB_4 = ("huggingface_hub==0.36.0", "safetensors==0.8.0", "regex==2026.11.19", "packaging==26.4", "hf-xet==1.8.0")
_HUB_5 = (
    "huggingface_hub==1.33.0",
    "annotated-doc==0.0.7",
    "anyio==4.16.0",
    "click==8.5.1",
    "h11==0.16.0",
    "hf-xet==1.8.0",
    "httpcore==1.0.9",
    "httpx==0.28.1",
    "markdown-it-py==4.3.0",
    "mdurl==0.1.2",
    "packaging==26.4",
    "Pygments==2.21.0",
    "regex==2026.11.19",
    "rich==15.0.0",
    "safetensors==0.8.0",
    "shellingham==1.5.4",
    "typer==0.29.2",
)
# Of what trains only.
_TRAINING = (
    "accelerate==1.15.0",
    "datasets==4.4.1",
    "dill==0.4.0",
    "multiprocess==0.70.18",
    "pyarrow==26.0.1",
    "xxhash==4.1.0",
    "aiohttp==3.13.2",
)
_DIFFERS = "It has torch 2.13.0 for CPUs in place of the tag's version"
_TRAIN = {
    "2.5.1-transformers4.49.0-gpu-py311-cu124-ubuntu22.04": ("transformers==4.49.0", "tokenizers==0.21.4", *_HUB_4),
    "2.7.1-transformers4.55.0-gpu-py312-cu128-ubuntu22.04": ("transformers==4.55.0", "tokenizers==0.21.4", *_HUB_4),
    "2.8.0-transformers4.56.2-gpu-py312-cu129-ubuntu22.04": ("transformers==4.56.2", "tokenizers==0.22.2", *_HUB_4),
    "2.9.0-transformers5.3.0-gpu-py312-cu130-ubuntu22.04": ("transformers==5.3.0", "tokenizers==0.22.2", *_HUB_5),
}
_SERVE = {
    "2.3.0-transformers4.48.0-cpu-py311-ubuntu22.04": ("transformers==4.48.0", "tokenizers==0.21.4", *_HUB_4),
    "2.6.0-transformers4.49.0-cpu-py312-ubuntu22.04": ("transformers==4.49.0", "tokenizers==0.21.4", *_HUB_4),
    "2.6.0-transformers4.51.3-cpu-py312-ubuntu22.04": ("transformers==4.51.3", "tokenizers==0.21.4", *_HUB_4),
    "2.6.0-transformers5.5.3-cpu-py312-ubuntu22.04": ("transformers==5.5.3", "tokenizers==0.22.2", *_HUB_5),
}

IMAGES = (
    *(
        Image(
            name=f"huggingface-pytorch-training:{tag}",
            requirements=(*packages, *_TRAINING),
            base=_TORCH,
            differs=f"{_DIFFERS}, and runs without a GPU, which its jobs ask for all the same.",
            needs_gpu=True,
            train=f"{__name__}.train",
            script=f"{__name__}.train",
            distributed=True,
            reads_pipes=True,
        )
        for tag, packages in _TRAIN.items()
    ),
    *(
        Image(
            name=f"huggingface-pytorch-inference:{tag}",
            requirements=packages,
            base=_TORCH,
            differs=f"{_DIFFERS}, and loads no model from the Hugging Face Hub by itself.",
            serve=f"{__name__}.serve",
        )
        for tag, packages in _SERVE.items()
    ),
)
