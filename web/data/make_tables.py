"""Writes the labelled tables of the probes: python web/data/make_tables.py

Everything is made here from the lists of words below, which were written for this project; tables and lists are in the public domain
(CC0 1.0). The draws are fixed by a seed. Each table has 400 different rows, half of each label.

sentiment.tsv  a short remark on a film, a book or a meal; what is said of it is good or bad. No word of praise or blame stands in the
               texts of both labels.
tense.tsv      who does something, now or in the past: the same subjects, verbs and objects in both, no word of time.
number.tsv     one thing or several: a noun between asterisks after "the". The same frames and nouns for both labels, but every
               form stands in one row alone: a word that is held out was never seen.
"""
import os
import random

HERE = os.path.dirname(os.path.abspath(__file__))
ROWS = 400

THINGS = ["film", "book", "play", "song", "meal", "show", "story", "novel", "soup", "trip", "concert", "lecture", "game", "hotel", "album"]
GOOD = ["wonderful", "delightful", "superb", "charming", "brilliant", "lovely", "excellent", "moving", "splendid", "gripping", "warm",
        "clever", "graceful", "fresh", "marvellous"]
BAD = ["awful", "dreadful", "tedious", "clumsy", "stale", "horrible", "boring", "shallow", "ugly", "tiresome", "cold", "silly", "sloppy",
       "bland", "miserable"]
LIKED = ["we enjoyed", "i loved", "everyone admired", "she praised", "they adored"]
DISLIKED = ["we endured", "i hated", "everyone disliked", "she regretted", "they loathed"]
REMARKS = ["the {thing} was {word}", "what a {word} {thing}", "{felt} this {word} {thing}", "a {word} {thing} from start to finish",
           "{felt} the {thing}", "it is a {word} {thing}", "this {thing} felt {word}"]

SUBJECTS = ["the old man", "my sister", "the teacher", "our neighbour", "the young doctor", "a tall woman", "the baker", "her brother",
            "the captain", "this student", "the farmer", "a stranger", "the king", "his daughter", "the painter"]
VERBS = [("paints", "painted"), ("carries", "carried"), ("watches", "watched"), ("cleans", "cleaned"), ("finds", "found"), ("sells", "sold"),
         ("brings", "brought"), ("keeps", "kept"), ("opens", "opened"), ("loses", "lost"), ("draws", "drew"), ("buys", "bought"),
         ("repairs", "repaired"), ("hides", "hid"), ("sees", "saw"), ("takes", "took"), ("breaks", "broke"), ("builds", "built")]
OBJECTS = ["a small boat", "the red door", "an old clock", "the garden", "a heavy box", "the window", "a letter", "the bridge", "a wooden chair",
           "the map", "a lamp", "the basket", "a coat", "the fence", "a mirror"]

NOUNS = """
dog river city teacher box tree idea bird story wall car key house friend song letter ship stone horse window flower
island doctor bridge church cloud table village picture garden hill road boat chair lamp coat basket mirror door clock
bottle cup plate spoon fork bed pillow blanket candle curtain carpet kettle bucket hammer nail rope ladder wheel
engine train plane truck bicycle ticket passport suitcase map camera radio phone screen book page pen pencil notebook
envelope stamp newspaper magazine poem novel painting statue museum theatre cinema hotel restaurant kitchen bathroom
office factory farm field forest lake beach mountain valley desert cave tunnel station airport harbour market shop
bank school library hospital prison castle palace tower temple lawyer nurse farmer baker painter singer dancer actor
writer student soldier sailor pilot driver waiter cook king queen prince princess uncle aunt cousin neighbour stranger
guest visitor tourist lion tiger bear rabbit squirrel cat cow pig duck chicken eagle owl crow snake frog turtle whale
shark dolphin spider bee ant butterfly apple orange lemon banana cherry carrot onion potato tomato biscuit cake pie
sandwich shirt skirt dress jacket button pocket shoe boot hat glove scarf ring necklace
""".split()
IRREGULAR = {"child": "children", "knife": "knives", "woman": "women", "foot": "feet", "leaf": "leaves", "mouse": "mice",
             "tooth": "teeth", "wolf": "wolves", "man": "men", "shelf": "shelves", "thief": "thieves", "goose": "geese"}
FRAMES = ["we saw the *{noun}*", "she wrote about the *{noun}*", "nobody noticed the *{noun}*", "he stood beside the *{noun}*",
          "they asked for the *{noun}*"]


def sentiment(draw, label):
    words, felt = (GOOD, LIKED) if label == "positive" else (BAD, DISLIKED)
    return draw.choice(REMARKS).format(thing=draw.choice(THINGS), word=draw.choice(words), felt=draw.choice(felt))


def tense(draw, label):
    verb = draw.choice(VERBS)[label == "past"]
    return f"{draw.choice(SUBJECTS)} {verb} {draw.choice(OBJECTS)}"


def plural(noun):
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh", "potato", "tomato")) else "s")


def number(draw, label):
    nouns = NOUNS + list(IRREGULAR)
    noun = draw.choice(nouns)
    return draw.choice(FRAMES).format(noun=IRREGULAR.get(noun, plural(noun)) if label == "plural" else noun)


def labelled(text):
    return text.split("*")[1] if "*" in text else text


def table(name, make, labels):
    draw = random.Random(name)
    rows = []
    for label in labels:
        texts = {}
        while len(texts) < ROWS // 2:
            text = make(draw, label)
            texts.setdefault(labelled(text), text)
        rows += [(text, label) for text in texts.values()]
    draw.shuffle(rows)
    with open(os.path.join(HERE, f"{name}.tsv"), "w", encoding="utf-8", newline="\n") as file:
        file.write("text\tlabel\n")
        file.writelines(f"{text}\t{label}\n" for text, label in rows)


table("sentiment", sentiment, ["negative", "positive"])
table("tense", tense, ["past", "present"])
table("number", number, ["plural", "singular"])
