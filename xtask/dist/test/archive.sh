# The archive: the commands are those of docs/install.md.
. /test/common.sh

cd /packages
sha256sum --check --quiet SHA256SUMS
mkdir /opt/tim
tar -xzf "/packages/tim-$VERSION-x86_64-unknown-linux-gnu.tar.gz" -C /opt/tim --strip-components=1
cd /opt/tim
for file in README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE THIRD-PARTY.txt completions/tim.ps1; do
    [ -s "$file" ] || fail "the archive has no $file"
done
check_pages man/man1/tim.1 man/man1/tim-follow-list.1
check_completions completions/tim.bash completions/_tim completions/tim.fish
ln -s /opt/tim/tim /usr/local/bin/tim
check_tim
