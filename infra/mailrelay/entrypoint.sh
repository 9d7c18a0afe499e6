#!/bin/sh
# Runs Exim with the given macros, its log on standard output.
# SIGTERM ends the daemon, which takes no more sessions; those in progress may finish. A container ends with its first
# process, so this one stays until they have, or until the pod's grace period is over.

tail --lines=0 --follow=name --retry /var/log/relay/mainlog /var/log/relay/paniclog 2>/dev/null &
exim4 "$@" -bdf -q15m &
daemon=$!
trap 'kill -TERM "$daemon"' TERM

while kill -0 "$daemon" 2>/dev/null; do wait "$daemon"; done
while grep -qsx exim4 /proc/[0-9]*/comm; do sleep 0.2; done
