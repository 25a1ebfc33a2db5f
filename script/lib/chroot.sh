# Chroots of other Debian suites, with their PostgreSQL, compiler and libraries. They are kept in a
# cache folder, and made again when what they are made of changes.
# shellcheck shell=bash

cache=${XDG_CACHE_HOME:-$HOME/.cache}/pg_session_jwt

# SUITE MAJOR[/SUITE],... EXTRA SUITE or -, and an older major of another suite that pg_upgrade
# starts from. When a major reaches the suite itself, its own suite goes.
chroots='
trixie 17                  -             15/bookworm
sid    18,19/experimental  experimental
'
# The libraries of a guest's server that the suite has in another version. Its JIT stays away.
guest_libraries='libicu72 libldap-2.5-0'
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

# recipe SUITE MAJORS EXTRA GUEST prints what a chroot's stamp is the hash of.
recipe()
{
	{
		echo "$* $chroot_packages $guest_libraries $(uname -m)"
		declare -f make_chroot
	} | sha256sum | cut -d ' ' -f 1
}

# have_chroot SUITE MAJORS [EXTRA [GUEST]]: is it there, made by this recipe?
have_chroot()
{
	[ "$(cat "$cache/$1/etc/chroot-recipe" 2>/dev/null)" = "$(recipe "$@")" ]
}

# mirror_answers: can the archive be reached? Asked for what it must have, this system's own suite.
mirror_answers()
{
	local suite
	suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
	[ -n "$(mirror)" ] && bounded 60 /usr/lib/apt/apt-helper download-file \
		"$(mirror)dists/$suite/InRelease" "$work/InRelease" >/dev/null 2>&1
}

# need_chroot SUITE MAJORS [EXTRA [GUEST]] makes $cache/SUITE unless it is there and fits.
need_chroot()
{
	local folder=$cache/$1 stamp status=0
	! have_chroot "$@" || return 0
	stamp=$(recipe "$@")
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

# make_chroot FOLDER SUITE MAJORS [EXTRA [GUEST]]. The server's build files are unpacked rather than
# installed: their package depends on clang and LLVM, which double the size and are not used here.
# So is all of a guest, whose packages the suite would not install.
# An archive that lags behind its expiry date is still signed, so the date is not checked.
make_chroot()
{
	local folder=$1 suite=$2 majors=$3 extra=${4:--} guest=${5:-} archive server='' build='' major
	local version from no_jit=
	archive=$(mirror)
	[ -n "$archive" ] || { echo "no Debian archive among this machine's apt sources" && return 1; }
	[ "$extra" != - ] || extra=
	local sources=("deb [signed-by=$archive_keys] $archive $suite main")
	[ -z "$extra" ] || sources+=("deb [signed-by=$archive_keys] $archive $extra main")
	if [ -n "$guest" ]; then
		version=${guest%%/*}
		sources+=("deb [signed-by=$archive_keys] $archive ${guest#*/} main")
		build="postgresql-$version postgresql-client-$version postgresql-server-dev-$version"
		build+=" $guest_libraries" no_jit=/usr/lib/postgresql/$version/lib/llvmjit.so
	fi
	for major in ${majors//,/ }; do
		version=${major%%/*} from=
		[ "$version" = "$major" ] || from=/${major#*/}
		server+="postgresql-$version$from,postgresql-client-$version$from,"
		build+=" postgresql-server-dev-$version$from"
	done
	bounded "${chroot_seconds:-900}" unshare --mount mmdebstrap --quiet --mode=root --variant=minbase --skip=check/empty --skip=cleanup/apt/lists \
		--aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
		--aptopt='Acquire::Check-Valid-Until "false"' --dpkgopt=force-unsafe-io \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--essential-hook='mkdir -p "$1/etc/postgresql-common"' \
		--essential-hook='echo "create_main_cluster = false" >"$1/etc/postgresql-common/createcluster.conf"' \
		--include="${server}libpq-dev${extra:+/$extra},libpq5${extra:+/$extra},$chroot_packages" \
		--customize-hook="chroot \"\$1\" sh -ec 'cd /tmp; apt-get download -o APT::Sandbox::User=root \
			$build; for f in *.deb; do dpkg -x \$f /; done
			rm -rf *.deb /var/lib/apt/lists/* $no_jit'" \
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
