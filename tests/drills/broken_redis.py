"""Redis is broken in any way: readers hardly notice, for it is never needed."""

import signal
import time

from tests.drills.load import SHOWN
from tests.drills.servers import RedisServer, SlowWay, free_port
from tests.drills.stage import HOT, OTHER, drill, speed

HEALTHY, BROKEN, MENDED = 5, 13, 3  # seconds; broken for longer than the site leaves it alone
MAY_COST = 2 * 0.25  # seconds: asking for a page and keeping one, each with its limit
JITTER = 0.25  # seconds by which the longest of some thousand requests may differ anyhow


@drill
def redis_stopped(stage):
    """Redis ends, and is started again later."""
    redis = stage.enter_context(RedisServer())
    redis_broken(stage, redis, redis.port, redis.stop, redis.start)


@drill
def redis_hung(stage):
    """Redis takes connections and does not answer."""
    redis = stage.enter_context(RedisServer())
    redis_broken(
        stage,
        redis,
        redis.port,
        lambda: redis.process.send_signal(signal.SIGSTOP),
        lambda: redis.process.send_signal(signal.SIGCONT),
    )


@drill
def redis_slow(stage):
    """Redis answers after a second."""
    redis = stage.enter_context(RedisServer())
    way = stage.enter_context(SlowWay(redis.port))
    redis_broken(stage, redis, way.port, lambda: setattr(way, "delay", 1.0), lambda: setattr(way, "delay", 0.0))


@drill
def redis_full(stage):
    """Redis has no room and forgets nothing."""
    redis = stage.enter_context(RedisServer())

    def fill():
        redis.client.config_set("maxmemory-policy", "noeviction")
        redis.client.config_set("maxmemory", "1mb")

    redis_broken(stage, redis, redis.port, fill, lambda: redis.client.config_set("maxmemory", 0))


@drill
def redis_flushed(stage):
    """Redis is emptied again and again."""
    redis = stage.enter_context(RedisServer())

    def flush():
        until = time.monotonic() + BROKEN
        while time.monotonic() < until:
            redis.client.flushall()
            time.sleep(0.01)

    redis_broken(stage, redis, redis.port, flush, lambda: None, lasting=0)


@drill
def redis_read_only(stage):
    """Redis has become a replica, of a server that is gone, and takes nothing."""
    redis = stage.enter_context(RedisServer())
    dead = free_port()
    redis_broken(
        stage,
        redis,
        redis.port,
        lambda: redis.client.replicaof("127.0.0.1", dead),
        lambda: redis.client.replicaof("NO", "ONE"),
    )


def redis_broken(stage, redis, port, breaking, mending, lasting=BROKEN):
    """Break Redis, which the site reaches at `port`, under load with edits: each edit has all pages asked for there."""
    stage.start(REDIS_URL=f"redis://127.0.0.1:{port}/0")
    with stage.load({HOT: 6, OTHER: 6}, edit_pause=0.3) as load:
        time.sleep(HEALTHY)
        stage.check(redis.client.dbsize() > 0, "The site keeps no page in Redis: the drill proves nothing.")
        since = time.monotonic()
        breaking()
        time.sleep(lasting)
        mending()
        until = time.monotonic()
        time.sleep(MENDED)
    healthy = [sent for sent in load.sent if sent.ended < since]
    broken = [sent for sent in load.sent if since <= sent.ended < until]
    stage.check({sent.outcome for sent in load.sent} == {SHOWN}, "A reader got something else than the page.")
    stage.check(
        "Redis did not answer" in stage.site.log.read_text() or stage.name == "redis_flushed",
        "The site did not notice: the drill proves nothing.",
    )
    usual, longest = (max(sent.took for sent in some) for some in (healthy, broken))
    stage.check(
        longest <= usual + MAY_COST + JITTER,
        f"The longest request took {longest:.2f} s, and {usual:.2f} s while Redis was well.",
    )
    stage.note(f"longest {longest:.2f} s, {speed(broken)}; while Redis was well {usual:.2f} s, {speed(healthy)}")
