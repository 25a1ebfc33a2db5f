# Shared by the scripts: messages, running as another user, a temporary folder that goes away.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

if [ -t 1 ]; then
	red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' bold=$'\e[1m' plain=$'\e[0m'
else
	red='' green='' yellow='' bold='' plain=''
fi
export red green yellow bold plain

say()
{
	printf '%s\n' "$*"
}

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

is_root()
{
	[ "$(id -u)" -eq 0 ]
}

# as_root runs a command as root, through sudo where that is needed.
as_root()
{
	if is_root; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "this needs root: run it as root, or install sudo" >&2
		return 1
	fi
}

# The user that servers run as: initdb and postgres refuse root.
server_user()
{
	if ! is_root; then
		id -un
	elif getent passwd postgres >/dev/null; then
		echo postgres
	else
		echo nobody
	fi
}

# as_user runs a command as server_user with a clean environment. HOME and TMPDIR are in $work, so
# that whatever is left there goes away with it.
as_user()
{
	set_user_command
	"${user_command[@]}" "$@"
}

# set_user_command sets user_command to what makes a command run as as_user does.
set_user_command()
{
	local user
	user=$(server_user)
	user_command=()
	if is_root; then
		user_command=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --init-groups)
	fi
	user_command+=(env -i "HOME=$work" "TMPDIR=$work/tmp" "USER=$user" LC_ALL=C.UTF-8
		"PATH=$(pg bindir):/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
}

# pg asks pg_config: pg bindir, pg pkglibdir, pg pgxs.
pg()
{
	"${PG_CONFIG:-pg_config}" "--$1"
}

work=
child=

# make_work makes the temporary folder $work and sees to its end, also after a failure or ^C.
# Its path is short, for a socket's path may not exceed 107 bytes.
make_work()
{
	work=$(mktemp -d /tmp/session-jwt.XXXXXX)
	trap end_work EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	mkdir "$work/tmp"
	chmod 755 "$work"
	chown "$(server_user)" "$work" "$work/tmp"
}

# bounded SECONDS [as_user] COMMAND... runs a command with a time limit. It waits in a way that a
# signal interrupts, for timeout puts the command into a process group that ^C does not reach.
bounded()
{
	local seconds=$1 status=0 user_command=()
	shift
	if [ "$1" = as_user ]; then
		shift
		set_user_command
	fi
	"${user_command[@]}" timeout --kill-after=10 "$seconds" "$@" &
	child=$!
	wait "$child" || status=$?
	child=
	[ "$status" -ne 124 ] || say "timed out after $seconds seconds"
	return "$status"
}

# stop_servers stops the servers whose data directory is in $work, by the pid they wrote, and waits
# for their end: they give shared memory back, and write until then.
stop_servers()
{
	local file pid pids=() i
	while IFS= read -r file; do
		pid=$(head -n 1 "$file" 2>/dev/null) || continue
		is_server "$pid" || continue
		kill -QUIT "$pid" 2>/dev/null && pids+=("$pid")
	done < <(find "$work" -name postmaster.pid 2>/dev/null)
	for i in {1..100}; do
		for pid in "${pids[@]}"; do
			! is_server "$pid" || { sleep 0.1 && continue 2; }
		done
		break
	done
}

# is_server PID: does it work in $work? What has ended, and only has to be waited for, does not.
is_server()
{
	case $(readlink "/proc/$1/cwd") in "$work"/*) true ;; *) false ;; esac
}

end_work()
{
	trap '' HUP INT TERM
	if [ -n "$child" ]; then
		kill -TERM "$child" 2>/dev/null || true
		wait "$child" 2>/dev/null || true
	fi
	[ -n "$work" ] || return 0
	stop_servers
	if [ -n "${keep:-}" ]; then
		say "kept: $work"
		return 0
	fi
	# A server that was only starting has not told its pid, and still writes: try again for a moment.
	local i
	for i in 1 2 3 4 5 6 7 8 9 10; do
		rm -rf "$work" 2>/dev/null && return 0
		sleep 0.3
	done
	say "could not remove $work"
}
