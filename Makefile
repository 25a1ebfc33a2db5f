# PGXS build of the module. Usage:
#
#	make [PG_CONFIG=/path/to/pg_config] [CXX=clang++] [WERROR=1] [SAN=-fsanitize=address]
#	     [SODIUM=no] [LIB25519=no]
#	make install                    # may need sudo
#	make installcheck               # pg_regress and TAP, against a running server
#
# Out of tree: make -f /path/to/Makefile VPATH=/path/to. The tests' one command is script/test.

EXTENSION  = pg_session_jwt
SRC       := $(or $(VPATH),$(patsubst %/,%,$(dir $(firstword $(MAKEFILE_LIST)))))
EXTVERSION = $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(SRC)/$(EXTENSION).control)

MODULE_big = $(EXTENSION)
DATA       = $(patsubst $(SRC)/%,%,$(wildcard $(SRC)/sql/$(EXTENSION)--*.sql))
# src/fetch is not here: it is a library of its own, so that libcurl stays out of backends.
OBJS       = $(patsubst $(SRC)/%.cpp,%.o,$(wildcard $(SRC)/src/core/*.cpp $(SRC)/src/pg/*.cpp))

# pg_regress finds test/sql/x.sql by inputdir and expected/x.out beside the Makefile.
REGRESS      = $(patsubst $(SRC)/test/sql/%.sql,%,$(sort $(wildcard $(SRC)/test/sql/*.sql)))
# Claims are UTF-8, and so is the database of the tests, whatever the server's locale.
REGRESS_OPTS = --inputdir=$(SRC)/test --encoding=UTF8 --no-locale
# Cases that need two sessions at once.
ISOLATION      = $(patsubst $(SRC)/test/specs/%.spec,%,$(sort $(wildcard $(SRC)/test/specs/*.spec)))
ISOLATION_OPTS = --inputdir=$(SRC)/test --outputdir=.
TAP_TESTS   := $(if $(wildcard $(SRC)/test/t/*.pl),1)
EXTRA_CLEAN  = $(OBJS:.o=.d) $(FETCH_OBJS) $(FETCH_OBJS:.o=.d) $(FETCH_LIB) .build-flags

# The fetcher's library: src/fetch, core, and what both processes must agree on.
FETCH_LIB  = pg_session_jwt_fetch$(DLSUFFIX)
FETCH_OBJS = $(patsubst $(SRC)/%.cpp,%.o,$(wildcard $(SRC)/src/fetch/*.cpp))
FETCH_USES = $(filter src/core/%,$(OBJS)) $(addprefix src/pg/,fetch_worker.o generation.o \
	registry_row.o registry_table.o report_keys.o report_token.o text.o)

PG_CONFIG ?= pg_config
PGXS      := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
PG_MAJOR  := $(shell $(PG_CONFIG) --version 2>/dev/null | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
ifeq ($(and $(PG_MAJOR),$(wildcard $(PGXS))),)
$(error PostgreSQL's extension build files are missing: install postgresql-server-dev-NN (15 or \
newer), or name its pg_config with PG_CONFIG=)
endif
ifeq ($(shell test $(PG_MAJOR) -ge 15 && echo yes),)
$(error PostgreSQL $(PG_MAJOR) is too old: install postgresql-server-dev-15 or newer)
endif

# $(call Compiles,TEXT) is "yes" if the C++20 source TEXT is accepted.
HASH     := \#
Compiles  = $(shell printf '%b' '$(1)\n' | \
	$(CXX) -std=c++20 -x c++ -fsyntax-only - >/dev/null 2>&1 && echo yes)
# $(call Once,NAME,VALUE) keeps VALUE: CXX is known only after PGXS, and a probe runs once.
Once      = $(eval $(1) := $(2))$($(1))

# The flags simdjson's package asks for; a mismatch would be two definitions of one thing.
SIMDJSON_CFLAGS := $(shell pkg-config --cflags simdjson 2>/dev/null)
SIMDJSON_LIBS   := $(or $(shell pkg-config --libs simdjson 2>/dev/null),-lsimdjson)

# Ed25519 backends faster than OpenSSL's, where they are installed.
HAVE_SODIUM   = $(if $(filter no,$(SODIUM)),,$(call Once,HAVE_SODIUM,$(call \
	Compiles,$(HASH)include <sodium.h>)))
HAVE_CURL     = $(if $(filter no,$(CURL)),,$(call Once,HAVE_CURL,$(call \
	Compiles,$(HASH)include <curl/curl.h>\n$(HASH)if LIBCURL_VERSION_NUM < 0x074a00\n$(HASH)error\n$(HASH)endif)))
HAVE_LIB25519 = $(if $(filter no,$(LIB25519)),,$(call Once,HAVE_LIB25519,$(call \
	Compiles,$(HASH)include <lib25519.h>)))
IS_CLANG      = $(call Once,IS_CLANG,$(findstring clang,$(shell $(CXX) --version 2>/dev/null)))

# -isystem: warnings are for our code; PostgreSQL's own -I of the same folder is then ignored.
# -MMD -MP: PGXS tracks headers only where the server was built with --enable-depend.
PG_CPPFLAGS = -I$(SRC)/src -isystem $(shell $(PG_CONFIG) --includedir-server) -MMD -MP \
	$(SIMDJSON_CFLAGS) -D_GLIBCXX_ASSERTIONS \
	$(if $(HAVE_SODIUM),-DSESSION_JWT_HAVE_SODIUM) \
	$(if $(HAVE_LIB25519),-DSESSION_JWT_HAVE_LIB25519)
# Flags of a server that gcc built, and macros of its headers that use GNU extensions.
CLANG_FLAGS = -Wno-unknown-warning-option -Wno-ignored-optimization-argument \
	-Wno-deprecated-volatile -Wno-gnu-statement-expression
# Hidden symbols: the server loads modules RTLD_GLOBAL, so a foreign module's could be taken.
PG_CXXFLAGS = -std=c++20 -Wall -Wextra -Wpedantic -Wshadow \
	-fvisibility=hidden -fvisibility-inlines-hidden \
	$(if $(filter 15,$(PG_MAJOR)),-Wno-register) \
	$(if $(IS_CLANG),$(CLANG_FLAGS)) \
	$(if $(WERROR),-Werror) $(SAN)
SHLIB_LINK  = -Wl,--version-script=$(SRC)/src/local.map $(SIMDJSON_LIBS) -lcrypto \
	$(if $(HAVE_SODIUM),-lsodium) $(if $(HAVE_LIB25519),-l25519)

# PGXS compiles bitcode without PG_CXXFLAGS, and the JIT must not inline code with landing pads.
override with_llvm = no
# Link as C++.
override COMPILER = $(CXX) $(CXXFLAGS)

include $(PGXS)

# prove_installcheck changes to the source folder; the tests' modules are found from anywhere.
PROVE_TESTS  = test/t/*.pl
PG_PROVE_FLAGS += -I $(abspath $(SRC))/test/perl

ifneq ($(SRC),.)
# Out of tree only sources come from there: VPATH would also find objects of a build in the tree.
srcdir := $(SRC)
override VPATH :=
vpath %.cpp $(SRC)
vpath %.control $(SRC)
ifeq ($(shell test $(PG_MAJOR) -ge 16 && echo yes),yes)
REGRESS_OPTS += --expecteddir=$(SRC)
ISOLATION_OPTS += --expecteddir=$(SRC)
endif
endif

# Targets that compile nothing need no compiler and no libraries.
ifneq ($(filter-out clean distclean maintainer-clean uninstall dist,$(or $(MAKECMDGOALS),all)),)

ifneq ($(call Compiles,$(HASH)if __cplusplus < 202002L\n$(HASH)error\n$(HASH)endif),yes)
$(error $(CXX) does not compile C++20: install g++ (11 or newer) or clang (14 or newer))
endif
ifneq ($(call Compiles,$(HASH)include <openssl/opensslv.h>\n$(HASH)if \
	OPENSSL_VERSION_NUMBER < 0x30000000L\n$(HASH)error\n$(HASH)endif),yes)
$(error OpenSSL's headers are missing or too old: install libssl-dev (3.0 or newer))
endif
# Only preprocessed: the header takes seconds to compile. Its version is an enumerator.
ifneq ($(shell printf '$(HASH)include <simdjson.h>\n' | $(CXX) -std=c++20 -E -x c++ - \
	2>/dev/null | grep -q 'SIMDJSON_VERSION_MAJOR = [3-9]' && echo yes),yes)
$(error simdjson's header is missing or too old: install libsimdjson-dev (3.0 or newer))
endif

# Other flags, another compiler or another PostgreSQL: every object is stale.
BUILD_FLAGS := $(strip $(CXX) $(CPPFLAGS) $(CXXFLAGS) $(VERSION))
ifneq ($(BUILD_FLAGS),$(strip $(file <.build-flags)))
$(file >.build-flags,$(BUILD_FLAGS))
endif
$(OBJS): .build-flags
.build-flags: ;

$(shell mkdir -p . $(sort $(dir $(OBJS))))

endif

# Only these objects know the version, so a new version does not compile the rest again.
# Target-specific PG_CPPFLAGS would come too late: PGXS has expanded it.
VERSIONED = src/pg/module.o src/pg/info_functions.o
$(VERSIONED): override CPPFLAGS += -DEXTVERSION='"$(EXTVERSION)"'
$(VERSIONED): $(SRC)/$(EXTENSION).control

# Without libcurl the module is complete but for fetching key sets by URL.
ifneq ($(filter-out clean distclean maintainer-clean dist,$(or $(MAKECMDGOALS),all)),)
ifeq ($(HAVE_CURL),yes)
all: $(FETCH_LIB)
install: install-fetch
uninstall: uninstall-fetch
else
$(info libcurl's headers are missing: install libcurl4-openssl-dev (7.74 or newer) to have key \
sets fetched by URL)
endif
endif

$(FETCH_OBJS): .build-flags
$(shell mkdir -p $(sort $(dir $(FETCH_OBJS))))

$(FETCH_LIB): $(FETCH_OBJS) $(FETCH_USES) $(firstword $(MAKEFILE_LIST))
	$(CXX) $(CXXFLAGS) -shared -o $@ $(FETCH_OBJS) $(FETCH_USES) $(LDFLAGS) $(LDFLAGS_SL) \
		$(SHLIB_LINK) -lcurl

.PHONY: install-fetch uninstall-fetch
install-fetch: $(FETCH_LIB) installdirs
	$(INSTALL_SHLIB) $(FETCH_LIB) '$(DESTDIR)$(pkglibdir)/$(FETCH_LIB)'

uninstall-fetch:
	rm -f '$(DESTDIR)$(pkglibdir)/$(FETCH_LIB)'

-include $(OBJS:.o=.d) $(FETCH_OBJS:.o=.d)

.PHONY: dist
dist:
	git -C $(SRC) archive --prefix=$(EXTENSION)-$(EXTVERSION)/ \
		--output=$(CURDIR)/$(EXTENSION)-$(EXTVERSION).tar.gz HEAD
