"""Words, letters and stems: what meets what."""

import pytest

from forum_site.core.text.folding import fold
from forum_site.search.highlight import excerpt, pieces
from forum_site.search.keyboards import on_other_keyboards
from forum_site.search.suggestions import distance
from forum_site.search.tokens import MAX_QUERY_TERMS, parse_query, tokens, words


def meet(one, other):
    """Return whether what is typed as `one` is found in a text with `other`."""
    terms = {term for token in tokens(other) for term in token.terms}
    wanted = parse_query(one)
    return bool(wanted) and all(terms.intersection(need.terms) for need in wanted)


@pytest.mark.parametrize(
    "forms",
    [
        "think tank; think tanks; THINK TANK’S",
        "study; studies",
        "конференция; конференции; конференциями; конференциях",
        "соглашение; соглашения; соглашений",
        "Астана; Астане; Астаны; Астаной",
        "көрме; көрмелер; көрмелері; көрмелерінде; көрменің; көрмеге; кормелер",
        "форум; форумы; форумда; форумында; форумдар; форума; форумов",
        "орталық; орталығы; орталығының; орталықтар",
        "кітап; кітабы; кітаптар; кітаппен",
        "конференция; конференциялар; конференциясы; конференцияда",
        "жол; жолы; жолда; жолдар",
        "ёлка; елка; ёлки",
        "Қазақстан; казакстан; Қазақстанда; ҚАЗАҚСТАННЫҢ",
        "Málaga; Malaga",
        "Straße; strasse",
        "Øresund; oresund",
        "Xi'an; Xi’an; xian",
        "ｆｏｒｕｍ; forum",
        "и\u0306од; йод",
        "Indus\u00adtrial; industrial; INDUS\u200bTRIAL; indus\u2060trial; \ufeffindustrial",
        "Қазақ\u00adстан; қазақстан",
        "می\u200cخواهم; میخواهم",
        "O'Brien; O’Brien; obrien; O`Brien",
        "O‘zbekiston; O`zbekiston; Oʻzbekiston; Ozbekiston; o'zbekiston",
        "U.N.; UN; U.N; un",
        "С.Н.Г.; СНГ",
        "G-20; G20; G‑20; g20",
        "COVID-19; covid19; Covid‐19",
        "1,000; 1000; 1 000; 1\u00a0000; 1’000; 1.000",
        "2,500,000; 2500000",
        "e-mail; email; E‑Mail",
        "Aстана; Астана",  # The first letter of the first one is a Latin one.
        "СОVID; COVID",  # The first two are Cyrillic.
    ],
)
def test_forms_of_a_word_meet(forms):
    forms = forms.split("; ")
    assert [(one, other) for one in forms for other in forms if not meet(one, other)] == []


@pytest.mark.parametrize(
    "pair", ["think; tank", "форум; форма", "көрме; көл", "войска; воиска", "陆海; 海陆", "port; part"]
)
def test_other_words_do_not_meet(pair):
    assert not meet(*pair.split("; "))


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("Ivoire", "Côte d'Ivoire"),
        ("cote ivoire", "République de Côte d’Ivoire"),
        ("Europe", "Conseil de l’Europe"),
        ("université", "l'Université de Genève"),
        ("l'Université", "Université de Lyon"),
        ("Aquila", "L'Aquila"),
        ("all’Aquila", "L'Aquila"),
        ("Brien", "O'Brien"),
        ("خواهم", "می\u200cخواهم"),
        ("land-sea", "on land and at sea"),
        ("landsea", "the Land-Sea corridor"),
        ("G 20", "the G20"),
        ("20", "the G-20"),
        ("al-Farabi", "al Farabi University"),
        ("1990", "in the 1990s"),
        ("国际", "国\u200b际论坛"),
    ],
)
def test_part_of_a_word_is_found(typed, text):
    assert meet(typed, text)


@pytest.mark.parametrize("typed", ["陆海", "海", "国际陆海", "贸易新通道", "2023"])
def test_characters_and_their_pairs_are_found(typed):
    assert meet(typed, "2023年国际陆海贸易新通道论坛")


def test_kazakh_letters_are_those_of_any_keyboard():
    assert fold("ӘҒҚҢӨҰҮҺІ әғқңөұүһі Ё") == "агкноуухи агкноуухи е"
    assert fold("Й") == "й"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ghbdtn", "привет"),
        ("ПРИВЕТ", "GHBDTN"),
        ("ащкгь", "forum"),
        ("r-hvt", "көрме"),
        (",fpf", "база"),
        ("'nj", "это"),
    ],
)
def test_other_keyboard(typed, meant):
    assert meant in on_other_keyboards(typed)


def test_needs_are_bounded_and_leave_out_what_tells_nothing():
    assert [need.word for need in parse_query("The future of the silk road, and of the SILK roads")] == [
        "future",
        "silk",
        "road",
    ]
    assert [need.word for need in parse_query("of the")] == ["of", "the"]
    assert len(parse_query(" ".join(f"word{number}" for number in range(1000)))) == MAX_QUERY_TERMS
    for nothing in ("", " \n", "\x00", "\ud800", "—…!?", "\u0301", "​"):
        assert parse_query(nothing) == []


def test_spellings_are_words_of_letters():
    assert words("Forum 2023 in Xi’an: 陆海 G20 Форум") == {"forum", "in", "xian", "форум"}


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("chonqing", "chongqing", 1),
        ("fourm", "forum", 1),
        ("tashkent", "toshkent", 1),
        ("road", "roads", 1),
        ("ab", "cd", 2),
    ],
)
def test_distance(one, other, apart):
    assert distance(one, other) == distance(other, one) == apart


def marked(found):
    return "".join(f"[{piece.text}]" if piece.is_found else piece.text for piece in found)


@pytest.mark.parametrize(
    ("text", "typed", "shown"),
    [
        ("On <b>think tanks</b> & more", "think tank", "On <b>[think] [tanks]</b> & more"),
        ("国际陆海贸易", "陆海贸", "国际[陆海贸]易"),
        ("陆海陆", "海", "陆[海]陆"),
        ("Конференции и конференциялар", "конференция", "[Конференции] и [конференциялар]"),
        ("cafe\u0301 CAFE", "café", "[café] [CAFE]"),
        ("Indus\u00adtrial use", "industrial", "[Indus\u00adtrial] use"),
        ("Côte d’Ivoire", "ivoire", "Côte d’[Ivoire]"),
        ("the G-20, and 1,000 more", "g20 1000", "the [G-20], and [1,000] more"),
        ("U.N. week", "un", "[U.N.] week"),
        ("Nothing here", "forum", "Nothing here"),
        ("", "forum", ""),
    ],
)
def test_pieces_are_the_text_with_what_was_found(text, typed, shown):
    assert marked(pieces(text, parse_query(typed))) == shown


def test_excerpt_is_of_the_text_that_meets_most():
    texts = ["A silk thing", "far " * 50 + "the silk road " + "on " * 100]
    shown = marked(excerpt(texts, parse_query("silk road"), "Never"))
    assert shown.startswith("…far ")
    assert "the [silk] [road] on" in shown
    assert shown.endswith("…")
    assert len(shown) < 270
    assert marked(excerpt(texts, parse_query("nowhere"), "A fallback")) == "A fallback"
    assert marked(excerpt(["海" * 1000], parse_query("海"), "")).startswith("[海")
