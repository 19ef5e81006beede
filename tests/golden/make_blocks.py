"""Blocks of every GGUF kind that is read, with the numbers that the gguf package (0.19) finds in them.

python make_blocks.py, beside it: blocks.safetensors, for each kind its bytes and its numbers.
"""

import pathlib

import gguf
import numpy as np
from safetensors.numpy import save_file

KINDS = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"]
# Where each kind has its halves; a random one would often be infinite or no number.
HALVES = {"Q4_1": [0, 2], "Q5_1": [0, 2], "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}
NUMBERS = 1024

random = np.random.default_rng(25)
tensors = {}
for kind in KINDS:
    quantization = gguf.GGMLQuantizationType[kind]
    elements, size = gguf.GGML_QUANT_SIZES[quantization]
    blocks = random.integers(0, 256, (NUMBERS // elements, size), dtype=np.uint8)
    for at in HALVES.get(kind, [0]):
        halves = random.normal(0, 0.1, len(blocks)).astype(np.float16)
        # One that is subnormal, and one of each zero.
        halves[:3] = np.array([3e-7, 0.0, -0.0], np.float16)
        blocks[:, at : at + 2] = random.permutation(halves).view(np.uint8).reshape(-1, 2)
    tensors[f"{kind}.bytes"] = blocks.reshape(-1)
    tensors[f"{kind}.numbers"] = gguf.dequantize(blocks.reshape(1, -1), quantization).reshape(-1).astype(np.float32)
save_file(tensors, pathlib.Path(__file__).with_name("blocks.safetensors"))
