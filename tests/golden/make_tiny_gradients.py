"""Writes what PyTorch says of the gradients at the sites of the tiny checkpoints: python tests/golden/make_tiny_gradients.py

Needs the packages in requirements.txt beside this file, and the folders that make_tiny.py and make_tiny_causal.py wrote.
gradients.safetensors holds, under TransformerLens names, the gradient of logit 1 minus logit 0 (of a language model logit 20 minus
logit 21 after the last token), summed over the rows of golden.json, with respect to every site that the logits are computed from.
"""
import json
import os

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

from make_tiny import activations, end_of, logits_of
from make_tiny_causal import gemma3_sites, gpt2_sites, gpt_neox_sites, llama_sites

HERE = os.path.dirname(os.path.abspath(__file__))


def encoder(model, ids, mask):
    sites = activations(model, ids, mask)
    logits = logits_of(model, end_of(model, sites), mask)
    return sites, logits[:, 1] - logits[:, 0]


def decoder(sites_of):
    def run(model, ids, _):
        sites, logits = sites_of(model, ids)
        return sites, logits[:, -1, 20] - logits[:, -1, 21]
    return run


def write(name, kind, run):
    folder = os.path.join(HERE, name)
    model = kind.from_pretrained(folder, attn_implementation="eager").eval()
    golden = json.load(open(os.path.join(folder, "golden.json")))
    ids, mask = torch.tensor(golden["ids"]), torch.tensor(golden.get("mask", [[1]]))
    sites, value = run(model, ids, mask)
    gradients = torch.autograd.grad(value.sum(), list(sites.values()), allow_unused=True)
    kept = {site: gradient.contiguous().clone() for site, gradient in zip(sites, gradients) if gradient is not None}
    save_file(kept, os.path.join(folder, "gradients.safetensors"))
    print(name, len(kept), "of", len(sites), "sites")


for name in ["tiny-bert", "tiny-distilbert", "tiny-roberta", "tiny-xlm-roberta", "tiny-electra", "tiny-albert", "tiny-modernbert", "tiny-modernbert-biases"]:
    write(name, AutoModelForSequenceClassification, encoder)
for name, sites_of in [
    ("tiny-gpt2", gpt2_sites), ("tiny-llama", llama_sites), ("tiny-llama3", llama_sites), ("tiny-qwen2", llama_sites),
    ("tiny-qwen3", llama_sites), ("tiny-gpt-neox", gpt_neox_sites), ("tiny-gemma3", gemma3_sites),
]:
    write(name, AutoModelForCausalLM, decoder(sites_of))
