#!/bin/bash
set -e
cd /app
name=$(sed -n 's/^name = //p' release.ini)
version=$(sed -n 's/^version = //p' release.ini)
mkdir -p "dist/$name-$version/bin"
ln -s "$name-$version" dist/current
cd "dist/$name-$version"
echo "$version+${CLAWBENCH_NONCE:0:8}" > VERSION
cat > "bin/$name" <<SCRIPT
#!/bin/sh
here=\$(cd "\$(dirname "\$0")/.." && pwd -P)
echo "$name \$(cat "\$here/VERSION")"
SCRIPT
chmod +x "bin/$name"
sha256sum VERSION "bin/$name" > SHA256SUMS
