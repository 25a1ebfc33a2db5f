# What script/test-e2e needs besides the server: Node and its packages, other languages' drivers.
# shellcheck shell=bash

node_major=20
# Where package.json and its lockfile are, and where their packages are installed.
package_folder=test/e2e
e2e_folder=$root/build/e2e
node=
tests_path=

# logged TITLE COMMAND... runs a command in silence, and shows its output if it fails.
logged()
{
	local title=$1
	shift
	"$@" >>"$log" 2>&1 && return 0
	tail -n 40 "$log" >&2
	die "could not $title"
}

# usable_node PATH: is it new enough, and can the user of the tests run it?
usable_node()
{
	local version
	version=$(as_user "$1" --version 2>/dev/null) || return 1
	version=${version#v}
	[ "${version%%.*}" -ge "$node_major" ]
}

# lacking PACKAGE CHECK... puts the package on the list `missing` unless the check succeeds.
lacking()
{
	local package=$1
	shift
	"$@" >/dev/null 2>&1 || missing+=("$package")
}

# install_node installs Node and npm, if they are missing.
install_node()
{
	local missing=()
	lacking nodejs usable_node "$(command -v node || echo node)"
	lacking npm command -v npm
	install_missing_packages
}

# install_packages installs what is missing of the platform's packages.
install_packages()
{
	local missing=()
	lacking nodejs usable_node "$(command -v node || echo node)"
	lacking npm command -v npm
	lacking chromium command -v chromium
	lacking python3-psycopg /usr/bin/python3 -c 'import psycopg'
	lacking python3-asyncpg /usr/bin/python3 -c 'import asyncpg'
	lacking golang-go command -v go
	lacking golang-github-jackc-pgx-v4-dev test -d /usr/share/gocode/src/github.com/jackc/pgx/v4
	lacking default-jdk-headless command -v javac
	lacking libpostgresql-jdbc-java test -e /usr/share/java/postgresql.jar
	install_missing_packages
}

# install_missing_packages installs those of the list `missing`.
install_missing_packages()
{
	[ "${#missing[@]}" -gt 0 ] || return 0
	as_root apt-get -o DPkg::Lock::Timeout=120 update || true
	# A package that this release does not have is left out; the rows that need it say so.
	local package known=()
	for package in "${missing[@]}"; do
		[ -z "$(apt-cache madison "$package")" ] || known+=("$package")
	done
	missing=("${known[@]}")
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 \
		install --yes --no-install-recommends "${missing[@]}"
}

# link_tools puts the languages' tools, wherever they are, on the path of the tests: $work/bin.
link_tools()
{
	local tool
	mkdir -p "$work/bin"
	for tool in go java javac; do
		command -v "$tool" >/dev/null || continue
		ln -sf "$(readlink -f "$(command -v "$tool")")" "$work/bin/$tool"
	done
	tests_path=$work/bin:$(pg bindir):/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
}

# find_node sets node. Where the platform's is too old, the registry's package of it is taken.
find_node()
{
	local arch
	node=$(command -v node)
	usable_node "$node" && return 0
	arch=$(uname -m)
	case $arch in
	x86_64) arch=x64 ;;
	aarch64) arch=arm64 ;;
	*) die "Node $node_major or newer is needed, and this system has $("$node" --version)" ;;
	esac
	logged "install Node $node_major" npm install --prefix "$e2e_folder/node" --no-audit --no-fund \
		--ignore-scripts "node-linux-$arch@$node_major"
	mkdir -p "$work/bin"
	cp "$e2e_folder/node/node_modules/node-linux-$arch/bin/node" "$work/bin/node"
	node=$work/bin/node
	usable_node "$node" || die "Node $node_major does not run here"
}

# install_node_packages runs npm ci in e2e_folder, unless that was done for this lockfile.
install_node_packages()
{
	local lock=$root/$package_folder/package-lock.json
	mkdir -p "$e2e_folder"
	cmp -s "$lock" "$e2e_folder/done" && return 0
	rm -f "$e2e_folder/done"
	cp "$root/$package_folder"/{package.json,.npmrc} "$lock" "$e2e_folder/"
	PATH=$(dirname "$node"):$PATH bounded 300 npm ci --prefix "$e2e_folder" --ignore-scripts \
		--no-audit --no-fund || return 1
	cp "$lock" "$e2e_folder/done"
}

# copy_for_node PART... puts parts of the tree into $work/tree for their user, with the packages beside
# them.
copy_for_node()
{
	local part
	for part in "$@"; do
		mkdir -p "$work/tree/$(dirname "$part")"
		cp -R "$root/$part" "$work/tree/$part"
	done
	find "$work/tree" -name node_modules -prune -exec rm -rf {} +
	chown -R "$(server_user)" "$work/tree"
	if as_user test -r "$e2e_folder/node_modules/pg/package.json"; then
		ln -s "$e2e_folder/node_modules" "$work/tree/node_modules"
	else
		cp -R "$e2e_folder/node_modules" "$work/tree/node_modules"
		chown -R "$(server_user)" "$work/tree/node_modules"
	fi
}

# keep_pictures puts the browser's pictures into build/e2e/output, where they can be looked at.
keep_pictures()
{
	[ -d "$work/tree/test/e2e/output" ] || return 0
	rm -rf "$e2e_folder/output"
	mkdir -p "$e2e_folder"
	cp -R "$work/tree/test/e2e/output" "$e2e_folder/output"
	say "pictures of the page: ${e2e_folder#"$root"/}/output"
}
