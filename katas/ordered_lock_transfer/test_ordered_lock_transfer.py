"""What the suite demands of transfers between locked accounts, level by level, as the README promises it.

Each test is one sentence of the contract: sequential ones first, then edges, then concurrent ones. The
oracle of the concurrent ones is a bank that does one call after the other (`harness.history`): some
order of the calls must explain every result and every balance.

A right solution may order its locks by whatever it likes, or release them all and try again, with Lock
or with RLock. So the tests never wait for a second account's lock while they hold a first one, and time
in them is virtual: `settle()` costs nothing. Ids are unique within a test, and balances are stored by the
candidate alone.
"""

import math
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.history import Bank, History, assert_linearizable
from harness.suite import freeze, raises, thaw, timer_wakeups

level = pytest.mark.level
explore = pytest.mark.explore
stress = pytest.mark.stress
plain = pytest.mark.plain

AMPLE = 64.0  # seconds: nobody in a scenario holds a lock for so long
SLACK = 1 / 16  # how late a right answer may be: some look again after a short sleep
DAY = 24 * 60 * 60.0
# Ids of a and b. The order by id goes another way than that by age, by size, as text or in a set for one
# of them at least, and so does its reverse.
ORDERS = [(9, 16), (16, 9), (9, -16)]
PRIMES = (17, 19, 23, 29, 31, 37, 97, 101, 127, 997), (257, 509, 1009, 1021, 1031, 10007)


class Call:
    """A call that runs in a thread of its own."""

    def __init__(self, function, *args):
        self._function = function
        self._args = args
        self._result = self._error = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        try:
            self._result = self._function(*self._args)
        except Exception as error:
            self._error = error

    def is_over(self):
        """Whether it has returned or raised."""
        return not self.thread.is_alive()

    def result(self):
        """What it returned, or raises what it raised; waits for that."""
        self.thread.join()
        if self._error is not None:
            raise self._error
        return self._result


def settle():
    """Lets every other thread do what it can do now."""
    for _ in range(16):
        time.sleep(0)


def keeps_waiting(call):
    """Whether `call` waits for an hour; for less if it looks again and again."""
    waited = 0
    for seconds in (1, 9, 50, 540, 3600):
        if timer_wakeups() * seconds > 1000 * max(waited, 1):
            break  # it would look more than a thousand times
        time.sleep(seconds)
        waited += seconds
    return not call.is_over()


def locked(*accounts):
    """The ids of the accounts whose lock is not free. Asked by another thread: an RLock lets its own in."""

    def ask():
        found = []
        for account in accounts:
            if account.lock.acquire(blocking=False):
                account.lock.release()
            else:
                found.append(account.id)
        return found

    return Call(ask).result()


def sees(*accounts):
    """The lowest of the balances, as anybody sees them without a lock."""
    return Call(lambda: min([account.balance for account in accounts]))


def expect_none_negative(watcher):
    """Asserts that what `sees` saw is no debt."""
    lowest = watcher.result()
    assert lowest >= 0, f"another thread saw a balance of {lowest}"


def balances(*accounts):
    """The balances, when nothing runs any more."""
    seen = [account.balance for account in accounts]
    for balance in seen:
        assert type(balance) is int, f"a balance is {balance!r}, of type {type(balance).__name__}"
    return seen


def expect_unchanged(before, *accounts):
    """Asserts that the balances are as they were."""
    after = balances(*accounts)
    assert after == before, f"nothing was to change, but the balances went from {before} to {after}"


def expect_left_alone(before, *accounts):
    """Asserts that the balances are as they were, and the locks free."""
    expect_unchanged(before, *accounts)
    held = locked(*accounts)
    assert not held, f"the call is over, and the locks of accounts {held} are still taken"


class Ledger:
    """Accounts by name, and the history of what was called on them."""

    def __init__(self, kata, ids=(1, 2, 3, 4), **opening):
        self._kata = kata
        self._history = History()
        self._model = Book(opening)
        self.accounts = {
            name: kata.Account(number, cents)
            for number, (name, cents) in zip(ids, opening.items(), strict=False)
        }

    def transfer(self, source, target, amount):
        a = self.accounts
        self._record(
            "transfer", self._kata.transfer, (source, target, amount), a[source], a[target], amount
        )

    def try_transfer(self, source, target, amount, timeout=AMPLE):
        a = self.accounts
        shown = (source, target, amount)
        self._record(
            "try_transfer", self._kata.try_transfer, shown, a[source], a[target], amount, timeout
        )

    def transfer_all(self, *batch):
        given = [
            (self.accounts[source], self.accounts[target], amount)
            for source, target, amount in batch
        ]
        self._record("transfer_all", self._kata.transfer_all, (batch,), given)

    def total(self, *names):
        self._record("total", self._kata.total, (names,), [self.accounts[name] for name in names])

    def look(self, name):
        """Reads one balance as anybody may: while holding its lock."""
        account = self.accounts[name]

        def read():
            with account.lock:
                return account.balance

        self._record("balance", read, (name,))

    def _record(self, name, function, shown, *args):
        def outcome(*_):
            try:
                return function(*args)
            except self._kata.InsufficientFunds:
                return Book.refusal

        self._history.call_as(name, outcome, *shown)

    def check(self):
        """Asserts that the results and the final balances are those of some order of the calls."""
        for name in self.accounts:
            self.look(name)
        assert_linearizable(self._history, self._model)
        held = locked(*self.accounts.values())
        assert not held, f"all calls have returned, but the locks of accounts {held} are taken"


def expect_no_global_lock(kata, move):
    """Does `move(c, d)` while `move(a, b)` is stopped at any of its steps: they share no account."""
    a, b, c, d = (kata.Account(number, 10) for number in (1, 2, 3, 4))
    move(a, b)  # what is made at the first use is there

    def go_on():
        time.sleep(1)
        thaw(stopped.thread)

    later = Call(go_on)
    time.sleep(0)
    stopped = Call(move, a, b)
    time.sleep(0)  # it does some of its steps, or all
    freeze(stopped.thread)
    start = time.monotonic()
    move(c, d)
    waited = time.monotonic() - start
    later.result()
    stopped.result()
    assert not waited, "a call was stopped, and one over two other accounts waited until it went on"
    seen = balances(a, b, c, d)
    assert seen == [8, 12, 9, 11], f"in the end they hold {seen}, not [8, 12, 9, 11]"


