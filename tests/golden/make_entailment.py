"""Writes tests/golden/entailment.json: what the zero-shot pipeline of transformers makes of tiny checkpoints that are told to judge entailment."""
import json
from pathlib import Path

from transformers import AutoModelForSequenceClassification, PreTrainedTokenizerFast, pipeline

HERE = Path(__file__).parent
NAMES = {"tiny-roberta": ("<s>", "</s>", "<pad>", "<mask>"), "tiny-xlm-roberta": ("<s>", "</s>", "<pad>", "<mask>"), "tiny-distilbert": ("[CLS]", "[SEP]", "[PAD]", "[MASK]"), "tiny-modernbert": ("[CLS]", "[SEP]", "[PAD]", "[MASK]")}
TEXTS = ["the film", "a film!", " the  film"]
LABELS = ["bad", "the film", "a"]
TEMPLATE = "in {}"


def main():
    told = []
    for name, (cls, sep, pad, mask) in NAMES.items():
        tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(HERE / name / "tokenizer.json"), cls_token=cls, sep_token=sep, pad_token=pad, mask_token=mask)
        if "roberta" not in name:
            tokenizer.model_input_names = ["input_ids", "attention_mask"]
        model = AutoModelForSequenceClassification.from_pretrained(HERE / name, attn_implementation="eager")
        n = model.config.num_labels
        names = (["contradiction", "entailment"] if n == 2 else ["contradiction", "neutral", "entailment"])[:n]
        model.config.id2label = dict(enumerate(names))
        model.config.label2id = {label: i for i, label in enumerate(names)}
        ask = pipeline("zero-shot-classification", model=model, tokenizer=tokenizer)
        for text in TEXTS:
            found = ask(text, LABELS, hypothesis_template=TEMPLATE)
            share = dict(zip(found["labels"], found["scores"]))
            pairs = [tokenizer(text, TEMPLATE.format(label))["input_ids"] for label in LABELS]
            told.append({"model": name, "names": names, "text": text, "shares": [share[label] for label in LABELS], "ids": pairs})
    (HERE / "entailment.json").write_text(json.dumps({"labels": LABELS, "template": TEMPLATE, "cases": told}, separators=(",", ":")) + "\n")


main()
