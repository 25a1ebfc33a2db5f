# The steps of script/test. Each has a time limit, and sets `passed`, `failed` and `detail`.
# shellcheck shell=bash disable=SC2034

jobs=$(nproc 2>/dev/null || echo 2)

check_format() { one bounded 120 script/check/format; }
check_boundary() { one bounded 60 script/check/boundary; }
check_size() { one bounded 60 script/check/size; }
check_dependencies() { one bounded 120 script/check/dependencies; }
check_fixtures() { one bounded 120 script/check/fixtures; }
check_instructions() { one bounded 600 script/check/instructions; }
check_symbols() { one bounded 60 script/check/symbols build/gcc/pg_session_jwt.so; }

# build_module FOLDER VARIABLE... builds out of the tree, warnings as errors.
build_module()
{
	local folder=build/$1
	shift
	mkdir -p "$folder"
	bounded 900 make -s -C "$folder" -f "$root/Makefile" "VPATH=$root" -j "$jobs" WERROR=1 "$@"
}

build_gcc() { one build_module gcc; }
build_clang() { one build_module clang CXX=clang++; }

run_install()
{
	one as_root make -s -C "build/${module:-gcc}" -f "$root/Makefile" "VPATH=$root" WERROR=1 install
}

# run_unit counts Catch2's test cases, from the summary that each test program ends with.
run_unit()
{
	local log=$work/ctest.log status=0
	bounded 900 cmake -S . -B build/unit -DSESSION_JWT_WERROR=ON &&
		bounded 1200 cmake --build build/unit -j "$jobs" || return 1
	bounded 900 ctest --test-dir build/unit --verbose -j "$jobs" >"$log" 2>&1 || status=$?
	count_catch "$log"
	detail=$work/ctest.failed
	grep -vE '^[0-9]+: (All tests passed|=+$|Filters:|$)' "$log" | tail -n 200 >"$detail"
	# A program that died has no summary, and is in CTest's list only.
	local died
	died=$(grep -cE '^ *[0-9]+/[0-9]+ Test .*(\*\*\*|Subprocess|Not Run)' "$log" || true)
	[ "$failed" -ge "$died" ] || failed=$died
	return "$status"
}

