#!/bin/sh
# Runs the command of the image in its files: as its user, as the first process of a namespace, as a
# container does. `cargo xtask dist --test image` calls it with processes and a network of its own.
#
# image.sh ROOT VERSION USER DIRECTORY N CHECK... COMMAND...: the health check has N words.
set -eu
root=$1 version=$2 user=$3 directory=$4 words=$5
shift 5

fail() {
    echo "failed: $*" >&2
    exit 1
}

# in_image COMMAND...
in_image() {
    chroot --userspec="$user" "$root" env -i -C "$directory" PATH=/usr/local/bin:/usr/bin:/bin "$@"
}

mount -t proc proc /proc
ip link set lo up
log=$(mktemp) check=$(mktemp)
trap 'rm -f "$log" "$check"' EXIT
while [ "$words" -gt 0 ]; do
    printf '%s\n' "$1" >>"$check"
    shift
    words=$((words - 1))
done
healthy() {
    (
        set --
        while IFS= read -r word; do set -- "$@" "$word"; done <"$check"
        in_image "$@" 2>/dev/null
    )
}

for name in cargo rustc cc; do
    ! in_image sh -c "command -v $name" >/dev/null || fail "$name is in the image"
done
[ "$(in_image id -u)" != 0 ] || fail "the command of the image runs as root"
[ "$(in_image tim --version)" = "tim $version" ] || fail "\`tim --version\` prints $(in_image tim --version)"
in_image touch written || fail "the user cannot write into $directory"
in_image tim demo >/dev/null || fail "\`tim demo\` failed in the image"
! healthy || fail "the health check succeeds without an emulator"

# The emulator is process 1 of its namespace, so a signal without a handler would not end it.
unshare --pid --fork --kill-child chroot --userspec="$user" "$root" env -i -C "$directory" \
    PATH=/usr/local/bin:/usr/bin:/bin "$@" --demo-data >"$log" 2>&1 &
outer=$!
for _ in $(seq 100); do
    ! grep -q base_url "$log" || break
    sleep 0.1
done
grep -q '"base_url":"http://127.0.0.1:8080"' "$log" || fail "the emulator does not print its URL: $(cat "$log")"
healthy || fail "the health check fails while the emulator runs"
setting() { sed -n "s/^{.*\"$1\":\"\\{0,1\\}\\([^\",}]*\\).*/\\1/p" "$log"; }
in_image TIM_BASE_URL=http://127.0.0.1:8080 TIM_SDKAPPID="$(setting sdkappid)" TIM_ADMIN="$(setting admin)" \
    TIM_SECRET_KEY="$(setting secret_key)" tim follow check alice bob || fail "a client cannot call the emulator"
kill -TERM "$(pgrep -P $outer)"
code=0
wait $outer || code=$?
[ "$code" = 0 ] || fail "after SIGTERM, the emulator ended with $code: $(cat "$log")"
