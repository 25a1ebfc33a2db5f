# What script/demo stands on: a private copy of the server with the module in it, a provider of
# keys, and a way to show what a query gives and to check it.
# shellcheck shell=bash

provider=
psql=()
wrong=0
shown=0

title() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
note() { printf '%s\n' "$*"; }

# show_sql prints SQL before it is run; tokens appear as psql variables, such as :'alice'.
show_sql() { sed "/./ s/.*/    $yellow&$plain/" <<<"$1"; }

stop_demo()
{
	trap '' HUP INT TERM
	if [ -n "$provider" ]; then
		kill "$provider" 2>/dev/null || true
		wait "$provider" 2>/dev/null || true
	fi
	end_work
}

# The module is built outside the tree (in the folder BUILD, if that is set), and installed under
# $work. PostgreSQL finds its files by the place of its own executable, so a copy of that beside links
# to the rest is a server with the module, while the system's own is not touched and nothing here
# needs root.
build_server()
{
	local log=$work/build.log extension build=${BUILD:-$work/build}
	mkdir -p "$build"
	make -s -C "$build" -f "$root/Makefile" "VPATH=$root" -j "$(nproc)" >"$log" 2>&1 ||
		fail_with "$log" "the build failed"
	bin=$work$(pg bindir)
	extension=$work$(pg sharedir)/extension
	mkdir -p "$bin" "$work$(pg pkglibdir)" "$work$(pg sharedir)"
	cp "$(pg bindir)"/{postgres,initdb,pg_ctl} "$bin"
	ln -s "$(pg pkglibdir)"/*.so "$work$(pg pkglibdir)"
	cp -rs "$(pg sharedir)/." "$work$(pg sharedir)"
	rm -f "$work$(pg pkglibdir)"/pg_session_jwt* "$extension"/pg_session_jwt*
	make -s -C "$build" -f "$root/Makefile" "VPATH=$root" "DESTDIR=$work" install >"$log" 2>&1 ||
		fail_with "$log" "could not install into $work"
	[ -e "$work$(pg pkglibdir)/pg_session_jwt_fetch.so" ] ||
		die "built without the fetcher of key sets: install libcurl4-openssl-dev"
}

fail_with()
{
	tail -n 30 "$1" >&2
	die "$2"
}

start_server()
{
	local log=$work/server.log
	mkdir -m 700 "$work/socket"
	chown "$(server_user)" "$work/socket"
	bounded 60 as_user "$bin/initdb" -D "$work/data" -U owner -A trust -E UTF8 --no-locale --no-sync \
		>"$log" 2>&1 || fail_with "$log" "initdb failed"
	as_user tee -a "$work/data/postgresql.conf" >/dev/null <<-END
		listen_addresses = ''
		unix_socket_directories = '$work/socket'
		fsync = off
		pg_session_jwt.fetch = any    # the provider of this demo has a private address
		pg_session_jwt.fetch_ca_file = '$work/tls.pem'
	END
	bounded 60 as_user "$bin/pg_ctl" -D "$work/data" -w -l "$work/data/log" start >"$log" 2>&1 ||
		fail_with "$work/data/log" "the server did not start"
	psql=("$(pg bindir)/psql" -X -q -h "$work/socket")
}

# start_provider serves what an identity provider publishes, by https on loopback: the web server
# that comes with openssl answers with files. The system gives it a free port.
start_provider()
{
	local port='' i
	mkdir -p "$work/www/.well-known"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
		-addext subjectAltName=DNS:localhost -keyout "$work/tls.key" -out "$work/tls.pem" 2>/dev/null ||
		die "openssl made no certificate"
	chown "$(server_user)" "$work/tls.key"
	set_user_command
	: >"$work/provider.log"
	(cd "$work/www" && exec "${user_command[@]}" openssl s_server -accept 127.0.0.1:0 -WWW \
		-cert "$work/tls.pem" -key "$work/tls.key") >>"$work/provider.log" 2>&1 </dev/null &
	provider=$!
	for i in {1..50}; do
		port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' "$work/provider.log")
		[ -z "$port" ] || break
		sleep 0.1
	done
	[ -n "$port" ] || fail_with "$work/provider.log" "the provider of keys did not start"
	issuer=https://localhost:$port/
	printf '{"issuer":"%s","jwks_uri":"%s.well-known/jwks.json"}' "$issuer" "$issuer" \
		>"$work/www/.well-known/openid-configuration"
	printf '{"keys":[%s]}' "$(rsa_jwk provider key-1)" >"$work/www/.well-known/jwks.json"
}

# run_sql ROLE DATABASE SQL [PSQL OPTION]... prints what psql prints. Errors come with their
# SQLSTATE, and without the line of the source that raised them.
run_sql()
{
	local role=$1 database=$2 sql=$3
	shift 3
	printf '\\set VERBOSITY verbose\n%s\n' "$sql" |
		as_user env "PGOPTIONS=${options:-}" "${psql[@]}" -U "$role" -d "$database" -At -F '  ' \
			-v ON_ERROR_STOP=1 "$@" 2>&1 | sed -e 's/^psql:<stdin>:[0-9]*: //' -e '/^LOCATION: /d'
}

# shown_as TEXT EXPECTED prints a result, and whether it is the one that must be: the whole of it,
# or for an error its SQLSTATE and message.
shown_as()
{
	local text=$1 expected=$2 colour=$green first=${1%%$'\n'*}
	shown=$((shown + 1))
	[[ $first != ERROR:* ]] || colour=$red
	sed "s/.*/    -> $colour&$plain/" <<<"${text:-no rows}"
	[[ $expected == ERROR:* ]] || first=$text
	[ "$first" = "$expected" ] && return 0
	wrong=$((wrong + 1))
	printf '    %sWRONG: this must be %s%s\n' "$red" "${expected:-no rows}" "$plain"
}

# present WHO ROLE DATABASE TOKEN EXPECTED: what somebody sees who presents a token.
present()
{
	printf '  %s\n' "$1"
	shown_as "$(run_sql "$2" "$3" "SELECT auth.jwt_session_init(:'token') \\g /dev/null
SELECT user_id, task FROM todos ORDER BY id;" -v "token=$4")" "$5"
}

# query WHO ROLE DATABASE SQL EXPECTED [PSQL OPTION]...
query()
{
	local who=$1 role=$2 database=$3 sql=$4 expected=$5
	shift 5
	printf '  %s\n' "$who"
	show_sql "$sql"
	shown_as "$(run_sql "$role" "$database" "$sql" "$@")" "$expected"
}

# must ROLE DATABASE SQL...: SQL that sets things up, and has nothing to show.
must()
{
	local text
	text=$(run_sql "$@") || true
	[ -z "$text" ] || die "$text"
}
