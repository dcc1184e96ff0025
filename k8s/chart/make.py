#!/usr/bin/env python3
"""Makes the chart's templates of the kustomize source: python3 k8s/chart/make.py [OUT]

Needs kubectl. What the base renders to is taken as text, and some values in it are replaced by
Helm's expressions. Each replacement must find its text, so that a change of the base that the chart
does not follow is noticed. Decision 0155.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
K8S = HERE.parent

HEAD = "{{- /* made by k8s/chart/make.py of the kustomize source; change that */}}\n"
TAG = "0.1.0-SNAPSHOT"
IMAGE = "{{ .Values.images.registry }}%s:{{ .Values.images.tag }}"


def kustomize(resources, components):
    """What they render to, as a list of documents."""
    with tempfile.TemporaryDirectory(dir=K8S, prefix=".chart-") as work:
        lines = ["apiVersion: kustomize.config.k8s.io/v1beta1", "kind: Kustomization"]
        lines += ["namespace: plimsoll", "resources:"]
        lines += [f"  - ../{name}" for name in resources]
        if components:
            lines += ["components:"] + [f"  - ../components/{name}" for name in components]
        pathlib.Path(work, "kustomization.yaml").write_text("\n".join(lines) + "\n")
        done = subprocess.run(
            ["kubectl", "kustomize", work], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"kubectl kustomize failed: {done.stderr}")
    return [document.strip("\n") + "\n" for document in done.stdout.split("\n---\n")]


def kind(document):
    return re.search(r"^kind: (\S+)$", document, re.M).group(1)


def name(document):
    return re.search(r"^  name: (\S+)$", document, re.M).group(1)


def replaced(text, pattern, by, times=None):
    """Every match is replaced; there must be some."""
    text, count = re.subn(pattern, by, text, flags=re.M)
    if count == 0 or (times is not None and count != times):
        sys.exit(f"{pattern} was found {count} times in:\n{text}")
    return text


def wide(text):
    """The worker with as many GPUs as the values say, which the component wide does for two."""
    text = replaced(
        text,
        r"^( *)- env:\n( *)- name: ",
        r"\1- env:\n"
        r"\2{{- if gt (int .Values.workers.cards) 1 }}\n"
        r"\2- name: PLIMSOLL_DEVICES\n"
        r'\2  value: {{ until (int .Values.workers.cards) | join "," | quote }}\n'
        r"\2{{- end }}\n"
        r"\2- name: ",
        1)
    text = replaced(
        text, r'nvidia\.com/gpu: "1"$', "nvidia.com/gpu: {{ .Values.workers.cards | quote }}", 2)
    text = replaced(text, r"memory: 8Gi$", "memory: {{ .Values.workers.memory.request }}", 1)
    return replaced(text, r"memory: 16Gi$", "memory: {{ .Values.workers.memory.limit }}", 1)


def templated(document):
    """A document with Helm's expressions."""
    # what Helm would take for an expression, such as an alert's label
    text = document.replace("{{", '{{ "{{" }}')
    text = text.replace("namespace: plimsoll\n", "namespace: {{ .Release.Namespace }}\n")
    text = re.sub(r"plimsoll-(run|broker)-[a-z0-9]{10}\b", r"plimsoll-\1", text)
    if "image: plimsoll/" in text:
        text = text.replace(
            f"image: plimsoll/worker-cuda:{TAG}",
            "image: " + IMAGE % "{{ .Values.images.worker }}")
        text = re.sub(
            rf"image: plimsoll/([a-z-]+):{TAG}", lambda match: "image: " + IMAGE % match[1], text)
    if kind(document) in ("Deployment", "StatefulSet"):
        text = replaced(
            text,
            r"^  template:\n    metadata:\n",
            "  template:\n    metadata:\n      annotations:\n"
            "        checksum/run: {{ .Values.run | toYaml | sha256sum }}\n",
            1)
    if name(document) == "plimsoll-worker" and kind(document) == "Deployment":
        text = replaced(
            text,
            r"^  replicas: 1\n",
            "  {{- if not .Values.autoscaling.enabled }}\n"
            "  replicas: {{ .Values.workers.replicas }}\n"
            "  {{- end }}\n",
            1)
        text = wide(text)
    if name(document) == "plimsoll-parameters" and kind(document) == "StatefulSet":
        text = replaced(text, r"^  replicas: 2\n", "  replicas: {{ .Values.run.shards }}\n", 1)
    if name(document).startswith("plimsoll-run-") and kind(document) == "ConfigMap":
        text = re.sub(
            r"^  run\.yaml: \|\n(?:    .*\n|\n)*",
            "  run.yaml: |\n    {{- .Values.run | toYaml | nindent 4 }}\n",
            text,
            flags=re.M)
    if name(document).startswith("plimsoll-broker-") and kind(document) == "ConfigMap":
        text = replaced(text, r"^  bootstrap: .*$", "  bootstrap: {{ .Values.kafka.bootstrap }}", 1)
    if name(document) == "plimsoll-kafka" and kind(document) == "NetworkPolicy":
        text = replaced(
            text,
            r"^  egress:\n(?:  - .*\n|    .*\n)+(?=  podSelector:)",
            "  egress:\n    {{- .Values.kafka.egress | toYaml | nindent 4 }}\n",
            1)
    if kind(document) == "PersistentVolumeClaim":
        text = replaced(text, r"storage: 40Gi", "storage: {{ .Values.model.storage }}", 1)
    if kind(document) == "ScaledObject":
        text = replaced(
            text, r"maxReplicaCount: 16", "maxReplicaCount: {{ .Values.autoscaling.maxReplicas }}")
        text = replaced(
            text, r"coordinator\.plimsoll\.svc", "coordinator.{{ .Release.Namespace }}.svc", 1)
    return text


def file(documents, condition=None):
    body = "---\n".join(templated(document) for document in documents)
    if condition is None:
        return HEAD + body
    return HEAD + "{{- if " + condition + " }}\n" + body + "{{- end }}\n"


def main(out):
    templates = pathlib.Path(out)
    if templates.exists():
        shutil.rmtree(templates)
    templates.mkdir(parents=True)
    workloads = ("Deployment", "StatefulSet")
    plain = kustomize(["base"], [])
    for security, components in {"none": [], "mtls": ["mtls"], "scram": ["scram"]}.items():
        documents = [one for one in kustomize(["base"], components) if kind(one) in workloads]
        (templates / f"workloads-{security}.yaml").write_text(
            file(documents, f'eq .Values.kafka.authentication "{security}"'))
    rest = [one for one in plain if kind(one) not in workloads + ("Namespace",)]
    (templates / "run.yaml").write_text(file(rest))
    named = {(kind(one), name(one)) for one in plain}

    def added(component):
        # workloads that a component changes are made above
        return [one for one in kustomize(["base"], [component])
                if (kind(one), name(one)) not in named]

    (templates / "model.yaml").write_text(file(added("model-pvc"), ".Values.model.createClaim"))
    (templates / "autoscaling.yaml").write_text(
        file(added("autoscaled"), ".Values.autoscaling.enabled"))
    (templates / "monitoring.yaml").write_text(
        file(added("monitoring"), ".Values.monitoring.enabled"))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else HERE / "templates")
