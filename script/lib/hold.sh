# The parts of script/hold: a server, its load, and what is to be true in the end.
# shellcheck shell=bash

hold=

# prepare_hold makes $work/hold with the client, tokens and a server.
prepare_hold()
{
	hold=$work/hold
	mkdir "$hold"
	mkdir "$hold/test"
	cp -R test/hold test/perl "$hold/test/"
	bounded 300 "${CXX:-g++}" -std=c++20 -O1 -Wall -Wextra -I "$("${PG_CONFIG:-pg_config}" --includedir)" \
		test/hold/*.cpp -o "$hold/client" -lpq
	chown -R "$(server_user)" "$hold"
	bounded 300 as_user perl "$hold/test/hold/prepare.pl" "$hold"
	as_user initdb -D "$hold/data" -A trust -N >/dev/null
	cat >>"$hold/data/postgresql.conf" <<-END
		shared_preload_libraries = 'pg_session_jwt'
		max_connections = 250
		listen_addresses = ''
		unix_socket_directories = '$hold'
		logging_collector = off
		autovacuum_naptime = 10
		statement_timeout = 0
	END
	start_server
	as_user psql -q -h "$hold" -d postgres -v ON_ERROR_STOP=1 -f "$hold/setup.sql"
	steady_row=$(registry_row)
}

start_server() { as_user pg_ctl -s -w -t 60 -D "$hold/data" -l "$hold/log" start; }

# ask SQL answers as the superuser.
ask() { as_user psql -h "$hold" -d postgres -AtX -c "$1"; }

# registry_row is a digest of the row that nothing changes.
registry_row()
{
	ask "select md5(i::text) from auth.issuers as i where issuer = 'https://steady.example/'"
}

# run_hold runs the client, and stops the server three times under it.
run_hold()
{
	set_user_command
	"${user_command[@]}" timeout --kill-after=10 $((seconds + 60)) "$hold/client" "$hold" \
		"host=$hold user=app dbname=postgres" "host=$hold dbname=postgres" "$seconds" \
		>"$hold/counts" 2>"$hold/unexpected" &
	child=$!
	local part=$((seconds / 4)) i
	for i in 1 2 3; do
		sleep "$part"
		as_user pg_ctl -s -D "$hold/data" -m immediate stop
		start_server
		say "after $((part * i)) s: stopped immediately and started again; $(summary)"
	done
	# The last quarter is long enough to see whether a backend grows.
	sleep $((part / 3))
	measure >"$hold/memory.before"
	sleep $((part / 2))
	measure >"$hold/memory.after"
	client_status=0
	wait "$child" || client_status=$?
	child=
}

summary() { echo "$(count accepted) accepted, $(count refused) refused, $(count rows) rows"; }

# count NAME is the last value that the client printed.
count() { awk -v n="$1" '$1 == n { v = $2 } END { print v + 0 }' "$hold/counts"; }

# measure prints pid, private memory in kB and open files of the backends that nobody ends.
measure()
{
	local pid
	for pid in $(awk '$1 == "steady_pid" { print $2 }' "$hold/counts" | tail -n 4); do
		[ -d "/proc/$pid" ] || continue
		echo "$pid $(awk '/^RssAnon/ { print $2 }' "/proc/$pid/status") $(find "/proc/$pid/fd" -type l | wc -l)"
	done
}

passed=0 failed=0

# check TEXT TEST... counts and prints one assertion.
check()
{
	local text=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
		say "${green}ok${plain}     $text"
	else
		failed=$((failed + 1))
		say "${red}FAILED${plain} $text"
	fi
}

# grown FIELD is the most by which a backend grew between the measurements.
grown()
{
	awk -v f="$1" 'NR == FNR { before[$1] = $f; next }
		$1 in before { n++; d = $f - before[$1]; if (n == 1 || d > most) most = d }
		END { print n ? most + 0 : 999999 }' "$hold/memory.before" "$hold/memory.after"
}

judge_hold()
{
	local kind number all=0 anon files
	for kind in $(awk '/^presented_/ { print $1 }' "$hold/counts" | sort -u); do
		number=$(count "$kind")
		all=$((all + number))
		check "$number times ${kind#presented_}" [ "$number" -gt 0 ]
	done
	check "$all tokens presented, $(summary)" [ "$(count accepted)" -gt 0 -a "$(count refused)" -gt 0 ]
	check "$(count connected) connections made, $(count interrupted) statements interrupted" \
		[ "$(count connected)" -ge 800 ]
	check "$(count changes) changes of the registry" [ "$(count changes)" -gt $((seconds / 4)) ]
	check "$(count cancelled) cancels, $(count terminated) backends ended, $(count reloaded) reloads" \
		[ "$(count cancelled)" -gt 0 -a "$(count terminated)" -gt 0 -a "$(count reloaded)" -gt 0 ]
	check "client ended by itself" [ "$client_status" -eq 0 ]
	check "rows of another user: $(count foreign_rows)" [ "$(count foreign_rows)" -eq 0 ]
	check "valid tokens refused: $(count valid_refused)" [ "$(count valid_refused)" -eq 0 ]
	check "bad tokens accepted: $(count bad_accepted)" [ "$(count bad_accepted)" -eq 0 ]
	check "removed keys accepted after their commit: $(count removed_accepted)" \
		[ "$(count removed_accepted)" -eq 0 ]
	check "answers of another kind: $(count unexpected)" [ "$(count unexpected)" -eq 0 ]
	anon=$(grown 2) files=$(grown 3)
	check "memory a backend gained: $anon kB" [ "$anon" -lt 1024 ]
	check "descriptors a backend gained: $files" [ "$files" -le 2 ]
	check "backends that crashed: $(crashes)" [ "$(crashes)" -eq 0 ]
	check "tokens in the server's log: $(grep -c eyJ "$hold/log" || true)" \
		[ "$(grep -c eyJ "$hold/log" || true)" -eq 0 ]
	check "server answers, the registry is intact" [ "$(registry_row)" = "$steady_row" ]
	check "keys of the registry are usable" [ "$(ask "select count(*) >= 3 and bool_and(usable)
		from auth.issuer_keys")" = t ]
	as_user pg_ctl -s -D "$hold/data" -m fast stop
	check "server stopped when asked" [ ! -e "$hold/data/postmaster.pid" ]
	head -n 20 "$hold/unexpected"
	say "hold: $seconds seconds; $passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}

# crashes counts what the server says of backends that a signal ended, and of its own panics.
crashes() { grep -cE 'was terminated by signal|PANIC:|TRAP:|terminate called' "$hold/log" || true; }
