# What holds for the program `tim` of each package. The scripts beside it read this file first.
set -eu

fail() {
    echo "failed: $*" >&2
    exit 1
}

no_rust() {
    for name in cargo rustc rustup; do
        ! command -v "$name" >/dev/null || fail "$name is in the environment, which must be without Rust"
    done
    found=$(find / -xdev \( -name cargo -o -name rustc -o -name 'libstd-*.so' \) -print -quit)
    [ -z "$found" ] || fail "$found is in the environment, which must be without Rust"
}

# expect CODE COMMAND...: runs a command that must end with this exit code within ten seconds.
expect() {
    expected=$1 code=0
    shift
    timeout 10 "$@" >/tmp/output 2>&1 || code=$?
    [ "$code" = "$expected" ] || fail "\`$*\` ended with $code instead of $expected: $(cat /tmp/output)"
}

# Waits until the emulator has printed its settings into a file.
await() {
    for _ in $(seq 100); do
        ! grep -q base_url "$1" 2>/dev/null || return 0
        sleep 0.1
    done
    fail "the emulator has not started within ten seconds: $(cat "$1")"
}

# ends CODE PID: the process ends with this exit code, and no process `tim` is left.
ends() {
    code=0
    for _ in $(seq 100); do
        kill -0 "$2" 2>/dev/null || break
        # A process that has ended stays until its parent waits for it.
        ! grep -q '^State:.Z' "/proc/$2/status" 2>/dev/null || break
        [ "$_" != 100 ] || fail "the process runs ten seconds after the signal"
        sleep 0.1
    done
    wait "$2" || code=$?
    [ "$code" = "$1" ] || fail "the process ended with $code instead of $1"
    ! pgrep -x tim >/dev/null || fail "a process tim is left"
}

# Signals to the command, as supervisors and scripts send them, stop the emulator in order.
stops() {
    for signal in INT TERM HUP; do
        rm -f /tmp/emulator /tmp/export
        tim emulator --demo-data --export-on-exit /tmp/export >/tmp/emulator 2>&1 &
        await /tmp/emulator
        kill "-$signal" $!
        ends 0 $!
        grep -q alice /tmp/export || fail "after SIG$signal, the emulator has not written its data"
    done
}

# Ctrl-C in a terminal sends SIGINT to all processes there.
stops_in_terminal() {
    rm -f /tmp/terminal
    { await /tmp/terminal; printf '\003'; sleep 3; } | expect 0 script -qefc 'exec tim emulator' /tmp/terminal
    ! pgrep -x tim >/dev/null || fail "after Ctrl-C, a process tim is left"
}

# The script of the README: the shell waits until the emulator closes its output.
scripted() {
    timeout 20 sh -eu -c '
        eval "$(tim emulator --env --demo-data 2>/tmp/log &)"
        tim follow check alice bob carol
        kill $TIM_EMULATOR_PID
        while pgrep -x tim >/dev/null; do sleep 0.1; done
    ' >/tmp/output 2>&1 || fail "the script of the README fails: $(cat /tmp/output /tmp/log)"
    grep -q mutual /tmp/output || fail "the script of the README prints $(cat /tmp/output)"
}

check_tim() {
    no_rust
    expect 0 tim --version
    [ "$(cat /tmp/output)" = "tim $VERSION" ] || fail "\`tim --version\` prints $(cat /tmp/output), not tim $VERSION"
    expect 0 tim demo
    grep -q 'POST v4/sns/friend_check' /tmp/output || fail "\`tim demo\` has not sent friend_check"
    expect 2 tim no-such-command
    stops
    stops_in_terminal
    scripted
}

# check_pages FILE...: manual pages that `man` can show.
check_pages() {
    for page in "$@"; do
        man -l "$page" >/tmp/page 2>/tmp/warnings || fail "man cannot show $page: $(cat /tmp/warnings)"
        grep -q SYNOPSIS /tmp/page || fail "the manual page $page has no synopsis"
    done
}

# check_completions BASH ZSH FISH
check_completions() {
    bash -c '. "$1" && complete -p tim' bash "$1" >/dev/null || fail "$1 does not define completions of tim"
    grep -q '^#compdef tim' "$2" || fail "$2 is not a completion of zsh"
    grep -q '^complete -c tim' "$3" || fail "$3 is not a completion of fish"
}
