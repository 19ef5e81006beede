"""Writes what transformers says of the tiny checkpoints with other configurations: python tests/golden/make_tiny_variants.py

Needs the packages in requirements.txt beside this file, and the folders that make_tiny.py and make_tiny_causal.py wrote.
variants.json holds, for each checkpoint with some keys of its configuration replaced, the logits of the first row
of golden.json; of a language model those after its last token.
"""
import json
import os
import tempfile

import torch
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSequenceClassification

HERE = os.path.dirname(os.path.abspath(__file__))
VARIANTS = [
    ("tiny-gpt2", {"scale_attn_by_inverse_layer_idx": True}),
    ("tiny-gpt2", {"scale_attn_weights": False}),
    ("tiny-gpt2", {"reorder_and_upcast_attn": True, "scale_attn_by_inverse_layer_idx": True}),
    ("tiny-llama", {"rope_scaling": {"rope_type": "linear", "factor": 3.0}}),
    ("tiny-llama", {"rope_scaling": {
        "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 200}}),
    ("tiny-llama", {"rope_scaling": {"type": "yarn", "factor": 4.0}}),
    ("tiny-llama", {"rope_scaling": {
        "rope_type": "yarn", "factor": 2.5, "beta_fast": 8.0, "beta_slow": 0.5, "original_max_position_embeddings": 100, "truncate": False}}),
    ("tiny-llama", {"rope_scaling": {
        "rope_type": "yarn", "factor": 4.0, "mscale": 0.7, "mscale_all_dim": 1.3, "original_max_position_embeddings": 16}}),
    ("tiny-llama", {"rope_scaling": {"rope_type": "yarn", "factor": 4.0, "attention_factor": 0.8, "original_max_position_embeddings": 16}}),
    ("tiny-qwen2", {"use_sliding_window": False, "layer_types": None}),
    ("tiny-qwen2", {"layer_types": None, "max_window_layers": 1, "sliding_window": 2}),
    ("tiny-qwen3", {"rope_scaling": None, "rope_theta": 50.0}),
    ("tiny-gpt-neox", {"use_parallel_residual": False}),
    ("tiny-gpt-neox", {"rotary_pct": 1.0, "partial_rotary_factor": 1.0}),
    ("tiny-gpt-neox", {"hidden_act": "gelu_fast", "rope_scaling": {"rope_type": "linear", "factor": 2.0}}),
    ("tiny-gemma3", {"layer_types": None, "sliding_window": 2}),
    ("tiny-gemma3", {"layer_types": None, "sliding_window_pattern": 3}),
    ("tiny-modernbert", {"global_attn_every_n_layers": 1}),
    ("tiny-modernbert", {"local_attention": 3}),
    ("tiny-modernbert", {"global_rope_theta": 20.0, "local_rope_theta": 3.0}),
    ("tiny-modernbert", {"local_rope_theta": None}),
    ("tiny-modernbert", {"rope_scaling": {"rope_type": "linear", "factor": 3.0}}),
    ("tiny-modernbert", {"classifier_pooling": "mean", "classifier_activation": "silu", "hidden_activation": "gelu_pytorch_tanh"}),
    ("tiny-gemma3", {"rope_scaling": {"rope_type": "linear", "factor": 8.0}, "query_pre_attn_scalar": 5}),
]


def logits(name, changed):
    folder = os.path.join(HERE, name)
    config = json.load(open(os.path.join(folder, "config.json"))) | changed
    with tempfile.TemporaryDirectory() as there:
        json.dump({key: value for key, value in config.items() if key != "label2id"}, open(os.path.join(there, "config.json"), "w"))
        kind = AutoModelForSequenceClassification if "modernbert" in name else AutoModelForCausalLM
        model = kind.from_config(AutoConfig.from_pretrained(there), attn_implementation="eager").eval()
    weights = load_file(os.path.join(folder, "model.safetensors"))
    left = model.load_state_dict(weights, strict=False)
    assert not left.unexpected_keys and set(left.missing_keys) <= {"lm_head.weight"}, left
    model.tie_weights()
    ids = torch.tensor(json.load(open(os.path.join(folder, "golden.json")))["ids"][:1])
    with torch.no_grad():
        found = model(input_ids=ids).logits[0]
        return (found if found.dim() == 1 else found[-1]).tolist()


variants = [{"model": name, "changed": changed, "logits": logits(name, changed)} for name, changed in VARIANTS]
with open(os.path.join(HERE, "variants.json"), "w") as file:
    json.dump(variants, file)
