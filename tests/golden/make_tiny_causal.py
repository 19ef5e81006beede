"""Writes the tiny random language models and their activations at every site: python tests/golden/make_tiny_causal.py

Needs torch, transformers, captum and gguf at the versions in requirements.txt beside this file.
Each tiny-… is a Hugging Face folder with random weights and a byte-level tokenizer; golden.safetensors holds, under TransformerLens
names, what transformers computes on two sentences, from the equations of its modules and checked against its outputs.
tiny-llama.gguf holds the weights of tiny-llama in every block type that is read, written by the gguf package, and its golden file
what that package reads back.
"""
import json
import os

import gguf
import torch
import transformers
from safetensors.torch import save_file
from transformers import (
    Gemma3ForCausalLM, Gemma3TextConfig, GPT2Config, GPT2LMHeadModel, GPTNeoXConfig, GPTNeoXForCausalLM, LlamaConfig, LlamaForCausalLM,
    Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM)
from transformers.models.gpt_neox.modeling_gpt_neox import apply_rotary_pos_emb as apply_partly
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

from tiny_tokenizers import MERGES, byte_level, byte_level_vocabulary

HERE = os.path.dirname(os.path.abspath(__file__))
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
VOCAB = byte_level_vocabulary(SPECIAL)


def heads(x, n):
    b, p, d = x.shape
    return x.view(b, p, n, d // n)


def attend(put, q, k, v, weight, bias, divisor=None, window=None):
    """From queries, keys and values, [batch, pos, head, d_head], to what the heads write; weight is [d_in, d_model]."""
    n, p = q.shape[2], q.shape[1]
    k, v = (x.repeat_interleave(n // x.shape[2], dim=2) for x in (k, v))
    scores = torch.einsum("bqhd,bkhd->bhqk", q, k) / (divisor or q.shape[-1] ** 0.5)
    unseen = torch.ones(p, p).triu(1)
    if window is not None:
        unseen = unseen + torch.ones(p, p).tril(-window)
    scores = scores.masked_fill(unseen.bool(), -1e9)
    put("attn.hook_attn_scores", scores)
    pattern = scores.softmax(-1)
    put("attn.hook_pattern", pattern)
    z = torch.einsum("bhqk,bkhd->bqhd", pattern, v)
    put("attn.hook_z", z)
    by_head = weight.view(n, -1, weight.shape[1])
    result = torch.einsum("bphd,hdm->bphm", z, by_head)
    put("attn.hook_result", result)
    return result.sum(2) + (0 if bias is None else bias)


def layer_norm(sites):
    def norm(name, ln, x):
        sites[f"{name}.hook_scale"] = (x.var(-1, unbiased=False, keepdim=True) + ln.eps).sqrt()
        sites[f"{name}.hook_normalized"] = ln(x)
        return ln(x)
    return norm


def rms_norm(sites):
    def norm(name, rms, x):
        eps = rms.variance_epsilon if hasattr(rms, "variance_epsilon") else rms.eps
        scale = (x.pow(2).mean(-1, keepdim=True) + eps).sqrt()
        sites[f"{name}.hook_scale"], sites[f"{name}.hook_normalized"] = scale, x / scale
        return rms(x)
    return norm


def gated_mlp(put, mlp, h):
    pre, linear = mlp.gate_proj(h), mlp.up_proj(h)
    put("mlp.hook_pre", pre), put("mlp.hook_pre_linear", linear)
    post = mlp.act_fn(pre) * linear
    put("mlp.hook_post", post)
    return mlp.down_proj(post)


def rotated(put, rotate, q, k, cos, sin):
    rot_q, rot_k = (x.transpose(1, 2) for x in rotate(q.transpose(1, 2), k.transpose(1, 2), cos, sin))
    put("attn.hook_rot_q", rot_q), put("attn.hook_rot_k", rot_k)
    return rot_q, rot_k


def gpt2_sites(model, ids):
    core, sites = model.transformer, {}
    n = model.config.n_head
    b, p = ids.shape
    norm = layer_norm(sites)
    sites["hook_embed"] = core.wte(ids)
    sites["hook_pos_embed"] = core.wpe(torch.arange(p)).expand(b, -1, -1)
    x = sites["hook_embed"] + sites["hook_pos_embed"]
    for l, layer in enumerate(core.h):
        def put(name, value):
            sites[f"blocks.{l}.{name}"] = value
        put("hook_resid_pre", x)
        h = norm(f"blocks.{l}.ln1", layer.ln_1, x)
        q, k, v = (heads(part, n) for part in layer.attn.c_attn(h).split(model.config.n_embd, dim=-1))
        put("attn.hook_q", q), put("attn.hook_k", k), put("attn.hook_v", v)
        divisor = (l + 1 if model.config.scale_attn_by_inverse_layer_idx else 1) * q.shape[-1] ** 0.5
        out = attend(put, q, k, v, layer.attn.c_proj.weight, layer.attn.c_proj.bias, divisor)
        put("hook_attn_out", out)
        x = x + out
        put("hook_resid_mid", x)
        h = norm(f"blocks.{l}.ln2", layer.ln_2, x)
        pre = layer.mlp.c_fc(h)
        put("mlp.hook_pre", pre)
        post = layer.mlp.act(pre)
        put("mlp.hook_post", post)
        out = layer.mlp.c_proj(post)
        put("hook_mlp_out", out)
        x = x + out
        put("hook_resid_post", x)
    final = norm("ln_final", core.ln_f, x)
    return sites, model.lm_head(final)


def gpt_neox_sites(model, ids):
    core, sites, cfg = model.gpt_neox, {}, model.config
    norm, n = layer_norm(sites), cfg.num_attention_heads
    sites["hook_embed"] = x = core.embed_in(ids)
    cos, sin = core.rotary_emb(x, torch.arange(ids.shape[1])[None])
    for l, layer in enumerate(core.layers):
        def put(name, value):
            sites[f"blocks.{l}.{name}"] = value
        put("hook_resid_pre", x)
        h, att = norm(f"blocks.{l}.ln1", layer.input_layernorm, x), layer.attention
        q, k, v = heads(att.query_key_value(h), n).chunk(3, dim=-1)
        put("attn.hook_q", q), put("attn.hook_k", k), put("attn.hook_v", v)
        q, k = rotated(put, apply_partly, q, k, cos, sin)
        attn_out = attend(put, q, k, v, att.dense.weight.T, att.dense.bias)
        put("hook_attn_out", attn_out)
        if not cfg.use_parallel_residual:
            x = x + attn_out
            put("hook_resid_mid", x)
        h = norm(f"blocks.{l}.ln2", layer.post_attention_layernorm, x)
        pre = layer.mlp.dense_h_to_4h(h)
        put("mlp.hook_pre", pre)
        post = layer.mlp.act(pre)
        put("mlp.hook_post", post)
        out = layer.mlp.dense_4h_to_h(post)
        put("hook_mlp_out", out)
        x = x + out + (attn_out if cfg.use_parallel_residual else 0)
        put("hook_resid_post", x)
    return sites, model.embed_out(norm("ln_final", core.final_layer_norm, x))


def llama_sites(model, ids):
    """Of Llama, Qwen2 and Qwen3."""
    core, sites, cfg = model.model, {}, model.config
    norm = rms_norm(sites)
    sites["hook_embed"] = x = core.embed_tokens(ids)
    cos, sin = core.rotary_emb(x, torch.arange(ids.shape[1])[None])
    for l, layer in enumerate(core.layers):
        def put(name, value):
            sites[f"blocks.{l}.{name}"] = value
        put("hook_resid_pre", x)
        h, att = norm(f"blocks.{l}.ln1", layer.input_layernorm, x), layer.self_attn
        q, k, v = heads(att.q_proj(h), cfg.num_attention_heads), heads(att.k_proj(h), cfg.num_key_value_heads), heads(att.v_proj(h), cfg.num_key_value_heads)
        put("attn.hook_q", q), put("attn.hook_k", k), put("attn.hook_v", v)
        if hasattr(att, "q_norm"):
            q, k = norm(f"blocks.{l}.attn.q_norm", att.q_norm, q), norm(f"blocks.{l}.attn.k_norm", att.k_norm, k)
        q, k = rotated(put, apply_rotary_pos_emb, q, k, cos, sin)
        out = attend(put, q, k, v, att.o_proj.weight.T, att.o_proj.bias, window=getattr(att, "sliding_window", None))
        put("hook_attn_out", out)
        x = x + out
        put("hook_resid_mid", x)
        h = norm(f"blocks.{l}.ln2", layer.post_attention_layernorm, x)
        out = gated_mlp(put, layer.mlp, h)
        put("hook_mlp_out", out)
        x = x + out
        put("hook_resid_post", x)
    return sites, model.lm_head(norm("ln_final", core.norm, x))


def gemma3_sites(model, ids):
    core, sites, cfg = model.model, {}, model.config
    norm = rms_norm(sites)
    sites["hook_embed"] = x = core.embed_tokens(ids)
    places = torch.arange(ids.shape[1])[None]
    turns = {"full_attention": core.rotary_emb(x, places), "sliding_attention": core.rotary_emb_local(x, places)}
    for l, layer in enumerate(core.layers):
        def put(name, value):
            sites[f"blocks.{l}.{name}"] = value
        put("hook_resid_pre", x)
        h, att = norm(f"blocks.{l}.ln1", layer.input_layernorm, x), layer.self_attn
        q, k, v = heads(att.q_proj(h), cfg.num_attention_heads), heads(att.k_proj(h), cfg.num_key_value_heads), heads(att.v_proj(h), cfg.num_key_value_heads)
        put("attn.hook_q", q), put("attn.hook_k", k), put("attn.hook_v", v)
        q, k = norm(f"blocks.{l}.attn.q_norm", att.q_norm, q), norm(f"blocks.{l}.attn.k_norm", att.k_norm, k)
        q, k = rotated(put, apply_rotary_pos_emb, q, k, *turns[layer.attention_type])
        out = attend(put, q, k, v, att.o_proj.weight.T, att.o_proj.bias, cfg.query_pre_attn_scalar ** 0.5, att.sliding_window)
        out = norm(f"blocks.{l}.ln1_post", layer.post_attention_layernorm, out)
        put("hook_attn_out", out)
        x = x + out
        put("hook_resid_mid", x)
        h = norm(f"blocks.{l}.ln2", layer.pre_feedforward_layernorm, x)
        out = norm(f"blocks.{l}.ln2_post", layer.post_feedforward_layernorm, gated_mlp(put, layer.mlp, h))
        put("hook_mlp_out", out)
        x = x + out
        put("hook_resid_post", x)
    return sites, model.lm_head(norm("ln_final", core.norm, x))


def integrated_gradients(model, ids):
    """The path from the mean embedding, the first token held."""
    from captum.attr import IntegratedGradients
    table = model.get_input_embeddings()
    x = table(ids).detach()
    # What the matrix gives, scaled where the model scales it.
    base = table(torch.arange(table.num_embeddings)).mean(0).detach().expand_as(x).clone()
    base[:, 0] = x[:, 0]
    def margin(e):
        logits = model(inputs_embeds=e).logits[:, -1]
        return logits[:, 20] - logits[:, 21]
    ig, out = IntegratedGradients(margin), {"target": 20, "foil": 21}
    for rule in ["riemann_middle", "gausslegendre"]:
        out[rule] = ig.attribute(x, base, n_steps=50, method=rule).sum(-1)[0].tolist()
    out["value"], out["baseline_value"] = margin(x).item(), margin(base).item()
    return out


def write(name, model, sites_of, digits):
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    model.eval()
    ids = torch.tensor([[264, 40, 261, 80, 7, 266, 50], [45, 260, 260, 99, 263, 3, 267]])
    with torch.no_grad():
        out = model(input_ids=ids, output_hidden_states=True, output_attentions=True)
        sites, logits = sites_of(model, ids)
        assert torch.allclose(logits, out.logits, atol=1e-4), "the sites do not follow transformers"
        for l, pattern in enumerate(out.attentions):
            assert torch.allclose(sites[f"blocks.{l}.attn.hook_pattern"], pattern, atol=1e-6)
            assert torch.allclose(sites[f"blocks.{l}.hook_resid_pre"], out.hidden_states[l], atol=1e-5)
        greedy = model.generate(ids[:1], max_new_tokens=6, do_sample=False, pad_token_id=0, eos_token_id=None)[0, 7:].tolist()
    state = {k: v.contiguous() for k, v in model.state_dict().items() if k != "lm_head.weight" or not model.config.tie_word_embeddings}
    save_file(state, os.path.join(folder, "model.safetensors"))
    save_file({k: v.contiguous().clone() for k, v in sites.items()}, os.path.join(folder, "golden.safetensors"))
    json.dump(model.config.to_diff_dict() | {"model_type": model.config.model_type}, open(os.path.join(folder, "config.json"), "w"), indent=1)
    json.dump(byte_level(SPECIAL, digits), open(os.path.join(folder, "tokenizer.json"), "w"), ensure_ascii=False)
    golden = {
        "made_with": {"torch": torch.__version__, "transformers": transformers.__version__},
        "ids": ids.tolist(), "logits": logits.tolist(), "greedy": greedy,
        "integrated_gradients": {"ids": ids[:1].tolist(), "baseline": "mean", "nodes": 50, **integrated_gradients(model, ids[:1])},
    }
    json.dump(golden, open(os.path.join(folder, "golden.json"), "w"))


def write_gguf(model):
    """tiny-llama as llama.cpp's converter would write it: renamed, queries and keys in the order of interleaved rotation."""
    path, cfg = os.path.join(HERE, "tiny-llama", "tiny-llama.gguf"), model.config
    out = gguf.GGUFWriter(path, "llama")
    out.add_name("tiny-llama"), out.add_license("mit")
    out.add_block_count(cfg.num_hidden_layers), out.add_context_length(cfg.max_position_embeddings)
    out.add_embedding_length(cfg.hidden_size), out.add_feed_forward_length(cfg.intermediate_size)
    out.add_head_count(cfg.num_attention_heads), out.add_head_count_kv(cfg.num_key_value_heads)
    out.add_layer_norm_rms_eps(cfg.rms_norm_eps), out.add_rope_freq_base(cfg.rope_theta), out.add_rope_dimension_count(cfg.head_dim)
    out.add_vocab_size(cfg.vocab_size), out.add_tokenizer_model("gpt2"), out.add_tokenizer_pre("smollm")
    out.add_token_list(VOCAB), out.add_token_types([3] * 3 + [1] * (len(VOCAB) - 3)), out.add_token_merges([" ".join(m) for m in MERGES])
    out.add_bos_token_id(1), out.add_eos_token_id(2), out.add_add_bos_token(False)
    out.add_chat_template("{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")
    kinds = gguf.GGMLQuantizationType
    parts = {"input_layernorm": ("attn_norm", kinds.F32), "self_attn.q_proj": ("attn_q", kinds.Q4_1), "self_attn.k_proj": ("attn_k", kinds.Q8_0),
             "self_attn.v_proj": ("attn_v", kinds.Q4_0), "self_attn.o_proj": ("attn_output", kinds.F16), "post_attention_layernorm": ("ffn_norm", kinds.F32),
             "mlp.gate_proj": ("ffn_gate", kinds.Q4_1), "mlp.up_proj": ("ffn_up", kinds.BF16), "mlp.down_proj": ("ffn_down", kinds.Q4_0)}
    whole = {"model.embed_tokens": ("token_embd", kinds.Q8_0), "model.norm": ("output_norm", kinds.F32)}
    read = {}
    for name, value in model.state_dict().items():
        if name == "lm_head.weight":
            continue
        stem = name.removesuffix(".weight")
        if stem in whole:
            new, kind = whole[stem]
        else:
            _, _, layer, rest = stem.split(".", 3)
            new, kind = parts[rest]
            new = f"blk.{layer}.{new}"
        permuted = value.float()
        if new.endswith(("attn_q", "attn_k")):
            n = cfg.num_attention_heads if new.endswith("attn_q") else cfg.num_key_value_heads
            permuted = permuted.reshape(n, 2, -1, value.shape[1]).swapaxes(1, 2).reshape(value.shape)
        data = gguf.quants.quantize(permuted.contiguous().numpy(), kind)
        out.add_tensor(f"{new}.weight", data, raw_dtype=kind)
        back = torch.from_numpy(gguf.quants.dequantize(data, kind).copy()).reshape(value.shape)
        if new.endswith(("attn_q", "attn_k")):
            back = back.reshape(n, -1, 2, value.shape[1]).swapaxes(1, 2).reshape(value.shape)
        read[name] = back.contiguous()
    out.write_header_to_file(), out.write_kv_data_to_file(), out.write_tensors_to_file(), out.close()
    save_file(read, os.path.join(HERE, "tiny-llama", "gguf.safetensors"))


def roughen(model):
    """Random norms and biases, so that a forgotten one shows."""
    for parameter in model.parameters():
        if parameter.dim() == 1:
            parameter.data += 0.3 * torch.randn_like(parameter)
    return model


if __name__ == "__main__":
    torch.manual_seed(7)
    write("tiny-gpt2", roughen(GPT2LMHeadModel(GPT2Config(
        vocab_size=len(VOCAB), n_embd=32, n_layer=3, n_head=4, n_positions=24, initializer_range=0.25, bos_token_id=0, eos_token_id=0,
        attn_implementation="eager"))), gpt2_sites, digits=False)
    sizes = dict(
        vocab_size=len(VOCAB), hidden_size=32, num_hidden_layers=3, num_attention_heads=4, intermediate_size=64, max_position_embeddings=24,
        initializer_range=0.25, bos_token_id=1, eos_token_id=2, attn_implementation="eager")
    shared = dict(num_key_value_heads=2, rope_theta=1000.0, **sizes)
    llama = roughen(LlamaForCausalLM(LlamaConfig(head_dim=8, tie_word_embeddings=True, **shared)))
    write("tiny-llama", llama, llama_sites, digits=True)
    write_gguf(llama)
    torch.manual_seed(11)
    llama3 = {"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64}
    write("tiny-llama3", roughen(LlamaForCausalLM(LlamaConfig(
        head_dim=16, attention_bias=True, mlp_bias=True, rope_scaling=llama3, **shared))), llama_sites, digits=True)
    write("tiny-qwen2", roughen(Qwen2ForCausalLM(Qwen2Config(
        tie_word_embeddings=True, use_sliding_window=True, sliding_window=3, max_window_layers=2, **shared))), llama_sites, digits=True)
    yarn = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 48}
    write("tiny-qwen3", roughen(Qwen3ForCausalLM(Qwen3Config(
        head_dim=12, rope_scaling=yarn, **shared))), llama_sites, digits=True)
    write("tiny-gpt-neox", roughen(GPTNeoXForCausalLM(GPTNeoXConfig(rotary_pct=0.5, **sizes))), gpt_neox_sites, digits=False)
    write("tiny-gemma3", roughen(Gemma3ForCausalLM(Gemma3TextConfig(
        head_dim=12, query_pre_attn_scalar=20, sliding_window=3, layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        rope_local_base_freq=50.0, hidden_activation="gelu_pytorch_tanh", **shared))), gemma3_sites, digits=False)
