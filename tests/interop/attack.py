"""An attacker between a TUF client and a server, on loopback.

	attack.py UPSTREAM OVERLAY [HOW PATTERN]…

A file in the folder OVERLAY is served instead of the upstream's answer to the
same path; an empty one is a 404. HOW does something to the answers whose path
matches the regular expression PATTERN:

	endless   never stops sending
	slow      sends one byte a second
	cut       leaves out the last byte, and says so in the length
	longer    adds a byte
	flip      flips one bit in the middle

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

UPSTREAM, OVERLAY, *PAIRS = sys.argv[1:]
HOWS = [(how, re.compile(p)) for how, p in zip(PAIRS[::2], PAIRS[1::2])]

# Bounds of the attacks themselves: nobody is attacked for ever.
ENDLESS_BYTES = 64 << 20
SLOW_SECONDS = 60


def honest(path):
    try:
        with urllib.request.urlopen(UPSTREAM + path, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read()


def flipped(body):
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]


class Attacker(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def answer(self):
        """Status and body before anything is done to them."""
        overlaid = os.path.join(OVERLAY, self.path.lstrip("/"))
        if not os.path.isfile(overlaid):
            return honest(self.path)
        with open(overlaid, "rb") as f:
            body = f.read()
        return (200, body) if body else (404, b"")

    def how(self):
        for how, pattern in HOWS:
            if pattern.search(self.path):
                return how
        return None

    def do_GET(self):
        status, body = self.answer()
        how = self.how() if status == 200 else None
        if how == "cut":
            body = body[:-1]
        elif how == "longer":
            body += b"\n"
        elif how == "flip":
            body = flipped(body)
        self.send_response(status)
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
        else:
            self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Attacker)
server.daemon_threads = True
print(server.server_port, flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
