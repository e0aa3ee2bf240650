"""Work that is done in order on a thread of its own, while the caller goes on."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor


class Background:
    """A context manager that does tasks one after the other behind the caller's back.

    The first error of a task comes back at the next `submit` or `wait`, or when the block ends;
    tasks after it are dropped. A block that ends with an error of its own drops what is waiting.

    Parameters
    ----------
    most : int
        Tasks that may wait or be at work; `submit` waits for room, so that a slow disk holds up
        the caller instead of filling the memory.
    """

    def __init__(self, most: int = 4):
        self.most = most
        self._pending: deque[Future] = deque()

    def __enter__(self) -> "Background":
        self._thread = ThreadPoolExecutor(max_workers=1)
        return self

    def __exit__(self, error, *_) -> None:
        try:
            if error is None:
                self.wait()
        finally:
            self._thread.shutdown(wait=True, cancel_futures=True)

    def submit(self, task: Callable[..., None], *arguments: object) -> None:
        """Do a task after all that were submitted before; raises what an earlier one raised."""
        while self._pending and self._pending[0].done() or len(self._pending) >= self.most:
            self._finish_oldest()
        self._pending.append(self._thread.submit(task, *arguments))

    def wait(self) -> None:
        """Return once every task is done; raises what the first failing one raised."""
        while self._pending:
            self._finish_oldest()

    def _finish_oldest(self) -> None:
        try:
            self._pending.popleft().result()
        except BaseException:
            for future in self._pending:
                future.cancel()
            self._pending.clear()
            raise
