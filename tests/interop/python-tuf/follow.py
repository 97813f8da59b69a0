"""python-tuf, unchanged, made to follow a Pawl server one step at a time.

	follow.py STORE URL refresh
	follow.py STORE URL download PATH FILE

STORE holds first.root.json, the root it got at the start, and whatever the
client keeps. It may wait INTEROP_SECONDS for a byte: the library knows no time
for a whole request. Prints one line and exits 0, or prints the client's own
words and exits 1.
"""

import os
import sys

from tuf.ngclient import Updater, UpdaterConfig
from tuf.ngclient.urllib3_fetcher import Urllib3Fetcher


def updater_for(store, url):
    with open(os.path.join(store, "first.root.json"), "rb") as f:
        first = f.read()
    files = os.path.join(store, "files")
    os.makedirs(files, exist_ok=True)
    return Updater(
        metadata_dir=store,
        metadata_base_url=url + "/metadata",
        target_dir=files,
        target_base_url=url + "/targets",
        fetcher=Urllib3Fetcher(int(os.environ["INTEROP_SECONDS"])),
        config=UpdaterConfig(),
        bootstrap=first,
    )


def refresh(updater):
    updater.refresh()
    print("refreshed")


def download(updater, path, file):
    updater.refresh()
    info = updater.get_targetinfo(path)
    if info is None:
        raise LookupError(f"{path}: no role lists it")
    print(updater.download_target(info, file))


def main(store, url, step, *args):
    try:
        {"refresh": refresh, "download": download}[step](
            updater_for(store, url), *args
        )
    except Exception as refusal:  # whatever it says is the answer
        print(f"{type(refusal).__name__}: {refusal}")
        return 1
    return 0


sys.exit(main(*sys.argv[1:]))
