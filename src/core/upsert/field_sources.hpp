#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/upsert/batch_state.hpp"

namespace product_upsert {

// Applies Profile::precedence to documents: which source has written which field of a product, and
// which ranks higher. A product's marks, field_sources, are an object of mark_name() and source,
// null if the field has no source. "*" is the source that created the product, to which every value
// without a mark belongs. Sources that no list names, and documents without a source, rank below
// the listed ones; between equals the later one writes.
class FieldSources {
 public:
  explicit FieldSources(BatchState& state);
  // Whether there is anything to do: the profile has a precedence.
  bool any() const { return !ranked_.empty(); }
  // Removes from the document what a higher-ranked source holds, before anything else is made of
  // it; for columns, if it would change them.
  void hold_columns(std::uint32_t index);
  // The same for related rows, and for a parent that the call creates. To be called once it is
  // known what would change.
  void hold_related(std::uint32_t index);
  // Whether a source that goes before ours has written the field of the matched product.
  bool is_outranked(std::uint32_t index, std::size_t field) const;
  // Marks what the document changes, or the product that it creates, as of our source.
  void mark(std::uint32_t index);

 private:
  struct Ranked {
    std::uint16_t field;
    std::string name;  // of the mark
    const std::vector<std::string>* sources;
    std::size_t rank;  // of our source
  };
  const Ranked* find(std::size_t field) const;
  bool is_stored(std::uint32_t index, const Ranked& ranked) const;
  std::string_view holder(std::uint32_t index, const Ranked& ranked) const;
  void hold(const Ranked& ranked, std::string_view source, std::string_view value);
  void keep_held(Item& item);
  bool becomes_null(const Item& item, const Ranked& ranked) const;
  Value marks_of_created();
  Value moved_marks(const Item& item) const;

  BatchState& state_;
  std::vector<Ranked> ranked_;  // by field, ascending; none where the profile has no precedence
  std::vector<HeldBack> held_;  // of the item that is being planned
  Value created_;               // the marks of all products that are created
};

}  // namespace product_upsert