class Book(Bank):
    """A bank that serves one call after the other."""

    refusal = "InsufficientFunds"

    def try_transfer(self, state, source, target, amount):
        return [
            (True if r is None else r, after)
            for r, after in self.transfer(state, source, target, amount)
        ]


# -- level 1: core ---------------------------------------------------------------------------------


@level(1)
def test_an_account_opens_with_its_id_and_balance(kata):
    """An account has the id and the balance that it was opened with; the balance is 0 by default."""
    first, second, third = kata.Account(7, 250), kata.Account(8), kata.Account(id=9, balance=0)
    ids = [first.id, second.id, third.id]
    assert ids == [7, 8, 9], f"accounts opened as 7, 8 and 9 have the ids {ids}"
    seen = balances(first, second, third)
    assert seen == [250, 0, 0], f"opened with 250, nothing and 0, they hold {seen}"


@level(1)
def test_a_negative_opening_balance_raises_ValueError(kata):
    """An account cannot be opened with a negative balance."""
    for cents in (-1, -250):
        with raises(ValueError, f"Account(1, {cents})"):
            kata.Account(1, cents)


@level(1)
@pytest.mark.parametrize("ids", [(1, 2), (2, 1), (-5, 1000000007)])
def test_a_transfer_moves_the_amount(kata, ids):
    """transfer takes the amount from the source and gives it to the target, up to all that is there."""
    source, target = kata.Account(ids[0], 10), kata.Account(ids[1], 3)
    for amount, expected in ((1, [9, 4]), (8, [1, 12]), (1, [0, 13])):
        kata.transfer(source, target, amount)
        seen = balances(source, target)
        assert seen == expected, (
            f"after a transfer of {amount} the balances are {seen}, not {expected}"
        )


@level(1)
def test_cents_are_counted_exactly_however_many(kata):
    """Balances and amounts are ints of any size: no cent is lost to rounding."""
    source, target = kata.Account(1, 2**61 + 3), kata.Account(2, 1)
    for amount, expected in ((2**60 + 1, [2**60 + 2, 2**60 + 2]), (1, [2**60 + 1, 2**60 + 3])):
        kata.transfer(source, target, amount)
        seen = balances(source, target)
        assert seen == expected, (
            f"after a transfer of {amount} the balances are {seen}, not {expected}"
        )


@level(1)
@pytest.mark.parametrize("amount", [0, -1, -500])
def test_an_amount_below_1_raises_ValueError(kata, amount):
    """An amount below 1 raises ValueError, whatever the accounts hold; both are as before."""
    for number, source_cents in ((1, 10), (3, 0)):
        source, target = kata.Account(number, source_cents), kata.Account(number + 1, 700)
        with raises(ValueError, f"a transfer of {amount}"):
            kata.transfer(source, target, amount)
        expect_unchanged([source_cents, 700], source, target)
        with raises(ValueError, f"a transfer of {amount} to the same account"):
            kata.transfer(source, source, amount)
        expect_unchanged([source_cents, 700], source, target)


@level(1)
@pytest.mark.parametrize("ids", [(1, 2), (2, 1)])
def test_too_little_money_raises_InsufficientFunds(kata, ids):
    """A transfer that is not covered raises InsufficientFunds; both balances are as before."""
    for more, cents, amount in ((0, 10, 11), (2, 0, 1), (4, 10, 10**12)):
        source, target = kata.Account(ids[0] + more, cents), kata.Account(ids[1] + more, 20)
        with raises(kata.InsufficientFunds, f"a transfer of {amount}"):
            kata.transfer(source, target, amount)
        expect_unchanged([cents, 20], source, target)


@level(1)
def test_a_transfer_to_the_same_account_checks_the_funds_and_changes_nothing(kata):
    """To the same account: checks the funds, changes nothing, does not deadlock."""
    account = kata.Account(1, 10)
    for amount in (1, 10):
        kata.transfer(account, account, amount)
        seen = balances(account)
        assert seen == [10], (
            f"10 cents, a transfer of {amount} to itself, and the account holds {seen[0]}"
        )
    with raises(kata.InsufficientFunds, "a transfer of 11 to the same account"):
        kata.transfer(account, account, 11)
    expect_unchanged([10], account)


@level(1)
@given(
    opening=st.lists(st.integers(0, 9), min_size=3, max_size=3),
    calls=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 9)), max_size=10),
)
def test_any_sequence_of_transfers_agrees_with_the_book(kata, opening, calls):
    """Whatever is transferred, each call does what it does on paper."""
    accounts = [kata.Account(number, cents) for number, cents in enumerate(opening)]
    book, code = (
        list(opening),
        [f"accounts = [Account(n, cents) for n, cents in enumerate({opening})]"],
    )
    for source, target, amount in calls:
        code.append(f"transfer(accounts[{source}], accounts[{target}], {amount})")
        expected = (
            "ValueError" if amount < 1 else "InsufficientFunds" if book[source] < amount else "None"
        )
        if expected == "None":
            book[source] -= amount
            book[target] += amount
        try:
            seen = repr(kata.transfer(accounts[source], accounts[target], amount))
        except kata.InsufficientFunds:
            seen = "InsufficientFunds"
        except ValueError:
            seen = "ValueError"
        after = balances(*accounts)
        assert (seen, after) == (expected, book), (
            f"the last call gave {seen} and left {after}; on paper it is {expected} and {book}:\n\n"
            + "\n".join(code)
        )


@level(1)
@explore
@stress
def test_a_balance_is_never_negative_not_even_in_between(kata):
    """Nobody ever sees a negative balance, not even one that is put right at once."""
    poor, rich = kata.Account(1, 5), kata.Account(2, 3)
    watcher = sees(poor, rich)
    kata.transfer(rich, poor, 1)
    for source, target in ((poor, rich), (poor, poor)):
        with raises(kata.InsufficientFunds, "a transfer of 9"):
            kata.transfer(source, target, 9)
    expect_none_negative(watcher)
    assert balances(poor, rich) == [6, 2], f"the balances are {balances(poor, rich)}, not [6, 2]"


# -- level 2: threads ------------------------------------------------------------------------------


