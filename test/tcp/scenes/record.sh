#!/bin/sh
# Records one scene: a program talking to itself over a loopback that belongs to a network namespace of its own.
# usage: record.sh OUT.pcap PROGRAM...
set -eu
out=$1
shift
ip link set lo up
# Sends data in segments of an Ethernet's size, as between two hosts.
ip link set lo mtu 1500
tcpdump -i lo -U --immediate-mode -B "${CAPTURE_KB:-8192}" -w "$out" tcp 2>"$out.log" &
dump=$!
tries=0
until grep -q 'listening on' "$out.log"; do
  tries=$((tries + 1))
  [ "$tries" -lt 200 ] || exit 1
  sleep 0.05
done
status=0
"$@" || status=$?
# The last packets are on their way from the kernel: wait until the file stops growing.
size=-1
while [ "$(wc -c <"$out")" != "$size" ]; do
  size=$(wc -c <"$out")
  sleep 0.1
done
kill "$dump"
wait "$dump" || true
exit "$status"
