# Included by the Makefile for UNITY=1: sets OBJS so that up to sixteen files of a folder are compiled as one.
# Alone stay those that tell a version or that wait for tests. Names in unnamed namespaces must differ within a folder.
ALONE = $(shell grep -lE 'PRODUCT_(UPSERT|TABLES)_VERSION|PRODUCT_UPSERT_MODULE_MAGIC|PRODUCT_UPSERT_.*WAIT_POINT' $(SOURCES))
UNITED = $(filter-out $(ALONE),$(SOURCES))
.DEFAULT_GOAL := all
PIECES = 1,16 17,32 33,48
$(foreach folder,$(sort $(dir $(UNITED))),$(if $(word 49,$(filter $(folder)%,$(UNITED))),$(error $(folder) has more files than PIECES of scripts/unity.mk)))

# The headers of the language and of libraries, for all pieces: precompiled once, which saves a tenth of the time.
# They come first: PostgreSQL's have macros that they would not survive. Clang would not look for what is precompiled by its name.
LIBRARIES = $(BUILD)/unity/libraries.hpp
PRECOMPILED := $(if $(findstring clang,$(shell $(CXX) --version)),,$(LIBRARIES).gch)
$(LIBRARIES): made_anew
	@mkdir -p $(@D)
	@cat $(SOURCES) src/core/*/*.hpp src/pg/*/*.hpp | grep '^#include <' | grep -v nlohmann | sort -u > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(LIBRARIES).gch: $(LIBRARIES) $(BUILD)/settings
	$(CXX) $(CXXFLAGS) $(CPPFLAGS) -x c++-header -o $@ $<

# united FOLDER, FIRST, LAST : files of a folder; named NAME : the file that includes them.
united = $(wordlist $(2),$(3),$(filter $(1)%,$(UNITED)))
named = $(BUILD)/unity/$(subst /,_,$(1))$(2)

define piece
SIZED_OBJS += $(shell cat $(call united,$(1),$(2),$(3)) | wc -c):$(call named,$(1),$(2)).o
$(call named,$(1),$(2)).o: $(LIBRARIES) $(PRECOMPILED)
$(call named,$(1),$(2)).cpp: $(call united,$(1),$(2),$(3)) scripts/unity.mk made_anew
	@mkdir -p $$(@D)
	@printf '#include "%s"\n' $(LIBRARIES) $(call united,$(1),$(2),$(3)) > $$@.new
	@cmp -s $$@.new $$@ && rm $$@.new || mv $$@.new $$@
endef

# Always: a file that comes or goes moves others from piece to piece. What is the same keeps its time.
.PHONY: made_anew
made_anew:

comma := ,
first = $(word 1,$(subst $(comma), ,$(1)))
last = $(word 2,$(subst $(comma), ,$(1)))
$(foreach folder,$(sort $(dir $(UNITED))),$(foreach n,$(PIECES),$(if $(call united,$(folder),$(call first,$(n)),$(call last,$(n))),$(eval $(call piece,$(folder),$(call first,$(n)),$(call last,$(n)))))))
# The largest first, so that no processor waits at the end for the last one.
OBJS := $(shell printf '%s\n' $(SIZED_OBJS) | sort -rn | sed 's/.*://') $(patsubst %.cpp,%.o,$(filter $(ALONE),$(SOURCES)))
# Names of classes in unnamed namespaces are no other file's business, whatever GCC thinks of the file that includes them.
# -fpch-preprocess lets ccache see what is in the precompiled header.
PG_CPPFLAGS_UNITY = -I. -Wno-subobject-linkage $(if $(PRECOMPILED),-fpch-preprocess)
