# The parts of script/test-matrix. Sourced after chroot.sh and budget.sh.
# shellcheck shell=bash

ran=()
unit_suites=()
# The line of the table of chroots that is at work.
chroot_line=()

# give_up REASON ends a run that cannot begin. In a run with a limit that is no failure.
give_up()
{
	[ -n "$deadline" ] || die "$1"
	leave_out "$1" "${only[@]}"
	print_not_run
	say "0 passed, 0 failed"
	exit 0
}

# test_suite makes the chroot of chroot_line, and runs the tests of its wanted versions in it. The
# unit tests depend on the suite alone, and come after all versions.
test_suite()
{
	local suite=${chroot_line[0]} major majors wanted=()
	read -ra majors < <(sed 's/,/ /g; s|/[a-z]*||g' <<<"${chroot_line[1]}")
	for major in "${majors[@]}"; do
		case " ${only[*]} " in *" $major "*) wanted+=("$major") ;; esac
	done
	[ "${#wanted[@]}" -gt 0 ] && make_suite "${wanted[@]}" || return 0
	[ -z "$chroots_only" ] || return 0
	for major in "${wanted[@]}"; do
		test_part "$suite" "$major"
	done
	unit_suites+=("$suite")
}

# name_of PART: PostgreSQL 17, unit tests of trixie.
name_of()
{
	case $1 in
	unit/*) echo "unit tests of ${1#unit/}" ;;
	cassert) echo "PostgreSQL $cassert_major with assertions" ;;
	*) echo "PostgreSQL $1" ;;
	esac
}

# make_suite VERSION... makes the chroot of chroot_line, and returns false if there is none then.
# That counts as one failure for each version, unless it is time or the mirror that this run lacks.
make_suite()
{
	local part=chroot/${chroot_line[0]} start=$SECONDS
	if have_chroot "${chroot_line[@]}"; then
		chroot_status=0
		echo 'it is there' >"$work/chroot.log"
		run_step "$part" - report_chroot
		return 0
	elif [ -n "$deadline" ] && ! mirror_answers; then
		leave_out 'the mirror does not answer' "$@"
		return 1
	elif ! fits "$part"; then
		leave_out 'no time' "$@"
		return 1
	fi
	chroot_seconds=$(time_left 900)
	chroot_status=0
	need_chroot "${chroot_line[@]}" >"$work/chroot.log" 2>&1 || chroot_status=$?
	if [ "$chroot_status" -eq 124 ] && [ "$chroot_seconds" -lt 900 ]; then
		leave_out 'no time' "$@"
		return 1
	fi
	run_step "$part" - report_chroot
	if [ "$chroot_status" -ne 0 ]; then
		total_failed=$((total_failed + $#))
		printf "${red}PostgreSQL %s was not tested: there is no chroot for it$plain\n" "$@"
		return 1
	fi
	say "made in $((SECONDS - start)) s: $cache/${chroot_line[0]}"
	remember_seconds "$part" $((SECONDS - start))
}

# report_chroot repeats what make_suite has seen, as a step.
report_chroot() { cat "$work/chroot.log" && one [ "$chroot_status" -eq 0 ]; }

# test_part SUITE PART runs script/lib/test_major in the chroot, and adds its counts.
test_part()
{
	local suite=$1 part=$2 counts=$cache/$1/build/build/count start=$SECONDS status=0 limit
	fits "$part" || { leave_out 'no time' "$part" && return 0; }
	copy_sources "$suite"
	rm -f "$counts"
	limit=$(time_left 2400)
	in_chroot "$limit" "$suite" bash /build/script/lib/test_major "${part%/*}" "${part#*/}" || status=$?
	if [ "$status" -eq 124 ] && [ "$limit" -lt 2400 ] && add_part "$counts"; then
		leave_out 'not to its end: no time' "$part"
		return 0
	fi
	say "$(name_of "$part"): $((SECONDS - start)) s"
	add_counts "$part" "$counts"
}

# add_counts PART FILE: a run that left no counts has failed.
add_counts()
{
	local more_passed=0 more_failed=1
	[ ! -s "$2" ] || read -r more_passed more_failed <"$2"
	total_passed=$((total_passed + more_passed))
	total_failed=$((total_failed + more_failed))
	if [ "$more_failed" -gt 0 ]; then
		failed_steps+=("$1")
	else
		ran+=("$(name_of "$1")")
		remember_seconds "$1" $((SECONDS - start))
	fi
}

# add_part FILE adds what had passed when a run was stopped; false if something had failed.
add_part()
{
	local more_passed=0 more_failed=0
	[ ! -s "$1" ] || read -r more_passed more_failed <"$1"
	[ "$more_failed" -eq 0 ] && total_passed=$((total_passed + more_passed))
}

# print_ran names what passed.
print_ran()
{
	local list='nothing, '
	[ "${#ran[@]}" -eq 0 ] || printf -v list '%s, ' "${ran[@]}"
	say "passed: ${list%, }"
}

# print_matrix_summary writes the last line. Where there was no time for anything, nothing failed.
print_matrix_summary()
{
	if [ $((total_passed + total_failed)) -eq 0 ] && [ "${#not_run[@]}" -gt 0 ]; then
		say "0 passed, 0 failed"
		return 0
	fi
	print_summary
}
