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
    read = model(ids(291), use_cache=True).past_key_values

    def chains(_):
        for seed in range(7):
            torch.manual_seed(seed)
            asked = {"past_key_values": copy.deepcopy(read), "do_sample": True, "temperature": 0.7, "top_k": 0}
            model.generate(ids(292), attention_mask=torch.ones(1, 292), min_new_tokens=36, max_new_tokens=36, pad_token_id=0, **asked)

    row("7 chains of 36 tokens behind 291, one by one, the prompt read", lambda: None, chains, 2)
    row("all attention patterns, 32 tokens", lambda: None, lambda _: model(ids(32), output_attentions=True), 5)
