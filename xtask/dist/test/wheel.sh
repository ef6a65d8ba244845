# The wheel: the commands are those of docs/install.md.
. /test/common.sh

python3 -m venv /venv
/venv/bin/pip install --no-index /packages/tim_cli-*.whl
PATH=/venv/bin:$PATH
[ "$(command -v tim)" = /venv/bin/tim ] || fail "the wheel does not install the command tim"
check_tim
/venv/bin/pip uninstall --yes tim-cli
! [ -e /venv/bin/tim ] || fail "the wheel leaves the command tim when it is removed"
