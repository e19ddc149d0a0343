import json
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location

import pytest

from tests.test_pins import PROJECT, ROOT, pins

spec = spec_from_file_location("sbom", ROOT / "deploy" / "sbom.py")
sbom = module_from_spec(spec)
spec.loader.exec_module(sbom)


def test_has_every_pin_with_its_hashes():
    run = subprocess.run([sys.executable, ROOT / "deploy" / "sbom.py"], capture_output=True, text=True, check=True)
    bill = json.loads(run.stdout)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["version"] == PROJECT["project"]["version"]
    assert {facts["name"]: facts["version"] for facts in bill["components"]} == pins("requirements.txt")
    hashes = [one["hashes"][0]["content"] for facts in bill["components"] for one in facts["externalReferences"]]
    assert len(hashes) == (ROOT / "requirements.txt").read_text().count("--hash=sha256:")


def test_same_pins_make_the_same_file():
    text = (ROOT / "requirements.txt").read_text()
    first, second = (sbom.bill(PROJECT["project"], text) for _ in range(2))
    assert first == second
    assert sbom.bill(PROJECT["project"], f"{text}\nzzz==1.0")["serialNumber"] != first["serialNumber"]


def test_line_that_is_no_pin_is_refused():
    with pytest.raises(ValueError, match="no pin: git"):
        list(sbom.pins("anyascii==0.3.3\ngit+https://example.org/x"))
