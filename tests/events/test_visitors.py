"""Readers: robots are none, and one who asks again within half a minute is one."""

import fcntl
import os
import subprocess
import sys

import crawleruseragents
import pytest
from django.utils import timezone

from events.models import CountingMethod, ShowCount
from events.shows import visitors
from events.shows.visitors import RecentVisitors, is_bot

PAGE = "/events/land-sea-forum/"
LINUX = "Mozilla/5.0 (Linux; Android 13; {phone}) AppleWebKit/537.36 (KHTML, like Gecko) {rest} Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) {rest}"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) {rest}"

BROWSERS = {
    "Chrome": WINDOWS.format(rest="Chrome/142.0.0.0 Safari/537.36"),
    "Chrome on a phone": LINUX.format(phone="K", rest="Chrome/142.0.0.0"),
    "Safari": IPHONE.replace("iPhone; CPU iPhone OS 18_6 like Mac OS X", "Macintosh; Intel Mac OS X 10_15_7").format(
        rest="Version/26.0 Safari/605.1.15"
    ),
    "Safari on a phone": IPHONE.format(rest="Version/18.6 Mobile/15E148 Safari/604.1"),
    "Firefox": "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Edge": WINDOWS.format(rest="Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0"),
    "Opera": WINDOWS.format(rest="Chrome/137.0.0.0 Safari/537.36 OPR/121.0.0.0"),
    "Samsung": LINUX.format(phone="SAMSUNG SM-S921B", rest="SamsungBrowser/28.0 Chrome/130.0.0.0"),
    "UC": LINUX.format(phone="zh-CN; V2285A", rest="Version/4.0 Chrome/123.0.6312.80 UCBrowser/17.4.0.1368"),
    "QQ": LINUX.format(phone="zh-cn; 23127PN0CC", rest="Version/4.0 Chrome/121.0.6167.71 MQQBrowser/15.7")
    + " COVC/046915",
    "WeChat": IPHONE.format(rest="Mobile/15E148 MicroMessenger/8.0.53(0x1800353b) NetType/WIFI Language/zh_CN"),
    "Baidu app": LINUX.format(phone="PGT-AN10; wv", rest="Version/4.0 Chrome/97.0.4692.98")
    + " T7/13.62 SP-engine/3.0.0 baiduboxapp/13.62.5.10 (Baidu; P1 13) NABar/1.0",
    "Baidu browser": LINUX.format(phone="LIO-AN00", rest="Chrome/76 baidubrowser/7.19.13.0 (Baidu; P1 10)"),
    "Huawei": LINUX.format(phone="HarmonyOS; NOH-AN00", rest="Chrome/114.0.5735.196 HuaweiBrowser/15.0.4.312"),
    "Yandex": WINDOWS.format(rest="Chrome/138.0.0.0 YaBrowser/25.8.0.0 Safari/537.36"),
    "Yandex app": LINUX.format(
        phone="M2101K6G", rest="Chrome/124.0 YaApp_Android/24.60.1 YaSearchBrowser/24.60.1 BroPP/1.0 SA/3"
    ),
    "CUBOT": LINUX.format(phone="CUBOT KINGKONG STAR", rest="Chrome/130.0.0.0"),
    "CUBOT with its build": LINUX.format(phone="CUBOT_P80 Build/SP1A.210812.016", rest="Version/4.0 Chrome/108.0"),
    "Cubot": LINUX.format(phone="Cubot Note 7", rest="Chrome/100.0.0.0"),
    "Sogou": LINUX.format(phone="V2055A", rest="Version/4.0 Chrome/83") + " SogouMSE,SogouMobileBrowser/5.37.11",
    "Kaspi, inside its app": LINUX.format(phone="M2101K7BNY; wv", rest="Version/4.0 Chrome/126.0 KaspiApp/5.50"),
    "MIUI": LINUX.format(phone="ru-ru; 2312DRA50G", rest="Version/4.0 Chrome/112.0 XiaoMi/MiuiBrowser/14.24.0-gn"),
}
INSTANCES = [agent for robot in crawleruseragents.CRAWLER_USER_AGENTS_DATA for agent in robot.get("instances", [])]


@pytest.mark.parametrize("agent", BROWSERS.values(), ids=BROWSERS)
def test_browser_is_a_reader(client, event, agent):
    client.get(PAGE, headers={"User-Agent": agent})
    assert (ShowCount.objects.get().shows, ShowCount.objects.get().filtered_shows) == (1, 1)


def test_no_robot_of_the_list_is_a_reader():
    assert len(INSTANCES) > 2000
    assert [agent for agent in INSTANCES if not is_bot(agent[: visitors.MAX_AGENT_LENGTH])] == []


@pytest.mark.parametrize("agent", ["", " ", "curl/8.5.0", "python-requests/2.32", "Wget/1.21"])
def test_script_is_a_show_and_no_reader(client, event, agent):
    client.get(PAGE, headers={"User-Agent": agent})
    assert (ShowCount.objects.get().shows, ShowCount.objects.get().filtered_shows) == (1, 0)


def test_robot_does_not_pass_by_naming_a_phone():
    assert is_bot("Mozilla/5.0 (Linux; Android 13; CUBOT P80) (compatible; Googlebot/2.1)")


