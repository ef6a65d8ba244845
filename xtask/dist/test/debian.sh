# The Debian package: the commands are those of docs/install.md.
. /test/common.sh

dpkg -i "/packages/tim-cli_$VERSION-1_amd64.deb"
[ "$(command -v tim)" = /usr/bin/tim ] || fail "the package does not install /usr/bin/tim"
dpkg --verify tim-cli
man tim-follow-list | grep -q SYNOPSIS || fail "man does not find the page tim-follow-list"
check_completions /usr/share/bash-completion/completions/tim /usr/share/zsh/vendor-completions/_tim \
    /usr/share/fish/vendor_completions.d/tim.fish
for file in copyright changelog.Debian.gz changelog.gz THIRD-PARTY.txt.gz; do
    [ -s "/usr/share/doc/tim-cli/$file" ] || fail "the package has no $file"
done
check_tim
dpkg -r tim-cli
! [ -e /usr/bin/tim ] || fail "the package leaves /usr/bin/tim when it is removed"
