"""Random JSON documents, one a line: documents.py COUNT SEED.

All that our strict reader lets in, and what clients are known to disagree on
(names beyond the BMP, tests/unit/json has those) left out: integers up to
2^53 - 1, every control character but NUL, names and texts of many scripts,
escapes where none is needed, white space anywhere.
"""

import json
import random
import sys

count, seed = int(sys.argv[1]), int(sys.argv[2])
r = random.Random(seed)

BIG = 2**53 - 1
NAME_CHARACTERS = "abzAZ09_-./ \"\\\u007f\u00e9\u0416\u4e2d\uffee" + "".join(
    chr(c) for c in range(1, 32)
)
TEXT_CHARACTERS = NAME_CHARACTERS + "\U0001f9e5\U00010000\u2028<>&"


def text(characters):
    return "".join(r.choice(characters) for _ in range(r.randrange(12)))


def number():
    return r.choice([0, 1, -1, BIG, -BIG, r.randint(-BIG, BIG), r.randrange(99)])


def value(depth):
    kind = r.randrange(8 if depth < 6 else 5)
    if kind == 0:
        return number()
    if kind == 1:
        return r.choice([True, False, None])
    if kind < 5:
        return text(TEXT_CHARACTERS)
    if kind == 5:
        return [value(depth + 1) for _ in range(r.randrange(5))]
    return document(depth + 1)


def document(depth):
    return {text(NAME_CHARACTERS): value(depth) for _ in range(r.randrange(7))}


for _ in range(count):
    print(
        json.dumps(
            document(0),
            ensure_ascii=r.random() < 0.5,
            separators=r.choice([(",", ":"), (" , ", " :\t")]),
        )
    )
