"""Transfers between locked accounts. The question is in README.md; write your answer into this file.

Work level by level: `tox -e ordered_lock_transfer` grades what is there and stops at the first level
that fails. The TODOs are numbered like the levels, and like the hints in hints.md. Only the standard
library; import threading, time, contextlib and so on as you like.

TODO 1: which checks must come before which change?
TODO 2: several threads call transfer at once, on the same accounts, in both directions. A lock for each
        account, and none for all of them.
TODO 3: a sum is only true if there was a moment at which it was.
TODO 4: many accounts, many steps, and for everybody else just one.
TODO 5: waiting, but not for ever, and never in vain.
"""

import threading
from collections.abc import Iterable


class InsufficientFunds(Exception):
    """The source of a transfer holds less than the amount."""


class Account:
    """A balance in cents and the lock that guards it.

    id: unique among all accounts, any int.
    balance: in cents, never negative; touched only while `lock` is held.
    lock: a threading.Lock or threading.RLock of this account's own.
    """

    id: int
    balance: int
    lock: threading.Lock

    def __init__(self, id: int, balance: int = 0) -> None:
        """Raise ValueError for a negative opening balance."""
        # TODO 1
        raise NotImplementedError("level 1: Account.__init__")


def transfer(source: Account, target: Account, amount: int) -> None:
    """Move `amount` from source to target.

    Raises ValueError if amount < 1, InsufficientFunds if source holds less than amount; both balances
    are then as before. To the same account: checks the funds and changes nothing.

    Level 2: may be called from any thread. No deadlock, whatever transfers run at once; transfers that
             share no account do not wait for each other; both locks are free afterwards, also after an
             exception.
    """
    # TODO 1: can source and target be the same object?
    # TODO 2: thread 1 has a and wants b. What has thread 2?
    raise NotImplementedError("level 1: transfer")


def total(accounts: Iterable[Account]) -> int:
    """Level 3: the sum of the balances at one moment; an account named twice counts once."""
    # TODO 3: money moves while you add.
    raise NotImplementedError("level 3: total")


def transfer_all(transfers: Iterable[tuple[Account, Account, int]]) -> None:
    """Level 4: all of the transfers (source, target, amount) or, on InsufficientFunds, none.

    Nobody sees a part of it. Each transfer must be covered when its turn comes. A bad amount anywhere:
    ValueError, and none is done.
    """
    # TODO 4: the fifth of ten is not covered. What have you changed so far, and who has seen it?
    raise NotImplementedError("level 4: transfer_all")


def try_transfer(source: Account, target: Account, amount: int, timeout: float) -> bool:
    """Level 5: as transfer, but gives up after `timeout` seconds (0 or more) of waiting for locks.

    Returns True when done, False when it gave up: with nothing changed and no lock held. Calls that
    would each succeed one after another all succeed at once, given ample timeouts.
    """
    # TODO 5: how much time is left for the second lock?
    raise NotImplementedError("level 5: try_transfer")