def test_name_beyond_the_limit_is_not_read(client, event):
    client.get(PAGE, headers={"User-Agent": BROWSERS["Chrome"].ljust(visitors.MAX_AGENT_LENGTH) + "Googlebot/2.1"})
    assert ShowCount.objects.get().filtered_shows == 1


def ask(client, agent=BROWSERS["Chrome"], address="192.0.2.1", page=PAGE):
    return client.get(page, headers={"User-Agent": agent}, REMOTE_ADDR=address)


@pytest.mark.parametrize(
    ("pause", "readers_then"), [(0, 1), (29.9, 1), (30, 2), (3600, 2)], ids=["at once", "before", "after", "long after"]
)
def test_reader_who_asks_again_within_half_a_minute_is_one(client, event, monkeypatch, pause, readers_then):
    moment = 1_000_000_000.0
    monkeypatch.setattr(visitors.time, "time", lambda: moment)
    ask(client)
    moment += pause
    ask(client)
    assert (ShowCount.objects.get().shows, ShowCount.objects.get().filtered_shows) == (2, readers_then)


def test_window_begins_anew_with_each_show(client, event, monkeypatch):
    moment = 1_000_000_000.0
    monkeypatch.setattr(visitors.time, "time", lambda: moment)
    for _ in range(10):
        ask(client)
        moment += 20
    assert (ShowCount.objects.get().shows, ShowCount.objects.get().filtered_shows) == (10, 1)


@pytest.mark.parametrize("other", [{"agent": BROWSERS["Firefox"]}, {"address": "192.0.2.2"}])
def test_another_browser_or_address_is_another_reader(client, event, other):
    ask(client)
    ask(client, **other)
    assert ShowCount.objects.get().filtered_shows == 2


def test_page_rendered_anew_is_one_reader(client, event):
    """An edition that ended is found out while counting, and the request is counted once more: as one reader."""
    ask(client, address="192.0.2.1")
    event.save()
    ask(client, address="192.0.2.2")
    assert (ShowCount.objects.get().shows, ShowCount.objects.get().filtered_shows) == (2, 2)


def test_method_stands_with_the_day(client, event):
    ask(client)
    ask(client)
    method = CountingMethod.objects.get()
    assert (method.day, method.bot_list, method.rule) == (timezone.localdate(), visitors.BOT_LIST, visitors.RULE)
    assert method.bot_list.startswith("crawler-user-agents 1.")


def test_marks_are_wiped_after_their_window_and_with_the_key_of_the_day():
    recent = RecentVisitors()
    assert not recent.has_seen("reader", day=1, now=1000.0)
    assert recent.has_seen("reader", day=1, now=1001.0)
    assert not recent.has_seen("reader", day=2, now=1002.0)  # Another key: nobody is known any more.
    assert not recent.has_seen("another", day=2, now=1100.0)
    marks = recent._memory[RecentVisitors.HEAD.size :]
    assert len(marks.replace(bytes(RecentVisitors.MARK.size), b"")) == RecentVisitors.MARK.size


def test_nothing_of_the_reader_is_in_the_memory():
    recent = RecentVisitors()
    recent.has_seen("192.0.2.1\nMozilla\nforum", day=1, now=1000.0)
    assert b"192.0.2.1" not in recent._memory[:]
    assert b"Mozilla" not in recent._memory[:]


def test_crowd_is_told_apart():
    recent = RecentVisitors()
    assert sum(recent.has_seen(str(number), 1, 1000.0 + number / 1000) for number in range(20_000)) == 0
    seen = sum(recent.has_seen(str(number), 1, 1020.0 + number / 1000) for number in range(5_000))
    assert seen >= 4_950


def test_processes_share_what_they_remember(tmp_path):
    path = tmp_path / "filtered_shows"
    program = (
        "import django, sys; django.setup(); from events.shows.visitors import RecentVisitors;"
        "print(RecentVisitors(sys.argv[1]).has_seen('reader', 1, 1000.0))"
    )
    command = [sys.executable, "-c", program, str(path)]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    said = [subprocess.run(command, env=environment, capture_output=True, text=True).stdout.strip() for _ in range(2)]
    assert said == ["False", "True"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_others_are_not_kept_waiting_after_a_turn(tmp_path):
    recent = RecentVisitors(tmp_path / "filtered_shows")
    recent.has_seen("reader", day=1, now=1000.0)
    with open(tmp_path / "filtered_shows") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert not recent.has_seen("reader", day=1, now=1100.0)


def test_memory_laid_there_by_somebody_else_is_not_used(tmp_path, monkeypatch):
    path = tmp_path / "filtered_shows"
    path.symlink_to(tmp_path / "elsewhere")
    assert not RecentVisitors(path).has_seen("r", 1, 1000.0)
    assert not (tmp_path / "elsewhere").exists()
    monkeypatch.setattr(visitors.os, "getuid", lambda: 12345)
    recent = RecentVisitors(tmp_path / "other")
    recent.has_seen("r", 1, 1000.0)
    assert (tmp_path / "other").stat().st_size == 0
