#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/value/failure.hpp"

namespace product_upsert {

// The other documents of the call that one collides with, as it is told: the positions of the first
// ten, and how many there are (fine point f). A call of nothing but equal documents must not cost
// the square of their number.
struct Others {
  std::string words;  // document 2; documents 2, 3; documents 2, 3, … and 1990 more
  Details::Members details;
};

// `positions` of all of them, ascending, with the document's own.
Others name_others(std::span<const std::uint64_t> positions, std::uint64_t own);

}  // namespace product_upsert
