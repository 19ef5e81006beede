"""Writes a GGUF file of each tiny language model, and what transformers says of its weights: python tests/golden/make_tiny_gguf.py

Needs torch, transformers and gguf at the versions in requirements.txt beside this file, and the folders of make_tiny_causal.py.
Names are those of the gguf package. Weights are brought into the order of llama.cpp's converter; matrices are in blocks of Q8_0 where
their rows are long enough, else halves. gguf/logits.json holds the logits that transformers computes from the numbers that the gguf
package reads back, with a configuration that says what a GGUF file can say: no window in Qwen2, no scaled angles in Qwen3, and scores
of Gemma 3 divided by the root of the width of a head.
"""
import json
import os

import gguf
import torch
from transformers import AutoModelForCausalLM

from make_tiny_causal import SPECIAL, VOCAB
from tiny_tokenizers import MERGES

HERE = os.path.dirname(os.path.abspath(__file__))
KINDS = gguf.GGMLQuantizationType
ARCHITECTURES = {
    "gemma3": ("tiny-gemma3", gguf.MODEL_ARCH.GEMMA3, dict(query_pre_attn_scalar=12)),
    "qwen2": ("tiny-qwen2", gguf.MODEL_ARCH.QWEN2, dict(use_sliding_window=False, layer_types=["full_attention"] * 3)),
    "qwen3": ("tiny-qwen3", gguf.MODEL_ARCH.QWEN3, dict(rope_scaling=None)),
    "gpt2": ("tiny-gpt2", gguf.MODEL_ARCH.GPT2, {}),
    "gptneox": ("tiny-gpt-neox", gguf.MODEL_ARCH.GPTNEOX, {}),
}


def shape(out, name, cfg):
    """The keys of the sizes."""
    out.add_block_count(cfg.num_hidden_layers), out.add_context_length(cfg.max_position_embeddings)
    out.add_embedding_length(cfg.hidden_size), out.add_head_count(cfg.num_attention_heads)
    out.add_feed_forward_length(4 * cfg.hidden_size if name == "gpt2" else cfg.intermediate_size)
    if name in ("gpt2", "gptneox"):
        out.add_layer_norm_eps(cfg.layer_norm_epsilon if name == "gpt2" else cfg.layer_norm_eps)
    else:
        out.add_layer_norm_rms_eps(cfg.rms_norm_eps)
        out.add_head_count_kv(cfg.num_key_value_heads), out.add_rope_freq_base(cfg.rope_theta)
    if name in ("gemma3", "qwen3"):
        out.add_key_length(cfg.head_dim), out.add_value_length(cfg.head_dim)
    if name == "gemma3":
        out.add_sliding_window(cfg.sliding_window), out.add_uint32("gemma3.attention.sliding_window_pattern", 2)
        out.add_float32("gemma3.rope.freq_base_swa", cfg.rope_local_base_freq)
    if name == "gptneox":
        out.add_rope_dimension_count(int(cfg.rotary_pct * (cfg.hidden_size // cfg.num_attention_heads)))
        out.add_parallel_residual(cfg.use_parallel_residual)


def there(name, key, value, cfg):
    """A tensor as the converter orders it."""
    if name == "gemma3" and key.endswith("norm.weight"):
        return value + 1
    if name == "gpt2" and value.dim() == 2 and ".h." in key:
        return value.T
    if name == "gptneox" and ".query_key_value." in key:
        return value.reshape(cfg.num_attention_heads, 3, -1, *value.shape[1:]).swapaxes(0, 1).reshape(value.shape)
    return value


def back(name, key, value, cfg):
    """The same the other way."""
    if name == "gemma3" and key.endswith("norm.weight"):
        return value - 1
    if name == "gpt2" and value.dim() == 2 and ".h." in key:
        return value.T
    if name == "gptneox" and ".query_key_value." in key:
        return value.reshape(3, cfg.num_attention_heads, -1, *value.shape[1:]).swapaxes(0, 1).reshape(value.shape)
    return value


def write(name, folder, arch, said):
    model = AutoModelForCausalLM.from_pretrained(
        os.path.join(HERE, folder), attn_implementation="eager", dtype=torch.float32, **said).eval()
    cfg = model.config
    out = gguf.GGUFWriter(os.path.join(HERE, "gguf", f"{name}.gguf"), name)
    out.add_name(folder), out.add_license("mit")
    shape(out, name, cfg)
    out.add_tokenizer_model("gpt2"), out.add_tokenizer_pre("gpt-2")
    out.add_token_list(VOCAB), out.add_token_types([3] * len(SPECIAL) + [1] * (len(VOCAB) - len(SPECIAL)))
    out.add_token_merges([" ".join(m) for m in MERGES]), out.add_bos_token_id(1), out.add_eos_token_id(2), out.add_add_bos_token(False)
    names, read = gguf.get_tensor_name_map(arch, cfg.num_hidden_layers), {}
    tied = cfg.tie_word_embeddings
    for key, value in model.state_dict().items():
        if tied and key == model._tied_weights_keys[0]:
            continue
        new = names.get_name(key, try_suffixes=(".weight", ".bias"))
        value = there(name, key, value, cfg).contiguous()
        kind = KINDS.F32 if value.dim() == 1 else KINDS.Q8_0 if value.shape[-1] % 32 == 0 else KINDS.F16
        data = gguf.quants.quantize(value.numpy(), kind)
        out.add_tensor(new, data, raw_dtype=kind)
        numbers = torch.from_numpy(gguf.quants.dequantize(data, kind).copy()).reshape(value.shape)
        read[key] = back(name, key, numbers, cfg)
    out.write_header_to_file(), out.write_kv_data_to_file(), out.write_tensors_to_file(), out.close()
    missing, unexpected = model.load_state_dict(read, strict=False)
    assert not unexpected and len(missing) == int(tied), (missing, unexpected)
    model.tie_weights()
    ids = json.load(open(os.path.join(HERE, folder, "golden.json")))["ids"]
    with torch.no_grad():
        logits = model(torch.tensor(ids)).logits[:, -1]
    return {"ids": ids, "last_logits": [[round(x, 6) for x in row] for row in logits.tolist()]}


if __name__ == "__main__":
    os.makedirs(os.path.join(HERE, "gguf"), exist_ok=True)
    logits = {name: write(name, *rest) for name, rest in ARCHITECTURES.items()}
    json.dump(logits, open(os.path.join(HERE, "gguf", "logits.json"), "w"))
