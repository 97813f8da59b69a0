"""The repositories beside this script, written by python-tuf.

tests/unit/get/test_static.c follows the bytes that stand here, so that the
ordinary test run reads metadata of another implementation without having it.
The file of a target is "the bytes of PATH", which the test knows. They were
made once, with tuf 7.0.0 and securesystemslib 1.4.0, and the private keys were
never written. To make others, with the packages that
tests/interop/python-tuf/requirements.txt names:

    python3 make.py
"""

import hashlib
import json
import shutil
from datetime import datetime, timezone
from pathlib import Path

from securesystemslib.formats import encode_canonical
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    SuccinctRoles,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization import MetadataSerializer
from tuf.api.serialization.json import JSONSerializer

HERE = Path(__file__).resolve().parent
NEVER = datetime(2999, 12, 31, 23, 59, 59, tzinfo=timezone.utc)
TEXT = "Größe \"M\" \\ 日本 🔒 \t\n\x7f/"  # each escaped in its own way


class Untidy(MetadataSerializer):
    """Keys in falling order, four blanks, letters beyond ASCII unescaped."""

    def serialize(self, metadata):
        def turned(value):
            if isinstance(value, dict):
                names = sorted(value, reverse=True)
                return {name: turned(value[name]) for name in names}
            if isinstance(value, list):
                return [turned(v) for v in value]
            return value

        whole = turned(metadata.to_dict())
        text = json.dumps(whole, indent=4, ensure_ascii=False)
        return (text + "\n\n").encode()


class Repository:
    def __init__(self, name, consistent, serializer):
        self.dir = HERE / name
        self.consistent = consistent
        self.serializer = serializer
        self.snapshot = Snapshot(expires=NEVER)
        shutil.rmtree(self.dir, ignore_errors=True)
        self.dir.mkdir()

    def write(self, role, signed, signers, **unknown):
        """Signs, and lists the role for the next snapshot."""
        metadata = Metadata(signed, unrecognized_fields=unknown)
        for signer in signers:
            metadata.sign(signer, append=True)
        data = metadata.to_bytes(self.serializer)
        numbered = role == "root" or (self.consistent and role != "timestamp")
        name = f"{signed.version}.{role}.json" if numbered else f"{role}.json"
        (self.dir / name).write_bytes(data)
        if isinstance(signed, Targets):
            self.snapshot.meta[f"{role}.json"] = MetaFile.from_data(
                signed.version, data, ["sha256", "sha512"]
            )
        return data

    @staticmethod
    def target(targets, path, **unknown):
        content = f"the bytes of {path}\n".encode()
        entry = TargetFile.from_data(path, content, ["sha256", "sha512"])
        entry.unrecognized_fields = unknown
        targets.targets[path] = entry

    def finish(self, signers):
        data = self.write("snapshot", self.snapshot, signers["snapshot"])
        listed = MetaFile.from_data(1, data, ["sha256"])
        timestamp = Timestamp(expires=NEVER, snapshot_meta=listed)
        self.write("timestamp", timestamp, signers["timestamp"])


def make_root(consistent, signers, thresholds):
    root = Root(expires=NEVER, consistent_snapshot=consistent)
    for role, who in signers.items():
        root.roles[role].threshold = thresholds.get(role, 1)
        for signer in who:
            root.add_key(signer.public_key, role)
    return root


