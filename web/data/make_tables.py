"""Writes the labelled tables of the probes: python web/data/make_tables.py

Everything is made here from the lists of words below, which were written for this project; tables and lists are in the public domain
(CC0 1.0). The draws are fixed by a seed. Each table has 400 different rows, half of each label; part-of-speech.tsv has
300, facts.tsv 410.

sentiment.tsv  a short remark on a film, a book or a meal; what is said of it is good or bad. No word of praise or blame stands in the
               texts of both labels.
tense.tsv      who does something, now or in the past: the same subjects, verbs and objects in both, no word of time.
number.tsv     one thing or several: a noun between asterisks after "the". The same frames and nouns for both labels, but every
               form stands in one row alone: a word that is held out was never seen.
part-of-speech.tsv  a noun or a verb between asterisks, of words that can be either, each form in one row alone and at the same place: the
               word by itself does not tell, and one that is held out was never seen.
role.tsv       who does something, or to whom it is done: a noun between asterisks, each form in one row alone, at the same places of a
               sentence in both labels.
facts.tsv      something that is so, or the same with the ending of another: in each of two wordings every beginning and every ending stands
               once, in half of the rows as it is.
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

BOTH = """
walk dream call smile dance laugh talk plan visit attack answer question change climb comment control cost cover cry cure damage debate
delay demand design display doubt drink drive drop escape exchange fall fear fight flow focus grip guess guide harvest help hike hope
hunt influence insult interview joke judge jump kick kiss lead leap lie limit look mark march mistake move murmur need note offer order
paint pause permit photograph praise print promise protest push rain reply report request rescue rest result return review reward ride
risk roar rule run search shout sketch sleep sneeze stay step stop struggle study support swim swing tackle taste test touch trade
travel trust try turn twist use vote wait wave whisper whistle wish wonder work worry yawn yell bargain blame burn chat cheer cough
count crawl curse dare deal dive embrace experiment float gamble gasp gaze glance
phone drill frown glare grin groan growl haul hug itch lift nod pass peek pinch race sail scratch shrug slide slip smoke snack splash spray stare
start stretch stroll switch tease tour wink
""".split()
BEFORE = {("noun", ""): ["we liked the", "she had a", "there was this", "they lost one", "he remembered every"],
          ("verb", ""): ["we tried to", "she would not", "they could all", "he must now", "you should never"],
          ("noun", "s"): ["we liked the", "these were our", "she had many", "there were five", "they forgot those"],
          ("verb", "s"): ["the teacher always", "my sister never", "our guest often", "he also still", "she then suddenly"]}
AFTER = ["too", "again", "there", "today"]

ACTORS = ["the king", "my sister", "a student", "the old man", "our guest", "the captain", "a woman", "the teacher"]
DEEDS = ["followed", "surprised", "hid", "moved", "remembered", "described", "touched", "found", "blocked", "admired"]
OPENINGS = ["", "yesterday ", "in the end ", "as we know, "]
ROLES = {"subject": ["{opening}the *{noun}* {deed} {other}", "{opening}{other} that the *{noun}* {deed} was here"],
         "object": ["{opening}{other} {deed} the *{noun}*", "{opening}it {deed} the *{noun}* of {other}"]}

FACTS = {
    ("the capital of {} is {}", "the capital city of {} is called {}"): """
France Paris, Germany Berlin, Italy Rome, Spain Madrid, Portugal Lisbon, Greece Athens, Austria Vienna, Poland Warsaw, Hungary Budapest,
Ireland Dublin, England London, Scotland Edinburgh, Norway Oslo, Sweden Stockholm, Finland Helsinki, Denmark Copenhagen, Russia Moscow,
Ukraine Kyiv, Egypt Cairo, Kenya Nairobi, Japan Tokyo, China Beijing, Thailand Bangkok, Vietnam Hanoi, Iran Tehran, Iraq Baghdad,
Canada Ottawa, Cuba Havana, Peru Lima, Chile Santiago, Australia Canberra, Belgium Brussels, Bulgaria Sofia, Romania Bucharest,
Lebanon Beirut, Syria Damascus, Jamaica Kingston, Colombia Bogota, Turkey Ankara, Croatia Zagreb""",
    ("{} is a country in {}", "the people of {} live in {}"): """
France Europe, Germany Europe, Italy Europe, Spain Europe, Poland Europe, Sweden Europe, Norway Europe, Austria Europe, Belgium Europe,
Hungary Europe, Kenya Africa, Ghana Africa, Nigeria Africa, Ethiopia Africa, Morocco Africa, Algeria Africa, Uganda Africa, Zambia Africa,
Senegal Africa, Angola Africa, Japan Asia, China Asia, India Asia, Thailand Asia, Vietnam Asia, Nepal Asia, Mongolia Asia, Pakistan Asia,
Malaysia Asia, Cambodia Asia, Brazil America, Canada America, Mexico America, Peru America, Chile America, Bolivia America, Cuba America,
Uruguay America, Colombia America, Paraguay America""",
    ("the {} is a kind of {}", "what is a {}? a kind of {}"): """