@level(2)
@explore
@stress
@pytest.mark.parametrize(
    "apart", [1, 144144000000]
)  # whatever one divides by, the remainders agree
def test_two_opposite_transfers_do_not_deadlock(kata, apart):
    """a to b and b to a at once: both end, and no money is made or lost."""
    ledger = Ledger(kata, (1, 1 + apart), a=5, b=5)
    other = Call(ledger.transfer, "b", "a", 2)
    ledger.transfer("a", "b", 1)
    other.result()
    ledger.check()


@level(2)
@explore
@pytest.mark.parametrize(
    "ids",
    [(-1, 1), (-1, -2), (2**61, 1), (2**62, 2**62 + 1), (2**32, 2**33)]
    + [(1, 1 + math.prod(primes)) for primes in PRIMES],  # tables are that long
    ids=str,
)
def test_the_order_tells_any_two_ids_apart(kata, ids):
    """Ids of one size, hash, float, low half or remainder are two all the same: opposite transfers both end."""
    a, b = kata.Account(ids[0], 5), kata.Account(ids[1], 5)
    other = Call(kata.transfer, b, a, 2)
    kata.transfer(a, b, 1)
    other.result()
    assert balances(a, b) == [6, 4], f"the balances are {balances(a, b)}, not [6, 4]"


@level(2)
@explore
@stress
def test_a_circle_of_three_transfers_does_not_deadlock(kata):
    """a to b, b to c and c to a at once: all end, and no money is made or lost."""
    ledger = Ledger(kata, a=3, b=3, c=3)
    others = [Call(ledger.transfer, "a", "b", 1), Call(ledger.transfer, "b", "c", 2)]
    ledger.transfer("c", "a", 3)
    for other in others:
        other.result()
    ledger.check()


@level(2)
@explore
@stress
def test_two_transfers_from_one_account_do_not_both_spend_its_money(kata):
    """With money for one of two transfers, one is done and the other raises InsufficientFunds."""
    ledger = Ledger(kata, a=8, b=0, c=0)
    other = Call(ledger.transfer, "a", "b", 5)
    ledger.transfer("a", "c", 6)
    other.result()
    ledger.check()


@level(2)
@explore
@stress
def test_two_transfers_to_one_account_both_arrive(kata):
    """Two transfers to one account at once: no money is lost."""
    ledger = Ledger(kata, a=5, b=5, c=0)
    other = Call(ledger.transfer, "a", "c", 5)
    ledger.transfer("b", "c", 5)
    other.result()
    ledger.check()


@level(2)
@explore
@stress
def test_a_transfer_that_lives_on_another_ones_money_agrees_with_some_order(kata):
    """a to b and b to c at once: whether b's money suffices is judged on what b holds then."""
    ledger = Ledger(kata, a=4, b=1, c=0)
    other = Call(ledger.transfer, "a", "b", 4)
    ledger.transfer("b", "c", 5)
    ledger.transfer("b", "c", 1)
    other.result()
    ledger.check()


@level(2)
@explore
def test_the_funds_are_judged_when_both_locks_are_held(kata):
    """Whoever lets go of the source's lock to wait for the target's judges the funds again."""
    ledger = Ledger(kata, a=5, b=0, c=5)
    other = Call(ledger.transfer, "a", "b", 5)
    ledger.transfer("c", "b", 1)
    ledger.transfer("a", "c", 5)
    other.result()
    ledger.check()


@level(2)
@explore
@stress
def test_a_transfer_to_the_same_account_gets_along_with_others(kata):
    """A transfer to the same account takes part as any other does: no deadlock, nothing lost."""
    ledger = Ledger(kata, a=4, b=1)
    other = Call(ledger.transfer, "a", "a", 3)
    ledger.transfer("a", "b", 2)
    other.result()
    ledger.check()


@level(2)
@pytest.mark.parametrize("ids", [(1, 2), (2, 1)])
@pytest.mark.parametrize("holds", ["source", "target"])
def test_a_transfer_waits_while_somebody_holds_the_lock_of_an_account(kata, ids, holds):
    """Balances are touched only while their account's lock is held: its holder sees nothing move."""
    source, target = kata.Account(ids[0], 10), kata.Account(ids[1], 20)
    mine, before = (source, 10) if holds == "source" else (target, 20)
    with mine.lock:
        call = Call(kata.transfer, source, target, 5)
        early, seen = not keeps_waiting(call), mine.balance
    call.result()
    assert seen == before, (
        f"the {holds}'s lock was held, yet its balance went from {before} to {seen}"
    )
    assert not early, f"transfer returned while another thread held the {holds}'s lock"
    assert balances(source, target) == [5, 25], f"in the end they hold {balances(source, target)}"


@level(2)
@pytest.mark.parametrize("to_itself", [False, True])
@pytest.mark.parametrize("covered", [False, True])
def test_the_funds_are_judged_under_the_sources_lock(kata, to_itself, covered):
    """Whether the money suffices is looked up while holding the lock, also for a refusal."""
    source, other = kata.Account(1, 10), kata.Account(2, 20)
    target = source if to_itself else other
    with source.lock:
        call = Call(kata.transfer, source, target, 5 if covered else 11)
        settle()
        early = call.is_over()
    if covered:
        call.result()
    else:
        with raises(kata.InsufficientFunds, "the call"):
            call.result()
    assert not early, "transfer judged the source's balance while another thread held its lock"


@level(2)
@pytest.mark.parametrize(
    "ids", [(1, 2, 3, 4), (3, 4, 1, 2), (1, 3, 2, 4), (2, 1, 4, 3), (1, 101, 201, 301)]
)
@pytest.mark.parametrize("stuck", [0, 1])
def test_disjoint_transfers_do_not_wait_for_each_other(kata, ids, stuck):
    """While one transfer waits for a lock, a transfer between two other accounts is done."""
    a, b, c, d = (kata.Account(number, 10) for number in ids)
    with (a, b)[stuck].lock:
        waiting = Call(kata.transfer, a, b, 1)
        settle()
        free = Call(kata.transfer, c, d, 2)
        settle()
        done = free.is_over()
    waiting.result()
    free.result()
    assert done, (
        f"a transfer waited for account {(a, b)[stuck].id}, and one from {c.id} to {d.id} waited too: "
        "they share no account"
    )
    assert balances(a, b, c, d) == [9, 11, 8, 12], f"in the end they hold {balances(a, b, c, d)}"


