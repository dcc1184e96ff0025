#!/usr/bin/env bash
# The licences of all libraries that coordinator, worker and command line are shipped with, as their
# poms tell them: docs/LICENCES.md, on standard output. The exit status is 1 if a licence is not one
# of those below, which somebody has looked at.
#     docs/licences.sh >docs/LICENCES.md
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mvn -q -B -Dquick org.codehaus.mojo:license-maven-plugin:2.7.1:aggregate-add-third-party \
  -Dlicense.outputDirectory="$place" -Dlicense.excludedScopes=test,provided \
  -Dlicense.excludedGroups='dev\.plimsoll.*' >&2
python3 - "$place/THIRD-PARTY.txt" <<'P'
import collections
import re
import sys

KNOWN = [
    (r"(The )?Apache( Software)? ?-?License,? [Vv](ersion )?2\.0|Apache[- ]2\.0( License)?|"
     r"Apache License 2\.0|Apache License v2\.0", "Apache-2.0"),
    (r"(The )?MIT( License)?", "MIT"),
    (r"MIT-0", "MIT-0"),
    (r"BSD[- ]2-Clause( License)?", "BSD-2-Clause"),
    (r"Go License", "BSD-3-Clause"),
    (r"EDL 1\.0|Eclipse Distribution License - v 1\.0", "BSD-3-Clause"),
    (r"EPL[- ]2\.0|Eclipse Public License( - v| v\.)? 2\.0", "EPL-2.0"),
    (r"Eclipse Public License - v 1\.0", "EPL-1.0"),
    (r"GPL2 w/ CPE|GPL-2\.0-with-classpath-exception|GNU General Public License, version 2 with "
     r"the GNU Classpath Exception", "GPL-2.0 with classpath exception"),
    (r"LGPL, version 2\.1", "LGPL-2.1"),
    (r"Public Domain, per Creative Commons CC0", "CC0-1.0"),
]


def spdx(name):
    for pattern, known in KNOWN:
        if re.fullmatch(pattern, name):
            return known
    sys.exit(f"docs/licences.sh: the licence '{name}' is not known; look whether its terms fit, "
             f"then add it")


by_licence = collections.defaultdict(list)
for line in open(sys.argv[1], encoding="utf-8"):
    found = re.match(r"\s+((?:\([^()]*\) )+).*\(([\w.-]+:[\w.-]+:[\w.-]+) - ", line)
    if not found:
        if line.strip() and not line.startswith("Lists of"):
            sys.exit(f"docs/licences.sh: not understood: {line.strip()}")
        continue
    names = sorted({spdx(name) for name in re.findall(r"\(([^()]*)\)", found[1])})
    by_licence[" or ".join(names)].append(found[2])

count = sum(map(len, by_licence.values()))
print(f"""# Licences

The {count} libraries that coordinator, worker and command line are shipped with, as their poms tell
it; made by `docs/licences.sh`. Where a library names several licences, we take it under any one of
them. NOTICE names what is in our own files. libtorch and the CUDA libraries of PyTorch, which
`pip` or the user brings, come with licences of their own.

| licence | libraries |
|---|---|""")
for licence, libraries in sorted(by_licence.items(), key=lambda item: -len(item[1])):
    print(f"| {licence} | {', '.join(sorted(libraries))} |")
P
