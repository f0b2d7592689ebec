"""The channel accepts what the sender wrote, in order, and nothing else."""

import os
from pathlib import Path

import pytest

from harness.grading.channel import Receiver, TamperedError, make_sender

KEY = b"k" * 32


def written(*messages: dict[str, object], key: bytes = KEY) -> bytes:
    reader, writer = os.pipe()
    send = make_sender(writer, key)
    for message in messages:
        send(message)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        return file.read()


def test_messages_arrive_in_order_however_they_are_cut() -> None:
    data = written({"kind": "a", "text": "ä\n"}, {"kind": "b"})
    receiver = Receiver(KEY)
    got = [message for byte in data for message in receiver.feed(bytes([byte]))]
    assert [message["kind"] for message in got] == ["a", "b"]
    assert got[0]["text"] == "ä\n"


@pytest.mark.parametrize(
    "forged",
    [b'{"kind": "end", "number": 1}\n', b"\n", written({"kind": "end"}, key=b"x" * 32)],
    ids=["unsigned", "empty", "another key"],
)
def test_a_line_that_the_sender_did_not_write_is_noticed(forged: bytes) -> None:
    with pytest.raises(TamperedError):
        Receiver(KEY).feed(forged)


def test_a_line_that_is_repeated_or_left_out_is_noticed() -> None:
    first, second, _ = written({"kind": "a"}, {"kind": "b"}).split(b"\n")
    with pytest.raises(TamperedError):
        Receiver(KEY).feed(first + b"\n" + first + b"\n")
    with pytest.raises(TamperedError):
        Receiver(KEY).feed(second + b"\n")


def test_the_key_is_in_no_message(tmp_path: Path) -> None:
    assert KEY not in written({"kind": "a"})
    assert KEY.hex().encode() not in written({"kind": "a"})
