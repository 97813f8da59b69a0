"""The canonical form of python-tuf's library, as hex, a document a line."""

import json
import sys

from securesystemslib.formats import encode_canonical

for line in sys.stdin.buffer.read().decode().split("\n")[:-1]:
    print(encode_canonical(json.loads(line)).encode().hex())
