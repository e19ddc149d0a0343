"""What a piece of work costs, as a multiple of other work of the same run: seconds tell more of the machine."""

import time

LOOP = 100_000  # steps: 5 to 10 ms on processors of 2024


def cost(work):
    """Return the processor time of `work()` in this thread, as a multiple of a fixed loop, and what it returned.

    The loop is measured before and after, and the slower one counts: a processor that other work slows down meanwhile
    slows both.
    """
    loop = loop_time()
    began = time.thread_time()
    result = work()
    spent = time.thread_time() - began
    return spent / max(loop, loop_time()), result


def loop_time():
    """Return the processor time of the fixed loop, the median of five."""
    times = []
    for _repetition in range(5):
        began, total = time.thread_time(), 0
        for step in range(LOOP):
            total += step * step % 7
        times.append(time.thread_time() - began)
    return sorted(times)[2]
