# Last step of the base image, however it was made: the agent's user, the work directory, nothing left over.
set -eu
useradd --create-home --uid 1000 --shell /bin/bash agent
mkdir -p /app
chown agent:agent /app
rm -rf /var/cache/apt/archives/*.deb /var/lib/apt/lists/* /var/log/*.log /var/log/apt /debootstrap
