#!/bin/sh
# Records what this machine's GPU makes of the snippets: one .npy and one .json in `records` for each group.
set -u
set -f
LC_ALL=C
export LC_ALL

usage() {
  cat <<'TEXT'
usage: ./record.sh [--gpu N] [--group TEXT] [--records FOLDER]
runs every group of the file `groups` with tw-run and keeps its outputs.
  --gpu N            the GPU to use (default 0)
  --group TEXT       only groups whose name holds TEXT
  --records FOLDER   where the records go (default records, beside this script)
exit codes: 0 recorded all that this GPU can run, 1 a group failed, 2 usage, 4 nothing could run
TEXT
}

here=$(cd "$(dirname "$0")" && pwd) || exit 2
gpu=0 chosen='' records=$here/records
while [ $# -gt 0 ]; do
  case $1 in
    --gpu | --group | --records)
      [ $# -gt 1 ] || { usage >&2; exit 2; }
      case $1 in
        --gpu) gpu=$2 ;;
        --group) chosen=$2 ;;
        --records) case $2 in /*) records=$2 ;; *) records=$PWD/$2 ;; esac ;;
      esac
      shift ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
cd "$here" && mkdir -p "$records" || exit 2

if ! device=$(./tw-run --info --device "cuda:$gpu" 2>&1); then
  printf '%s\nno GPU to record on\n' "$device" >&2
  exit 4
fi
printf 'GPU: %s\n' "$device"
limit=''
if command -v timeout >/dev/null 2>&1; then limit='timeout 120'; fi

recorded=0 failed=0 skipped=0
tab=$(printf '\t')
while IFS="$tab" read -r group count inputs words; do
  case $group in *"$chosen"*) ;; *) continue ;; esac
  run() {
    variant=$1
    shift
    $limit ./tw-run --device "cuda:$gpu" --variant "$variant" --arg "$inputs" --arg "u32[$words]:zeros" "$@" \
      "artifacts/$group.twa" </dev/null
  }
  # The description appears last: a group without it was not recorded.
  rm -f "$records/$group.json"
  output=$(run 0 --json --out "1=$records/$group.npy" 2>&1)
  code=$?
  if [ $code = 0 ]; then
    printf '%s\n' "$output" >"$records/$group.json"
    recorded=$((recorded + 1))
    printf '%-48s %4s snippets\n' "$group" "$count"
    continue
  fi
  case $code/$output in
    4/*' is compiled for '*)
      skipped=$((skipped + 1))
      printf '%-48s skipped: not for this GPU\n' "$group"
      continue ;;
  esac
  failed=$((failed + 1))
  rm -f "$records/$group.npy"
  printf '%-48s FAIL: %s\n' "$group" "$(printf '%s\n' "$output" | head -n 1)"
  # Which of them it is: each alone, in a process of its own.
  variant=1
  while [ "$variant" -le "$count" ]; do
    run "$variant" >/dev/null 2>&1 || printf '  variant %s of artifacts/%s.twa fails alone\n' "$variant" "$group"
    variant=$((variant + 1))
  done
done <groups
printf '%s groups recorded, %s failed, %s skipped, in %s\n' $recorded $failed $skipped "$records"
[ $failed = 0 ] || exit 1
[ $recorded -gt 0 ] || exit 4
