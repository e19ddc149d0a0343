"""The running site under attack: `make attack`, or `python -m rehearsals.attack`.

`parts.py` names what it is put through, each in a module of its own. `scene.py` starts and fills the site and tells
what has become of it; `addresses.py` knows where it can be asked, `odd.py` makes up requests that no browser would
send, and `line.py` sends them. `scanners.py` installs wapiti and sqlmap, and holds what they find against
`accepted.txt`.

Everything is asked on 127.0.0.1, and nothing outside it.
"""
