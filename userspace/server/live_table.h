// The answer table that the slow path answers from.
#pragma once

#include <atomic>
#include <memory>

#include "model/answer_table.h"

namespace signpost::server {

// Written by the publisher, read by any thread.
class LiveTable {
 public:
  void store(model::AnswerTablePtr table) {
    table_.store(std::move(table), std::memory_order_release);
  }
  // Null until the first table.
  model::AnswerTablePtr load() const { return table_.load(std::memory_order_acquire); }

 private:
  std::atomic<model::AnswerTablePtr> table_;
};

}  // namespace signpost::server
