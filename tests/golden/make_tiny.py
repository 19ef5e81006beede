"""Writes the tiny random checkpoints and their activations at every site: python tests/golden/make_tiny.py

Needs torch, transformers and captum at the versions in requirements.txt beside this file.
Each tiny-… is a Hugging Face folder with random weights; golden.safetensors holds, under TransformerLens names, what transformers
computes on two sentences, one of them padded, from the equations of its modules and checked against its outputs. golden.json holds logits
and captum's Integrated Gradients.
"""
import json
import os

import torch
import transformers
from safetensors.torch import save_file
from transformers import (
    AlbertConfig, AlbertForSequenceClassification, BertConfig, BertForSequenceClassification, DistilBertConfig, DistilBertForSequenceClassification, ElectraConfig,
    ElectraForSequenceClassification, ModernBertConfig, ModernBertForSequenceClassification, RobertaConfig,
    RobertaForSequenceClassification, XLMRobertaConfig, XLMRobertaForSequenceClassification)

from transformers.models.modernbert.modeling_modernbert import apply_rotary_pos_emb

from tiny_tokenizers import byte_level, spaced, unigram

HERE = os.path.dirname(os.path.abspath(__file__))
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "bad", "film", "good", "not", "the", "##s", "!"]


def word_pieces():
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [
            {"id": i, "content": w, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
            for i, w in enumerate(WORDS[:5])],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
            "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
            "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": {w: i for i, w in enumerate(WORDS)}},
    }


