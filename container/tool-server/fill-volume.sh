# Fills /volume with the programs every sandbox is given, taken from the base image this runs in.
# Safe to run again and at the same time: each file appears complete or not at all.
set -eu
cd /volume
[ ! -f complete ] || exit 0

place() { # SOURCE NAME
  cp -L "$1" "$2.$$"
  chmod 755 "$2.$$"
  mv "$2.$$" "$2"
}

mkdir -p lib
place /bin/busybox busybox
place /usr/bin/tini-static tini
place "$(command -v socat)" socat
# socat brings its own loader and libraries and so runs in any image.
ldd "$(command -v socat)" | while read -r name arrow path rest; do
  case $name in
  /*) place "$name" lib/loader ;;
  *) [ "$arrow" != '=>' ] || place "$path" "lib/$name" ;;
  esac
done
cp /source/tool-server.sh tool-server.sh.$$
mv tool-server.sh.$$ tool-server.sh
touch complete
