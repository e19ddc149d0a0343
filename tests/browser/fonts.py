"""Sets of fonts that the browser tests run with: a page has to fit whichever fonts its reader has."""

import os
from pathlib import Path

# Debian's packages fonts-dejavu-core and fonts-noto-core: the first is narrow and low, the second wide and tall.
FONTS = {name: Path("/usr/share/fonts/truetype", name) for name in ("dejavu", "noto")}
# With the second set, only what depends on fonts is looked at again.
SIZES = {"runOnly": {"type": "rule", "values": ["target-size"]}, "resultTypes": ["violations"]}
CONFIGURATION = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""


def environment(name, folder):
    """Return the environment of a browser that has the fonts of this name alone; files go into `folder`."""
    file = folder / "fonts.conf"
    file.write_text(CONFIGURATION.format(fonts=FONTS[name], cache=folder))
    return {**os.environ, "FONTCONFIG_FILE": str(file)}