def heads(x, n):
    b, p, d = x.shape
    return x.view(b, p, n, d // n)


def scale_of(x, eps):
    return (x.var(-1, unbiased=False, keepdim=True) + eps).sqrt()


def modern_bert(model, ids, mask):
    """Every site of ModernBERT, by running the model's own modules one after the other."""
    core, cfg, sites = model.model, model.config, {}
    b, p = ids.shape

    def norm(name, ln, x):
        sites[f"{name}.hook_scale"], sites[f"{name}.hook_normalized"] = scale_of(x, ln.eps), ln(x)
        return sites[f"{name}.hook_normalized"]

    sites["embed.hook_embed"] = core.embeddings.tok_embeddings(ids)
    sites["hook_full_embed"] = x = norm("embed.ln", core.embeddings.norm, sites["embed.hook_embed"])
    blocked = torch.zeros(b, 1, 1, p).masked_fill(mask[:, None, None, :] == 0, -1e9)
    far = (torch.arange(p)[:, None] - torch.arange(p)).abs() > cfg.local_attention // 2
    for l, layer in enumerate(core.layers):
        def put(name, value):
            sites[f"blocks.{l}.{name}"] = value
        put("hook_resid_pre", x)
        h, att = x if l == 0 else norm(f"blocks.{l}.ln1", layer.attn_norm, x), layer.attn
        q, k, v = (heads(part, cfg.num_attention_heads) for part in att.Wqkv(h).chunk(3, dim=-1))
        put("attn.hook_q", q), put("attn.hook_k", k), put("attn.hook_v", v)
        cos, sin = att.rotary_emb(h, torch.arange(p)[None])
        q, k = (x.transpose(1, 2) for x in apply_rotary_pos_emb(q.transpose(1, 2), k.transpose(1, 2), cos, sin))
        put("attn.hook_rot_q", q), put("attn.hook_rot_k", k)
        scores = torch.einsum("bqhd,bkhd->bhqk", q, k) / q.shape[-1] ** 0.5 + blocked
        scores = scores if att.local_attention == (-1, -1) else scores + torch.zeros(p, p).masked_fill(far, -3e9)
        put("attn.hook_attn_scores", scores)
        put("attn.hook_pattern", scores.softmax(-1))
        z = torch.einsum("bhqk,bkhd->bqhd", scores.softmax(-1), v)
        put("attn.hook_z", z)
        put("attn.hook_result", torch.einsum("bphd,mhd->bphm", z, att.Wo.weight.view(cfg.hidden_size, cfg.num_attention_heads, -1)))
        put("hook_attn_out", att.Wo(z.reshape(b, p, -1)))
        x = x + sites[f"blocks.{l}.hook_attn_out"]
        put("hook_resid_mid", x)
        pre, gate = layer.mlp.Wi(norm(f"blocks.{l}.ln2", layer.mlp_norm, x)).chunk(2, dim=-1)
        put("mlp.hook_pre", pre), put("mlp.hook_pre_linear", gate)
        put("mlp.hook_post", layer.mlp.act(pre) * gate)
        put("hook_mlp_out", layer.mlp.Wo(sites[f"blocks.{l}.mlp.hook_post"]))
        x = x + sites[f"blocks.{l}.hook_mlp_out"]
        put("hook_resid_post", x)
    norm("ln_final", core.final_norm, x)
    return sites


def end_of(model, sites):
    """The stream that the head reads."""
    return sites.get("ln_final.hook_normalized", sites.get(f"blocks.{model.config.num_hidden_layers - 1}.hook_normalized_resid_post"))


def activations(model, ids, mask):
    """Every site, by running the model's own modules one after the other."""
    if model.config.model_type == "modernbert":
        return modern_bert(model, ids, mask)
    core, cfg, sites = model.base_model, model.config, {}
    emb, bert = core.embeddings, cfg.model_type != "distilbert"
    n = cfg.num_attention_heads if bert else cfg.n_heads
    b, p = ids.shape
    sites["embed.hook_embed"] = emb.word_embeddings(ids)
    sites["embed.hook_pos_embed"] = emb.position_embeddings(torch.arange(p) + first_position(model)).expand(b, -1, -1)
    x = sites["embed.hook_embed"] + sites["embed.hook_pos_embed"]
    if bert:
        sites["embed.hook_token_type_embed"] = emb.token_type_embeddings(torch.zeros_like(ids))
        x = x + sites["embed.hook_token_type_embed"]
    sites["embed.ln.hook_scale"] = scale_of(x, emb.LayerNorm.eps)
    x = emb.LayerNorm(x)
    sites["embed.ln.hook_normalized"] = x
    albert = cfg.model_type == "albert"
    if albert:
        x = core.encoder.embedding_hidden_mapping_in(x)
    elif hasattr(core, "embeddings_project"):
        x = core.embeddings_project(x)
    sites["hook_full_embed"] = x
    if albert:
        layers = [core.encoder.albert_layer_groups[0].albert_layers[0]] * cfg.num_hidden_layers
    else:
        layers = core.encoder.layer if bert else core.transformer.layer
    bias = torch.zeros(b, 1, 1, p).masked_fill(mask[:, None, None, :] == 0, -1e9)
    for l, layer in enumerate(layers):
        def put(name, value):
            sites[f"blocks.{l}.{name}"] = value
        if albert:
            att = layer.attention
            q_lin, k_lin, v_lin, out, ln1 = att.query, att.key, att.value, att.dense, att.LayerNorm
            up, down, ln2 = layer.ffn, layer.ffn_output, layer.full_layer_layer_norm
        elif bert:
            att = layer.attention.self
            q_lin, k_lin, v_lin, out, ln1 = att.query, att.key, att.value, layer.attention.output.dense, layer.attention.output.LayerNorm
            up, down, ln2 = layer.intermediate.dense, layer.output.dense, layer.output.LayerNorm
        else:
            att = layer.attention
            q_lin, k_lin, v_lin, out, ln1 = att.q_lin, att.k_lin, att.v_lin, att.out_lin, layer.sa_layer_norm
            up, down, ln2 = layer.ffn.lin1, layer.ffn.lin2, layer.output_layer_norm
        put("hook_resid_pre", x)
        q, k, v = heads(q_lin(x), n), heads(k_lin(x), n), heads(v_lin(x), n)
        put("attn.hook_q", q), put("attn.hook_k", k), put("attn.hook_v", v)
        scores = torch.einsum("bqhd,bkhd->bhqk", q, k) / q.shape[-1] ** 0.5 + bias
        put("attn.hook_attn_scores", scores)
        pattern = scores.softmax(-1)
        put("attn.hook_pattern", pattern)
        z = torch.einsum("bhqk,bkhd->bqhd", pattern, v)
        put("attn.hook_z", z)
        w = out.weight.view(out.weight.shape[0], n, -1)
        put("attn.hook_result", torch.einsum("bphd,mhd->bphm", z, w))
        attn_out = out(z.reshape(b, p, -1))
        put("hook_attn_out", attn_out)
        mid = x + attn_out
        put("hook_resid_mid", mid), put("ln1.hook_scale", scale_of(mid, ln1.eps))
        normed = ln1(mid)
        put("ln1.hook_normalized", normed)
        pre = up(normed)
        put("mlp.hook_pre", pre)
        post = layer.activation(pre) if albert else torch.nn.functional.gelu(pre)
        put("mlp.hook_post", post)
        mlp_out = down(post)
        put("hook_mlp_out", mlp_out)
        resid_post = normed + mlp_out
        put("hook_resid_post", resid_post), put("ln2.hook_scale", scale_of(resid_post, ln2.eps))
        x = ln2(resid_post)
        put("ln2.hook_normalized", x), put("hook_normalized_resid_post", x)
    return sites


def first_position(model):
    """RoBERTa counts positions on from its padding token."""
    return model.config.pad_token_id + 1 if "roberta" in model.config.model_type else 0


def logits_of(model, last, mask):
    """What the head says of the stream behind the last block."""
    if model.config.model_type == "modernbert":
        mean = (last * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        return model.classifier(model.head(last[:, 0] if model.config.classifier_pooling == "cls" else mean))
    if "roberta" in model.config.model_type or model.config.model_type == "electra":
        return model.classifier(last)
    if model.config.model_type == "albert":
        return model.classifier(model.albert.pooler_activation(model.albert.pooler(last[:, 0])))
    if model.config.model_type == "distilbert":
        return model.classifier(torch.relu(model.pre_classifier(last[:, 0])))
    return model.classifier(model.bert.pooler(last))


def integrated_gradients(model, ids, mask_id):
    from captum.attr import IntegratedGradients
    emb = model.get_input_embeddings()
    x, base_ids = emb(ids).detach(), ids.clone()
    base_ids[:, 1:-1] = mask_id
    base = emb(base_ids).detach()
    def margin(e):
        logits = model(inputs_embeds=e).logits
        return logits[:, 1] - logits[:, 0]
    ig, out = IntegratedGradients(margin), {}
    for rule in ["riemann_middle", "gausslegendre"]:
        attr = ig.attribute(x, base, n_steps=50, method=rule)
        out[rule] = attr.sum(-1)[0].tolist()
    out["value"], out["baseline_value"] = margin(x).item(), margin(base).item()
    return out


def write(name, model, tokenizer, ids, mask_id):
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    model.eval()
    model.config._attn_implementation = "eager"
    ids = torch.tensor(ids)
    mask = torch.tensor([[1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 0, 0]])
    with torch.no_grad():
        out = model(input_ids=ids, attention_mask=mask, output_hidden_states=True, output_attentions=True)
        sites = activations(model, ids, mask)
        last = end_of(model, sites)
        before_norm = sites.get(f"blocks.{len(out.attentions) - 1}.hook_resid_post") if "ln_final.hook_scale" in sites else last
        # Padding at the end has a position of its own here, and none in RoBERTa; nothing else reads it.
        there = mask[:, :, None]
        assert torch.allclose(before_norm * there, out.hidden_states[-1] * there, atol=1e-5), "the sites do not follow transformers"
        assert torch.allclose(logits_of(model, last, mask), out.logits, atol=1e-5)
        for l, pattern in enumerate(out.attentions):
            there = mask[:, None, :, None]
            assert torch.allclose(sites[f"blocks.{l}.attn.hook_pattern"] * there, pattern * there, atol=1e-6)
    state = {k: v.contiguous() for k, v in model.state_dict().items() if "position_ids" not in k}
    save_file(state, os.path.join(folder, "model.safetensors"))
    save_file({k: v.contiguous().clone() for k, v in sites.items()}, os.path.join(folder, "golden.safetensors"))
    json.dump(model.config.to_diff_dict() | {"model_type": model.config.model_type}, open(os.path.join(folder, "config.json"), "w"), indent=1)
    json.dump(tokenizer, open(os.path.join(folder, "tokenizer.json"), "w"), indent=1, ensure_ascii=False)
    golden = {
        "made_with": {"torch": torch.__version__, "transformers": transformers.__version__},
        "ids": ids.tolist(), "mask": mask.tolist(), "logits": out.logits.tolist(),
        "integrated_gradients": {"ids": ids[:1].tolist(), "baseline": "mask", "nodes": 50, **integrated_gradients(model, ids[:1], mask_id)},
    }
    json.dump(golden, open(os.path.join(folder, "golden.json"), "w"), indent=1)


def roughen(model):
    """Random norms and biases, so that a forgotten one shows."""
    for parameter in model.parameters():
        if parameter.dim() == 1:
            parameter.data += 0.3 * torch.randn_like(parameter)
    return model


if __name__ == "__main__":
    torch.manual_seed(7)
    sizes = dict(hidden_size=32, num_attention_heads=4, intermediate_size=64, initializer_range=0.25, attn_implementation="eager")
    words = [[2, 10, 7, 9, 8, 11, 3], [2, 6, 7, 12, 3, 0, 0]]
    labels = {0: "NEGATIVE", 1: "POSITIVE"}
    write("tiny-bert", roughen(BertForSequenceClassification(BertConfig(
        vocab_size=13, num_hidden_layers=3, max_position_embeddings=24, type_vocab_size=2, id2label=labels, **sizes))),
        word_pieces(), words, 4)
    write("tiny-distilbert", roughen(DistilBertForSequenceClassification(DistilBertConfig(
        vocab_size=13, dim=32, n_layers=2, n_heads=4, hidden_dim=64, max_position_embeddings=24, initializer_range=0.25,
        id2label=labels, attn_implementation="eager"))), word_pieces(), words, 4)
    torch.manual_seed(11)
    special = dict(bos_token_id=0, pad_token_id=1, eos_token_id=2, type_vocab_size=1, max_position_embeddings=26, **sizes)
    ids = [[0, 9, 7, 14, 8, 11, 2], [0, 6, 7, 12, 2, 1, 1]]
    tokenizer = byte_level(["<s>", "<pad>", "</s>", "<unk>", "<mask>"], roberta=True)
    write("tiny-roberta", roughen(RobertaForSequenceClassification(RobertaConfig(
        vocab_size=len(tokenizer["model"]["vocab"]), num_hidden_layers=3, layer_norm_eps=1e-5, id2label=labels, **special))),
        tokenizer, ids, 4)
    narrow = dict(vocab_size=13, embedding_size=16, max_position_embeddings=24, **sizes)
    write("tiny-electra", roughen(ElectraForSequenceClassification(ElectraConfig(
        num_hidden_layers=2, id2label=labels, **narrow))), word_pieces(), words, 4)
    write("tiny-albert", roughen(AlbertForSequenceClassification(AlbertConfig(
        num_hidden_layers=3, id2label=labels, **narrow))), word_pieces(), words, 4)
    tokenizer, mask_id = unigram()
    write("tiny-xlm-roberta", roughen(XLMRobertaForSequenceClassification(XLMRobertaConfig(
        vocab_size=len(tokenizer["model"]["vocab"]) + 1, num_hidden_layers=2, layer_norm_eps=1e-5,
        id2label={0: "negative", 1: "neutral", 2: "positive"}, **special))), tokenizer, ids, mask_id)
    torch.manual_seed(13)
    tokenizer, mask_id, size = spaced()
    modern = dict(vocab_size=size, bos_token_id=1, cls_token_id=1, eos_token_id=2, sep_token_id=2, pad_token_id=3, initializer_cutoff_factor=3.0,
                  max_position_embeddings=24, local_attention=4, reference_compile=False, id2label=labels, **sizes)
    ids = [[1, 9, 7, 14, 8, 11, 2], [1, 6, 7, 12, 2, 3, 3]]
    write("tiny-modernbert", roughen(ModernBertForSequenceClassification(ModernBertConfig(num_hidden_layers=4, **modern))), tokenizer, ids, mask_id)
    write("tiny-modernbert-biases", roughen(ModernBertForSequenceClassification(ModernBertConfig(
        num_hidden_layers=3, global_attn_every_n_layers=2, classifier_pooling="mean", classifier_activation="relu", norm_bias=True, attention_bias=True,
        mlp_bias=True, classifier_bias=True, **modern))), tokenizer, ids, mask_id)
