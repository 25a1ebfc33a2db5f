# The parts of script/fuzz: running targets side by side, and the coverage of src/core.
# shellcheck shell=bash

# name_targets sets `targets` to those chosen, or to all that this system can build.
name_targets()
{
	local folder=$1 source name
	shift
	targets=("$@")
	[ "${#targets[@]}" -eq 0 ] || return 0
	for source in test/fuzz/*_fuzz.cpp; do
		name=${source##*/}
		targets+=("${name%_fuzz.cpp}")
	done
	leave_out jose "$folder" JOSE_LIBRARY libjose-dev
	leave_out ed25519 "$folder" SODIUM_LIBRARY libsodium-dev
}

# leave_out drops a target whose library CMake did not find.
leave_out()
{
	local name=$1 folder=$2 variable=$3 package=$4 target kept=()
	grep -q "^$variable:.*-NOTFOUND$" "$folder/CMakeCache.txt" || return 0
	say "left out: $name needs $package"
	for target in "${targets[@]}"; do
		[ "$target" = "$name" ] || kept+=("$target")
	done
	targets=("${kept[@]}")
}

# fuzz_target NAME SECONDS runs in the background; its status says whether something was found.
fuzz_target()
{
	local name=$1_fuzz seconds=$2 dictionary=()
	mkdir -p "$build/found/$name" "$build/failed/$name"
	[ ! -f "test/fuzz/dict/$1.dict" ] || dictionary=("-dict=test/fuzz/dict/$1.dict")
	# Reading the corpus and starting take their time, too.
	exec timeout --kill-after=10 $((seconds + 120)) "$build/$name" -max_total_time="$seconds" \
		-max_len=65536 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 "${dictionary[@]}" \
		-artifact_prefix="$build/failed/$name/" "$build/found/$name" "test/fuzz/corpus/$name" \
		>"$build/$1.log" 2>&1
}

# report_target NAME STATUS prints a line, and adds to `total` and `failures`.
report_target()
{
	local name=$1 status=$2 log=$build/$1.log executions
	executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)
	executions=${executions:-0}
	total=$((total + executions))
	if [ "$status" -eq 0 ]; then
		printf '%s%-14s%s %12d executions, no failure\n' "$green" "$name" "$plain" "$executions"
		return
	fi
	failures=$((failures + 1))
	printf '%s%-14s%s %12d executions, FAILED\n' "$red" "$name" "$plain" "$executions"
	grep -E 'property does not hold|ERROR|SUMMARY|Test unit written' "$log" | head -n 5 || true
}

declare -A running=() # pid to target

stop_targets()
{
	local pid
	for pid in "${!running[@]}"; do
		kill -TERM "$pid" 2>/dev/null || true
	done
}

await_target()
{
	local pid status=0
	wait -n -p pid "${!running[@]}" || status=$?
	report_target "${running[$pid]}" "$status"
	unset "running[$pid]"
}

# fuzz_all SECONDS JOBS runs `targets`, JOBS at a time.
fuzz_all()
{
	local seconds=$1 jobs=$2 target
	trap stop_targets EXIT
	trap 'exit 130' INT TERM HUP
	for target in "${targets[@]}"; do
		[ "${#running[@]}" -lt "$jobs" ] || await_target
		fuzz_target "$target" "$seconds" &
		running[$!]=$target
	done
	while [ "${#running[@]}" -gt 0 ]; do
		await_target
	done
}

# llvm_tool NAME prints the path of a tool of the compiler's own version.
llvm_tool()
{
	local path
	path=$(clang++ -print-prog-name="$1")
	[ -x "$path" ] || die "$1 not found: install llvm"
	echo "$path"
}

# cover_target NAME replays what there is, and writes which lines ran, in lcov's form.
cover_target()
{
	local name=$1_fuzz folders=("test/fuzz/corpus/$1_fuzz") raw=$cover/$1.profraw
	[ ! -d "build/fuzz/found/$name" ] || folders+=("build/fuzz/found/$name")
	LLVM_PROFILE_FILE=$raw bounded 1800 "$cover/$name" "${folders[@]}" >"$cover/$1.log" 2>&1 || {
		tail -n 5 "$cover/$1.log"
		die "$1 failed on one of its inputs"
	}
	inputs=$((inputs + $(awk '/ files$/ { n = $1 } END { print n + 0 }' "$cover/$1.log")))
	"$profdata" merge -sparse "$raw" -o "$cover/$1.profdata"
	"$cov" export "$cover/$name" -instr-profile="$cover/$1.profdata" -format=lcov \
		"$root/src/core" >"$cover/$1.lcov" 2>>"$cover/$1.log"
	rm -f "$raw"
}

# cover_all prints the lines of src/core that the targets run, and fails below `bar` percent.
cover_all()
{
	local cover=build/fuzz-coverage inputs=0 profdata cov target files=() bar=95
	profdata=$(llvm_tool llvm-profdata)
	cov=$(llvm_tool llvm-cov)
	cmake -S . -B "$cover" -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=RelWithDebInfo \
		-DSESSION_JWT_COVERAGE=ON >/dev/null
	name_targets "$cover" "$@"
	cmake --build "$cover" -j "$(nproc)" --target "${targets[@]/%/_fuzz}" >/dev/null
	for target in "${targets[@]}"; do
		cover_target "$target"
		files+=("$cover/$target.lcov")
	done
	say "${#targets[@]} targets, $inputs inputs; lines of src/core that ran, and those that did not:"
	print_coverage "$bar" "${files[@]}"
}

# print_coverage BAR FILE... adds up what the targets ran.
print_coverage()
{
	local bar=$1
	shift
	awk -v bar="$bar" -v root="$root/" '
		/^SF:/ { file = substr($0, 4); sub(root, "", file); files[file] = 1 }
		/^DA:/ {
			split(substr($0, 4), pair, ",")
			if (!((file, pair[1]) in ran)) lines[file] = lines[file] " " pair[1]
			ran[file, pair[1]] += pair[2]
		}
		END {
			for (file in files) {
				n = split(lines[file], line, " ")
				covered = 0
				missing = ""
				for (i = 1; i <= n; i++) {
					if (ran[file, line[i]] > 0) covered++
					else missing = missing " " line[i]
				}
				sum += n
				sum_covered += covered
				line_out = sprintf("%-32s %5d of %5d %7.2f %% %s", file, covered, n,
					100 * covered / n, missing)
				print line_out | "sort"
			}
			close("sort")
			percent = sum == 0 ? 0 : 100 * sum_covered / sum
			printf "coverage: %d of %d lines of src/core, %.2f %%\n", sum_covered, sum, percent
			exit percent < bar
		}' "$@"
}
