"""A browser of sorts for the admin: it keeps cookies, reads forms and sends them."""

import http.cookiejar
import urllib.parse
import urllib.request
from html.parser import HTMLParser


class Browser:
    def __init__(self, address, tls=None):
        """`tls` is the context by which an https:// address is trusted."""
        self.address = address
        self.cookies = http.cookiejar.CookieJar()
        handlers = [urllib.request.HTTPCookieProcessor(self.cookies), urllib.request.HTTPSHandler(context=tls)]
        self._opener = urllib.request.build_opener(*handlers)
        self._opener.addheaders.append(("Referer", f"{address}/"))  # Django asks for it, by https.

    def sign_in(self, username, password):
        self.get("/account/sign-in/")
        self.post("/account/sign-in/", {"login": username, "password": password})
        return self

    @property
    def cookie(self):
        """The header that tells who is signed in."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies)

    def get(self, path):
        """Return the page. Raises HTTPError when it is refused, and other OSErrors when nobody answers."""
        with self._opener.open(f"{self.address}{path}", timeout=60) as answer:
            return answer.read().decode()

    def post(self, path, fields):
        """Send a form; return the page that it leads to. Raises as `get()` does."""
        token = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken")
        form = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token}, doseq=True).encode()
        with self._opener.open(f"{self.address}{path}", form, timeout=60) as answer:
            return answer.read().decode()

    def upload(self, path, name, data):
        """Send a PNG picture as the field `upload`; return the answer. Raises as `get()` does."""
        token = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken")
        head = f'--part\r\nContent-Disposition: form-data; name="upload"; filename="{name}"\r\nContent-Type: image/png'
        body = head.encode() + b"\r\n\r\n" + data + b"\r\n--part--\r\n"
        headers = {"Content-Type": "multipart/form-data; boundary=part", "X-CSRFToken": token}
        request = urllib.request.Request(f"{self.address}{path}", body, headers)
        with self._opener.open(request, timeout=60) as answer:
            return answer.read().decode()

    def form(self, path):
        """Return the fields of the form at `path`, as a browser would send them."""
        reader = FormReader()
        reader.feed(self.get(path))
        return {name: values for name, values in reader.fields.items() if not name.startswith(("_", "csrf"))}


def is_sent(attributes):
    """Return whether a browser sends an input with these attributes, if nobody touches it."""
    kind = attributes.get("type")
    return "checked" in attributes if kind in ("checkbox", "radio") else kind not in ("submit", "button", "file")


class FormReader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.fields = {}
        self._select = self._textarea = None

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        name = attributes.get("name")
        if tag == "select":
            self._select = name
        elif tag == "option" and "selected" in attributes and self._select:
            self.fields.setdefault(self._select, []).append(attributes.get("value", ""))
        elif tag == "textarea":
            self._textarea = name
            self.fields[name] = ""
        elif tag == "input" and name and is_sent(attributes):
            self.fields[name] = attributes.get("value", "")

    def handle_endtag(self, tag):
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            self.fields[self._textarea] = self.fields[self._textarea].removeprefix("\n")
            self._textarea = None

    def handle_data(self, data):
        if self._textarea:
            self.fields[self._textarea] += data
