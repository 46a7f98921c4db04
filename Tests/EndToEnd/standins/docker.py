"""What the documented backup of a cluster, and the way back, ask of docker, done by programs of this machine.

Whatever it asks in any other way is refused. `nats` is support_snapshots, with files as natscli has them.
"""

import json
import os
import sys
from pathlib import Path

import support_snapshots
from support_postgresql import program


def docker(words: list[str]):
    match words:
        case ["compose", "exec", "-T", "postgres", name, *arguments]:
            os.execv(program(name), [name, *arguments])
        case ["compose", "ps", "--quiet", "nats-1"]:
            print("the-id-of-nats-1")
        case ["compose", "up", "--detach", *_] | ["compose", "stop", *_]:
            pass
        case ["run", "--rm", "--env", "NATS_URL", "--volume", volume, "--network", "container:the-id-of-nats-1",
              "--entrypoint", "nats", "natsio/nats-box", *arguments]:
            folder, _, inside = volume.partition(":")
            nats(os.environ["NATS_URL"], [word.replace(inside, folder, 1) for word in arguments])
        case _:
            sys.exit(f"Nobody here does this: {words}")


def nats(address: str, words: list[str]):
    match words:
        case ["stream", "ls", "--names"]:
            # In no order that helps.
            print(*reversed(support_snapshots.names(address)), sep="\n")
        case ["stream", "backup", stream, path]:
            told, chunks = support_snapshots.take(address, stream)
            Path(path).mkdir()
            (Path(path) / "backup.json").write_text(json.dumps(told))
            (Path(path) / "stream.tar.s2").write_bytes(b"".join(chunks))
        case ["stream", "restore", path]:
            told, content = json.loads((Path(path) / "backup.json").read_text()), (Path(path) / "stream.tar.s2").read_bytes()
            size = support_snapshots.CHUNK
            support_snapshots.put(address, (told, [content[at:at + size] for at in range(0, len(content), size)]))
        case _:
            sys.exit(f"nats does not know this: {words}")


docker(sys.argv[1:])
