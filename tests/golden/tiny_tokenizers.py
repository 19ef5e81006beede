"""Small tokenizers for the tiny checkpoints, as the files of the tokenizers package."""

MERGES = [("Ġ", "t"), ("h", "e"), ("Ġt", "he"), ("Ġ", "a"), ("i", "n"), ("Ġ", "f"), ("i", "l"), ("Ġf", "il"), ("Ġfil", "m")]


def byte_letters():
    """The letters that GPT-2's byte-level encoding gives to the 256 bytes."""
    kept = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    letters, extra = {}, 0
    for byte in range(256):
        if byte in kept:
            letters[byte] = chr(byte)
        else:
            letters[byte] = chr(256 + extra)
            extra += 1
    return [letters[byte] for byte in range(256)]


def byte_level_vocabulary(special):
    return special + byte_letters() + ["".join(merge) for merge in MERGES]


def added(special, id_of):
    """Special tokens; a mask takes the space before it along."""
    return [{"id": id_of(w), "content": w, "single_word": False, "lstrip": w == "<mask>", "rstrip": False, "normalized": False, "special": True}
            for w in special]


def byte_level(special, digits=False, roberta=False):
    """Byte-level pairs; RoBERTa's put <s> and </s> around a text."""
    vocabulary = byte_level_vocabulary(special)
    step = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    pre = {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, step]} if digits else step
    around = {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": True, "add_prefix_space": False}
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added(special, special.index),
        "normalizer": None, "pre_tokenizer": pre, "post_processor": around if roberta else None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
                  "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                  "vocab": {w: i for i, w in enumerate(vocabulary)}, "merges": [" ".join(m) for m in MERGES]},
    }


def spaced():
    """Byte-level pairs with marks as BERT has them, and runs of spaces that were added, as ModernBERT's tokenizer is. Returns the mask's number, too."""
    special, runs = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"], ["  ", "   "]
    tokenizer = byte_level(special)
    vocabulary = tokenizer["model"]["vocab"]
    for entry in tokenizer["added_tokens"]:
        entry["lstrip"] = entry["content"] == "[MASK]"
    run = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": True, "special": False}
    tokenizer["added_tokens"] += [{"id": len(vocabulary) + i, "content": spaces} | run for i, spaces in enumerate(runs)]
    mark = lambda w: {"SpecialToken": {"id": w, "type_id": 0}}
    text = lambda name: {"Sequence": {"id": name, "type_id": 0}}
    tokenizer["normalizer"] = {"type": "NFC"}
    tokenizer["post_processor"] = {
        "type": "TemplateProcessing", "single": [mark("[CLS]"), text("A"), mark("[SEP]")],
        "pair": [mark("[CLS]"), text("A"), mark("[SEP]"), text("B"), mark("[SEP]")],
        "special_tokens": {w: {"id": w, "ids": [vocabulary[w]], "tokens": [w]} for w in ["[CLS]", "[SEP]"]}}
    return tokenizer, vocabulary["[MASK]"], len(vocabulary) + len(runs)


def unigram():
    """Pieces with scores, as XLM-RoBERTa has them; the mask stands behind them. Returns its number, too."""
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    pieces = ["▁", "▁the", "▁film", "▁is", "▁not", "▁good", "▁bad", "s", "!", "▁a", "i", "n", "e", "t", "o", "▁f", "ilm"]
    vocabulary = [[w, 0.0] for w in special] + [[piece, -2.0 - 0.25 * i] for i, piece in enumerate(pieces)]
    mask_id = len(vocabulary)
    number = {w: i for i, (w, _) in enumerate(vocabulary)} | {"<mask>": mask_id}
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    mark = lambda w: {"SpecialToken": {"id": w, "type_id": 0}}
    text = lambda name: {"Sequence": {"id": name, "type_id": 0}}
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added(special + ["<mask>"], number.get),
        "normalizer": {"type": "NFKC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, metaspace]},
        "post_processor": {
            "type": "TemplateProcessing", "single": [mark("<s>"), text("A"), mark("</s>")],
            "pair": [mark("<s>"), text("A"), mark("</s>"), mark("</s>"), text("B"), mark("</s>")],
            "special_tokens": {w: {"id": w, "ids": [number[w]], "tokens": [w]} for w in ["<s>", "</s>"]}},
        "decoder": metaspace,
        "model": {"type": "Unigram", "unk_id": 3, "vocab": vocabulary, "byte_fallback": False},
    }, mask_id
