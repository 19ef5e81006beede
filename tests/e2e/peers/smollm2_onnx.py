"""A Llama-type Hugging Face folder as an ONNX graph with a key/value cache, for the benchmark's peer in the browser.

Usage: smollm2_onnx.py FOLDER OUT    (FOLDER from `vitrine export --model smollm2-135m --to FOLDER`)

Inputs and outputs are named as transformers.js wants them; logits of the last position only, as our page computes them.
Operators are those of ONNX opset 17; the runtime fuses what it can when it loads the graph.
"""
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

folder, out = Path(sys.argv[1]), Path(sys.argv[2])
config = json.loads((folder / "config.json").read_text())
weights = load_file(folder / "model.safetensors")
d_model, n_layers = config["hidden_size"], config["num_hidden_layers"]
n_heads, n_kv, d_head = config["num_attention_heads"], config["num_key_value_heads"], config["head_dim"]
eps, base, longest = config["rms_norm_eps"], config["rope_theta"], 512

nodes, constants = [], []


def const(name, value):
    if not any(c.name == name for c in constants):
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
    return name


def weight(name):
    return const(name, weights[name].astype(np.float32))


def ints(*values):
    return const("i" + "_".join(map(str, values)), np.array(values, np.int64))


def op(kind, *inputs, out=None, **attributes):
    name = out or f"n{len(nodes)}"
    nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
    return name


def linear(x, name):
    return op("MatMul", x, const(name + ".T", weights[name].astype(np.float32).T))


def rms_norm(x, name):
    mean = op("ReduceMean", op("Mul", x, x), axes=[-1], keepdims=1)
    scale = op("Sqrt", op("Add", mean, const("eps", np.array(eps, np.float32))))
    return op("Mul", op("Div", x, scale), weight(name))


def heads(x, n):
    return op("Transpose", op("Reshape", x, ints(0, 0, n, d_head)), perm=[0, 2, 1, 3])


past = op("Gather", op("Shape", "past_key_values.0.key"), ints(2), axis=0)
seq = op("Gather", op("Shape", "input_ids"), ints(1), axis=0)
total = op("Add", past, seq)
angles = np.outer(np.arange(longest, dtype=np.float32), 1.0 / np.float32(base) ** (np.arange(0, d_head, 2, dtype=np.float32) / d_head))
angles = np.concatenate([angles, angles], 1).astype(np.float32)
cos = op("Slice", const("cos", np.cos(angles)), past, total, ints(0))
sin = op("Slice", const("sin", np.sin(angles)), past, total, ints(0))
future = const("future", np.triu(np.full((longest, longest), -1e9, np.float32), 1))
bias = op("Slice", op("Slice", future, past, total, ints(0)), ints(0), total, ints(1))


def rotate(x):
    first = op("Slice", x, ints(0), ints(d_head // 2), ints(3))
    second = op("Slice", x, ints(d_head // 2), ints(d_head), ints(3))
    turned = op("Concat", op("Neg", second), first, axis=3)
    return op("Add", op("Mul", x, cos), op("Mul", turned, sin))


def shared(x):
    """[batch, kv_head, pos, d_head] to one row of keys or values per query head."""
    wide = op("Expand", op("Unsqueeze", x, ints(2)), ints(1, 1, n_heads // n_kv, 1, 1))
    return op("Reshape", wide, ints(0, n_heads, -1, d_head))


x = op("Gather", weight("model.embed_tokens.weight"), "input_ids")
for layer in range(n_layers):
    name = lambda part: f"model.layers.{layer}.{part}"
    normalized = rms_norm(x, name("input_layernorm.weight"))
    query = rotate(heads(linear(normalized, name("self_attn.q_proj.weight")), n_heads))
    key = rotate(heads(linear(normalized, name("self_attn.k_proj.weight")), n_kv))
    value = heads(linear(normalized, name("self_attn.v_proj.weight")), n_kv)
    key = op("Concat", f"past_key_values.{layer}.key", key, axis=2, out=f"present.{layer}.key")
    value = op("Concat", f"past_key_values.{layer}.value", value, axis=2, out=f"present.{layer}.value")
    scores = op("MatMul", query, op("Transpose", shared(key), perm=[0, 1, 3, 2]))
    scores = op("Add", op("Mul", scores, const("scale", np.array(d_head**-0.5, np.float32))), bias)
    z = op("MatMul", op("Softmax", scores, axis=-1), shared(value))
    z = op("Reshape", op("Transpose", z, perm=[0, 2, 1, 3]), ints(0, 0, n_heads * d_head))
    x = op("Add", x, linear(z, name("self_attn.o_proj.weight")))
    normalized = rms_norm(x, name("post_attention_layernorm.weight"))
    gate = linear(normalized, name("mlp.gate_proj.weight"))
    gated = op("Mul", op("Mul", gate, op("Sigmoid", gate)), linear(normalized, name("mlp.up_proj.weight")))
    x = op("Add", x, linear(gated, name("mlp.down_proj.weight")))
x = op("Slice", x, ints(-1), const("end", np.array([2**31], np.int64)), ints(1))
flat = op("Reshape", rms_norm(x, "model.norm.weight"), ints(-1, d_model))
logits = op("Gemm", flat, "model.embed_tokens.weight", transB=1)
op("Unsqueeze", logits, ints(1), out="logits")

info = helper.make_tensor_value_info
cache = lambda prefix, pos: [
    info(f"{prefix}.{layer}.{part}", TensorProto.FLOAT, ["batch", n_kv, pos, d_head])
    for layer in range(n_layers)
    for part in ("key", "value")
]
graph = helper.make_graph(
    nodes,
    "smollm2",
    [info("input_ids", TensorProto.INT64, ["batch", "seq"])] + cache("past_key_values", "past"),
    [info("logits", TensorProto.FLOAT, ["batch", 1, config["vocab_size"]])] + cache("present", "total"),
    constants,
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
(out / "onnx").mkdir(parents=True, exist_ok=True)
onnx.save(model, out / "onnx/model.onnx")
onnx.checker.check_model(str(out / "onnx/model.onnx"))
for file in ("config.json", "tokenizer.json"):
    shutil.copy(folder / file, out / file)