def plain():
    """No consistent snapshots; ed25519, ecdsa and rsa keys; thresholds of two;
    roles for a pattern and for a prefix of the hash."""
    repo = Repository("plain", False, JSONSerializer())
    ed, ec, rsa = (
        CryptoSigner.generate_ed25519(),
        CryptoSigner.generate_ecdsa(),
        CryptoSigner.generate_rsa(size=2048),
    )
    signers = {
        "root": [ed, ec],
        "timestamp": [ed],
        "snapshot": [rsa],
        "targets": [ec],
    }
    root = make_root(False, signers, {"root": 2})
    repo.write("root", root, signers["root"])

    keys = {s.public_key.keyid: s.public_key for s in (ed, rsa)}
    prefix = hashlib.sha256(b"sum").hexdigest()[:3]
    roles = {
        "tools": DelegatedRole("tools", list(keys), 2, False, ["tools/*"]),
        "hashed": DelegatedRole(
            "hashed", [ed.public_key.keyid], 1, False, None, [prefix]
        ),
    }
    tools, hashed = Targets(expires=NEVER), Targets(expires=NEVER)
    repo.target(tools, "tools/saw")
    repo.write("tools", tools, [ed, rsa])
    repo.target(hashed, "sum")
    repo.write("hashed", hashed, [ed])

    targets = Targets(expires=NEVER, delegations=Delegations(keys, roles))
    repo.target(targets, "readme")
    repo.write("targets", targets, signers["targets"])
    repo.finish(signers)


def untidy():
    """Consistent snapshots; two roots, of which the second has other keys;
    unknown fields wherever there can be one; untidy JSON."""
    repo = Repository("untidy", True, Untidy())
    old, new, key = (CryptoSigner.generate_ed25519() for _ in range(3))
    signers = {r: [key] for r in ("timestamp", "snapshot", "targets")}
    root = make_root(True, {"root": [old], **signers}, {})
    repo.write("root", root, [old])

    root.version = 2
    root.revoke_key(old.public_key.keyid, "root")
    root.add_key(new.public_key, "root")
    root.unrecognized_fields["x-note"] = TEXT
    root.roles["root"].unrecognized_fields["x-note"] = TEXT
    envelope = {"x-envelope": [None, True, -1, {}]}
    repo.write("root", root, [old, new], **envelope)

    # An unknown field of a key is part of its id.
    fields = {f"x-{TEXT}": TEXT}
    odd = CryptoSigner.generate_ecdsa()
    odd.public_key.unrecognized_fields = fields
    whole = encode_canonical(odd.public_key.to_dict()).encode()
    odd.public_key.keyid = hashlib.sha256(whole).hexdigest()
    role = DelegatedRole(
        "odd", [odd.public_key.keyid], 1, True, ["a/*/c"], None, fields
    )
    sub = Targets(expires=NEVER, unrecognized_fields=fields)
    custom = {"custom": {TEXT: [TEXT, 0, -7, 2**53 - 1, None]}}
    repo.target(sub, "a/b/c", **custom)
    repo.write("odd", sub, [odd])

    delegations = Delegations(
        {odd.public_key.keyid: odd.public_key}, {"odd": role}, None, fields
    )
    targets = Targets(expires=NEVER, delegations=delegations)
    repo.target(targets, "readme", **fields)
    repo.write("targets", targets, [key])
    repo.finish(signers)


def bins():
    """Consistent snapshots, four succinct bins with a file each, compact."""
    repo = Repository("bins", True, JSONSerializer(compact=True))
    key = CryptoSigner.generate_ed25519()
    rsa = CryptoSigner.generate_rsa(size=2048)
    signers = {r: [key] for r in ("root", "timestamp", "snapshot", "targets")}
    repo.write("root", make_root(True, signers, {}), [key])

    split = SuccinctRoles([rsa.public_key.keyid], 1, 2, "bin")
    of_bin = {name: Targets(expires=NEVER) for name in split.get_roles()}
    for path in ("one", "two", "three", "eight"):
        repo.target(of_bin[split.get_role_for_target(path)], path)
    for name, signed in of_bin.items():
        repo.write(name, signed, [rsa])

    keys = {rsa.public_key.keyid: rsa.public_key}
    delegations = Delegations(keys, succinct_roles=split)
    targets = Targets(expires=NEVER, delegations=delegations)
    repo.write("targets", targets, [key])
    repo.finish(signers)


if __name__ == "__main__":
    plain()
    untidy()
    bins()
