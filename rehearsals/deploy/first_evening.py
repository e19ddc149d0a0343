"""What somebody does on a site that has just been installed, from the machine that it stands on.

`python -m rehearsals.deploy.first_evening ADDRESS CERTIFICATE PASSWORD` logs in, sets up a second factor, enters an
event, publishes it and reads it, and prints a line for each.
"""

import base64
import hashlib
import hmac
import re
import ssl
import struct
import sys
import time

from rehearsals.load.browser import Browser

PATH = "/events/opening-2026/"


def code_of(secret):
    """Return the six digits that an app would show now (RFC 6238)."""
    moment = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), moment, hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def main(address, certificate, password):
    browser = Browser(address, ssl.create_default_context(cafile=certificate))
    browser.sign_in("admin", password)
    assert "Set up an app" in browser.get("/admin/"), "The admin opened without a second factor."
    activate = "/account/second-factor/totp/activate/"
    browser.get(activate)  # Whoever changes a second factor gives the password once more.
    page = browser.post(f"/account/confirm/?next={activate}", {"password": password})
    secret = re.search(r"\b[A-Z2-7]{32}\b", page)[0]
    codes = re.findall(r"\b[0-9]{8}\b", browser.post(activate, {"code": code_of(secret)}))
    assert len(codes) == 10, "There are no ten recovery codes."
    assert "A new site" in browser.get("/admin/"), "The admin did not open."
    print("second factor set up, the admin is open")

    add = "/admin/events/event/add/"
    event = {"title": "Opening", "slug": "opening-2026", "starts_on": "2026-05-04", "ends_on": "2026-05-04"}
    page = browser.post(add, {**browser.form(add), **event, "_publish": "Publish"})
    assert "Event published." in page, f"Not published: {re.findall(r'errorlist.*?</ul>', page, re.S)[:3]}"
    page = Browser(address, ssl.create_default_context(cafile=certificate)).get(PATH)
    assert "Number of shows: 1<" in page, "The first show is not the first."
    print("an event is entered, published and shown once")


if __name__ == "__main__":
    main(*sys.argv[1:])
