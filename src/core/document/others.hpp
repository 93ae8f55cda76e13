#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/value/failure.hpp"

namespace product_upsert {

// The other documents that a document collides with, as messages show them: the positions of the
// first ten, and how many there are (fine point f). A call in which all documents are equal must
// not take quadratic time.
struct Others {
  std::string words;  // document 2; documents 2, 3; documents 2, 3, ... and 1990 more
  Details::Members details;
};

// `positions` of all of them, ascending, with the document's own.
Others name_others(std::span<const std::uint64_t> positions, std::uint64_t own);

}  // namespace product_upsert
