"""The files for the cluster, held against the chart's schema, its templates, and the schemas of Kubernetes.

Run by check.py in an environment that has helm-python-sdk (Helm's own library, no binary), kubernetes-validate and
jsonschema. Prints a line for each check; exits with 1 when one fails.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from shutil import which
from typing import Any

import helm_python
import kubernetes_validate
import yaml
from jsonschema import Draft202012Validator

HERE = Path(__file__).resolve().parents[1]
CHART, VERSION = "https://hub.jupyter.org/helm-chart/", "4.4.0"
KUBERNETES = "1.35"
SIGN_INS = ("lti13", "github", "oidc")
problems: list[str] = []


def check(good: bool, what: str, why: object = "") -> bool:
    """Say how it went, and keep what failed."""
    print(f"{'ok  ' if good else 'FAIL'} {what}" + ("" if good else f": {why}"), flush=True)
    if not good:
        problems.append(what)
    return good


def merged(below: Any, above: Any) -> Any:
    """Two values files as Helm merges them: maps by key, everything else by the later one."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return {key: merged(below.get(key), above[key]) if key in above else below[key] for key in {**below, **above}}


def chart(given: str | None, work: Path) -> Path:
    """The chart as a folder or archive with its schema: fetched, or ``given``, where the schema may still be YAML."""
    if given is None:
        helm_python.pull("jupyterhub", repo_url=CHART, version=VERSION, destination=str(work))
        return work / f"jupyterhub-{VERSION}.tgz"
    folder = Path(given)
    schema = folder / "values.schema.yaml"
    if not schema.is_file():
        return folder
    # In the chart's sources: its release turns the schema into JSON and writes the version. Nothing else differs.
    copy = work / "jupyterhub"
    subprocess.run(["cp", "-r", str(folder), str(copy)], check=True)
    (copy / "values.schema.json").write_text(json.dumps(yaml.safe_load(schema.read_text())))
    return copy


def valid(found: str, where: str) -> list[dict[str, Any]]:
    """The manifests of a YAML text, each checked against the schemas of Kubernetes, unknown fields included."""
    manifests = [one for one in yaml.safe_load_all(found) if one]
    for one in manifests:
        name = f"{where}: {one['kind']} {one['metadata'].get('name', one['metadata'].get('generateName'))}"
        try:
            kubernetes_validate.validate(one, KUBERNETES, strict=True)
        except kubernetes_validate.ValidationError as error:
            check(False, f"{name} fits Kubernetes {KUBERNETES}", error.message[:300])
        except kubernetes_validate.SchemaNotFoundError:
            print(f"     {name}: no schema for it; not checked")
    return manifests


def main() -> int:
    """All of it."""
    values = yaml.safe_load((HERE / "values.yaml").read_text())
    mine = yaml.safe_load((HERE / "mine.example.yaml").read_text())
    with tempfile.TemporaryDirectory() as work:
        at = chart(sys.argv[1] if sys.argv[1:] else None, Path(work))
        with helm_python.Chart.load(at) as loaded:
            schema = loaded.schema
            for name in ("", *SIGN_INS):
                sign_in = yaml.safe_load((HERE / "sign-in" / f"{name}.yaml").read_text()) if name else {}
                together = merged(merged(values, sign_in), mine)
                what = f"values.yaml + {'sign-in/' + name + '.yaml + ' if name else ''}mine.example.yaml"
                wrong = [
                    e.message[:200] for e in Draft202012Validator(schema).iter_errors(loaded.merge_values(together))
                ]
                if not check(not wrong, f"{what} fit the schema of chart {VERSION}", wrong):
                    continue
                before = len(problems)
                rendered = loaded.render(together, name="leadgym", namespace="leadgym")
                made = [one for file, text in rendered.items() if file.endswith(".yaml") for one in valid(text, what)]
                check(
                    len(made) > 20 and len(problems) == before,
                    f"{what} render, and all {len(made)} manifests fit Kubernetes {KUBERNETES}",
                    f"{len(problems) - before} do not",
                )
                facts(made, sign_in)
    for folder in ("ngshare", "marking"):
        own(folder)
    if which("kubectl"):
        made_text = subprocess.run(
            ["kubectl", "kustomize", HERE / "ngshare"], capture_output=True, text=True, check=False
        )
        kinds = {one["kind"] for one in valid(made_text.stdout, "kubectl kustomize ngshare")}
        good = {"Deployment", "Service", "PersistentVolumeClaim", "NetworkPolicy"} == kinds
        check(good and "registry.example.org/leadgym-ngshare:1" in made_text.stdout, "kubectl kustomize ngshare", kinds)
    else:
        print("     kubectl is not here: ngshare/kustomization.yaml is not rendered")
    return 1 if problems else 0


def own(folder: str) -> None:
    """Our own manifests in ``folder``."""
    before = len(problems)
    for path in sorted((HERE / folder).glob("*.yaml")):
        if path.name != "kustomization.yaml":
            valid(path.read_text(), f"{folder}/{path.name}")
    check(len(problems) == before, f"the manifests in {folder}/ fit Kubernetes {KUBERNETES}")


def facts(made: list[dict[str, Any]], sign_in: dict[str, Any]) -> None:
    """What the rendered chart has to say for learners to be apart."""
    by_name = {(one["kind"], one["metadata"]["name"]): one for one in made}
    policy = by_name["NetworkPolicy", "singleuser"]["spec"]
    out = [(peer, rule.get("ports")) for rule in policy["egress"] for peer in rule["to"]]
    open_to = [
        peer["ipBlock"]["cidr"] for peer, ports in out if "ipBlock" in peer and {p["port"] for p in ports or []} != {53}
    ]
    check(not open_to, "a learner's pod reaches no address outside the namespace but for names", open_to)
    to_ngshare = [
        ports
        for peer, ports in out
        if peer.get("podSelector", {}).get("matchLabels") == {"app.kubernetes.io/name": "ngshare"}
    ]
    check(to_ngshare == [[{"port": 8080, "protocol": "TCP"}]], "a learner's pod reaches ngshare", to_ngshare)
    secret = by_name["Secret", "hub"]["data"]
    token = secret.get("hub.services.ngshare.apiToken")
    check(bool(token), "the chart makes the token that ngshare/ngshare.yaml asks for")
    pulled = [
        c["image"]
        for c in by_name["DaemonSet", "continuous-image-puller"]["spec"]["template"]["spec"]["initContainers"]
    ]
    both = {"registry.example.org/leadgym-learner:1", "registry.example.org/leadgym-instructor:1"}
    check(both <= set(pulled), "both images are pulled before anybody comes", pulled)
    if "extraEnv" in sign_in.get("hub", {}):
        env = {e["name"]: e for e in by_name["Deployment", "hub"]["spec"]["template"]["spec"]["containers"][0]["env"]}
        check("secretKeyRef" in env["OAUTH_CLIENT_SECRET"]["valueFrom"], "the sign-in's secret comes from a Secret")


if __name__ == "__main__":
    sys.exit(main())
