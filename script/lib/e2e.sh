# What script/test-e2e needs besides the server: Node and its packages, other languages' drivers.
# shellcheck shell=bash

node_major=20
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

# install_packages installs what is missing of the platform's packages.
install_packages()
{
	local missing=()
	lacking nodejs usable_node "$(command -v node || echo node)"
	lacking npm command -v npm
	lacking python3-psycopg /usr/bin/python3 -c 'import psycopg'
	lacking python3-asyncpg /usr/bin/python3 -c 'import asyncpg'
	lacking golang-go command -v go
	lacking golang-github-jackc-pgx-v4-dev test -d /usr/share/gocode/src/github.com/jackc/pgx/v4
	lacking default-jdk-headless command -v javac
	lacking libpostgresql-jdbc-java test -e /usr/share/java/postgresql.jar
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

# install_node_packages runs npm ci in build/e2e, unless that was done for this lockfile.
install_node_packages()
{
	local lock=$root/test/e2e/package-lock.json
	mkdir -p "$e2e_folder"
	cmp -s "$lock" "$e2e_folder/done" && return 0
	rm -f "$e2e_folder/done"
	cp "$root"/test/e2e/package.json "$lock" "$root/test/e2e/.npmrc" "$e2e_folder/"
	PATH=$(dirname "$node"):$PATH bounded 300 npm ci --prefix "$e2e_folder" --ignore-scripts \
		--no-audit --no-fund
	cp "$lock" "$e2e_folder/done"
}

# copy_e2e puts the tests into $work/tree for their user, with the packages beside them.
copy_e2e()
{
	mkdir -p "$work/tree/test" "$work/tree/examples"
	cp -R test/e2e "$work/tree/test/"
	cp -R examples "$work/tree/"
	rm -rf "$work/tree/test/e2e/node_modules"
	chown -R "$(server_user)" "$work/tree"
	if as_user test -r "$e2e_folder/node_modules/pg/package.json"; then
		ln -s "$e2e_folder/node_modules" "$work/tree/node_modules"
	else
		cp -R "$e2e_folder/node_modules" "$work/tree/node_modules"
		chown -R "$(server_user)" "$work/tree/node_modules"
	fi
}
