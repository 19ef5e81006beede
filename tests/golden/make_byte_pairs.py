"""Writes tests/golden/byte-pairs: vocab.json and merges.txt of GPT-2 and RoBERTa, without a tokenizer.json, and what transformers makes
of some hundred mixed lines with each."""
import json
import random
from pathlib import Path

from tokenizers import ByteLevelBPETokenizer
from transformers import GPT2Tokenizer, GPT2TokenizerFast, RobertaTokenizer, RobertaTokenizerFast

OUT = Path(__file__).parent / "byte-pairs"
WORDS = """the film is not good and the plot was dull but funny  she doesn't know why it's so I'd've said we're all they'll see
Über größere Straßen él niño está aquí où est-il allé где же он 日本語の文 中文 字符 مرحبا שלום สวัสดี नमस्ते 한국어 😀 👩‍👩‍👧 🇫🇷 é ñ ﬁ ½ ² ™
def f(x): return x**2 + 3.14159 1,000,000 2024-11-28 <b>bold</b> http://a.b/c?d=e&f=g 'quoted' "double" (brackets) [more] {x} a_b-c/d\\e""".split()
SPACES = [" ", " ", " ", " ", "  ", "   ", "\t", "\n", "\n\n", "\u00a0", "\u3000", "\u200b", ""]
MARKS = ["<|endoftext|>", "<s>", "</s>", "<mask>", " <mask>", "<pad>", "<unk>", "<mask> ", "<|endoftext", "<s"]
ALPHABETS = [(32, 127), (160, 592), (0x370, 0x500), (0x590, 0x700), (0x900, 0xE80), (0x3040, 0x3100), (0x4E00, 0x4F00), (0x1F300, 0x1F650)]


def lines():
    """Words between odd spaces, marks in the middle, letters of all alphabets; the same every time."""
    draw = random.Random(25)
    fixed = ["", " ", "  ", "\n", "the film", " the film", "the film ", "The  film\n", "a<mask>b", "a <mask> b", "<s>the</s>", "it's", "IT'S", "'s"]
    for i in range(400):
        line = ""
        for _ in range(draw.randint(1, 14)):
            kind = draw.random()
            if kind < 0.7:
                line += draw.choice(WORDS)
            elif kind < 0.8:
                line += draw.choice(MARKS)
            else:
                first, last = draw.choice(ALPHABETS)
                line += "".join(chr(draw.randrange(first, last)) for _ in range(draw.randint(1, 5)))
            line += draw.choice(SPACES)
        fixed.append(line)
    return fixed


def main():
    texts = lines()
    kinds = {
        "gpt2": (["<|endoftext|>"], GPT2Tokenizer, GPT2TokenizerFast, {}),
        "roberta": (["<s>", "<pad>", "</s>", "<unk>", "<mask>"], RobertaTokenizer, RobertaTokenizerFast, {}),
        "gpt2-prefix": (["<|endoftext|>"], GPT2Tokenizer, GPT2TokenizerFast, {"add_prefix_space": True, "add_bos_token": True}),
    }
    told = {"lines": texts, "ids": {}}
    for name, (special, slow, fast, settings) in kinds.items():
        folder = OUT / name.split("-")[0]
        if not folder.exists():
            folder.mkdir(parents=True)
            trained = ByteLevelBPETokenizer()
            trained.train_from_iterator([" ".join(WORDS)] * 3, vocab_size=700, min_frequency=2, special_tokens=special, show_progress=False)
            trained.save_model(str(folder))
        tokenizer = fast.from_pretrained(folder, **settings)
        told["ids"][name] = [tokenizer(text)["input_ids"] for text in texts]
        # The older tokenizer, in Python, gives the same wherever no mark stands in the text.
        older = slow.from_pretrained(folder, **settings)
        plain = [i for i, text in enumerate(texts) if "<" not in text]
        assert settings or all(older(texts[i])["input_ids"] == told["ids"][name][i] for i in plain), name
    (OUT / "lines.json").write_text(json.dumps(told, ensure_ascii=True, separators=(",", ":")) + "\n")


main()
