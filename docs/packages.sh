#!/usr/bin/env bash
# The packages and sizes of this code base, from the files that git knows. Run it in a clone.
#     docs/packages.sh                   docs/PACKAGES.md, on standard output
#     docs/packages.sh sizes             the figures of docs/COMPARISON.md
#     docs/packages.sh sizes MODULE…     the same of some modules, e.g. coordinator common/wire
# The exit status is 1 if packages import each other in a circle.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

java() { git ls-files "${modules[@]}" | grep '\.java$' | grep "$1" || true; }

# One line a package: module, package, files, lines, and the packages of ours that it imports.
# Names in comments and strings do not count.
packages() {
  java /src/main/java/ | xargs -r -d '\n' awk '
    function ours(text, name) {
      while (match(text, /dev\.plimsoll(\.[a-z_]+)+\.[A-Z]/)) {
        name = substr(text, RSTART + 13, RLENGTH - 15)
        text = substr(text, RSTART + RLENGTH)
        if (name != package && !((key, name) in seen)) {
          seen[key, name] = 1
          imports[key] = imports[key] " " name
        }
      }
    }
    FNR == 1 {
      split(FILENAME, parts, "/src/main/java/dev/plimsoll/")
      package = parts[2]
      sub(/\/[^\/]*$/, "", package)
      gsub(/\//, ".", package)
      key = parts[1] " " package
      files[key]++
    }
    { lines[key]++ }
    /^ *(\*|\/\*|\/\/)/ || /^package / { next }
    { gsub(/"([^"\\]|\\.)*"/, ""); ours($0) }
    END { for (key in files) print key, files[key], lines[key] imports[key] }
  ' | sort
}

# Each test of this code base that fails when packages import each other in a circle.
cycle_tests() {
  printf '| module | test |\n|---|---|\n'
  git ls-files | grep '/src/test/java/.*\.java$' | xargs -r -d '\n' grep -l 'beFreeOfCycles' \
    | awk '{
        split($0, parts, "/src/test/java/")
        name = parts[2]
        sub(/^.*\//, "", name)
        sub(/\.java$/, "", name)
        printf "| `%s` | [%s](../%s) |\n", parts[1], name, $0
      }'
}

page() {
  cat <<'END'
# Packages

This page is written by `docs/packages.sh > docs/PACKAGES.md`. It counts main code, tests apart.
Package names are without `dev.plimsoll.`. A file is read as text: an import that only a comment
needs counts too. The tests below see compiled classes, where such imports are not.

What each package is for stands in the README of its module. [TRIPS.md](TRIPS.md) follows five
things through them.

## No circles

No packages import each other in a circle. A test in each module of several packages
enforces it with ArchUnit's slices, one slice a package:

END
  cycle_tests
  cat <<'END'

The same tests say more: what a package may import (`common/audit`, `common/chaos`, `common/cli`
and `common/processes` list it for each one; for the coordinator and the worker a `RoomsTest` does),
that the engine's packages lie above each other (`gpu-worker`), and that cores know no client, clock
or dice (`common/audit`, `coordinator`; the worker's loop has a `WorkerPurityTest`).

## Packages by module
END
  tables
}

tables() {
  packages | awk '
    $1 != module {
      module = $1
      printf "\n### `%s`\n\n| package | files | lines | imports, of ours |\n", module
      print "|---|---|---|---|"
    }
    {
      count = 0
      for (i = 5; i <= NF; i++) names[++count] = $i
      for (i = 2; i <= count; i++)
        for (j = i; j > 1 && names[j] < names[j - 1]; j--) {
          swap = names[j]; names[j] = names[j - 1]; names[j - 1] = swap
        }
      list = count ? names[1] : "–"
      for (i = 2; i <= count; i++) list = list ", " names[i]
      printf "| `%s` | %d | %d | %s |\n", $2, $3, $4, list
    }'
  printf '\n'
  packages | awk '
    { files += $3; lines += $4; pairs += NF - 4; if ($3 > most) { most = $3; name = $2 } }
    END {
      printf "%d packages, %d files, %d lines, %d imports of a package by another.\n", NR, files,
        lines, pairs
      printf "The largest is `%s` with %d files.\n", name, most
    }'
  if packages | awk '{ for (i = 5; i <= NF; i++) print $2, $i }' | tsort >/dev/null 2>&1; then
    echo "No packages import each other in a circle."
  else
    echo "Some packages import each other in a circle."
    return 1
  fi
}

# File names on standard input; a line: label, files, lines, median, 90th percentile, longest.
sizes_of() {
  xargs -r -d '\n' wc -l | awk '$2 != "total" { print $1, $2 }' | sort -n | awk -v label="$1" '
    { lines[NR] = $1; sum += $1; longest = $2 }
    END {
      if (NR == 0) { printf "%-12s none\n", label; exit }
      printf "%-12s %5d %7d %6d %5d   %d %s\n", label, NR, sum,
        lines[int((NR + 1) / 2)], lines[int(NR * 0.9 + 0.999)], lines[NR], longest
    }'
}

count() {
  java /src/main/ | xargs -r -d '\n' grep -hcE "$1" | awk '{ sum += $1 } END { print sum + 0 }'
}

sizes() {
  printf '%-12s %5s %7s %6s %5s   %s\n' '' files lines median p90 longest
  java /src/main/ | sizes_of 'Java, main'
  java /src/test/ | sizes_of 'Java, tests'
  { git ls-files "${modules[@]}" | grep -E '\.(py|cu)$' || true; } | sizes_of 'Python, CUDA'
  main=$(java /src/main/ | xargs -r -d '\n' cat | wc -l)
  test=$(java /src/test/ | xargs -r -d '\n' cat | wc -l)
  echo "tests are $((100 * test / (main + test))) % of the lines of Java"
  packages | awk '{ big += $3 > 20 }
    END { printf "packages, main: %d, of them with more than 20 files: %d\n", NR, big }'
  types='(class|interface|record|enum|@interface) '
  public="^public ((abstract|final|sealed|non-sealed) )*$types"
  any="^(public )?((abstract|final|sealed|non-sealed) )*$types"
  echo "top-level types, main: $(count "$any"), of them public: $(count "$public")"
  echo "characters, longest file of main: $(java /src/main/ | xargs -r -d '\n' wc -m \
    | awk '$2 != "total"' | sort -n | tail -1)"
}

modules=()
case "${1:-page}" in
  page) page ;;
  sizes) modules=("${@:2}"); sizes ;;
  *) echo "docs/packages.sh: unknown word '$1'; it takes nothing, or 'sizes'" >&2; exit 2 ;;
esac
