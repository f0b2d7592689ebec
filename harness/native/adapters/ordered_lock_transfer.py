"""The Python API of ordered_lock_transfer over its C reference, which takes Python's locks by callbacks.

Guarantees: `Account.lock` is the lock that the C code takes, in the thread of the caller. An exception that
comes while it waits for one, as Ctrl-C does, ends the call as a timeout would, and is raised then.
Assumptions: ids are 64 bits, and so are balances and totals: what is larger raises OverflowError.
"""

import threading
from collections.abc import Iterable
from typing import Any

from harness.native.bind import load

ffi, lib = load("ordered_lock_transfer")

_MOST_AMOUNT = 2**63 - 1  # more than any account can hold, as are all larger ones
_NANO = 10**9

_came_up = threading.local()  # the exception of this thread that could not pass through C


def _keep(_kind: Any, error: BaseException, _traceback: Any) -> None:
    _came_up.error = error


@ffi.callback("bool (void *, int64_t)", error=False, onerror=_keep)
def _acquire(handle: Any, timeout: int) -> bool:
    seconds = -1 if timeout < 0 else min(timeout / _NANO, threading.TIMEOUT_MAX)
    taken: bool = ffi.from_handle(handle).acquire(timeout=seconds)
    return taken


@ffi.callback("void (void *)", onerror=_keep)
def _release(handle: Any) -> None:
    ffi.from_handle(handle).release()


_LOCK_CALLS = ffi.new("struct lock_calls *", (_acquire, _release))

# cffi takes a lock of its own where it meets a name for the first time. No transfer is to wait for
# that one either, so all names are met here.
_transfer, _try_transfer = lib.account_transfer, lib.account_try_transfer
_transfer_all, _total = lib.account_transfer_all, lib.account_total
_new, _delete, _balance = lib.account_new, lib.account_delete, lib.account_balance
_MOST = lib.account_most()
_DONE = lib.TRANSFER_DONE
_BAD_AMOUNT, _INSUFFICIENT = lib.TRANSFER_BAD_AMOUNT, lib.TRANSFER_INSUFFICIENT
_TOO_MUCH, _NO_MEMORY = lib.TRANSFER_TOO_MUCH, lib.TRANSFER_NO_MEMORY
_SUM, _BATCH = ffi.typeof("int64_t *"), ffi.typeof("struct transfer[]")


class InsufficientFunds(Exception):  # noqa: N818  the contract's name
    """The source of a transfer holds less than the amount."""


class Account:
    """See katas/ordered_lock_transfer."""

    def __init__(self, id: int, balance: int = 0) -> None:  # noqa: A002  likewise
        if balance < 0:
            raise ValueError(f"an account cannot open with {balance}")
        if balance > _MOST:
            raise OverflowError(f"a balance in C is at most {_MOST}, not {balance}")
        self.id = id
        self.lock = threading.Lock()
        self._handle = ffi.new_handle(self.lock)
        made = _new(id, balance, _LOCK_CALLS, self._handle)
        if not made:
            raise MemoryError
        self._account = ffi.gc(made, _delete)

    @property
    def balance(self) -> int:
        """In cents."""
        return int(_balance(self._account))


def transfer(source: Account, target: Account, amount: int) -> None:
    """Moves `amount`."""
    _judge(_transfer(source._account, target._account, _in_range(amount)))


def try_transfer(source: Account, target: Account, amount: int, timeout: float) -> bool:
    """As transfer, but False after `timeout` seconds of waiting for locks."""
    nanoseconds = int(min(timeout * _NANO, 2.0**62))
    given = source._account, target._account, _in_range(amount), nanoseconds
    return _judge(_try_transfer(*given))


def transfer_all(transfers: Iterable[tuple[Account, Account, int]]) -> None:
    """All of the transfers, or none."""
    batch = [(s._account, t._account, _in_range(amount)) for s, t, amount in transfers]
    _judge(_transfer_all(ffi.new(_BATCH, batch), len(batch)))


def total(accounts: Iterable[Account]) -> int:
    """The sum of the balances at one moment."""
    named = [account._account for account in accounts]
    total = ffi.new(_SUM)
    _judge(_total(named, len(named), total))
    return int(total[0])


def _in_range(amount: int) -> int:
    """The amount, or one of which C says the same."""
    return max(0, min(amount, _MOST_AMOUNT))


def _judge(outcome: int) -> bool:
    """Whether it was done, or else given up; raises what is neither."""
    error: BaseException | None = vars(_came_up).pop("error", None)
    if error is not None:
        raise error
    if outcome == _BAD_AMOUNT:
        raise ValueError("an amount must be at least 1")
    if outcome == _INSUFFICIENT:
        raise InsufficientFunds
    if outcome == _TOO_MUCH:
        raise OverflowError(f"a balance in C is at most {_MOST}, and so is a total")
    if outcome == _NO_MEMORY:
        raise MemoryError
    return bool(outcome == _DONE)