@level(2)
@explore(every_point=True, preemptions=1)
def test_no_lock_is_shared_by_all_transfers(kata):
    """There is no global lock: wherever one transfer stands, one between two other accounts is done."""
    expect_no_global_lock(kata, lambda source, target: kata.transfer(source, target, 1))


@level(2)
def test_however_many_transfers_wait_a_disjoint_one_does_not(kata):
    """There is no limit to how many transfers may wait: one between two other accounts is done."""
    busy, c, d, *others = (kata.Account(number, 10) for number in range(23))
    with busy.lock:
        waiting = [Call(kata.transfer, busy, other, 1) for other in others[:10]]
        waiting += [Call(kata.transfer, other, busy, 1) for other in others[10:]]
        time.sleep(1 / 64)  # all of them come to where they wait
        free = Call(kata.transfer, c, d, 2)
        time.sleep(1 / 64)
        done = free.is_over()
    for call in (free, *waiting):
        call.result()
    assert done, (
        f"{len(waiting)} transfers waited for one account, and so did one from {c.id} to {d.id}"
    )


@level(2)
def test_each_account_has_a_lock_of_its_own(kata):
    """However many accounts there are, each has another lock: a threading.Lock or RLock."""
    kinds = type(threading.Lock()), type(threading.RLock())
    locks = [kata.Account(number).lock for number in range(1100)]
    assert isinstance(locks[0], kinds), f"an account's lock is {locks[0]!r}: no Lock and no RLock"
    distinct = len({id(lock) for lock in locks})
    assert distinct == len(locks), f"{len(locks)} accounts share {distinct} locks"


@level(2)
def test_every_lock_is_free_after_a_transfer(kata):
    """When transfer has returned or raised, whatever it raised, both locks are free."""
    a, b = kata.Account(1, 10), kata.Account(2, 10)
    for source, target in ((a, b), (b, a), (a, a)):
        for amount, error in ((1, None), (0, ValueError), (99, kata.InsufficientFunds)):
            if error is None:
                kata.transfer(source, target, amount)
            else:
                with raises(error, f"a transfer of {amount}"):
                    kata.transfer(source, target, amount)
            held = locked(a, b)
            assert not held, (
                f"transfer({source.id}, {target.id}, {amount}) is over, the locks of {held} are taken"
            )


# -- level 3: total --------------------------------------------------------------------------------


@level(3)
def test_total_is_the_sum_of_the_balances(kata):
    """total sums the balances of any iterable of accounts, in any order."""
    a, b, c = (kata.Account(number, cents) for number, cents in ((5, 1), (2, 20), (9, 300)))
    for accounts, expected in (
        ((), 0),
        ((b,), 20),
        ((a, b, c), 321),
        ((c, a), 301),
        ((b, c, a), 321),
    ):
        seen = kata.total(list(accounts))
        assert type(seen) is int and seen == expected, (
            f"the balances sum to {expected}, total says {seen!r}"
        )
        seen = kata.total(account for account in accounts)
        assert seen == expected, f"of a generator the total is {seen!r}, not {expected}"
    kata.transfer(c, b, 50)
    seen = kata.total([c, a])
    assert seen == 251, f"50 were paid out since, and the balances sum to 251; total says {seen!r}"
    many = [kata.Account(number, 2) for number in range(10, 160)]
    seen = kata.total(many)
    assert seen == 300, f"150 accounts hold 2 cents each, total says {seen!r}"
    held = locked(a, b, c, *many)
    assert not held, f"total left the locks of accounts {held} taken"


@level(3)
def test_an_account_named_twice_counts_once(kata):
    """An account that is named twice counts once, and is no deadlock."""
    a, b = kata.Account(1, 10), kata.Account(2, 5)
    for accounts in ([a, a], [a, b, a], [b, a, b, a]):
        expected = 10 if b not in accounts else 15
        seen = kata.total(accounts)
        assert seen == expected, (
            f"accounts {[x.id for x in accounts]} hold {expected}, total says {seen!r}"
        )
    held = locked(a, b)
    assert not held, f"total left the locks of accounts {held} taken"


@level(3)
def test_locks_are_free_after_an_iterable_that_raises(kata):
    """An exception out of the iterable comes through, and no lock stays taken."""
    a, b = kata.Account(1, 10), kata.Account(2, 5)

    def broken():
        yield a
        yield b
        raise LookupError("no more")

    with raises(LookupError, "total"):
        kata.total(broken())
    expect_left_alone([10, 5], a, b)


@level(3)
@pytest.mark.parametrize("number", [0, 1])
def test_total_waits_while_somebody_holds_the_lock_of_an_account(kata, number):
    """total reads a balance only while it holds the account's lock."""
    accounts = [kata.Account(1, 10), kata.Account(2, 5)]
    with accounts[number].lock:
        call = Call(kata.total, accounts)
        early = not keeps_waiting(call)
    result = call.result()
    assert not early, f"total returned while another thread held the lock of account {number + 1}"
    assert result == 15, f"the balances sum to 15, total says {result!r}"


@level(3)
@pytest.mark.parametrize("times", [1, 2])
def test_total_of_one_account_waits_for_its_lock_too(kata, times):
    """A single balance is read under its lock as well, however often its account is named."""
    account = kata.Account(1, 10)
    with account.lock:
        call = Call(kata.total, [account] * times)
        settle()
        early = call.is_over()
    result = call.result()
    assert not early, "total returned while another thread held the lock of its only account"
    assert result == 10, f"the balance is 10, total says {result!r}"


@level(3)
@pytest.mark.parametrize("start", [0, 1])
def test_total_is_consistent_however_often_money_comes_back(kata, start):
    """Whoever moves money to and fro between its looks does not make it look right: all locks at once."""
    accounts = [kata.Account(1, 10), kata.Account(2, 10)]
    mine, other = accounts[start], accounts[1 - start]
    kata.transfer(accounts[1], accounts[0], 10)
    mine.lock.acquire()
    call = Call(kata.total, accounts)
    for _ in range(6):
        settle()
        if not other.lock.acquire(blocking=False):  # total has it, and so all is well
            break
        other.lock.release()
        rich, poor = (mine, other) if mine.balance else (other, mine)
        mine.lock.release()  # total comes to it when this thread stands still the next time
        kata.transfer(rich, poor, rich.balance)
        mine, other = other, mine
        mine.lock.acquire()
    mine.lock.release()
    result = call.result()
    assert result == 20, f"20 cents went to and fro between two accounts; total says {result!r}"


