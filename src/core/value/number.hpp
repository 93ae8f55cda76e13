#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/value/value.hpp"

namespace product_upsert {

// The text of a long number (Kind::number), and what numbers are equal by.

// All digits of a number, as PostgreSQL's numeric prints it; of another value its JSON text. It may
// have 147,456 of them, whatever the document took to say so: do not keep it for every document.
std::string plain_notation(const Value& value);

// Appends coefficient × 10^-scale as numeric_out prints it.
void write_decimal(std::int64_t coefficient, int scale, std::string& out);

// Numbers without differences of scale and length: equal ones become identical. One that fits a
// decimal becomes one, and so does one that a bigint holds; of any other, `room` has to outlive
// what is returned. Other values as they are.
Value normalised(const Value& v, std::string& room);

}  // namespace product_upsert
