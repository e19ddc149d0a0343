"""The picture by which an event is shared: drawn once, with letters that the font has, at an address of its own."""

import io
import re
from threading import Thread

import pytest
from django.utils.translation import override
from PIL import Image

from events.models import Event
from events.website.exports import share_image, share_image_drawing
from events.website.exports.share_image import words_of
from events.website.exports.share_image_drawing import REGULAR, SEMIBOLD, draw, drawable, has, sized, wrapped
from tests.events.test_views import queries_of
from tests.factories import make_event
from tests.hostile import HOSTILE

pytestmark = pytest.mark.one_database


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path, monkeypatch):
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(share_image_drawing, "SYSTEM_FONTS", ())
    share_image_drawing.system_font.cache_clear()


@pytest.fixture
def drawn(monkeypatch):
    """The words of each picture that is drawn."""
    found = []
    monkeypatch.setattr(share_image, "draw", lambda words: found.append(words) or b"PNG")
    return found


def head_of(client, path="/events/land-sea-forum/"):
    page = client.get(path).content.decode()
    return dict(re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)">', page))


def picture_path(client, path="/events/land-sea-forum/"):
    return head_of(client, path)["og:image"].removeprefix("http://127.0.0.1:8000")


def test_head_tells_how_the_event_is_shared(client, event):
    Event.objects.update(summary="On roads.", language="kk")
    head = head_of(client)
    event.refresh_from_db()
    assert head | {"og:image": ""} == head | {
        "og:type": "article",
        "og:title": "Land-Sea Forum",
        "og:description": "On roads.",
        "og:url": "http://127.0.0.1:8000/events/land-sea-forum/",
        "og:site_name": "Forum Site",
        "og:locale": "en_US",
        "og:image": "",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": "Land-Sea Forum",
        "twitter:card": "summary_large_image",
        "article:published_time": event.created_at.isoformat(),
        "article:modified_time": event.updated_at.isoformat(),
        "article:section": "Forum",
    }


def test_cover_stands_for_the_event(client, event):
    Event.objects.update(cover="covers/x.webp", cover_width=1600, cover_height=900, cover_alt="A bridge")
    head = head_of(client)
    names = ("og:image", "og:image:width", "og:image:height", "og:image:alt")
    assert [head[name] for name in names] == ["http://127.0.0.1:8000/media/covers/x.webp", "1600", "900", "A bridge"]


def test_other_pages_are_shared_by_their_words(client, event):
    head = head_of(client, "/events/")
    assert (head["og:type"], head["og:locale"], head["twitter:card"]) == ("website", "en_US", "summary")


def test_picture_is_a_png_to_be_kept(client, event):
    response = client.get(picture_path(client))
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    assert response["Cache-Control"] == "public, max-age=3600, s-maxage=60"
    picture = Image.open(io.BytesIO(response.content), formats=["PNG"])
    assert picture.size == (1200, 630)
    assert len(response.content) < 60_000


def test_picture_is_drawn_once(client, event, drawn):
    path = picture_path(client)
    assert drawn == []  # The page has its address without drawing it.
    for _ in range(3):
        assert client.get(path).content == b"PNG"
    assert [words.title.text for words in drawn] == ["Land-Sea Forum"]


def test_address_changes_with_what_stands_on_it(client, event, drawn):
    first = picture_path(client)
    client.get(first)
    Event.objects.update(body="<p>Another text</p>", theme="Another theme")
    assert picture_path(client) == first
    for field, value in {"title": "Forum", "starts_on": "2023-05-16", "city": "Almaty", "kind": "lecture"}.items():
        before = picture_path(client)
        Event.objects.update(**{field: value})
        assert picture_path(client) != before
        response = client.get(before)
        assert (response.status_code, response["Location"]) == (302, f"http://127.0.0.1:8000{picture_path(client)}")


def test_only_the_last_picture_of_an_event_is_kept(client, event, drawn, settings):
    for title in ("One", "Two", "Three"):
        Event.objects.update(title=title)
        client.get(picture_path(client))
    assert len(list(settings.VAR_DIR.rglob("*.png"))) == 1
    assert len(list(settings.VAR_DIR.rglob(".*"))) == 0


def test_made_up_address_draws_nothing(client, event, draft, drawn):
    path = f"/events/land-sea-forum/{'0' * 16}.png"
    assert client.get(path).status_code == 302
    assert client.get(f"/events/a-secret-plan/{'0' * 16}.png").status_code == 404
    with override("en"):
        hidden = share_image.picture_address(draft).removeprefix("http://127.0.0.1:8000")
    assert client.get(hidden).status_code == 404
    assert drawn == []


def test_pictures_are_drawn_one_at_a_time(client, event, drawn, monkeypatch):
    monkeypatch.setattr(share_image, "PATIENCE", 0.05)
    path = picture_path(client)
    with share_image.turn_to_draw:
        response = client.get(path)
    assert (response.status_code, response["Retry-After"], response["Cache-Control"]) == (503, "5", "no-store")
    assert drawn == []
    assert client.get(path).status_code == 200


def test_those_who_wait_take_what_was_drawn(event, drawn):
    with share_image.turn_to_draw:
        waiting = [Thread(target=share_image.picture_of, args=[event]) for _ in range(4)]
        for thread in waiting:
            thread.start()
    for thread in waiting:
        thread.join()
    assert len(drawn) == 1


def test_picture_that_cannot_be_kept_is_sent_all_the_same(client, event, drawn, settings):
    (settings.VAR_DIR / "share-pictures").write_text("not a folder")
    path = picture_path(client)
    assert [client.get(path).content for _ in range(2)] == [b"PNG", b"PNG"]
    assert len(drawn) == 2