@level(3)
@explore
@stress
@pytest.mark.parametrize(
    "names, ids", zip(("ab", "ba", "aba"), ORDERS, strict=True), ids=["ab", "ba", "aba"]
)
def test_total_is_a_consistent_snapshot_while_a_transfer_runs(kata, names, ids):
    """Money that is on its way is neither missed nor counted twice; nobody deadlocks."""
    ledger = Ledger(kata, ids, a=5, b=5)
    other = Call(ledger.transfer, "a", "b", 5)
    ledger.total(*names)
    other.result()
    ledger.check()


@level(3)
@explore
@stress
def test_total_is_consistent_with_a_chain_of_transfers(kata):
    """One thread moves money from a to b and on to c: total sees all of it, wherever it is."""
    ledger = Ledger(kata, a=5, b=0, c=0)

    def chain():
        ledger.transfer("a", "b", 5)
        ledger.transfer("b", "c", 5)

    other = Call(chain)
    ledger.total("c", "b", "a")
    other.result()
    ledger.check()


@level(3)
@explore
def test_total_holds_every_lock_until_it_has_the_last(kata):
    """Money that goes from the last account to the first is missed by whoever hands lock over for lock."""
    ledger = Ledger(kata, a=5, b=5, c=5)
    other = Call(ledger.transfer, "c", "a", 5)
    ledger.total("a", "b", "c")
    other.result()
    ledger.check()


@level(3)
@explore
def test_two_totals_of_other_accounts_do_not_mix(kata):
    """Two totals over different accounts at once: each is the sum of its own."""
    ledger = Ledger(kata, a=1, b=20, c=300)
    other = Call(ledger.total, "a", "b")
    ledger.total("c")
    other.result()
    ledger.check()


@level(3)
@explore
@stress
def test_two_totals_in_opposite_orders_do_not_deadlock(kata):
    """total of a and b, and of b and a, at once: both end."""
    ledger = Ledger(kata, a=5, b=4)
    other = Call(ledger.total, "b", "a")
    ledger.total("a", "b")
    other.result()
    ledger.check()


# -- level 4: transfer_all -------------------------------------------------------------------------


@level(4)
def test_all_transfers_of_a_covered_batch_are_done(kata):
    """transfer_all does all of the transfers; any iterable will do, an empty one changes nothing."""
    for first, shape in ((0, list), (3, tuple), (6, iter)):
        a, b, c = (kata.Account(first + number, 10) for number in (3, 1, 2))
        kata.transfer_all(shape([]))
        assert balances(a, b, c) == [10, 10, 10], f"an empty batch left {balances(a, b, c)}"
        kata.transfer_all(shape([(a, b, 10), (c, b, 1), (b, a, 3), (a, a, 2)]))
        seen = balances(a, b, c)
        assert seen == [3, 18, 9], f"the batch leaves [3, 18, 9] on paper; the accounts hold {seen}"
        held = locked(a, b, c)
        assert not held, f"transfer_all left the locks of accounts {held} taken"


@level(4)
@pytest.mark.parametrize("position", [0, 1, 2])
def test_none_of_the_transfers_is_done_if_one_is_not_covered(kata, position):
    """On InsufficientFunds all balances are as before, wherever in the batch it came."""
    a, b, c = kata.Account(1, 10), kata.Account(2, 10), kata.Account(3, 0)
    batch = [(a, b, 1), (b, a, 2)]
    batch.insert(position, (c, a, 5))
    with raises(kata.InsufficientFunds, "transfer_all"):
        kata.transfer_all(batch)
    expect_left_alone([10, 10, 0], a, b, c)


@level(4)
def test_funds_are_judged_by_order(kata):
    """Each transfer must be covered when its turn comes: not by the opening balances, not by the net."""
    a, b, c = kata.Account(1, 5), kata.Account(2, 0), kata.Account(3, 0)
    kata.transfer_all([(a, b, 5), (b, c, 5)])
    assert balances(a, b, c) == [0, 0, 5], (
        f"b passes on what it got: [0, 0, 5], not {balances(a, b, c)}"
    )
    kata.transfer_all([(c, a, 5), (a, c, 5)])
    assert balances(a, b, c) == [0, 0, 5], f"there and back: [0, 0, 5], not {balances(a, b, c)}"
    for batch in (
        [(a, c, 5), (c, a, 5)],
        [(b, b, 1), (c, b, 5)],
        [(c, a, 3), (c, b, 3), (a, c, 3)],
    ):
        with raises(kata.InsufficientFunds, "transfer_all"):
            kata.transfer_all(batch)
        expect_left_alone([0, 0, 5], a, b, c)


@level(4)
@pytest.mark.parametrize("amount", [0, -3])
def test_a_bad_amount_anywhere_in_the_batch_raises_ValueError(kata, amount):
    """ValueError for an amount below 1, with nothing done of the transfers before it."""
    a, b = kata.Account(1, 10), kata.Account(2, 10)
    for batch in (
        [(a, b, amount)],
        [(a, b, 5), (b, a, amount)],
        [(a, b, 5), (b, a, amount), (a, b, 1)],
    ):
        with raises(ValueError, "transfer_all"):
            kata.transfer_all(batch)
        expect_left_alone([10, 10], a, b)


@level(4)
@pytest.mark.parametrize("amount", [0, -3])
def test_a_bad_amount_in_a_batch_raises_ValueError_whatever_the_accounts_hold(kata, amount):
    """A bad amount is an error of the caller's, also behind a transfer that is not covered."""
    a, b = kata.Account(1, 10), kata.Account(2, 0)
    for batch in ([(a, b, 11), (a, b, amount)], [(b, a, 1), (a, a, amount)]):
        with raises(ValueError, "transfer_all"):
            kata.transfer_all(batch)
        expect_left_alone([10, 0], a, b)


@level(4)
def test_nothing_is_done_of_a_batch_whose_iterable_raises(kata):
    """The iterable may call us, and raise: its exception comes through, with nothing done and no lock held."""
    a, b = kata.Account(1, 10), kata.Account(2, 5)

    def broken():
        yield a, b, 1
        yield b, a, kata.total([a, b])
        raise LookupError("no more")

    with raises(LookupError, "transfer_all"):
        kata.transfer_all(broken())
    expect_left_alone([10, 5], a, b)


