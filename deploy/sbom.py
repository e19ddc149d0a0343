"""Write what the site is made of, as CycloneDX 1.6 JSON: `make sbom`, or `python deploy/sbom.py > sbom.json`.

Names, versions and hashes are those of requirements-extras.txt, which pip insists on when it installs; what is not in
requirements.txt, too, is an extra, and optional. Licences are what the installed packages say of themselves. Scripts
of others inside packages are those of deploy/bundled.toml. There is no moment in it: the same pins make the same file.
"""

import json
import re
import sys
import tomllib
import uuid
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)")


def pins(text):
    """Yield name, version and hashes of each pin of a requirements file; raise ValueError for a line that is none."""
    for block in re.split(r"\n(?=[^\s#])", text.strip()):
        match = PIN.match(block)
        if not match:
            raise ValueError(f"This is no pin: {block.splitlines()[0]}")
        yield match["name"].lower(), match["version"], re.findall(r"--hash=sha256:([0-9a-f]{64})", block)


def licence_of(name):
    """Return what the installed package says of its licence, as CycloneDX has it; nothing where it says nothing."""
    try:
        said = metadata(name)
    except PackageNotFoundError:
        return []
    if expression := said.get("License-Expression"):
        return [{"expression": expression}]
    classifiers = [line for line in said.get_all("Classifier", []) if line.startswith("License ::")]
    classified = [line.rpartition(" :: ")[2] for line in classifiers]
    short = said.get("License", "").strip()
    named = classified or ([short] if short and "\n" not in short else [])
    return [{"license": {"name": text}} for text in named]


def component(name, version, hashes, is_optional=False):
    purl = f"pkg:pypi/{re.sub(r'[-_.]+', '-', name)}@{version}"
    facts = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    facts["scope"] = "optional" if is_optional else "required"
    if licences := licence_of(name):
        facts["licenses"] = licences
    # One for each file that PyPI has of the version, so a component could not bear them all as hashes of its own.
    references = [
        {"type": "distribution", "url": f"https://pypi.org/project/{name}/{version}/#files", "hashes": [one]}
        for one in ({"alg": "SHA-256", "content": digest} for digest in hashes)
    ]
    return facts | {"externalReferences": references}


def script(entry):
    """Return the component of an entry of deploy/bundled.toml."""
    purl = f"pkg:npm/{entry['name'].replace('@', '%40')}"
    if entry["version"] != "unknown":
        purl += f"@{entry['version']}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": entry["name"],
        "version": entry["version"],
        "purl": purl,
        "scope": "required",
        "licenses": [{"expression": entry["licence"]}],
        "properties": [{"name": "forum-site:files", "value": f"/static/{files}"} for files in entry["files"]],
    }


def bill(project, requirements, with_extras=None, bundled=()):
    """Return the bill of materials of `project`, the table of that name in pyproject.toml."""
    required = {name for name, _version, _hashes in pins(requirements)}
    components = [component(*pin, is_optional=pin[0] not in required) for pin in pins(with_extras or requirements)]
    by_name = {facts["name"]: facts["bom-ref"] for facts in components}
    inside = {}
    for entry in bundled:
        components.append(script(entry))
        inside.setdefault(by_name[entry["within"]], []).append(components[-1]["bom-ref"])
    site = {
        "type": "application",
        "bom-ref": project["name"],
        "name": project["name"],
        "version": project["version"],
        "description": project["description"],
        "licenses": [{"license": {"id": project["license"]}}],
    }
    made_of = f"{project['version']}{requirements}{with_extras or ''}{json.dumps(list(bundled))}"
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, made_of)}",
        "version": 1,
        "metadata": {"component": site},
        "components": components,
        "dependencies": [
            {"ref": project["name"], "dependsOn": list(by_name.values())},
            *({"ref": package, "dependsOn": scripts} for package, scripts in inside.items()),
        ],
    }


if __name__ == "__main__":
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    texts = [(ROOT / name).read_text() for name in ("requirements.txt", "requirements-extras.txt")]
    bundled = tomllib.loads((ROOT / "deploy" / "bundled.toml").read_text())["bundled"]
    json.dump(bill(project, *texts, bundled), sys.stdout, indent=2, ensure_ascii=False)
    print()
