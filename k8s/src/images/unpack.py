#!/usr/bin/env python3
"""Unpacks an image's archive, as Jib writes it, into a directory, and prints how it is started.

    unpack.py IMAGE.tar DIRECTORY

Prints one line of JSON: user, entrypoint, environment, labels and the layers' sizes in bytes.
Layers go over each other in their order; whiteouts are not needed, since no layer removes anything.
"""
import json
import sys
import tarfile


def main(archive: str, directory: str) -> None:
    with tarfile.open(archive) as image:
        manifest = json.load(image.extractfile("manifest.json"))[0]
        config = json.load(image.extractfile(manifest["Config"]))
        layers = []
        for name in manifest["Layers"]:
            layers.append(image.getmember(name).size)
            with tarfile.open(fileobj=image.extractfile(name), mode="r:*") as layer:
                layer.extractall(directory, numeric_owner=True, filter="tar")
    started = config["config"]
    print(json.dumps({
        "user": started.get("User"),
        "entrypoint": started.get("Entrypoint"),
        "environment": started.get("Env"),
        "labels": started.get("Labels"),
        "layers": layers,
    }))


if __name__ == "__main__":
    main(*sys.argv[1:])