@level(4)
@explore
@pytest.mark.parametrize("uncovered", [None, 1, 2])
def test_no_balance_is_negative_within_a_batch(kata, uncovered):
    """Nobody ever sees a negative balance, not even while a batch is stored, or taken back."""
    a, b, c = kata.Account(1, 6), kata.Account(2, 0), kata.Account(3, 0)
    watcher = sees(b)
    batch = [(a, b, 5), (b, c, 5)]
    if uncovered is not None:
        batch.insert(uncovered, (b, c, 6))
    try:
        kata.transfer_all(batch)
    except kata.InsufficientFunds:
        pass
    kata.transfer(a, b, 1)
    expect_none_negative(watcher)
    expected, seen = [0, 1, 5] if uncovered is None else [5, 1, 0], balances(a, b, c)
    assert seen == expected, f"in the end they hold {seen}, not {expected}"


@level(4)
@explore(every_point=True, preemptions=1)
def test_no_lock_is_shared_by_all_batches(kata):
    """There is no global lock: wherever one batch stands, one over other accounts is done."""
    expect_no_global_lock(kata, lambda source, target: kata.transfer_all([(source, target, 1)]))


@level(4)
@given(
    opening=st.lists(st.integers(0, 9), min_size=3, max_size=3),
    batch=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(1, 9)), max_size=6),
)
def test_any_batch_agrees_with_the_book(kata, opening, batch):
    """Whatever the batch, all or none of it is done, as on paper."""
    accounts = [kata.Account(number, cents) for number, cents in enumerate(opening)]
    book, expected = list(opening), "None"
    for source, target, amount in batch:
        if book[source] < amount:
            book, expected = opening, "InsufficientFunds"
            break
        book[source] -= amount
        book[target] += amount
    try:
        seen = repr(
            kata.transfer_all([(accounts[s], accounts[t], amount) for s, t, amount in batch])
        )
    except kata.InsufficientFunds:
        seen = "InsufficientFunds"
    after = balances(*accounts)
    lines = "".join(f"    (accounts[{s}], accounts[{t}], {amount}),\n" for s, t, amount in batch)
    assert (seen, after) == (expected, book), (
        f"it gave {seen} and left {after}; on paper it is {expected} and {book}:\n\n"
        f"accounts = [Account(n, cents) for n, cents in enumerate({opening})]\n"
        f"transfer_all([\n{lines}])"
    )


@level(4)
@explore
@stress
@pytest.mark.parametrize("covered", [True, False])
def test_nobody_sees_a_part_of_a_batch(kata, covered):
    """Money that only passes through b is never seen in b, nor taken back after somebody saw it."""
    ledger = Ledger(kata, a=5, b=0, c=0)
    other = Call(ledger.transfer_all, ("a", "b", 5), ("b", "c", 5 if covered else 6))
    ledger.look("b")
    ledger.look("a")
    ledger.look("c")
    other.result()
    ledger.check()


@level(4)
@explore
@stress
@pytest.mark.parametrize("first", ["a", "c"])
def test_a_batch_is_one_step_for_total_and_for_a_single_balance(kata, first):
    """Whoever has seen one account after the batch sees every other account after it too."""
    ledger = Ledger(kata, a=5, b=5, c=5)
    other = Call(ledger.transfer_all, ("a", "b", 1), ("b", "c", 2))
    ledger.look(first)
    ledger.look("c" if first == "a" else "a")
    ledger.total("a", "c")
    other.result()
    ledger.check()


@level(4)
@explore
@stress
def test_two_batches_in_opposite_orders_do_not_deadlock(kata):
    """Two batches over the same accounts, one the other way round: both end, no money is lost."""
    ledger = Ledger(kata, a=5, b=5, c=5)
    other = Call(ledger.transfer_all, ("c", "b", 2), ("b", "a", 3))
    ledger.transfer_all(("a", "b", 1), ("b", "c", 6))
    other.result()
    ledger.check()


@level(4)
@explore
@stress
@pytest.mark.parametrize("ids", ORDERS, ids=str)
def test_a_batch_and_a_transfer_do_not_deadlock(kata, ids):
    """A batch and a single transfer over the same accounts: both end, no money is lost."""
    ledger = Ledger(kata, ids, a=5, b=5)
    other = Call(ledger.transfer_all, ("b", "a", 4), ("a", "b", 9))
    ledger.transfer("a", "b", 2)
    ledger.transfer("b", "a", 1)
    other.result()
    ledger.check()


@level(4)
@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_batch_waits_for_its_accounts_and_for_no_others(kata, number):
    """A batch touches no balance whose lock another thread holds; a disjoint batch goes ahead."""
    a, b, c, d, e = (kata.Account(n, 10) for n in range(5))
    mine = (a, b, c)[number]
    with mine.lock:
        waiting = Call(kata.transfer_all, [(a, b, 10), (b, c, 20)])
        early, seen = not keeps_waiting(waiting), mine.balance
        free = Call(kata.transfer_all, [(d, e, 1), (e, d, 2)])
        settle()
        done = free.is_over()
    waiting.result()
    free.result()
    assert seen == 10, (
        f"the lock of account {mine.id} was held, yet its balance went from 10 to {seen}"
    )
    assert not early, (
        f"transfer_all returned while another thread held the lock of account {mine.id}"
    )
    assert done, "a batch waited for an account, and a batch over two other accounts waited too"
    after = balances(a, b, c, d, e)
    assert after == [0, 0, 30, 11, 9], f"in the end they hold {after}, not [0, 0, 30, 11, 9]"


@level(4)
@pytest.mark.parametrize("targets", ["a", "b", "bb", "ba"])
@pytest.mark.parametrize("amount", [5, 11])
def test_a_batch_judges_no_balance_whose_lock_it_has_not(kata, targets, amount):
    """Whether the money suffices is looked up while holding the locks, also for a refusal."""
    accounts = {"a": kata.Account(1, 0), "b": kata.Account(2, 10)}
    batch = [(accounts["b"], accounts[target], amount) for target in targets]
    with accounts["b"].lock:
        call = Call(kata.transfer_all, batch)
        settle()
        early = call.is_over()
    if amount == 5:
        call.result()
    else:
        with raises(kata.InsufficientFunds, "the call"):
            call.result()
    assert not early, "transfer_all was over while another thread held the lock of its only source"


# -- level 5: try_transfer -------------------------------------------------------------------------


