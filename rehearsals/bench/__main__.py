"""`make bench`: what a show costs, as ratios within one run. docs/performance.md tells what came out.

The variants take turns, round by round, so that what disturbs the machine disturbs all; a ratio is the median of those
of the rounds, and is not printed when they lie too far apart to be believed.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from rehearsals.bench import SLUG
from rehearsals.bench.server import Server

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
LARGE = int(os.environ.get("BENCH_EVENTS", "100000"))
TEN_YEARS = 3650  # days
TOO_NOISY = (
    0.35  # How far the ratios of the rounds, without the highest and the lowest, may lie apart, of their median.
)

BASELINES = {
    "(a) fixed bytes": f"/bench/fixed/{SLUG}/",
    "(b) and one UPDATE … RETURNING": f"/bench/updated/{SLUG}/",
    "(c) rendered from the models": f"/bench/rendered/{SLUG}/",
    "(d) kept, not counted": f"/bench/uncounted/{SLUG}/",
    "kept, a commit for each show": f"/bench/plain/{SLUG}/",
}
PAGE = f"/events/{SLUG}/"

SLOW_FLUSH = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
int fdatasync(int file) {
    static int (*flush)(int);
    struct timespec pause = {0, 2000000};
    if (!flush) flush = dlsym(RTLD_NEXT, "fdatasync");
    nanosleep(&pause, 0);
    return flush(file);
}
"""
ANY_EVENT = """
request = function()
    return wrk.format("GET", string.format("%s", wrk.path:gsub("ANY", "event-" .. math.random(0, 999))))
end
"""


def take_turns(askers, rounds=ROUNDS):
    """Ask each in turn, so many rounds, after one to warm up; return the answers of each."""
    answers = {name: [] for name in askers}
    for number in range(rounds + 1):
        for name, ask in askers.items():
            respond = ask()
            if number:
                answers[name].append(respond)
    return answers


def ratio(answers, of, to):
    """Return the median ratio of two variants as a text, or that the rounds lie too far apart."""
    ratios = sorted(one.per_second / other.per_second for one, other in zip(answers[of], answers[to], strict=True))
    middle = statistics.median(ratios)
    inner = ratios[1:-1] or ratios
    if (inner[-1] - inner[0]) / middle > TOO_NOISY:
        return f"too noisy to tell ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    return f"{middle:.2f}"


def table(answers, of, of_is="of the page"):
    print(f"| | requests/s | median ms | p99 ms | {of_is} to it |\n|---|---|---|---|---|")
    for name, rounds in answers.items():
        figures = [statistics.median(figure) for figure in zip(*rounds, strict=True)]
        row = f"| {name} | {figures[0]:,.0f} | {figures[1]:.1f} | {figures[2]:.1f} |"
        print(f"{row} {'1' if name == of else ratio(answers, of, name)} |", flush=True)


def shows(folder, url):
    """One hot event against its baselines, then a thousand events."""
    with Server(folder, url, events=1000, days=1) as server:
        before = server.memory()
        hot = {"the page, kept and counted": PAGE, **BASELINES}
        answers = take_turns({name: lambda path=path: server.ask(path) for name, path in hot.items()})
        table(answers, "the page, kept and counted", "page")
        script = Path(folder, "any.lua")
        script.write_text(ANY_EVENT)
        spread = {
            "one hot event": lambda: server.ask(PAGE),
            "a thousand events": lambda: server.ask("/events/ANY/", script),
            "one hot event, a commit for each show": lambda: server.ask(f"/bench/plain/{SLUG}/"),
            "a thousand events, a commit for each show": lambda: server.ask("/bench/plain/ANY/", script),
        }
        for path in ("/events/ANY/", "/bench/plain/ANY/"):
            server.ask(path, script, seconds=40)  # Until each worker keeps each page.
        print()
        table(take_turns(spread), "one hot event", "hot event")
        print(f"\nMemory of each worker: {before} MB at the start, {server.memory()} MB with a thousand pages kept.")


