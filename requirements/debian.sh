#!/bin/sh
# Debian packages that some features and tests use; run as root. Nothing else in the project installs system packages.
#
#   chromium-headless-shell  draws SVG and PNG exports, and opens the page in its tests
#   fonts-dejavu-core        a font for it: without one, labels in exported charts are blank
#   nginx-light, haproxy     proxies in the path of links, in the tests of faults; the tests start them, nothing else
set -eu
missing=""
for package in chromium-headless-shell fonts-dejavu-core nginx-light haproxy; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ -d /run/systemd/system ]; then  # Debian starts services with their installation
    for service in nginx haproxy; do
        case "$missing" in *" $service"*) systemctl mask --quiet "$service.service" ;; esac
    done
fi
apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
