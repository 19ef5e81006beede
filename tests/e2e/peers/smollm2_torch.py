"""Times the language model in PyTorch on one thread, eager attention. Usage: smollm2_torch.py FOLDER; prints rows of JSON."""
import copy
import json
import sys
import time

import torch
from transformers import AutoModelForCausalLM

torch.set_num_threads(1)
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], torch_dtype=torch.float32, attn_implementation="eager").eval()


def ids(n):
    return torch.tensor([[1000 + (i * 7919) % 40000 for i in range(n)]])


def row(what, prepare, run, n):
    times = []
    for _ in range(n + 1):
        given = prepare()
        began = time.perf_counter()
        run(given)
        times.append((time.perf_counter() - began) * 1e3)
    # The first round warms up.
    print(json.dumps([what, times[1:]]), flush=True)


with torch.no_grad():
    read = model(ids(14), use_cache=True).past_key_values
    row("forward, 14 tokens", lambda: None, lambda _: model(ids(14)), 8)
    next_token = torch.tensor([[260]])
    row("writing, per token", lambda: copy.deepcopy(read), lambda cache: model(next_token, past_key_values=cache, use_cache=True), 10)
    row("all attention patterns, 32 tokens", lambda: None, lambda _: model(ids(32), output_attentions=True), 5)
