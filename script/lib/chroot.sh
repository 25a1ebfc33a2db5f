# Chroots of other Debian suites, with their PostgreSQL, compiler and libraries. They are kept in a
# cache folder, and made again when what they are made of changes.
# shellcheck shell=bash

cache=${XDG_CACHE_HOME:-$HOME/.cache}/pg_session_jwt

# SUITE MAJOR[/SUITE],... [EXTRA SUITE]. When a major reaches the suite itself, its own suite goes.
chroots='
trixie 17
sid    18,19/experimental  experimental
'
# What a build and the tests need besides the server.
chroot_packages=g++,make,cmake,pkg-config,openssl,libssl-dev,libsimdjson-dev,libsodium-dev,
chroot_packages+=lib25519-dev,libcurl4-openssl-dev,catch2,libipc-run-perl,libio-socket-ssl-perl,
chroot_packages+=pgbouncer,faketime,procps,bison,flex
archive_keys=/usr/share/keyrings/debian-archive-keyring.gpg

# mirror prints the address of Debian's archive that this machine's own apt uses.
mirror()
{
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' 2>/dev/null |
		grep -v security | head -n 1
}

# chroot_of MAJOR prints the line of that major.
chroot_of()
{
	awk -v major="$1" '{
		n = split($2, list, ",")
		for (i = 1; i <= n; i++) { sub("/.*", "", list[i]); if (list[i] == major) print }
	}' <<<"$chroots"
}

# chroot_majors prints all of them.
chroot_majors()
{
	awk 'NF { gsub("/[a-z]*", "", $2); gsub(",", " ", $2); print $2 }' <<<"$chroots" | tr '\n' ' '
}

# recipe SUITE MAJORS EXTRA prints what a chroot's stamp is the hash of.
recipe()
{
	{
		echo "$* $chroot_packages $(uname -m)"
		declare -f make_chroot
	} | sha256sum | cut -d ' ' -f 1
}

# need_chroot SUITE MAJORS [EXTRA SUITE] makes $cache/SUITE unless it is there and fits.
need_chroot()
{
	local folder=$cache/$1 stamp status=0
	stamp=$(recipe "$@")
	[ "$(cat "$folder/etc/chroot-recipe" 2>/dev/null)" != "$stamp" ] || return 0
	mkdir -p "$cache"
	rm -rf --one-file-system "$folder" "$folder.new"
	make_chroot "$folder.new" "$@" || status=$?
	if [ "$status" -ne 0 ]; then
		rm -rf --one-file-system "$folder.new"
		echo "no chroot of $1 for PostgreSQL $2: does the mirror still have these packages?"
		return "$status"
	fi
	echo "$stamp" >"$folder.new/etc/chroot-recipe"
	mv "$folder.new" "$folder"
}

# make_chroot FOLDER SUITE MAJORS [EXTRA SUITE]. The server's build files are unpacked rather than
# installed: their package depends on clang and LLVM, which double the size and are not used here.
# An archive that lags behind its expiry date is still signed, so the date is not checked.
make_chroot()
{
	local folder=$1 suite=$2 majors=$3 extra=${4:-} archive server='' build='' major version from
	archive=$(mirror)
	[ -n "$archive" ] || { echo "no Debian archive among this machine's apt sources" && return 1; }
	local sources=("deb [signed-by=$archive_keys] $archive $suite main")
	[ -z "$extra" ] || sources+=("deb [signed-by=$archive_keys] $archive $extra main")
	for major in ${majors//,/ }; do
		version=${major%%/*} from=
		[ "$version" = "$major" ] || from=/${major#*/}
		server+="postgresql-$version$from,postgresql-client-$version$from,"
		build+=" postgresql-server-dev-$version$from"
	done
	unshare --mount mmdebstrap --quiet --mode=root --variant=minbase --skip=check/empty --skip=cleanup/apt/lists \
		--aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
		--aptopt='Acquire::Check-Valid-Until "false"' --dpkgopt=force-unsafe-io \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--essential-hook='mkdir -p "$1/etc/postgresql-common"' \
		--essential-hook='echo "create_main_cluster = false" >"$1/etc/postgresql-common/createcluster.conf"' \
		--include="${server}libpq-dev${extra:+/$extra},libpq5${extra:+/$extra},$chroot_packages" \
		--customize-hook="chroot \"\$1\" sh -ec 'cd /tmp; apt-get download -o APT::Sandbox::User=root \
			$build; for f in *.deb; do dpkg -x \$f /; done; rm -rf *.deb /var/lib/apt/lists/*'" \
		"$suite" "$folder" "${sources[@]}"
}

# copy_sources SUITE puts this tree into the chroot's /build, and leaves the objects there alone.
copy_sources()
{
	local folder=$cache/$1/build
	mkdir -p "$folder"
	# Objects of another checkout may be newer than this one's sources.
	[ "$(cat "$folder/build/.tree" 2>/dev/null)" = "$root" ] || rm -rf "$folder/build"
	find "$folder" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
	tar -c --exclude=./build --exclude=./.git --exclude=node_modules --exclude='*.o' --exclude='*.so' . |
		tar -x --no-same-owner -C "$folder"
	mkdir -p "$folder/build"
	echo "$root" >"$folder/build/.tree"
}

# in_chroot SECONDS SUITE COMMAND... runs a command in /build of a chroot, which is the folder
# $cache/build of this system, in namespaces of its own: nothing stays mounted, no server stays.
in_chroot()
{
	local seconds=$1 folder=$cache/$2 status=0
	shift 2
	mkdir -p "$folder/build"
	exec 8>"$folder.lock"
	flock 8
	rm -rf --one-file-system "$folder"/tmp/*
	bounded "$seconds" unshare --mount --pid --fork --kill-child bash -c '
		mount -t proc proc "$0/proc" && mount -t tmpfs tmpfs "$0/dev/shm" &&
			mount -t devpts -o newinstance,ptmxmode=0666 devpts "$0/dev/pts" || exit 1
		exec chroot "$0" env -i HOME=/root LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
			"${@}"' "$folder" "$@" 8>&- || status=$?
	exec 8>&-
	return "$status"
}
