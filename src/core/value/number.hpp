#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/value/value.hpp"

namespace product_upsert {

// Numbers for value.cpp: the text of a long one (Kind::number), and what numbers are equal by.

// The text of numeric_out, for the text that a long number keeps: see Value::as_text.
std::string plain_notation(std::string_view kept);

// Appends coefficient × 10^-scale as numeric_out prints it.
void write_decimal(std::int64_t coefficient, int scale, std::string& out);

// Numbers without differences of scale and length: equal ones become identical. One that fits a
// decimal becomes one, and so does one that a bigint holds; of any other, `room` has to outlive
// what is returned. Other values as they are.
Value normalised(const Value& v, std::string& room);

}  // namespace product_upsert
