#pragma once

#include <cstdint>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// Identifies a state of the database: if two moments are equal, no row that this session can see
// has changed between them. Taking one costs almost nothing, so a small table need not be read
// again in every call.
class Moment {
 public:
  Moment() = default;  // equal to no other
  static Moment now();
  bool operator==(const Moment& other) const;

 private:
  std::uint64_t ended_ = 0;  // the server's count of transactions that had written; 0: unknown
  TransactionId own_ = InvalidTransactionId;  // this transaction, if it has written
  SubTransactionId within_ = InvalidSubTransactionId;
  CommandId command_ = InvalidCommandId;
};

}  // namespace product_upsert
