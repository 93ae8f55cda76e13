#pragma once

#include <cstdint>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// What can be told apart of the states of the database: between two equal moments no row that this
// session may see has changed. To take one costs about nothing, so that what was read of a small
// table need not be read again in every call.
class Moment {
 public:
  Moment() = default;  // unlike every other
  static Moment now();
  bool operator==(const Moment& other) const;

 private:
  std::uint64_t ended_ = 0;  // transactions that had written, as counted by the server; 0: unknown
  TransactionId own_ = InvalidTransactionId;  // this transaction, once it has written
  SubTransactionId within_ = InvalidSubTransactionId;
  CommandId command_ = InvalidCommandId;
};

}  // namespace product_upsert
