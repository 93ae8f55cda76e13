# Builds, installs and tests the extension (PGXS). Every source, install part, profile and test is
# taken by wildcard. The version stands in product_upsert.control and nowhere else.
#
#   make, make install, make installcheck (against PGHOST and PGPORT), make clean
#   make wait_points  a second library, for tests, below build/wait_points
#   make DEBUG=1       with debug information
#   make ASSERTIONS=1  with assertions, also against a server without
#   make UNITY=1       the files of a folder are compiled together (scripts/unity.mk), which takes less time from nothing
#   make dist          the archive for PGXN, of what is committed: build/product_upsert-VERSION.zip
#   make release       checks that it is fit to be released, runs every test, and makes the archive (scripts/release)
#   make META.json    carries the version of the control file over into META.json

EXTENSION   = product_upsert
MODULE_big  = product_upsert
EXTVERSION  := $(shell sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" product_upsert.control)
# The version of the catalogue's tables: that of the last step of sql/upgrade, which is numbered by what it leads to.
TABLES_VERSION := $(shell ls sql/upgrade 2>/dev/null | sed 's/_.*//' | sort -n | tail -n 1 | grep . || echo 1)
BUILD       ?= build
comma       := ,
TEST_OUTPUT ?= $(BUILD)

SOURCES = $(sort $(wildcard src/core/*/*.cpp) $(wildcard src/pg/*/*.cpp))
ifeq ($(UNITY),)
OBJS = $(SOURCES:.cpp=.o)
else
include scripts/unity.mk
endif

INSTALL_SQL = $(BUILD)/product_upsert--$(EXTVERSION).sql
# From every released version, which is a file of sql/from, to this one.
UPGRADE_SQL = $(patsubst sql/from/%.sql,$(BUILD)/product_upsert--%--$(EXTVERSION).sql,$(sort $(wildcard sql/from/*.sql)))
DATA_built  = $(INSTALL_SQL) $(UPGRADE_SQL)

PG_CONFIG ?= pg_config

# Flags that every build needs stand in PG_CPPFLAGS, where a PG_CXXFLAGS of the command line cannot lose them.
# PostgreSQL's headers are system headers here: -Wextra is for our own.
PG_CPPFLAGS = $(PG_CPPFLAGS_UNITY) $(if $(ASSERTIONS),-DUSE_ASSERT_CHECKING=1 -DPRODUCT_UPSERT_ASSERTIONS) -DUTF8PROC_STATIC -std=c++20 -Wno-register -fvisibility=hidden -Isrc -isystem $(shell $(PG_CONFIG) --includedir-server)
# Without debug information, unless DEBUG says so: it is nine tenths of the library, and of no use to who installs it.
PG_CXXFLAGS = -O2 -Wall -Wextra $(if $(CI),-Werror) $(if $(DEBUG),-g,-g0)
override PG_CXXFLAGS += -MMD -MP
# utf8proc goes into the library where it can (Debian's archive is of position-independent code).
UTF8PROC   := $(if $(filter /%,$(shell $(CXX) -print-file-name=libutf8proc.a)),-Wl$(comma)--exclude-libs$(comma)libutf8proc.a -l:libutf8proc.a,-lutf8proc)
SHLIB_LINK  = -lstdc++ -lsimdjson $(UTF8PROC)

# PGXS would need the very clang that PostgreSQL was built with. Ask for bitcode with: make with_llvm=yes
ifneq ($(origin with_llvm),command line)
override with_llvm := no
endif

# Tests: test/sql, test/specs and test/t, expected output of the first two in expected/.
# pg_regress 15 looks for expected/ in its output folder, 16 and later in the current one: hence the links.
REGRESS        = $(sort $(patsubst test/sql/%.sql,%,$(wildcard test/sql/*.sql)))
ISOLATION      = $(sort $(patsubst test/specs/%.spec,%,$(wildcard test/specs/*.spec)))
# Servers of their own; with what Perl lacks (libipc-run-perl) they are left out.
TAP_TESTS     := $(shell perl -MIPC::Run -e 'print 1' 2>/dev/null)
PROVE_TESTS    = test/t/*.pl
REGRESS_OPTS   = --inputdir=test --outputdir=$(TEST_OUTPUT)/regress --encoding=UTF8 --no-locale
ISOLATION_OPTS = --inputdir=test --outputdir=$(TEST_OUTPUT)/isolation --encoding=UTF8 --no-locale
REGRESS_PREP   = $(TEST_OUTPUT)/regress/expected $(TEST_OUTPUT)/isolation/expected

EXTRA_CLEAN = $(OBJS:.o=.d) $(SOURCES:.cpp=.o) $(SOURCES:.cpp=.d) $(BUILD)/unity $(BUILD)/product_upsert--*.sql $(BUILD)/settings $(BUILD)/wait_points $(BUILD)/regress $(BUILD)/isolation

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

SHARED_NAMES = $(filter $(REGRESS),$(ISOLATION))
ifneq (,$(SHARED_NAMES))
$(error test/sql and test/specs share expected/, so they cannot share a name: $(SHARED_NAMES))
endif

-include $(OBJS:.o=.d) $(wildcard $(BUILD)/wait_points/src/pg/*/*.d)

# Another PostgreSQL or other flags make every object stale.
$(OBJS): $(BUILD)/settings
$(BUILD)/settings: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' "$$SETTINGS" | cmp -s - $@ || printf '%s\n' "$$SETTINGS" > $@
$(BUILD)/settings: export SETTINGS = $(shell $(PG_CONFIG) --version) $(CXX) $(CXXFLAGS) $(CPPFLAGS)

# The few files that tell a version alone are compiled again for another.
VERSIONED_OBJS = $(patsubst %.cpp,%.o,$(shell grep -lE 'PRODUCT_(UPSERT|TABLES)_VERSION|PRODUCT_UPSERT_MODULE_MAGIC' src/pg/*/*.cpp))
$(VERSIONED_OBJS) $(VERSIONED_OBJS:%=$(BUILD)/wait_points/%): private override CPPFLAGS += -DPRODUCT_UPSERT_VERSION='"$(EXTVERSION)"' -DPRODUCT_TABLES_VERSION=$(TABLES_VERSION)
$(VERSIONED_OBJS) $(VERSIONED_OBJS:%=$(BUILD)/wait_points/%): product_upsert.control sql/upgrade

# The install script: sql/install in name order; sql/tables and sql/profiles go where they are marked.
SQL_PARTS = sql/assemble sql/install sql/tables sql/upgrade sql/profiles $(wildcard sql/install/*.sql sql/tables/*.sql sql/upgrade/*.sql sql/profiles/*.json) Makefile product_upsert.control
$(INSTALL_SQL): $(SQL_PARTS)
	@mkdir -p $(@D)
	@sql/assemble $(TABLES_VERSION) > $@.new
	@mv $@.new $@
	@echo "made $@"

$(UPGRADE_SQL): $(BUILD)/product_upsert--%--$(EXTVERSION).sql: sql/from/%.sql $(SQL_PARTS)
	@mkdir -p $(@D)
	@sql/assemble $(TABLES_VERSION) $< > $@.new
	@mv $@.new $@
	@echo "made $@"

# A second library that tests stop and kill in the middle of a call (src/pg/boundary/wait_point.hpp).
WAIT_POINTS      = $(BUILD)/wait_points
WAIT_POINT_FILES = $(shell grep -l 'PRODUCT_UPSERT_.*WAIT_POINT' $(SOURCES))
WAIT_POINT_OBJS  = $(WAIT_POINT_FILES:%.cpp=$(WAIT_POINTS)/%.o)

wait_points: $(WAIT_POINTS)/$(MODULE_big).so
$(WAIT_POINTS)/$(MODULE_big).so: $(OBJS) $(WAIT_POINT_OBJS)
	$(CXX) $(CXXFLAGS) -shared -o $@ $(filter-out $(WAIT_POINT_FILES:.cpp=.o),$(OBJS)) $(WAIT_POINT_OBJS) $(LDFLAGS) $(SHLIB_LINK)
$(WAIT_POINT_OBJS): $(WAIT_POINTS)/%.o: %.cpp $(BUILD)/settings
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) $(CPPFLAGS) -DPRODUCT_UPSERT_WAIT_POINTS -c -o $@ $<

release:
	scripts/release

META.json: product_upsert.control
	sed -i 's/"version": "[0-9][^"]*"\( *,\{0,1\}\) *$$/"version": "$(EXTVERSION)"\1/' $@

ARCHIVE = $(BUILD)/product_upsert-$(EXTVERSION).zip
dist:
	@mkdir -p $(BUILD)
	git -c safe.directory="$(CURDIR)" archive --format=zip --prefix=product_upsert-$(EXTVERSION)/ -o $(ARCHIVE) HEAD
	@echo "made $(ARCHIVE)"

$(TEST_OUTPUT)/regress/expected $(TEST_OUTPUT)/isolation/expected:
	@mkdir -p $(@D)
	@ln -sfn $(CURDIR)/expected $@

# The TAP tests' clusters take their encoding from here; the extension wants UTF8.
installcheck: export LANG = C.UTF-8
installcheck: export LC_CTYPE = C.UTF-8

.PHONY: FORCE wait_points dist release
FORCE:
