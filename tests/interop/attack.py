"""An attacker between a TUF client and a server, on loopback.

	attack.py UPSTREAM OVERLAY ASKED [HOW PATTERN]…

A file in the folder OVERLAY is served instead of the upstream's answer to the
same path; an empty one is a 404. HOW does something to the answers whose path
matches the regular expression PATTERN:

	endless   never stops sending
	slow      sends one byte a second
	cut       leaves out the last byte, and says so in the length
	longer    adds a byte
	flip      flips one bit in the middle
	break     hangs up after one half of a whole file
	stall     sends nothing more after one half of a whole file

Each request is a line of the file ASKED: its path, and its Range or "whole".
Prints its port, and ends with its standard input.
"""

import os
import re
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

UPSTREAM, OVERLAY, ASKED, *PAIRS = sys.argv[1:]
HOWS = [(how, re.compile(p)) for how, p in zip(PAIRS[::2], PAIRS[1::2])]

# Bounds of the attacks themselves: nobody is attacked for ever.
ENDLESS_BYTES = 64 << 20
SLOW_SECONDS = 60

# These send one half, and only of a whole file.
HALVES = ("break", "stall")

# What a client needs to go on where it stopped, taken over from the upstream.
OF_RANGES = ("Accept-Ranges", "Content-Range", "ETag")


def honest(path, asked):
    """Status, body and headers, as the upstream has them."""
    request = urllib.request.Request(UPSTREAM + path)
    if asked:
        request.add_header("Range", asked)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            kept = [(h, answer.headers[h]) for h in OF_RANGES]
            return answer.status, answer.read(), [h for h in kept if h[1]]
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read(), []


def flipped(body):
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]


class Attacker(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def answer(self):
        """Status and body before anything is done to them."""
        asked = self.headers["Range"]
        with open(ASKED, "a") as log:
            log.write(f"{self.path} {asked or 'whole'}\n")
        overlaid = os.path.join(OVERLAY, self.path.lstrip("/"))
        if not os.path.isfile(overlaid):
            return honest(self.path, asked)
        with open(overlaid, "rb") as f:
            body = f.read()
        return (200, body, []) if body else (404, b"", [])

    def how(self, status):
        if status not in (200, 206):
            return None
        for how, pattern in HOWS:
            if pattern.search(self.path):
                # The rest that is asked for afterwards comes.
                return how if status == 200 or how not in HALVES else None
        return None

    def do_GET(self):
        status, body, headers = self.answer()
        how = self.how(status)
        if how == "cut":
            body = body[:-1]
        elif how == "longer":
            body += b"\n"
        elif how == "flip":
            body = flipped(body)
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if how != "endless":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.send(how, body)
        except OSError:
            pass  # the client has had enough: that is what we want

    def send(self, how, body):
        if how == "endless":
            self.wfile.write(body)
            for _ in range(ENDLESS_BYTES >> 16):
                self.wfile.write(b" " * (1 << 16))
        elif how == "slow":
            for byte in body[:SLOW_SECONDS]:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(1)
        elif how in HALVES:
            self.wfile.write(body[: len(body) // 2])
            if how == "stall":
                time.sleep(SLOW_SECONDS)
        else:
            self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Attacker)
server.daemon_threads = True
print(server.server_port, flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
