"""The recorder: what is kept of each call, and real threads that record at once."""

import threading

import pytest

from harness.history import History, Raised


def add(left: int, right: int = 0) -> int:
    return left + right


def test_a_call_is_recorded_with_its_name_arguments_and_result() -> None:
    history = History()
    assert history.call(add, 1, right=2) == 3
    (operation,) = history.operations
    assert (operation.name, operation.args, operation.kwargs) == ("add", (1,), (("right", 2),))
    assert operation.result == 3
    assert operation.returned is not None
    assert operation.called < operation.returned
    assert str(operation) == "add(1, right=2) -> 3"


def test_an_exception_is_the_result_of_the_call_that_raised_it() -> None:
    history = History()
    with pytest.raises(ZeroDivisionError):
        history.call_as("divide", lambda: 1 // 0)
    assert history.operations[0].result == Raised("ZeroDivisionError")
    assert str(history.operations[0]) == "divide() raises ZeroDivisionError"


def test_a_thread_thrown_away_leaves_its_call_pending() -> None:
    history = History()

    class ThrownAway(BaseException):
        pass

    def wait_for_ever() -> None:
        raise ThrownAway

    with pytest.raises(ThrownAway):
        history.call(wait_for_ever)
    assert history.operations[0].pending
    assert str(history.operations[0]) == "wait_for_ever() never returned"


def test_a_function_without_a_name_is_refused_with_advice() -> None:
    with pytest.raises(TypeError, match="use call_as"):
        History().call(lambda: 1)


def test_real_threads_are_recorded_under_their_names_with_unique_ticks() -> None:
    history = History()
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        for number in range(200):
            history.call(add, number)

    threads = [threading.Thread(target=work, name=f"worker-{n}") for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    operations = history.operations
    ticks = [op.called for op in operations] + [op.returned or 0 for op in operations]
    assert sorted(ticks) == list(range(1, 1601))
    assert {op.thread for op in operations} == {f"worker-{n}" for n in range(4)}
