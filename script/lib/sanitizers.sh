# The parts of script/test-sanitizers.
# shellcheck shell=bash disable=SC2034

# Options without which the runtime stops at the leaks of programs that are none of ours.
asan_options=detect_leaks=0:detect_stack_use_after_return=0:abort_on_error=1

sanitize_core() { run_step sanitize/core - run_core_sanitized; }

# An exception that is no bad_alloc would become a status there; here it ends the test program.
run_core_sanitized()
{
	local log=$work/ctest-sanitized.log status=0
	bounded 300 cmake -S . -B build/sanitize -DSESSION_JWT_SANITIZE=ON -DSESSION_JWT_WERROR=ON \
		-DCMAKE_CXX_FLAGS=-DSESSION_JWT_ABORT_ON_EXCEPTION &&
		bounded 1800 cmake --build build/sanitize -j "$jobs" || return 1
	bounded 1200 ctest --test-dir build/sanitize --verbose -j "$jobs" >"$log" 2>&1 || status=$?
	count_catch "$log"
	# Programs without Catch2's summary: those that must not compile, and the fuzzers' corpora.
	passed=$((passed + $(grep -cE 'Test +#[0-9]+: (\w+_fuzz|compile_\w+) .*Passed' "$log" || true)))
	[ "$status" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
	detail=$work/ctest-sanitized.failed
	grep -E 'ERROR: |SUMMARY|runtime error|FAILED|\*\*\*' "$log" >"$detail" || true
	return "$status"
}

# The module alone is instrumented; the server gets the runtime by preloading. On Debian 12 a
# preloaded runtime hangs, so this runs in a chroot.
sanitize_asan()
{
	is_root || die "the chroot needs root"
	script/setup --matrix
	run_step chroot/trixie - make_asan_chroot
	run_step sanitize/asan chroot/trixie run_asan
}

# shellcheck disable=SC2046
make_asan_chroot() { one need_chroot $(chroot_of 17); }

run_asan()
{
	local count=$cache/trixie/build/build/count
	copy_sources trixie
	rm -f "$count"
	in_chroot 3000 trixie env ASAN_OPTIONS="$asan_options" bash /build/script/lib/test_asan 17 || true
	[ ! -s "$count" ] || read -r passed failed <"$count"
}

# Valgrind knows nothing of the server's own ways, so its other reports are left out.
sanitize_valgrind()
{
	command -v valgrind >/dev/null || as_root apt-get -q install --yes --no-install-recommends valgrind
	run_step install - install_for_valgrind
	run_step sanitize/valgrind install run_valgrind
}

install_for_valgrind() { build_gcc && run_install; }

run_valgrind()
{
	local data=$work/vg/data logs=$work/vg/logs log=$work/vg.log status=0 ours=$work/vg.ours
	copy_tree || return 1
	as_user mkdir -p "$work/vg" "$logs"
	as_user initdb -D "$data" -A trust -N >/dev/null
	as_user cat "$work/tree/test/regress.conf" >>"$data/postgresql.conf"
	printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$work/vg'" \
		'max_connections = 20' 'autovacuum = off' >>"$data/postgresql.conf"
	set_user_command
	"${user_command[@]}" valgrind --quiet --trace-children=yes --leak-check=no --num-callers=40 \
		--log-file="$logs/%p" "$(pg bindir)/postgres" -D "$data" >"$work/vg/server.log" 2>&1 &
	local server=$!
	as_user bash -c "for i in \$(seq 120); do pg_isready -q -h '$work/vg' && exit 0; sleep 1; done; exit 1" ||
		return 1
	bounded 2400 as_user make -s -C "$work/tree" TAP_TESTS= ISOLATION= installcheck PGHOST="$work/vg" \
		EXTRA_REGRESS_OPTS="--host=$work/vg" >"$log" 2>&1 || status=$?
	cat "$log"
	passed=$(grep -cE '^(test [^ ]+ +\.\.\. ok|ok [0-9]+ )' "$log") || true
	failed=$(grep -cE '^(test [^ ]+ +\.\.\. FAILED|not ok [0-9]+ )' "$log") || true
	as_user pg_ctl -s -D "$data" -m immediate stop || true
	wait "$server" || true
	valgrind_reports "$logs" >"$ours"
	echo "processes: $(find "$logs" -type f | wc -l), reports with frames of ours:" \
		"$(grep -c '^--- report' "$ours" || true)"
	failed=$((failed + $(grep -c '^--- report' "$ours" || true)))
	detail=$work/vg.detail
	cat "$ours" "$work/tree/regression.diffs" >"$detail" 2>/dev/null || true
	return 0
}

# valgrind_reports FOLDER prints each report that has a frame of the extension's libraries.
valgrind_reports()
{
	find "$1" -type f -exec cat {} + | sed 's/^==[0-9]*== \{0,1\}//' |
		awk -v RS= '/pg_session_jwt[a-z_]*\.so|session_jwt::/ { print "--- report\n" $0 "\n" }'
}