def flush(folder, url):
    """Every flush of PostgreSQL takes 2 ms longer."""
    with Server(folder, url, events=20, days=1) as server:
        hot = {
            "the page, kept and counted": PAGE,
            "kept, a commit for each show": f"/bench/plain/{SLUG}/",
            "(b) and one UPDATE … RETURNING": f"/bench/updated/{SLUG}/",
        }
        for clients in (16, 64):
            print(f"\n{clients} clients\n")
            asked = {name: lambda path=path, n=clients: server.ask(path, clients=n) for name, path in hot.items()}
            table(take_turns(asked), "the page, kept and counted", "page")


def growth(folder, url):
    """A thousand events and one day of daily counts against many events and ten years."""
    folder = Path(folder)
    with (
        Server(folder / "small", url.format("small"), 1000, 1) as small,
        Server(folder / "large", url.format("large"), LARGE, TEN_YEARS) as large,
    ):
        sizes = {"1,000 events, one day": small, f"{LARGE:,} events, ten years": large}
        answers = take_turns({name: lambda server=server: server.ask(PAGE) for name, server in sizes.items()})
        table(answers, f"{LARGE:,} events, ten years", "large")
        print("\nOne client, each page rendered anew, in ms: median and p99\n")
        program = "from rehearsals.bench.scale import measure\nfor row in measure(): print(*row, sep='\t')"
        found = [
            {name: figures for name, *figures in (line.split("\t") for line in server.shell(program).splitlines())}
            for server in (small, large)
        ]
        print(f"| page | 1,000 events | | {LARGE:,} events | |\n|---|---|---|---|---|")
        for name, figures in found[0].items():
            print(
                f"| {name} | {' | '.join(f'{float(figure):.0f}' for figure in figures + found[1][name])} |", flush=True
            )


def make_database(name):
    import psycopg2

    with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}"')


def run(part):
    """Run one part in this process, on a PostgreSQL that DATABASE_URL names or on SQLite."""
    measure, kind = {
        "postgresql": (shows, "postgresql"),
        "sqlite": (shows, "sqlite"),
        "flush": (flush, "postgresql"),
        "growth-postgresql": (growth, "postgresql"),
        "growth-sqlite": (growth, "sqlite"),
    }[part]
    with tempfile.TemporaryDirectory(prefix="forum-site-bench-") as folder:
        if kind == "sqlite":
            measure(
                folder, f"sqlite:///{folder}/{{}}.sqlite3" if measure is growth else f"sqlite:///{folder}/db.sqlite3"
            )
            return
        url = os.environ["DATABASE_URL"]
        for name in ("small", "large"):
            make_database(name)
        measure(
            folder, url.replace("/postgres?", "/{}?") if measure is growth else url.replace("/postgres?", "/small?")
        )


PARTS = {
    "postgresql": "PostgreSQL, `synchronous_commit=on`: one event, 16 clients, 2 workers",
    "sqlite": "SQLite: one event, 16 clients, 2 workers",
    "flush": "PostgreSQL, every flush 2 ms longer",
    "growth-postgresql": "Growth, PostgreSQL",
    "growth-sqlite": "Growth, SQLite",
}


def main(parts):
    if not shutil.which("wrk"):
        sys.exit("The benchmarks ask with wrk: apt-get install wrk.")
    for part in parts or PARTS:
        print(f"\n## {PARTS[part]}\n", flush=True)
        command, environment = [sys.executable, "-m", "rehearsals.bench", "--part", part], dict(os.environ)
        with tempfile.TemporaryDirectory() as folder:
            if part == "flush":
                compiler = shutil.which("cc") or shutil.which("gcc")
                if not compiler:
                    print("No C compiler is at hand to slow the flushes down with.")
                    continue
                library = f"{folder}/slow_flush.so"
                subprocess.run(
                    [compiler, "-shared", "-fPIC", "-x", "c", "-", "-o", library, "-ldl"],
                    input=SLOW_FLUSH,
                    text=True,
                    check=True,
                )
                os.chmod(folder, 0o755)
                environment["LD_PRELOAD"] = library
            if "sqlite" not in part:
                environment.pop("DATABASE_URL", None)
                command = [sys.executable, "-m", "tests.with_postgresql", *command]
            subprocess.run(command, env=environment, check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--part"]:
        run(sys.argv[2])
    else:
        main(sys.argv[1:])
