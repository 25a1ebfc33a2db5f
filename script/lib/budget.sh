# The time a run of the matrix may take (--within), and what each part of it is known to need.
# Sourced after chroot.sh.
# shellcheck shell=bash

# Seconds that a part took from nothing on two cores, for machines that have not run it yet.
known_seconds='
chroot/trixie  90
chroot/sid     120
17             200
18             180
19             180
cassert        600
unit/trixie    120
unit/sid       220
'
deadline=
not_run=()

# start_budget SECONDS: from now on there is an end.
start_budget() { deadline=$((SECONDS + $1)); }

# time_left MOST prints the seconds that are left, at most MOST.
time_left()
{
	local left=$1
	[ -z "$deadline" ] || [ "$((deadline - SECONDS))" -ge "$left" ] || left=$((deadline - SECONDS))
	echo $((left > 1 ? left : 1))
}

# need_seconds PART prints what it took here the last time, with a quarter for a busy hour, or what
# it is known to take elsewhere.
need_seconds()
{
	local taken
	taken=$(cat "$cache/seconds/${1//\//-}" 2>/dev/null) || taken=
	if [ -n "$taken" ]; then
		echo $((taken * 5 / 4 + 5))
	else
		awk -v part="$1" '$1 == part { print $2 }' <<<"$known_seconds"
	fi
}

# remember_seconds PART SECONDS: the last run is the best guess. Where it was too good, for objects
# were there, the part is stopped at the end of the time.
remember_seconds()
{
	mkdir -p "$cache/seconds"
	echo "$2" >"$cache/seconds/${1//\//-}"
}

# fits PART: is there the time for it?
fits()
{
	[ -z "$deadline" ] || [ "$((deadline - SECONDS))" -ge "$(need_seconds "$1")" ]
}

# leave_out REASON PART... notes what is not run, to be named in the end as well.
leave_out()
{
	local reason=$1 part
	shift
	for part in "$@"; do
		not_run+=("$(name_of "$part") ($reason)")
		say "${yellow}left out: $(name_of "$part") ($reason)$plain"
	done
}

# print_not_run names what was left out, in one line.
print_not_run()
{
	local list
	[ "${#not_run[@]}" -gt 0 ] || return 0
	printf -v list '%s, ' "${not_run[@]}"
	say "not run: ${list%, }"
}
