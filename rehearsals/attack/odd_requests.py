"""A great many odd requests, on several lines at once, to a site without a proxy before it."""

import threading
import time
from collections import Counter
from itertools import islice

from rehearsals.attack.line import PATIENCE, Line, NoAnswerError
from rehearsals.attack.odd import Maker
from rehearsals.attack.scene import LONGEST, MARKER, Memory

LINES = 12
MOST_SECONDS = 25 * 60  # Then it stops, and says how many were sent.
SILENCE = 0.4  # seconds without a byte, after which a request that is not whole is left
GROWN = 1.05  # The last quarter of the time may take so many times the memory of the second one.
ENOUGH = 40_000  # With fewer requests, a worker is still filling its caches in the second quarter.


class Attack:
    """`statuses` counts what came back, `failures` are sentences about what was wrong with it."""

    def __init__(self, scene, count, seed):
        self.scene, self.count, self.seed = scene, count, seed
        self.statuses, self.failures, self.late = Counter(), [], []
        self.sent = self.unanswered = self.fetched_ahead = 0
        self.longest, self.slowest = 0.0, b""
        self._until = time.monotonic() + MOST_SECONDS
        self._lock = threading.Lock()

    def run(self):
        shares = [self.count // LINES + (number < self.count % LINES) for number in range(LINES)]
        threads = [threading.Thread(target=self._ask, args=share) for share in enumerate(shares)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def ask_late_ones_again(self):
        """What took too long may have waited for the others: alone, it is to be quick."""
        for request in self.late:
            with Line(self.scene.site.port) as line:
                answers, _error = self._ask_on(line, request)
            if any(answer.took > LONGEST for answer in answers):
                self._fail("answered too late, and again", request)

    def _ask(self, number, requests):
        maker = Maker(f"{self.seed}-{number}", self.scene.addresses, self.scene.with_parameters)
        line = None
        for request in islice(maker, requests):
            if time.monotonic() > self._until:
                break
            line = self._send(request, line)
        if line:
            line.close()

    def _send(self, request, line):
        """Send a request on a line that is kept, or on a new one; return the line if it may be used on."""
        is_kept = line is not None and request.whole
        if line and not is_kept:
            line.close()
        line = line if is_kept else Line(self.scene.site.port)
        answers, error = self._ask_on(line, request)
        if is_kept and not answers and error and not error.was_silent:
            line.close()  # A server may close a kept line at any moment: a client asks again on a new one.
            line = Line(self.scene.site.port)
            answers, error = self._ask_on(line, request)
        with self._lock:
            self.sent += 1
            self.unanswered += not answers
        for answer in answers:
            self._judge(request, answer)
        if error and request.whole:
            self._fail("no answer in time" if error.was_silent else "cut off without an answer", request)
        if request.whole and not error and not answers[-1].closes:
            return line
        line.close()
        return None

    def _ask_on(self, line, request):
        """Return the answers, and the NoAnswerError if there are fewer than there should be."""
        answers = []
        try:
            line.send(request.data, PATIENCE if request.whole else SILENCE)
            for method in request.answers:
                answers.append(line.answer(method))
                if answers[-1].closes:
                    break
        except NoAnswerError as error:
            return answers, error
        return answers, None

    def _judge(self, request, answer):
        with self._lock:
            self.statuses[answer.status] += 1
            if answer.took > self.longest:
                self.longest, self.slowest = answer.took, request.data[:300]
            is_on_purpose = answer.status == 503 and request.is_prefetch
            self.fetched_ahead += is_on_purpose
        if not is_on_purpose and (answer.status == 0 or answer.status >= 500):
            self._fail(f"answered {answer.status}", request)
        if answer.took > LONGEST:
            self.late.append(request)
        if MARKER in answer.text:
            self._fail("told what is hidden", request)
        if b"Traceback" in answer.text:
            self._fail("told a traceback", request)

    def _fail(self, what, request):
        with self._lock:
            self.failures.append(f"{what}: {request.kind} {request.data[:400]!r}")


def odd_requests(scene, options):
    """Odd methods, addresses, parameters, headers, bodies and framing: nothing breaks, leaks, changes or grows."""
    site = scene.start()
    workers = site.worker_pids()
    attack = Attack(scene, options.count, options.seed)
    with Memory(workers) as memory:
        began = time.monotonic()
        attack.run()
        took = time.monotonic() - began
    attack.ask_late_ones_again()
    scene.failures += attack.failures
    scene.check(attack.sent == options.count, f"Only {attack.sent} were sent within {MOST_SECONDS} s.")
    answered = sum(attack.statuses.values())
    scene.check(answered > 0.9 * attack.sent, f"Only {answered} answers to {attack.sent} requests.")
    scene.check(attack.statuses[200] > 0.1 * attack.sent, "Hardly anything was found: the requests are too odd.")
    quarters = memory.quarters()
    for _first, second, _third, last in quarters:
        scene.check(
            options.count < ENOUGH or last <= second * GROWN, f"A worker grew from {second:.0f} to {last:.0f} MB."
        )
    scene.close_books(workers)
    scene.asked, scene.longest = attack.sent, attack.longest
    scene.note(
        f"answers by status: {', '.join(f'{status}: {times:,}' for status, times in sorted(attack.statuses.items()))}"
    )
    scene.note(f"{len(attack.late)} took longer than {LONGEST:.0f} s, and not when they were asked alone")
    scene.note(f"{attack.sent / took:.0f} a second; the slowest: {attack.slowest[:80]!r}")
    if options.count < ENOUGH:
        scene.note(f"too few to tell whether memory grows, which takes {ENOUGH:,}")
    for quarter in quarters:
        scene.note(f"MB of a worker, by quarters: {', '.join(f'{mean:.0f}' for mean in quarter)}")
