# The npm packages: the commands are those of docs/install.md.
. /test/common.sh

mkdir /app
cd /app
npm install --offline --no-audit --no-fund \
    "/packages/tim-cli-$VERSION.tgz" "/packages/tim-cli-linux-x64-$VERSION.tgz"
PATH=/app/node_modules/.bin:$PATH
[ "$(command -v tim)" = /app/node_modules/.bin/tim ] || fail "the package does not install the command tim"
check_tim

# A program that a signal ends: the launcher ends with it too.
rm -f /tmp/emulator
tim emulator >/tmp/emulator 2>&1 &
await /tmp/emulator
pkill -KILL -x tim
ends 137 $!

# Ctrl-C reaches the program once: a second SIGINT would end it before the response comes in, with
# 130 and without the summary.
rm -f /tmp/terminal
eval "$(tim emulator --env --demo-data --fault '{"latency_ms":2000}' 2>/tmp/log &)"
{ sleep 1; printf '\003'; sleep 4; } |
    timeout 20 script -qefc 'exec tim follow check alice bob' /tmp/terminal >/tmp/output 2>&1 || true
grep -q mutual /tmp/terminal || fail "after one Ctrl-C, the result is missing: $(cat /tmp/terminal)"
kill "$TIM_EMULATOR_PID"

# Without the package of the platform, the error reports what to do.
mv node_modules/@tim-cli node_modules/@other
expect 127 tim --version
grep -q 'the package @tim-cli/linux-x64 is not installed' /tmp/output || fail "the error is $(cat /tmp/output)"
