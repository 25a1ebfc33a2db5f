# Steps of a test run: one line each, what failed at once, the count in the end.
# shellcheck shell=bash

total_passed=0
total_failed=0
failed_steps=()
passed=0
failed=0

# run_step NAME NEEDS FUNCTION calls FUNCTION, which sets `passed` and `failed`. Its output goes
# to a file, and is shown if something failed: the file of details it names in `detail`, else
# the end of its output. A step that neither passed nor failed anything has failed. A step that
# needs one that failed is counted as one failure, and not run.
run_step()
{
	local name=$1 needs=$2 function=$3 log need start spent status=0 need_failed=
	log=$work/${name//\//-}.log
	passed=0 failed=0 detail=
	for need in ${needs//,/ }; do
		case " ${failed_steps[*]} " in
		*" $need "*) need_failed=$need ;;
		esac
	done
	start=$(date +%s%N)
	if [ -n "$need_failed" ]; then
		echo "not run: $need_failed failed" >"$log"
		failed=1
	else
		"$function" >"$log" 2>&1 || status=$?
	fi
	spent=$((($(date +%s%N) - start) / 100000000))
	if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
		failed=1
	fi
	if [ $((passed + failed)) -eq 0 ]; then
		echo "nothing was run" >>"$log"
		failed=1
	fi
	total_passed=$((total_passed + passed))
	total_failed=$((total_failed + failed))
	report_step "$name" "$log" "$((spent / 10)).$((spent % 10))"
}

report_step()
{
	local name=$1 log=$2 seconds=$3
	if [ "$failed" -eq 0 ]; then
		printf '%s%-6s%s %-16s %5d passed %14s %7s s\n' "$green" ok "$plain" "$name" "$passed" '' "$seconds"
		return
	fi
	failed_steps+=("$name")
	printf '%s%-6s%s %-16s %5d passed, %3d failed %7s s\n' "$red" FAILED "$plain" "$name" "$passed" \
		"$failed" "$seconds"
	if [ -n "$detail" ] && [ -s "$detail" ]; then
		head -n 300 "$detail" | sed 's/^/    /'
	else
		tail -n 60 "$log" | sed 's/^/    /'
	fi
}

# one counts a command that either passes or fails.
one()
{
	if "$@"; then
		passed=1
	else
		failed=1
	fi
}

# print_summary writes the closing lines; the status is that of the run.
print_summary()
{
	if [ "${#failed_steps[@]}" -gt 0 ]; then
		say "failed: ${failed_steps[*]}"
	fi
	say "$total_passed passed, $total_failed failed"
	[ "$total_failed" -eq 0 ] && [ "$total_passed" -gt 0 ]
}
