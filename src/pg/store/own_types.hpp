#pragma once

#include <functional>
#include <span>

#include "core/catalogue/column.hpp"
#include "core/value/failure.hpp"
#include "core/value/value.hpp"

namespace product_upsert {

// See Catalogue::check_type. Use it within Spi.
void check_own_type(const ColumnInfo& column, std::span<const Value> values,
                    const std::function<void(std::size_t place, Failure failure)>& broken);

}  // namespace product_upsert
