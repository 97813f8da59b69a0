"""python-tuf beside Pawl: N targets in 2^BITS succinct bins (0: one role),
all in memory, ed25519, compact JSON.

    python_tuf.py N BITS DIR  lines "build MS", "sign MS", "add MS", "keep MS"

`add` is one target more, and what changed signed again: its bin, snapshot and
timestamp; nothing is written to disk. `keep` is the same and the three files
written below DIR, so that they survive a power cut: each flushed under another
name, then renamed, the folder flushed at last. Wall time, medians of five.
"""

import hashlib
import os
import statistics
import sys
import time
from datetime import datetime, timezone

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    Delegations,
    MetaFile,
    Metadata,
    Snapshot,
    SuccinctRoles,
    TargetFile,
    Targets,
    Timestamp,
)

ROUNDS = 5
EXPIRES = datetime(2099, 1, 1, tzinfo=timezone.utc)


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def path_of(i):
    return f"delta/coat/{digest(str(i))[:4]}-{i:07d}.bin"


class Repository:
    def __init__(self, n, bits):
        self.signer = CryptoSigner.generate_ed25519()
        key = self.signer.public_key
        self.targets = Metadata(Targets(expires=EXPIRES))
        self.bins = {}
        if bits:
            succinct = SuccinctRoles([key.keyid], 1, bits, "bin")
            self.targets.signed.delegations = Delegations(
                {key.keyid: key}, succinct_roles=succinct
            )
            self.find = succinct.get_role_for_target
            for name in succinct.get_roles():
                self.bins[name] = Metadata(Targets(expires=EXPIRES))
        else:
            self.find = lambda path: "targets"
        self.bins["targets"] = self.targets
        for i in range(n):
            path = path_of(i)
            self.put(path, digest(path))
        self.snapshot = Metadata(Snapshot(expires=EXPIRES))
        for name in self.bins:
            self.snapshot.signed.meta[f"{name}.json"] = MetaFile(1)
        self.timestamp = Metadata(Timestamp(expires=EXPIRES))

    def put(self, path, sha256):
        name = self.find(path)
        self.bins[name].signed.targets[path] = TargetFile(
            4096, {"sha256": sha256}, path
        )
        return name

    def sign(self, md):
        md.signed.version += 1
        md.sign(self.signer)
        return md.to_bytes()

    def sign_all(self):
        for md in self.bins.values():
            self.sign(md)
        self.sign(self.snapshot)
        self.sign(self.timestamp)

    def add(self, path):
        """The signed bytes of what changed, by name."""
        name = self.put(path, digest(path))
        changed = {name: self.sign(self.bins[name])}
        meta = self.snapshot.signed.meta[f"{name}.json"]
        meta.version = self.bins[name].signed.version
        changed["snapshot"] = self.sign(self.snapshot)
        self.timestamp.signed.snapshot_meta.version = (
            self.snapshot.signed.version
        )
        changed["timestamp"] = self.sign(self.timestamp)
        return changed

    def keep(self, path, folder):
        for name, data in self.add(path).items():
            at = os.path.join(folder, f"{name}.json")
            with open(f"{at}.new", "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.rename(f"{at}.new", at)
        fd = os.open(folder, os.O_RDONLY)
        os.fsync(fd)
        os.close(fd)


def timed(fn, *args):
    start = time.perf_counter()
    result = fn(*args)
    return 1e3 * (time.perf_counter() - start), result


def main(n, bits, folder):
    build, sign, add, keep = [], [], [], []
    for r in range(ROUNDS if n <= 100000 else 1):
        ms, repo = timed(Repository, n, bits)
        build.append(ms)
        sign.append(timed(repo.sign_all)[0])
        for k in range(ROUNDS):
            add.append(timed(repo.add, f"delta/coat/new-{r}-{k}.bin")[0])
            path = f"delta/coat/kept-{r}-{k}.bin"
            keep.append(timed(repo.keep, path, folder)[0])
    for name, list_ms in (
        ("build", build),
        ("sign", sign),
        ("add", add),
        ("keep", keep),
    ):
        print(f"{name} {statistics.median(list_ms):.2f}")


main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