dog mammal, horse mammal, cow mammal, lion mammal, whale mammal, rabbit mammal, sheep mammal, monkey mammal, eagle bird, sparrow bird,
owl bird, penguin bird, parrot bird, duck bird, pigeon bird, crow bird, salmon fish, trout fish, herring fish, tuna fish, carp fish,
cod fish, ant insect, bee insect, butterfly insect, mosquito insect, beetle insect, wasp insect, oak tree, birch tree, willow tree,
maple tree, beech tree, rose flower, tulip flower, daisy flower, lily flower, violin instrument, piano instrument, flute instrument,
trumpet instrument, hammer tool, saw tool, chisel tool, screwdriver tool, shirt garment, skirt garment, sweater garment, carrot vegetable,
cabbage vegetable, onion vegetable, spinach vegetable""",
    ("the opposite of {} is {}", "the contrary of {} is {}"): """
hot cold, big small, tall short, rich poor, old young, fast slow, hard soft, light dark, early late, open closed, full empty, wet dry,
happy sad, strong weak, loud quiet, clean dirty, cheap expensive, true false, left right, up down, first last, day night, love hate,
war peace, good bad, wide narrow, deep shallow, thick thin, inside outside, above below""",
    ("the chemical symbol for {} is {}", "in chemistry {} is written as {}"): """
gold Au, silver Ag, iron Fe, copper Cu, lead Pb, tin Sn, oxygen O, hydrogen H, carbon C, nitrogen N, helium He, sodium Na, potassium K,
calcium Ca, zinc Zn, nickel Ni, neon Ne, sulfur S""",
    ("a young {} is called a {}", "the baby of a {} is a {}"): """
dog puppy, cat kitten, cow calf, horse foal, sheep lamb, lion cub, duck duckling, goose gosling, deer fawn, goat kid, frog tadpole,
chicken chick, swan cygnet, kangaroo joey""",
    ("people in {} speak {}", "the language of {} is {}"): """
France French, Germany German, Italy Italian, Spain Spanish, Portugal Portuguese, Greece Greek, Poland Polish, Hungary Hungarian,
Sweden Swedish, Japan Japanese, Russia Russian""",
}


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


def part_of_speech(draw, label):
    word, form = draw.choice(BOTH), draw.choice(["", "s"])
    return f"{draw.choice(BEFORE[label, form])} *{plural(word) if form else word}* {draw.choice(AFTER)}"


def role(draw, label):
    nouns = NOUNS + list(IRREGULAR)
    noun = draw.choice(nouns)
    noun = noun if draw.random() < 0.5 else IRREGULAR.get(noun, plural(noun))
    opening, other, deed = draw.choice(OPENINGS), draw.choice(ACTORS), draw.choice(DEEDS)
    return draw.choice(ROLES[label]).format(opening=opening, noun=noun, other=other, deed=deed)


def facts(draw):
    """In either wording every beginning once; those that are false have endings of one another."""
    rows = []
    for frames, pairs in FACTS.items():
        pairs = [tuple(pair.split()) for pair in pairs.split(",")]
        for frame in frames:
            draw.shuffle(pairs)
            half = len(pairs) // 2
            trues, falses = pairs[half:], pairs[:half]
            endings = [ending for _, ending in falses]
            while any(ending == true for ending, (_, true) in zip(endings, falses)):
                draw.shuffle(endings)
            rows += [(frame.format(*pair), "true") for pair in trues]
            rows += [(frame.format(start, false), "false") for (start, _), false in zip(falses, endings)]
    return rows


def labelled(text):
    return text.split("*")[1] if "*" in text else text


def table(name, make, labels, of_each=ROWS // 2):
    draw = random.Random(name)
    rows, seen = [], set()
    for label in labels:
        wanted = len(rows) + of_each
        while len(rows) < wanted:
            text = make(draw, label)
            if labelled(text) not in seen:
                seen.add(labelled(text))
                rows.append((text, label))
    write(name, draw, rows)


def write(name, draw, rows):
    draw.shuffle(rows)
    with open(os.path.join(HERE, f"{name}.tsv"), "w", encoding="utf-8", newline="\n") as file:
        file.write("text\tlabel\n")
        file.writelines(f"{text}\t{label}\n" for text, label in rows)


table("sentiment", sentiment, ["negative", "positive"])
table("tense", tense, ["past", "present"])
table("number", number, ["plural", "singular"])
table("part-of-speech", part_of_speech, ["noun", "verb"], 150)
table("role", role, ["subject", "object"])
draw = random.Random("facts")
write("facts", draw, facts(draw))
