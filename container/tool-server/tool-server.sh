# Runs commands inside a sandbox for the service at the other end of stdin, stdout and stderr; one command at a time.
# Interpreted by the static busybox beside it, so nothing of the task's image is needed or trusted.
#
# A request is one line of shell code that calls a function below, its arguments quoted as $'…'.
# A reply is a NUL, the nonce of the call and a letter, in the middle of the output:
#   S  stdout: the call's input has arrived          F  stdout: it could not be kept (no space); the call is over
#   B  stdout: the command is about to start; a channel that breaks before this has run nothing
#   X  both: the command ended, status and ";" follow; later bytes belong to processes it left behind
#   E  both: the relays have stopped, nothing of the call comes after this
tools=/opt/clawbench
job=

reply() { printf '\000%s%s' "$nonce" "$1"; }

# hello NONCE: answers E, so that the service knows that requests are read.
hello() {
  nonce=$1
  reply E
  reply E >&2
}

# call NONCE STDIN_BYTES SHELL DIRECTORY COMMAND [NAME=VALUE…]: starts a command; its input follows the request.
call() {
  nonce=$1
  if [ "$2" -eq 0 ]; then
    exec 9</dev/null
  elif keep_input "$2"; then
    exec 9<"$input"
    rm -f "$input"
    reply S
  else
    rm -f "$input"
    reply F
    return
  fi
  # An empty here-document is an anonymous pipe; its writing end is opened through /proc.
  exec 5<<NOTHING 6<<NOTHING
NOTHING
NOTHING
  exec 7>/proc/self/fd/5 8>/proc/self/fd/6
  cat <&5 5<&- 6<&- 7>&- 8>&- 9<&- 2>/dev/null &
  stdout_relay=$!
  cat <&6 >&2 5<&- 6<&- 7>&- 8>&- 9<&- 2>/dev/null &
  stderr_relay=$!
  reply B
  (run "$@") <&9 >&7 2>&8 5<&- 6<&- 7>&- 8>&- 9<&- &
  job=$!
  exec 7>&- 8>&- 9<&-
}

# Takes exactly $1 bytes from stdin whether or not they can be kept, so that the next line read is a request.
keep_input() {
  input=/dev/shm/.clawbench-$nonce
  dd bs=65536 count="$1" iflag=count_bytes,fullblock 2>/dev/null | {
    cat >"$input" || {
      cat >/dev/null
      false
    }
  } 2>/dev/null
}

# The command runs below a tini that adopts every orphan, so that the whole tree has one root whatever daemons do.
run() {
  shell=$3 directory=$4 command=$5
  shift 5
  [ -x "${shell%% *}" ] || shell="$tools/busybox sh"
  if cd "$directory"; then
    env "$@" $tools/tini -s -- $shell -c "$command"
    status=$?
  else
    status=126
  fi
  reply "X$status;"
  reply "X$status;" >&2
}

# Ends the relays of the call. A process left behind keeps a reader for its output, which goes nowhere.
end_call() {
  kill -9 $stdout_relay $stderr_relay 2>/dev/null
  wait $job
  wait $stdout_relay || { cat <&5 5<&- 6<&- >/dev/null 2>&1 & }
  wait $stderr_relay || { cat <&6 5<&- 6<&- >/dev/null 2>&1 & }
  exec 5<&- 6<&-
  reply E
  reply E >&2
}

# Kills the process tree of the call. Everything is stopped before anything dies: a stopped process cannot fork or run away.
kill_call() {
  stopped=
  rounds=0
  while [ $rounds -lt 200 ]; do
    rounds=$((rounds + 1))
    fresh=
    list_family
    for member in $family; do
      case " $stopped " in
      *" $member "*) ;;
      *)
        kill -STOP $member 2>/dev/null
        stopped="$stopped $member"
        fresh=yes
        ;;
      esac
    done
    [ "$fresh" ] || break
  done
  kill -9 $stopped 2>/dev/null
}

# Sets `family` to the living descendants of the call, with shell built-ins only: there may be no process left to fork.
list_family() {
  processes=
  for directory in /proc/[0-9]*; do
    { read -r line <"$directory/stat"; } 2>/dev/null || continue
    # After the last ")" nothing is chosen by the process: state, then parent.
    set -- ${line##*) }
    [ "$1" = Z ] || processes="$processes ${directory#/proc/} $2"
  done
  family=
  members=" $job "
  grown=yes
  while [ "$grown" ]; do
    grown=
    set -- $processes
    while [ $# -gt 0 ]; do
      case $members in
      *" $1 "*) ;;
      *" $2 "*)
        members="$members$1 "
        family="$family $1"
        grown=yes
        ;;
      esac
      shift 2
    done
  done
}

# listen PORT…: carries connections to loopback ports to the sockets of the same number; returns when all accept.
listen() {
  for port in "$@"; do
    "$tools/lib/loader" --library-path $tools/lib $tools/socat \
      TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork,max-children=64,backlog=64 UNIX-CONNECT:/run/clawbench/$port.sock \
      </dev/null >/dev/null 2>&1 &
  done
  for port in "$@"; do
    rounds=0
    until is_listening $port || [ $rounds -ge 1000 ]; do
      rounds=$((rounds + 1))
      usleep 3000
    done
  done
}

is_listening() {
  wanted=$(printf '0100007F:%04X' $1)
  while read -r _ address _ state _; do
    [ "$address $state" = "$wanted 0A" ] && return 0
  done </proc/net/tcp
  return 1
}

while read -r request; do eval "$request"; done
