"""Times the cells of patching in PyTorch, and probes in scikit-learn, on one thread. Usage: smollm2_patching.py FOLDER TABLE; prints rows of JSON.

FOLDER as `vitrine export` writes it, TABLE of text and label. Every cell is a hook on a whole run, those of a layer in one batch; the metric of
each grid's strongest cell is printed, so that who reads the times sees that it is the same question.
"""
import json
import sys
import time

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

torch.set_num_threads(1)
folder, table = sys.argv[1:3]
model = AutoModelForCausalLM.from_pretrained(folder, torch_dtype=torch.float32, attn_implementation="eager").eval()
tokenizer = AutoTokenizer.from_pretrained(folder)
layers, n_heads = model.model.layers, model.config.num_attention_heads
# Inverse strength of the penalty, as in `methods::probe`.
C = 0.1
PROMPT = "When Mary and John went to the store, {} gave a bottle to"
clean, corrupt = (tokenizer(PROMPT.format(name), return_tensors="pt").input_ids for name in ("John", "Mary"))
MARY, JOHN = (tokenizer.encode(name)[0] for name in (" Mary", " John"))


def metric(ids):
    logits = model(ids).logits
    return logits[:, -1, MARY] - logits[:, -1, JOHN]


def grid(module_of, column, columns):
    """The metric of every cell, by layer, then column."""
    kept = {}
    hooks = [module_of(at).register_forward_pre_hook(lambda _, args, at=at: kept.update({at: args[0].clone()})) for at in range(len(layers))]
    model(clean)
    for hook in hooks:
        hook.remove()
    rows = []
    for at in range(len(layers)):
        def put(_, args, at=at):
            into = args[0].clone()
            for row in range(columns):
                into[row][column(row)] = kept[at][0][column(row)]
            return (into, *args[1:])

        hook = module_of(at).register_forward_pre_hook(put)
        rows.append(metric(corrupt.repeat(columns, 1)))
        hook.remove()
    return torch.stack(rows)


def timed(what, run, n):
    times, found = [], None
    for _ in range(n):
        began = time.perf_counter()
        found = run()
        times.append((time.perf_counter() - began) * 1e3)
    print(json.dumps([what, times, found]), flush=True)


def strongest(values):
    at = int((values - float(metric(corrupt))).abs().argmax())
    return [at // values.shape[1], at % values.shape[1], float(values.flatten()[at])]


with torch.no_grad():
    width = model.config.hidden_size // n_heads
    words = lambda: strongest(grid(lambda at: layers[at], lambda token: np.s_[token, :], clean.shape[1]))
    heads = lambda: strongest(grid(lambda at: layers[at].self_attn.o_proj, lambda head: np.s_[:, head * width : (head + 1) * width], n_heads))
    timed("all cells of words, 30 × 14, run", words, 2)
    timed("all heads, 30 × 9, run", heads, 2)
    texts, labels = zip(*(line.rstrip("\n").split("\t") for line in open(table).readlines()[1:]))
    hidden = [torch.stack([h[0, -1] for h in model(tokenizer(text, return_tensors="pt").input_ids, output_hidden_states=True).hidden_states]) for text in texts]
    features = torch.stack(hidden, 1).numpy()


def probes():
    """One draw: at each layer a probe of the labels and one of shuffled labels, 70 % of the texts to train on."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    random = np.random.default_rng(1)
    order = random.permutation(len(texts))
    train, test = np.split(order, [round(0.7 * len(texts))])
    own, shuffled = np.array(labels), random.permutation(labels)
    right = []
    for layer in features:
        scaler = StandardScaler().fit(layer[train])
        for told in (own, shuffled):
            probe = LogisticRegression(C=C, tol=1e-6, max_iter=10000).fit(scaler.transform(layer[train]), told[train])
            right.append(probe.score(scaler.transform(layer[test]), told[test]))
    return max(right)


timed("31 probes of 400 texts and as many of shuffled labels, one draw", probes, 2)