def test_picture_costs_one_query(client, event, drawn):
    path = picture_path(client)
    assert queries_of(client, path) == 1


def test_former_address_leads_to_the_picture(client, event, drawn):
    path = picture_path(client)
    event.slug = "another-address"
    event.save()
    response = client.get(path)
    assert (response.status_code, response["Location"]) == (301, path.replace("land-sea-forum", "another-address"))


def test_same_words_are_the_same_picture(event):
    assert draw(words_of(event)) == draw(words_of(event))


# Alphabets beyond the Latin, Greek and Russian ones, with letters that others of their script do not have.
ALPHABETS = {
    "Azerbaijani": "Əə Ğğ İı Öö Şş Üü Çç",
    "Sakha": "Ҕҕ Ҥҥ Өө Һһ Үү",
    "Tatar": "Әә Өө Үү Җҗ Ңң Һһ",
    "Bashkir": "Ғғ Ҙҙ Ҡҡ Ңң Өө Ҫҫ Үү Һһ Әә",
    "Tajik": "Ғғ Ӣӣ Ққ Ӯӯ Ҳҳ Ҷҷ",
    "Kyrgyz": "Ңң Өө Үү",
    "Uzbek": "Oʻoʻ Gʻgʻ ʼ Ўў Ққ Ғғ Ҳҳ",
    "Mongolian": "Өө Үү",
    "Crimean Tatar": "Ââ Çç Ğğ Iı İi Ññ Öö Şş Üü",
    "Turkmen": "Ää Žž Ňň Öö Şş Üü Ýý",
    "Vietnamese": "Ăắ Ââ Đđ Êệ Ôộ Ơợ Ưự Ỹỵ",
    "Abkhaz": "Ҕҕ Ӷӷ Ҟҟ Ӡӡ Ҩҩ Ԥԥ Ҭҭ Ҵҵ Ҽҽ Ҿҿ",
    "Chuvash": "Ӑӑ Ӗӗ Ҫҫ Ӳӳ",
    "Altai and Khakas": "Јј Ҥҥ Ғғ Ӧӧ Ӱӱ Ӌӌ Ңң",
    "Chechen and Avar": "Ӏӏ",
    "Komi": "Ӧӧ Іі",
    "Udmurt": "Ӝӝ Ӟӟ Ӥӥ Ӧӧ Ӵӵ",
    "Mari": "Ҥҥ Ӧӧ Ӱӱ Ӓӓ Ӹӹ",
    "Hausa": "Ɓɓ Ɗɗ Ƙƙ Ƴƴ",
    "Karaim and Bashkir, Latin": "Ŋŋ Ɣɣ Ɵɵ Ƣƣ",
}


@pytest.mark.parametrize("alphabet", ALPHABETS)
@pytest.mark.parametrize("font", [REGULAR, SEMIBOLD])
def test_font_has_the_letters_of_neighbours(font, alphabet):
    assert drawable(ALPHABETS[alphabet], font).text == ALPHABETS[alphabet]


KAZAKH = "Әңгіме ғылым қала өнер ұлт үміт һәм іс – ӘІҢҒҮҰҚӨҺ"


@pytest.mark.parametrize("font", [REGULAR, SEMIBOLD])
def test_font_has_our_scripts(font):
    for text in ("Land-Sea “Forum” №5, 17–18 May · €", "Съезд объединённых «ёлок»", "Її Ґґ Ўў", "Łódź Çeşme Ő", KAZAKH):
        assert drawable(text, font).text == text


def test_font_is_seen_to_lack_what_it_lacks():
    for character in "陆海한あعא😀":
        assert not has(str(REGULAR), character)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Forum 😀 on ✈ roads", "Forum on roads"),
        ("😀" * 300, None),
        ("2023年陆海联动发展论坛", None),
        ("Forum 论坛", "Forum"),
        ("منتدى", None),
        ("منتدى المياه 2027", None),  # A year alone is no title.
        ("Tbilisi თბილისი Forum 2027", "Tbilisi Forum 2027"),
        ("Թումանյան Museum of Tumanyan", "Museum of Tumanyan"),
        ("Waterღways", "Waterways"),  # Of a single word all but that letter.
        ("สวัสดี", None),
        ("Ко̄льский", "Ко̄льский"),
        ("e\u0301te", "éte"),
        ("", None),
        ("…", None),
    ],
)
def test_what_no_font_has_is_left_out(text, kept):
    found = drawable(text)
    assert (found and found.text) == kept


def test_system_font_helps_where_ours_lacks_the_script(monkeypatch, event):
    """A copy of our own font stands for one that has the script, so that no system needs to have one."""
    other = str(SEMIBOLD)
    monkeypatch.setattr(share_image_drawing, "SYSTEM_FONTS", ("/nowhere.ttc", other))
    share_image_drawing.system_font.cache_clear()
    monkeypatch.setattr(share_image_drawing, "has", lambda font, character: font == other)
    assert drawable("陆海", REGULAR) == ("陆海", other)


def test_days_are_written_in_digits_where_the_font_lacks_their_words(event):
    with override("zh-hans"):
        assert words_of(event).when.text == "2023-05-17"


def test_long_titles_are_broken_and_shortened():
    font = sized(str(SEMIBOLD), 40)
    for title in ("word " * 60, "W" * 300, "陆" * 300):
        lines = wrapped(title, font, 1040)
        assert all(font.getlength(line) <= 1040 for line in lines)
        assert "".join(lines).replace(" ", "") == title.replace(" ", "")


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE)
def test_hostile_title_has_a_picture(client, db, title):
    make_event(title=title[:300], city=title[:100], slug="hostile")
    response = client.get(picture_path(client, "/events/hostile/"))
    assert response.status_code == 200
    assert Image.open(io.BytesIO(response.content)).size == (1200, 630)
