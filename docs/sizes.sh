#!/usr/bin/env bash
# The size of this code base, for docs/COMPARISON.md: run it at the top of a clone.
#     docs/sizes.sh             all of it
#     docs/sizes.sh MODULE…     some modules, e.g. coordinator common/wire
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# file names on standard input; a line: label, files, lines, median, 90th percentile, longest
sizes() {
  xargs -r -d '\n' wc -l | awk '$2 != "total" { print $1, $2 }' | sort -n | awk -v label="$1" '
    { lines[NR] = $1; sum += $1; longest = $2 }
    END {
      if (NR == 0) { printf "%-12s none\n", label; exit }
      printf "%-12s %5d %7d %6d %5d   %d %s\n", label, NR, sum,
        lines[int((NR + 1) / 2)], lines[int(NR * 0.9 + 0.999)], lines[NR], longest
    }'
}

java() { git ls-files "${modules[@]}" | grep '\.java$' | grep "$1" || true; }

modules=("$@")
printf '%-12s %5s %7s %6s %5s   %s\n' '' files lines median p90 longest
java /src/main/ | sizes 'Java, main'
java /src/test/ | sizes 'Java, tests'
git ls-files "${modules[@]}" | grep -E '\.(py|cu)$' | sizes 'Python, CUDA'
main=$(java /src/main/ | xargs -r -d '\n' cat | wc -l)
test=$(java /src/test/ | xargs -r -d '\n' cat | wc -l)
echo "tests are $((100 * test / (main + test))) % of the lines of Java"
echo "packages, main: $(java /src/main/ | xargs -r -n1 dirname | sort -u | wc -l)," \
  "of them with more than 20 files: $(java /src/main/ | xargs -r -n1 dirname | sort | uniq -c \
    | awk '$1 > 20' | wc -l)"
types='(class|interface|record|enum|@interface) '
public="^public ((abstract|final|sealed|non-sealed) )*$types"
any="^(public )?((abstract|final|sealed|non-sealed) )*$types"
count() {
  java /src/main/ | xargs -r -d '\n' grep -hcE "$1" | awk '{ sum += $1 } END { print sum + 0 }'
}
echo "top-level types, main: $(count "$any"), of them public: $(count "$public")"
echo "characters, longest file of main: $(java /src/main/ | xargs -r -d '\n' wc -m \
  | awk '$2 != "total"' | sort -n | tail -1)"
