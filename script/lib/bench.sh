# What script/bench and script/check/instructions stand on: private copies of the server with one
# build of the module each, and the benchmark's own libraries. Nothing of the system is touched.
# shellcheck shell=bash

# build_variant NAME FOLDER VARIABLE... builds the module in build/FOLDER and installs it, with a
# copy of the server, under $work/NAME. PostgreSQL finds its files by the place of its own
# executable, so such a copy is a server with this module.
build_variant()
{
	local name=$1 folder=$root/build/$2 prefix=$work/$1 log=$work/$1.build
	shift 2
	mkdir -p "$folder" "$prefix$(pg bindir)" "$prefix$(pg pkglibdir)" "$prefix$(pg sharedir)"
	make -s -C "$folder" -f "$root/Makefile" "VPATH=$root" -j "$(nproc)" "$@" >"$log" 2>&1 ||
		fail_with "$log" "the build failed"
	cp "$(pg bindir)"/{postgres,initdb,pg_ctl} "$prefix$(pg bindir)"
	ln -s "$(pg pkglibdir)"/*.so "$prefix$(pg pkglibdir)"
	cp -rs "$(pg sharedir)/." "$prefix$(pg sharedir)"
	rm -f "$prefix$(pg pkglibdir)"/pg_session_jwt* "$prefix$(pg sharedir)"/extension/pg_session_jwt*
	make -s -C "$folder" -f "$root/Makefile" "VPATH=$root" "DESTDIR=$prefix" "$@" install \
		>"$log" 2>&1 || fail_with "$log" "could not install into $prefix"
}

fail_with()
{
	tail -n 30 "$1" >&2
	die "$2"
}

# build_probe FOLDER builds the benchmark's libraries into $work/lib, from the sources in
# bench/probe and the objects of core in build/FOLDER.
build_probe()
{
	local core=$root/build/$1/src/core server sodium='' lib25519='' log=$work/probe.build
	server=$(pg includedir-server)
	mkdir -p "$work/lib"
	if printf '#include <sodium.h>\n' | g++ -fsyntax-only -x c++ - 2>/dev/null; then
		sodium=1
	fi
	if printf '#include <lib25519.h>\n' | g++ -fsyntax-only -x c++ - 2>/dev/null; then
		lib25519=1
	fi
	{
		gcc -O2 -Wall -fPIC -shared -I "$server" bench/probe/probe.c -o "$work/lib/probe.so" &&
			g++ -O2 -std=c++20 -Wall -fPIC -shared -fvisibility=hidden -I src -isystem "$server" \
				-Wno-register ${sodium:+-DSESSION_JWT_HAVE_SODIUM} \
				${lib25519:+-DSESSION_JWT_HAVE_LIB25519} bench/probe/*.cpp "$core"/*.o \
				-o "$work/lib/raw.so" -lcrypto -lsimdjson ${sodium:+-lsodium} ${lib25519:+-l25519}
	} >"$log" 2>&1 || fail_with "$log" "could not build the benchmark's libraries"
	chmod 755 "$work/lib"
}

build_client()
{
	local log=$work/client.build
	g++ -O2 -std=c++20 -Wall -Wextra -Wno-missing-field-initializers -I "$(pg includedir)" \
		bench/client/*.cpp -o "$work/client" -L "$(pg libdir)" -lpq -lcrypto -pthread \
		>"$log" 2>&1 || fail_with "$log" "could not build the client"
}

# make_cluster NAME VARIANT CONF... makes the data directory $work/NAME.data, and the folder
# $work/NAME.socket for its server.
make_cluster()
{
	local name=$1 log=$work/$1.log bin=$work/$2$(pg bindir)
	shift 2
	mkdir "$work/$name.socket"
	chown "$(server_user)" "$work/$name.socket"
	bounded 120 as_user "$bin/initdb" -D "$work/$name.data" -U owner -A trust -E UTF8 --no-locale \
		--no-sync >"$log" 2>&1 || fail_with "$log" "initdb failed"
	printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$work/$name.socket'" \
		'fsync = off' 'jit = off' 'max_wal_size = 4GB' 'autovacuum = off' "$@" |
		as_user tee -a "$work/$name.data/postgresql.conf" >/dev/null
}

# start_bench_server NAME VARIANT CONF... makes a cluster and starts its server.
start_bench_server()
{
	local log=$work/$1.log data=$work/$1.data bin=$work/$2$(pg bindir)
	make_cluster "$@"
	bounded 120 as_user "$bin/pg_ctl" -D "$data" -w -l "$data/log" start >"$log" 2>&1 ||
		fail_with "$data/log" "the server did not start"
}

# restart_bench_server NAME VARIANT
restart_bench_server()
{
	local log=$work/$1.log data=$work/$1.data bin=$work/$2$(pg bindir)
	bounded 120 as_user "$bin/pg_ctl" -D "$data" -m fast -w -l "$data/log" restart >"$log" 2>&1 ||
		fail_with "$data/log" "the server did not start again"
}

# set_up_bench NAME ROWS makes the database of the benchmark.
set_up_bench()
{
	local log=$work/$1.setup
	as_user "$(pg bindir)/createdb" -h "$work/$1.socket" -U owner bench &&
		as_user timeout 600 "$(pg bindir)/psql" -X -q -h "$work/$1.socket" -U owner -d bench \
			-v probe="$work/lib/probe" -v raw="$work/lib/raw" -v rows="$2" -f - \
			<bench/setup.sql >"$log" 2>&1 || fail_with "$log" "could not set the database up"
}

# start_pooler puts PgBouncer before the server NAME, transactions pooled, on $work/pool.socket.
start_pooler()
{
	local program i
	program=$(PATH=$PATH:/usr/sbin command -v pgbouncer) || return 1
	mkdir "$work/pool.socket"
	chown "$(server_user)" "$work/pool.socket"
	cat >"$work/pgbouncer.ini" <<-END
		[databases]
		* = host=$work/$1.socket
		[pgbouncer]
		listen_addr =
		unix_socket_dir = $work/pool.socket
		unix_socket_mode = 0777
		listen_port = 5432
		auth_type = trust
		auth_file = $work/pgbouncer.users
		pool_mode = transaction
		default_pool_size = 4
		max_client_conn = 100
		max_packet_size = 1048576
	END
	printf '"%s" ""\n' owner user_id setting init_plan claims >"$work/pgbouncer.users"
	set_user_command
	"${user_command[@]}" "$program" -q "$work/pgbouncer.ini" >"$work/pool.log" 2>&1 &
	pooler=$!
	for i in {1..50}; do
		[ ! -S "$work/pool.socket/.s.PGSQL.5432" ] || return 0
		sleep 0.1
	done
	return 1
}

stop_bench()
{
	trap '' HUP INT TERM
	if [ -n "${pooler:-}" ]; then
		kill "$pooler" 2>/dev/null || true
		wait "$pooler" 2>/dev/null || true
	fi
	end_work
}
