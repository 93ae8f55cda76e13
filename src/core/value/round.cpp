#include "core/value/round.hpp"

#include <string>

#include "core/value/number.hpp"

namespace product_upsert {

std::optional<Value> rounded(const Value& number, int precision, int scale, Arena& arena) {
  if (number.kind() == Kind::decimal && number.scale() == scale && precision >= 18) return number;
  std::string digits = plain_notation(number);
  const bool negative = digits.front() == '-';
  if (negative) digits.erase(0, 1);
  std::size_t point = digits.find('.');
  if (point == std::string::npos) point = digits.size();
  else digits.erase(point, 1);
  const std::size_t wanted = point + static_cast<std::size_t>(scale);
  const bool up = digits.size() > wanted && digits[wanted] >= '5';
  digits.resize(wanted, '0');
  if (up) {
    std::size_t at = digits.size();
    while (at > 0 && digits[at - 1] == '9') digits[--at] = '0';
    if (at > 0) {
      ++digits[at - 1];
    } else {
      digits.insert(0, 1, '1');
      ++point;
    }
  }
  const std::size_t first = digits.find_first_not_of('0');
  if (first != std::string::npos && digits.size() - first > static_cast<std::size_t>(precision))
    return std::nullopt;
  std::string text = negative && first != std::string::npos ? "-" : "";
  text += point == 0 ? "0" : digits.substr(0, point);
  if (scale > 0) text += "." + digits.substr(point);
  return Value::parse_number(text, arena);
}

}  // namespace product_upsert