@level(5)
@pytest.mark.parametrize("timeout", [0, 0.25, AMPLE])
def test_try_transfer_does_what_transfer_does_when_the_locks_are_free(kata, timeout):
    """try_transfer moves the amount and returns True; with timeout 0 it tries once."""
    a, b = kata.Account(1, 10), kata.Account(2, 0)
    for source, target, expected in ((a, b, [6, 4]), (b, a, [10, 0]), (a, a, [10, 0])):
        result = kata.try_transfer(source, target, 4, timeout)
        assert result is True, f"the locks were free, but try_transfer returned {result!r}"
        assert balances(a, b) == expected, f"the balances are {balances(a, b)}, not {expected}"
        held = locked(a, b)
        assert not held, f"try_transfer left the locks of accounts {held} taken"


@level(5)
@plain  # on the real clock, which goes on between the lines of a call
@pytest.mark.parametrize("ids", [(1, 2), (2, 1)])
def test_a_deadline_that_is_over_before_the_first_try_is_no_error(kata, ids):
    """With timeout 0 the deadline is over at once: it still tries, and says True or False."""
    a, b = kata.Account(ids[0], 10), kata.Account(ids[1], 0)
    for source, target, expected in ((a, b, [6, 4]), (b, a, [10, 0]), (a, a, [10, 0])):
        result = kata.try_transfer(source, target, 4, 0)
        assert result is True, f"the locks were free, but try_transfer returned {result!r}"
        assert balances(a, b) == expected, f"the balances are {balances(a, b)}, not {expected}"
    for account in (a, b):
        with account.lock:
            result = Call(kata.try_transfer, a, b, 4, 0).result()
        assert result is False, f"a lock was held, but try_transfer returned {result!r}"
    expect_left_alone([10, 0], a, b)


@level(5)
def test_try_transfer_raises_what_transfer_raises(kata):
    """ValueError and InsufficientFunds as transfer; both balances as before, both locks free."""
    a, b = kata.Account(1, 10), kata.Account(2, 0)
    for source, target in ((a, b), (a, a), (b, a)):
        for amount, error in ((0, ValueError), (-1, ValueError), (11, kata.InsufficientFunds)):
            with raises(error, f"try_transfer of {amount}"):
                kata.try_transfer(source, target, amount, timeout=0.25)
            expect_left_alone([10, 0], a, b)


@level(5)
@pytest.mark.parametrize("amount", [0, -1])
@pytest.mark.parametrize("timeout", [0, 0.25])
def test_a_bad_amount_raises_ValueError_though_a_lock_is_busy(kata, amount, timeout):
    """False tells of locks that another thread held; a bad amount is told as ValueError, held or not."""
    a, b = kata.Account(1, 10), kata.Account(2, 0)
    for busy in (a, b):
        for target in (a, b):
            with busy.lock:
                call = Call(kata.try_transfer, a, target, amount, timeout)
                time.sleep(timeout + SLACK)
            with raises(ValueError, f"try_transfer of {amount} while a lock was held"):
                call.result()
            expect_left_alone([10, 0], a, b)


@level(5)
def test_try_transfer_waits_for_locks_and_for_nothing_else(kata):
    """Where the locks are free, too little money is told at once: the timeout is for waiting for locks."""
    a, b = kata.Account(1, 10), kata.Account(2, 0)
    start = time.monotonic()
    with raises(kata.InsufficientFunds, "try_transfer of 11"):
        kata.try_transfer(a, b, 11, 1.0)
    waited = time.monotonic() - start
    assert waited <= SLACK, f"both locks were free; InsufficientFunds came after {waited} s"


@level(5)
@explore
def test_no_balance_is_negative_within_try_transfer(kata):
    """Nobody ever sees a negative balance, not even one that is put right at once."""
    a, b = kata.Account(1, 5), kata.Account(2, 0)
    watcher = sees(a)
    with raises(kata.InsufficientFunds, "try_transfer of 9"):
        kata.try_transfer(a, b, 9, AMPLE)
    expect_none_negative(watcher)


@level(5)
@explore(every_point=True, preemptions=1)
def test_no_lock_is_shared_by_all_of_try_transfer(kata):
    """There is no global lock: wherever one try_transfer stands, one between other accounts is done."""
    expect_no_global_lock(kata, lambda source, target: kata.try_transfer(source, target, 1, AMPLE))


@level(5)
@explore
def test_try_transfer_judges_the_funds_when_both_locks_are_held(kata):
    """Whoever lets go of the source's lock to wait for the target's judges the funds again."""
    ledger = Ledger(kata, a=5, b=0, c=5)
    other = Call(ledger.try_transfer, "a", "b", 5)
    ledger.transfer("c", "b", 1)
    ledger.transfer("a", "c", 5)
    other.result()
    ledger.check()


@level(5)
@pytest.mark.parametrize("holds", ["source", "target"])
@pytest.mark.parametrize("ids", [(1, 2), (2, 1)])
@pytest.mark.parametrize("timeout", [0, 0.25])
def test_try_transfer_gives_up_at_its_deadline(kata, holds, ids, timeout):
    """After timeout seconds of waiting it returns False, with nothing changed and no lock held."""
    source, target = kata.Account(ids[0], 10), kata.Account(ids[1], 0)
    mine, other = (source, target) if holds == "source" else (target, source)
    with mine.lock:
        start = time.monotonic()
        call = Call(lambda: (kata.try_transfer(source, target, 5, timeout), time.monotonic()))
        time.sleep(timeout + SLACK)
        over = call.is_over()
        kept = locked(other)
    result, end = call.result()
    assert over, (
        f"{timeout} s were given; after {timeout + SLACK} s it still waits for the {holds}'s lock"
    )
    assert not kept, f"the deadline is over, and it still holds the lock of account {kept[0]}"
    assert result is False, (
        f"another thread held the {holds}'s lock; try_transfer returned {result!r}"
    )
    assert end - start >= timeout, f"it was given {timeout} s and gave up after {end - start} s"
    settle()
    expect_left_alone([10, 0], source, target)
    assert kata.try_transfer(source, target, 5, timeout) is True, "it gave up once, and then again"


