"""Times the classifier's explanations in PyTorch, captum, shap and lime on one thread.

Usage: sentiment_torch.py FOLDER SENTENCE, the folder as `vitrine export --model sentiment` writes it. Prints the logits as JSON, then for each
method its id and the times. A library that is not installed has no row.
"""
import importlib.util
import itertools
import json
import sys
import time

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

torch.set_num_threads(1)
folder, sentence = sys.argv[1:3]
weights = load_file(f"{folder}/model.safetensors")
bert = BertModel(BertConfig.from_pretrained(folder, attn_implementation="eager"), add_pooling_layer=False).eval()
missing, _ = bert.load_state_dict({name.removeprefix("bert."): tensor for name, tensor in weights.items()}, strict=False)
assert not missing, missing
tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
tokenizer.no_padding()
MASK = tokenizer.token_to_id("[MASK]")
ids = torch.tensor([tokenizer.encode(sentence).ids])
n = ids.shape[1] - 2
table = bert.embeddings.word_embeddings


def logits(embedded):
    pooled = bert(inputs_embeds=embedded).last_hidden_state.mean(1)
    return pooled @ weights["classifier.weight"].T + weights["classifier.bias"]


def difference(embedded):
    out = logits(embedded)
    return out[:, 1] - out[:, 0]


def without(present):
    """F of rows of flags, those alike run once, 32 in a batch."""
    rows = torch.as_tensor(present, dtype=torch.bool)
    distinct, back = torch.unique(rows, dim=0, return_inverse=True)
    with torch.no_grad():
        values = []
        for batch in distinct.split(32):
            texts = ids.repeat(len(batch), 1)
            texts[:, 1:-1] = torch.where(batch, texts[:, 1:-1], MASK)
            values.append(difference(table(texts)))
        return torch.cat(values)[back]


def gradient(points):
    points = points.detach().requires_grad_()
    return torch.autograd.grad(difference(points).sum(), points)[0]


def row(method, run, rounds=4):
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        run()
        times.append((time.perf_counter() - began) * 1e3)
    # The first round warms up.
    print(json.dumps([method, times[1:]]), flush=True)


def smoothgrad():
    noise = 0.1 * (table(ids).max() - table(ids).min()) * torch.randn(64, *table(ids).shape[1:])
    return torch.cat([gradient(batch) for batch in (table(ids) + noise).split(16)])


def neighbours(count):
    """A tree that joins neighbours, level by level, as scipy writes trees."""
    level, rows = [(i, 1) for i in range(count)], []
    while len(level) > 1:
        joined = []
        for at in range(0, len(level) - 1, 2):
            (a, size), (b, more) = level[at : at + 2]
            rows.append([float(a), float(b), float(len(rows) + 1), float(size + more)])
            joined.append((count + len(rows) - 1, size + more))
        level = joined + level[len(level) // 2 * 2 :]
    return rows


def there(name):
    return importlib.util.find_spec(name) is not None


print(json.dumps(logits(table(ids))[0].tolist()), flush=True)
row("gradient-x-input", lambda: gradient(table(ids)))
row("smoothgrad", smoothgrad)
row("occlusion", lambda: without(1 - torch.eye(n + 1, n)))
row("exact-shapley", lambda: without(list(itertools.product([0, 1], repeat=n))))
if there("captum"):
    from captum.attr import IntegratedGradients

    blank = torch.where((ids == ids[0, 0]) | (ids == ids[0, -1]), ids, MASK)
    ig = IntegratedGradients(difference)
    run = {"n_steps": 50, "method": "riemann_middle", "internal_batch_size": 25}
    row("integrated-gradients", lambda: ig.attribute(table(ids).detach(), table(blank).detach(), **run))
if there("shap"):
    import numpy
    import shap

    masker = shap.maskers.Independent(numpy.zeros((1, n)))
    masker.clustering = numpy.array(neighbours(n))
    explainer = shap.explainers.Partition(lambda rows: without(rows > 0.5).numpy(), masker)
    row("partition-shap", lambda: explainer(numpy.ones((1, n)), max_evals=500, silent=True))
if there("lime"):
    from lime.lime_text import LimeTextExplainer

    words = sentence.split()

    def probabilities(texts):
        kept = [text.split(" ") for text in texts]
        values = without([[word != "" for word in text[:n]] + [False] * (n - len(text)) for text in kept])
        return torch.stack([-values, values], 1).softmax(1).numpy()

    lime = LimeTextExplainer(split_expression=" ", mask_string="", bow=False, random_state=1)
    row("lime", lambda: lime.explain_instance(" ".join(words), probabilities, num_features=n, num_samples=500))
