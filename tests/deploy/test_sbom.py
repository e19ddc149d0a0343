import json
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location

import pytest

from tests.deploy.test_bundled import BUNDLED
from tests.test_pins import PROJECT, ROOT, pins

pytestmark = pytest.mark.one_database

spec = spec_from_file_location("sbom", ROOT / "deploy" / "sbom.py")
sbom = module_from_spec(spec)
spec.loader.exec_module(sbom)


@pytest.fixture
def bill():
    run = subprocess.run([sys.executable, ROOT / "deploy" / "sbom.py"], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def components(bill, kind):
    return [facts for facts in bill["components"] if facts["purl"].startswith(f"pkg:{kind}/")]


def test_has_every_pin_with_its_hashes(bill):
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["version"] == PROJECT["project"]["version"]
    packages = components(bill, "pypi")
    assert {facts["name"]: facts["version"] for facts in packages} == pins("requirements-extras.txt")
    hashes = [one["hashes"][0]["content"] for facts in packages for one in facts["externalReferences"]]
    assert len(hashes) == (ROOT / "requirements-extras.txt").read_text().count("--hash=sha256:")


def test_extras_are_optional(bill):
    required = {facts["name"] for facts in components(bill, "pypi") if facts["scope"] == "required"}
    assert required == pins("requirements.txt").keys()
    assert {facts["scope"] for facts in bill["components"]} == {"required", "optional"}


def test_has_the_scripts_inside_packages(bill):
    scripts = {facts["name"]: facts for facts in components(bill, "npm")}
    assert scripts.keys() == {entry["name"] for entry in BUNDLED}
    assert scripts["ckeditor4"]["purl"] == "pkg:npm/ckeditor4@4.22.1"
    assert scripts["@github/webauthn-json"]["purl"] == "pkg:npm/%40github/webauthn-json"
    inside = {one["ref"].split("/")[-1].split("@")[0]: one["dependsOn"] for one in bill["dependencies"]}
    assert inside["django-ckeditor"] == ["pkg:npm/ckeditor4@4.22.1"]


def test_every_reference_leads_to_one_component(bill):
    refs = [facts["bom-ref"] for facts in bill["components"]]
    assert len(set(refs)) == len(refs)
    named = {ref for one in bill["dependencies"] for ref in (one["ref"], *one["dependsOn"])}
    assert named - {bill["metadata"]["component"]["bom-ref"]} <= set(refs)


def test_same_pins_make_the_same_file():
    text = (ROOT / "requirements.txt").read_text()
    first, second = (sbom.bill(PROJECT["project"], text, text, BUNDLED) for _ in range(2))
    assert first == second
    for other in (
        (f"{text}\nzzz==1.0", None, BUNDLED),
        (text, f"{text}\nzzz==1.0", BUNDLED),
        (text, text, BUNDLED[1:]),
    ):
        assert sbom.bill(PROJECT["project"], *other)["serialNumber"] != first["serialNumber"]


def test_line_that_is_no_pin_is_refused():
    with pytest.raises(ValueError, match="no pin: git"):
        list(sbom.pins("anyascii==0.3.3\ngit+https://example.org/x"))
