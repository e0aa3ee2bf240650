import threading
import time

import pytest

from mdtools.runs.background import Background


def test_tasks_are_done_in_order_behind_the_caller():
    done, caller = [], threading.get_ident()

    def task(number: int) -> None:
        time.sleep(0.001 * (5 - number))
        done.append((number, threading.get_ident() == caller))

    with Background() as background:
        for number in range(5):
            background.submit(task, number)
    assert done == [(number, False) for number in range(5)]


def test_the_first_error_comes_back_and_later_tasks_are_dropped():
    done = []

    def task(number: int) -> None:
        if number == 1:
            raise ValueError("second")
        done.append(number)

    with Background(most=10) as background:
        for number in range(2):
            background.submit(task, number)
        with pytest.raises(ValueError, match="second"):
            background.wait()
        background.submit(task, 7)
    assert done == [0, 7]


def test_an_error_ends_the_block():
    def fail() -> None:
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"), Background() as background:
        background.submit(fail)


def test_waiting_tasks_are_dropped_when_the_caller_fails():
    done, gate = [], threading.Event()

    def task(number: int) -> None:
        gate.wait(5)
        done.append(number)

    with pytest.raises(RuntimeError, match="mine"), Background(most=5) as background:
        for number in range(3):
            background.submit(task, number)
        threading.Timer(0.05, gate.set).start()
        raise RuntimeError("mine")
    assert done == [0]


def test_submit_waits_for_room():
    waiting, gate = [], threading.Event()

    def task() -> None:
        waiting.append(gate.wait(5))

    with Background(most=2) as background:
        for _ in range(2):
            background.submit(task)
        threading.Timer(0.05, gate.set).start()
        background.submit(task)
        assert waiting