@level(5)
@pytest.mark.parametrize("holds", ["source", "target"])
def test_try_transfer_does_not_give_up_before_its_deadline(kata, holds):
    """It waits for as long as it was given: a lock that comes free within a day of one is in time."""
    source, target = kata.Account(1, 10), kata.Account(2, 0)
    with (source if holds == "source" else target).lock:
        call = Call(kata.try_transfer, source, target, 5, DAY)
        early = not keeps_waiting(call)
    result = call.result()
    assert not early, f"given {DAY} s it returned {result!r} while another held the {holds}'s lock"
    assert result is True, f"the {holds}'s lock came free in time, but it returned {result!r}"
    assert balances(source, target) == [5, 5], f"the balances are {balances(source, target)}"


@level(5)
@pytest.mark.parametrize("ids", [(1, 2), (2, 1)])
@pytest.mark.parametrize("first", ["source", "target"])
def test_the_deadline_is_one_for_both_locks(kata, ids, first):
    """Waiting for one lock uses up the time for the other: there is one deadline for the call."""
    source, target = kata.Account(ids[0], 10), kata.Account(ids[1], 0)
    early, late = (source, target) if first == "source" else (target, source)
    ready = threading.Event()

    def hold(account, seconds):
        with account.lock:
            ready.wait()
            time.sleep(seconds)

    holders = [Call(hold, early, 0.375), Call(hold, late, 2.0)]
    settle()
    ready.set()
    start = time.monotonic()
    result = kata.try_transfer(source, target, 5, 0.5)
    waited = time.monotonic() - start
    for holder in holders:
        holder.result()
    assert result is False, f"one lock was held for 2 s; with 0.5 s given it returned {result!r}"
    assert 0.5 <= waited <= 0.5 + SLACK, (
        f"it was given 0.5 s for both locks, and gave up after {waited} s"
    )
    expect_left_alone([10, 0], source, target)


@level(5)
@pytest.mark.parametrize("ids", [(1, 2), (2, 1)])
def test_try_transfer_succeeds_if_the_locks_come_free_in_time(kata, ids):
    """Both locks are held for a while, one after the other; both come free before the deadline."""
    source, target = kata.Account(ids[0], 10), kata.Account(ids[1], 0)

    def hold(account, seconds):
        with account.lock:
            time.sleep(seconds)

    holders = [Call(hold, source, 0.25), Call(hold, target, 0.375)]
    settle()
    result = kata.try_transfer(source, target, 5, 0.5)
    for holder in holders:
        holder.result()
    assert result is True, f"the locks came free after 0.375 s of 0.5 s, but it returned {result!r}"
    assert balances(source, target) == [5, 5], f"the balances are {balances(source, target)}"


@level(5)
@pytest.mark.parametrize("to_itself", [False, True])
@pytest.mark.parametrize("amount", [5, 11])
def test_try_transfer_judges_no_balance_whose_lock_it_did_not_get(kata, to_itself, amount):
    """Where it cannot get the source's lock it returns False, whether the money would suffice or not."""
    source, other = kata.Account(1, 10), kata.Account(2, 0)
    with source.lock:
        call = Call(kata.try_transfer, source, source if to_itself else other, amount, 0)
        settle()
    result = call.result()
    assert result is False, (
        f"another thread held the source's lock; try_transfer returned {result!r}"
    )
    expect_left_alone([10, 0], source, other)


@level(5)
def test_a_waiting_try_transfer_does_not_hold_up_a_disjoint_one(kata):
    """While one try_transfer waits for a lock, one between two other accounts is done at once."""
    a, b, c, d = (kata.Account(number, 10) for number in (1, 2, 3, 4))
    with b.lock:
        waiting = Call(kata.try_transfer, a, b, 1, AMPLE)
        settle()
        free = Call(kata.try_transfer, c, d, 2, 0)
        settle()
        done = free.is_over()
    assert waiting.result() is True, "the lock came free in time, but try_transfer returned False"
    result = free.result()
    assert done and result is True, (
        f"a try_transfer waited for account 2, and one from 3 to 4 with timeout 0 returned {result!r}"
    )


@level(5)
@explore
def test_a_lock_that_comes_free_at_the_deadline_is_got_or_not_but_never_both(kata):
    """At the very deadline it may be True or False: True means moved, False means nothing changed."""
    source, target = kata.Account(1, 10), kata.Account(2, 0)
    taken = threading.Semaphore(0)

    def hold(account):
        with account.lock:
            taken.release()
            time.sleep(0.25)

    holders = [Call(hold, source), Call(hold, target)]
    taken.acquire()
    taken.acquire()
    result = kata.try_transfer(source, target, 4, 0.25)
    for holder in holders:
        holder.result()
    assert type(result) is bool, f"try_transfer returned {result!r}, which is no bool"
    expected = [6, 4] if result else [10, 0]
    seen = balances(source, target)
    assert seen == expected, f"try_transfer returned {result}, and the balances are {seen}"
    held = locked(source, target)
    assert not held, f"try_transfer left the locks of accounts {held} taken"


@level(5)
@explore
@stress
@pytest.mark.parametrize("mixed, ids", [(False, (1, 2)), *((True, ids) for ids in ORDERS)], ids=str)
def test_nobody_gives_up_because_two_wait_for_each_other(kata, mixed, ids):
    """a to b and b to a at once, with ample timeouts: both succeed."""
    ledger = Ledger(kata, ids, a=5, b=5)
    other = Call(ledger.transfer if mixed else ledger.try_transfer, "b", "a", 2)
    ledger.try_transfer("a", "b", 1)
    other.result()
    ledger.check()


@level(5)
@explore
@stress
def test_nobody_gives_up_because_three_wait_in_a_circle(kata):
    """a to b, b to c and c to a at once, with ample timeouts: all succeed."""
    ledger = Ledger(kata, a=3, b=3, c=3)
    others = [Call(ledger.try_transfer, "a", "b", 1), Call(ledger.try_transfer, "b", "c", 2)]
    ledger.try_transfer("c", "a", 3)
    for other in others:
        other.result()
    ledger.check()


@level(5)
@explore
@stress
@pytest.mark.parametrize("other", ["ab", "ba"])
def test_try_transfer_gets_along_with_batches_and_totals(kata, other):
    """try_transfer and a batch or a total over the same accounts: all succeed."""
    ledger = Ledger(kata, a=5, b=5)

    def others():
        ledger.transfer_all((other[0], other[1], 2), (other[1], other[0], 1))
        ledger.total(*other)

    running = Call(others)
    ledger.try_transfer("a", "b", 3)
    running.result()
    ledger.check()
