"""Odd paths, odd parameters and odd methods: a page, a 400 or a 404, and nothing that nobody may see or change."""

from tests.odd_input import addresses
from tests.odd_input.words import RAW, encoded, spread

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "FOO", "get"]
FOLDERS = ["/", "/events/", "/admin/", "/static/", "/account/", "/admin/events/event/", "/media/", "/e/"]
FORM = "application/x-www-form-urlencoded"


def test_visitors_change_nothing_by_any_method(site):
    before = site.content()
    body = b"title=Stolen&name=Stolen&publication_status=published&post=yes&"
    body += b"action=delete_selected&_selected_action=1&_save=1"
    for address in addresses.every_address(site):
        for method in METHODS:
            has_body = method not in ("GET", "HEAD", "get")
            answer = site.ask(method, address, body if has_body else b"", FORM if has_body else "")
            assert not (address.startswith("/admin/") and answer.status_code == 200), address
    site.assert_sound()
    assert site.content() == before
    assert site.asked > 2500


def test_odd_paths(site, odd_texts):
    known = addresses.values(site)
    routes = [
        (route, parameter) for _name, route in addresses.public_routes() for parameter in addresses.parameters_of(route)
    ]
    places = [*routes, *((folder + "<>", "<>") for folder in FOLDERS)]
    before = site.content()
    for (route, odd), text in spread([*map(encoded, odd_texts), *RAW], places, 4):
        address = route
        for parameter in addresses.parameters_of(route):
            address = address.replace(parameter, text if parameter == odd else known[parameter][0])
        site.ask("GET", f"/{address}".replace("//", "/", 1), what=route)
    for raw in RAW:
        for folder in FOLDERS:
            site.ask("GET", folder + raw)
    site.assert_sound()
    assert site.content() == before


def test_odd_parameters_of_public_pages(site, odd_texts):
    places = addresses.public_places(site)
    before = site.content()
    for (address, name), text in spread([*map(encoded, odd_texts), *RAW], places, 3):
        site.ask("GET", f"{address}?{name}={text}", what=name)
    site.assert_sound()
    assert site.content() == before


def test_odd_parameters_of_the_desk(site, odd_texts):
    places = addresses.desk_places(site)
    for number, ((address, name), text) in enumerate(spread([*map(encoded, odd_texts), *RAW], places)):
        who = "editor" if number % 3 == 0 else "superuser"
        method = "POST" if number % 5 == 0 else "GET"
        site.ask(method, f"{address}?{encoded(name)}={text}", who=who, is_kept=False, what=name)
    site.assert_sound()


def test_every_parameter_that_is_read_is_tried(site):
    tried = {name for _address, name in addresses.public_places(site)} | addresses.OF_DESK
    assert addresses.parameters_in_sources() <= tried
    assert {"q", "page", "from", "kind", "organization"} <= tried


def test_odd_queries(site):
    """What is no list of parameters at all, or far too long a one."""
    places = ["/", "/events/", "/search/", "/organizations/network/", "/admin/events/event/", "/account/sign-in/"]
    queries = [
        *(
            "kind[]=forum",
            "kind=forum&kind=meeting",
            "page=1&page=x",
            "=",
            "&" * 2_000,
            "?",
            "a;b;c",
            "kind",
            "[]",
            "a[b][c]=1",
        ),
        "&".join(f"a{number}=1" for number in range(5_000)),
        "&".join(["kind=forum"] * 5_000),
        "q=" + "a+" * 5_000,
        "a" * 60_000 + "=1",
    ]
    for address in places:
        for query in [*queries, *RAW]:
            site.ask("GET", f"{address}?{query}", who="superuser" if "admin" in address else "anonymous", is_kept=False)
    site.assert_sound()