# count_catch adds up "All tests passed (A assertions in C test cases)" and
# "test cases: C | P passed | F failed".
count_catch()
{
	read -r passed failed < <(sed -e 's/^[0-9]*: //' "$1" | awk '
		/^All tests passed \(/ { match($0, /in [0-9]+ test case/); p += substr($0, RSTART + 3) }
		/^test cases:/ {
			for (i = 1; i < NF; i++) {
				if ($(i + 1) ~ /^passed/) p += $i
				if ($(i + 1) ~ /^failed/) f += $i
			}
		}
		END { print p + 0, f + 0 }')
}

# run_fuzz counts targets. As many run at a time as it takes to be through in four rounds.
run_fuzz()
{
	local log=$work/fuzz.out status=0 at_once
	at_once=$((($(find test/fuzz -name '*_fuzz.cpp' | wc -l) + 3) / 4))
	bounded 900 script/fuzz --seconds 60 --jobs "$((at_once > jobs ? at_once : jobs))" >"$log" 2>&1 ||
		status=$?
	cat "$log"
	passed=$(grep -c 'executions, no failure$' "$log") || true
	failed=$(grep -c 'executions, FAILED$' "$log") || true
	return "$status"
}

# copy_tree puts the files that a server or its client reads into $work/tree, for its user.
copy_tree()
{
	[ ! -d "$work/tree" ] || return 0
	mkdir "$work/tree"
	cp -R Makefile README.md pg_session_jwt.control sql docs test expected "$work/tree/" || return 1
	rm -rf "$work/tree/test/e2e"
	# Without an expected file pg_regress gives up; with an empty one it shows what came.
	local suite
	for suite in "$work"/tree/test/sql/*.sql; do
		suite=${suite##*/}
		touch -a "$work/tree/expected/${suite%.sql}.out"
	done
	chown -R "$(server_user)" "$work/tree"
}

# run_regress runs the SQL suites in a server of their own, and counts files. PostgreSQL 15 says
# "test x ... ok", later ones speak TAP.
run_regress()
{
	local status=0 log=$work/pg_regress.log
	copy_tree || return 1
	bounded 900 as_user make -s -C "$work/tree" TAP_TESTS= installcheck \
		EXTRA_REGRESS_OPTS="--temp-instance=$work/instance --temp-config=$work/tree/test/regress.conf" \
		>"$log" 2>&1 || status=$?
	cat "$log"
	passed=$(grep -cE '^(test [^ ]+ +\.\.\. ok|ok [0-9]+ )' "$log") || true
	failed=$(grep -cE '^(test [^ ]+ +\.\.\. FAILED|not ok [0-9]+ )' "$log") || true
	detail=$work/tree/regression.diffs
	return "$status"
}

# run_tap runs test/t/*.pl and counts assertions; a file that died counts as one failure.
run_tap()
{
	local status=0 log=$work/tap.out died
	copy_tree || return 1
	bounded 1500 as_user make -s -C "$work/tree" REGRESS= ISOLATION= installcheck \
		PROVE_FLAGS="--verbose --timer ${prove_jobs:+--jobs=$prove_jobs}" >"$log" 2>&1 || status=$?
	passed=$(grep -cE '^ok [0-9]+' "$log") || true
	failed=$(grep -cE '^not ok [0-9]+' "$log") || true
	died=$(grep -cE '\(Wstat: .* Failed: 0\)|^Bail out' "$log") || true
	failed=$((failed + died))
	detail=$work/tap.failed
	{
		tap_failures "$log"
		sed -n '/^Test Summary Report/,$p' "$log"
		tap_server_logs
	} >"$detail" 2>&1
	return "$status"
}

# run_e2e counts rows: users isolated through a real client, or tokens of a real provider.
run_e2e()
{
	local log=$work/e2e.out status=0
	bounded 1200 script/test-e2e --built >"$log" 2>&1 || status=$?
	cat "$log"
	read -r passed failed < <(awk '/^[0-9]+ passed, [0-9]+ failed$/ { p = $1; f = $3 }
		END { print p + 0, f + 0 }' "$log")
	detail=$work/e2e.failed
	grep -A 12 '^FAILED' "$log" >"$detail" || tail -n 40 "$log" >"$detail"
	return "$status"
}

# run_demo and run_todos run what the README names first as people do, and count assertions.
run_demo() { in_terminal demo; }
run_todos() { in_terminal todos; }

in_terminal()
{
	local status=0 log=$work/$1.out
	bounded 1200 "script/check/$1" >"$log" 2>&1 || status=$?
	cat "$log"
	passed=$(grep -cE '^ok [0-9]+' "$log") || true
	failed=$(grep -cE '^not ok [0-9]+' "$log") || true
	return "$status"
}

# tap_failures shows failed assertions. From 17 on the framework writes a note for each background
# statement, which is left out.
tap_failures()
{
	grep -nE '^not ok|^#  |Dubious|Bail out' "$1" |
		grep -vE "'std(out|err)' =>|background_psql" | cut -c 1-300
}

# tap_server_logs shows the end of what each failed file's test (regress_log_NAME: also what it
# died of) and servers (NAME_NODE.log) wrote.
tap_server_logs()
{
	local name file
	for name in $(sed -nE 's|^test/t/(\w+)\.pl +\(Wstat: [1-9].*|\1|p' "$work/tap.out"); do
		for file in "$work/tree/tmp_check/log/regress_log_$name" \
			"$work/tree/tmp_check/log/${name}_"*.log; do
			[ -e "$file" ] || continue
			printf -- '--- %s\n' "${file##*/}"
			tail -n 25 "$file" | cut -c 1-300
		done
	done
}
