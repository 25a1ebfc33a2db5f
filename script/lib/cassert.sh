# PostgreSQL built from Debian's source package with assertions, in the chroot of the first suite
# that has that suite's tools. Sourced after chroot.sh.
# shellcheck shell=bash

cassert_major=18
cassert_source_suite=forky
cassert_suite=trixie

# fetch_source SUITE MAJOR downloads the source package into $cache/source, with a state of apt of
# its own, so that the machine's lists stay as they are.
fetch_source()
{
	local suite=$1 major=$2 apt=$work/apt
	mkdir -p "$cache/source" "$apt"/etc/{sources.list.d,preferences.d,apt.conf.d} \
		"$apt/state/lists/partial" "$apt/cache/archives/partial"
	chmod -R a+rX "$apt"
	echo "deb-src [signed-by=$archive_keys] $(mirror) $suite main" >"$apt/etc/sources.list"
	cat >"$apt/apt.conf" <<-END
		Dir::Etc "$apt/etc"; Dir::Etc::sourcelist "sources.list"; Dir::Etc::sourceparts "sources.list.d";
		Dir::Etc::parts "apt.conf.d"; Dir::Etc::preferencesparts "preferences.d";
		Dir::State "$apt/state"; Dir::State::status "/var/lib/dpkg/status"; Dir::Cache "$apt/cache";
		Acquire::Languages "none"; Acquire::Check-Valid-Until "false"; APT::Sandbox::User "root";
	END
	(
		export APT_CONFIG=$apt/apt.conf
		cd "$cache/source" && apt-get -q update && apt-get -q source --download-only "postgresql-$major"
	)
}

# build_cassert makes /usr/local/pgsql in the chroot, unless it is there.
build_cassert()
{
	local folder=$cache/$cassert_suite tarball
	[ ! -x "$folder/usr/local/pgsql/bin/postgres" ] || return 0
	tarball=$(find "$cache/source" -name "postgresql-${cassert_major}_*.orig.tar.*" 2>/dev/null | head -n 1)
	if [ -z "$tarball" ]; then
		fetch_source "$cassert_source_suite" "$cassert_major" || return 1
		tarball=$(find "$cache/source" -name "postgresql-${cassert_major}_*.orig.tar.*" | head -n 1)
	fi
	rm -rf "$folder/usr/local/src/pg"
	mkdir -p "$folder/usr/local/src/pg"
	tar -x -C "$folder/usr/local/src/pg" --strip-components=1 --no-same-owner -f "$tarball"
	in_chroot "$(time_left 1500)" "$cassert_suite" bash -ec '
		mkdir /usr/local/src/pg/b && cd /usr/local/src/pg/b
		../configure --quiet --prefix=/usr/local/pgsql --without-icu --without-readline --without-zlib \
			--with-openssl --enable-cassert --enable-debug --enable-tap-tests \
			CFLAGS="-O0 -g1 -fno-omit-frame-pointer"
		make -s -j "$(nproc)" all && make -s install
		make -s -C contrib/postgres_fdw install && rm -rf /usr/local/src/pg'
}

make_cassert() { one build_cassert; }

# test_cassert runs the SQL suites and TAP on the server with assertions.
test_cassert()
{
	read -ra chroot_line < <(awk -v s="$cassert_suite" '$1 == s' <<<"$chroots")
	make_suite cassert || return 0
	fits cassert || { leave_out 'no time' cassert && return 0; }
	run_step cassert/server - make_cassert
	if [ "$failed" -gt 0 ]; then
		say "$(name_of cassert) was not tested"
		return 0
	fi
	test_part "$cassert_suite" cassert
}
