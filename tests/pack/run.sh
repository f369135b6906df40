#!/bin/sh
# Checks the kernels of this folder on the GPU of this machine, which needs a CUDA driver and nothing else.
set -u
set -f # arguments hold brackets, which are no patterns
LC_ALL=C
export LC_ALL
PATH=${PATH:-/usr/bin:/bin}

usage() {
  cat <<'TEXT'
usage: ./run.sh [OPTION...]
runs every case of the file `cases` with tw-run, prints a table, and writes the results as JSON.
  --quick          only the small cases
  --no-time        do not measure
  --gpu N          the GPU to use (default 0)
  --kernel TEXT    only kernels whose name holds TEXT
  --json FILE      where the results go (default results.json, beside this script)
exit codes: 0 all that can run on this GPU is right, 1 something is wrong, 2 usage, 4 there is no GPU to run on
TEXT
}

refuse() {
  printf 'run.sh: error: %s\n  fix: see ./run.sh --help\n' "$1" >&2
  exit 2
}

here=$(cd "$(dirname "$0")" && pwd) || exit 2
quick=no time=yes gpu=0 kernels='' json=$here/results.json
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=yes ;;
    --no-time) time=no ;;
    --gpu | --kernel | --json)
      [ $# -gt 1 ] || refuse "$1 needs a value"
      case $1 in
        --gpu) gpu=$2 ;;
        --kernel) kernels=$2 ;;
        --json) case $2 in /*) json=$2 ;; *) json=$PWD/$2 ;; esac ;;
      esac
      shift ;;
    -h | --help) usage; exit 0 ;;
    *) refuse "unknown option '$1'" ;;
  esac
  shift
done
cd "$here" || exit 2

# A text as the inside of a JSON string.
escaped() { printf '%s' "$1" | sed 's/[\\"]/\\&/g' | tr '\n\t\r' '   '; }

if ! device=$(./tw-run --info --device "cuda:$gpu" 2>&1); then
  printf '%s\nno GPU to check on: nothing was run\n' "$device" >&2
  exit 4
fi
driver=
if [ -r /proc/driver/nvidia/version ]; then IFS= read -r driver </proc/driver/nvidia/version; fi
printf 'GPU: %s\n%sresults: %s\n\n' "$device" "${driver:+driver: $driver
}" "$json"

# A kernel that hangs must not end the check; the tool is not everywhere.
limit=''
if command -v timeout >/dev/null 2>&1; then limit='timeout 300'; fi
measure=''
if [ $time = yes ]; then measure='--time --repeat 20'; fi

total=0 right=0 wrong=0 skipped=0 separator=
{
  printf '{"device": "%s", "driver": "%s", "date": "%s", "results": [' "$(escaped "$device")" "$(escaped "$driver")" \
    "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
} >"$json" || exit 2
printf '%-22s %-14s %-7s %-8s %11s  %s\n' kernel size target result 'median us' remark
tab=$(printf '\t')
while IFS="$tab" read -r kernel size target set words; do
  case $kernel in *"$kernels"*) ;; *) continue ;; esac
  if [ $quick = yes ] && [ "$set" != quick ]; then continue; fi
  # The words are several each.
  # shellcheck disable=SC2086
  output=$($limit ./tw-run --device "cuda:$gpu" $measure $words 2>&1 </dev/null)
  code=$?
  median=$(printf '%s\n' "$output" | sed -n 's/^  time: median \([0-9.]*\) us.*/\1/p')
  remark=
  if [ $code = 0 ]; then
    result=ok right=$((right + 1))
  else
    result=FAIL
    # What the GPU cannot run is no failure; anything else that keeps a case from running is one.
    case $code/$output in
      4/*' is compiled for '*) result=skipped ;;
    esac
    # Of a mismatch its line; of an error the whole, where it is one that ends the case.
    remark=$(printf '%s\n' "$output" | sed -n 's/^  argument [0-9]*: MISMATCH/&/p' | head -n 1)
    if [ -z "$remark" ]; then remark=$(printf '%s\n' "$output" | head -n 1); fi
    if [ -z "$remark" ]; then remark="tw-run ended with $code and said nothing"; fi
    if [ $code = 124 ]; then remark='not done after 300 seconds'; fi
    if [ $result = skipped ]; then skipped=$((skipped + 1)); else wrong=$((wrong + 1)); fi
  fi
  total=$((total + 1))
  printf '%-22s %-14s %-7s %-8s %11s  %s\n' "$kernel" "$size" "$target" $result "${median:--}" "$remark"
  printf '%s\n {"kernel": "%s", "size": "%s", "target": "%s", "result": "%s", "median_us": %s, "remark": "%s"}' \
    "$separator" "$kernel" "$size" "$target" $result "${median:-null}" "$(escaped "$remark")" >>"$json"
  separator=,
done <cases
printf '\n], "ok": %s, "failed": %s, "skipped": %s}\n' $right $wrong $skipped >>"$json"

printf '\n%s cases: %s ok, %s FAIL, %s skipped\n' $total $right $wrong $skipped
[ $wrong = 0 ] || exit 1
if [ $right = 0 ]; then
  printf 'nothing was run\n'
  exit 4
fi
