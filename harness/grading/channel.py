"""The private channel from the process that grades to the one that judges.

One message a line: a keyed digest, then JSON that carries a running number.

Guarantees: a line that was not written by the sender with the key, is repeated, or is out of
turn raises Tampered. The key is in no message, so reading the channel does not help to forge one.
Assumptions: one sender a channel.
"""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from typing import Any

Message = Mapping[str, Any]

DIGEST_SIZE = 16
CLOSED = 97  # exit status of a sender whose channel is gone


class TamperedError(Exception):
    """Something other than the sender wrote into the channel."""


def _digest(key: bytes, body: bytes) -> bytes:
    return hashlib.blake2b(body, key=key, digest_size=DIGEST_SIZE).hexdigest().encode()


def make_sender(fd: int, key: bytes) -> Callable[[Message], None]:
    """A function that sends. The key lives in its closure alone.

    It is made before the candidate is loaded and holds what it needs, so that replacing
    `os.write` or `json.dumps` later does not reach it.
    """
    dumps, write, blake2b, leave = json.dumps, os.write, hashlib.blake2b, os._exit
    number = 0

    def send(message: Message) -> None:
        nonlocal number
        number += 1
        body = dumps({**message, "number": number}).encode()
        digest = blake2b(body, key=key, digest_size=DIGEST_SIZE).hexdigest().encode()
        line = digest + b" " + body + b"\n"
        try:
            while line:
                line = line[write(fd, line) :]
        except OSError:  # somebody closed it: there is nobody left to tell
            leave(CLOSED)

    return send


class Receiver:
    """Puts lines together again and checks each."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._number = 0
        self._rest = b""

    def feed(self, data: bytes) -> list[Message]:
        """The messages that are complete now, in order."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [self._open(line) for line in lines]

    def _open(self, line: bytes) -> Message:
        digest, _, body = line.partition(b" ")
        if digest != _digest(self._key, body):
            raise TamperedError("a line without the grader's signature")
        message: Message = json.loads(body)
        self._number += 1
        if message["number"] != self._number:
            raise TamperedError("a line out of turn")
        return message
