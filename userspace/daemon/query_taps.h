// Shows queries to dnstap, if there is one, and to those who watch.
#pragma once

#include "server/query_tap.h"

namespace signpost::daemon {

class QueryTaps final : public server::QueryTap {
 public:
  // `dnstap` may be null.
  QueryTaps(server::QueryTap* dnstap, server::QueryTap& watch) : dnstap_(dnstap), watch_(watch) {}

  bool is_watched() const noexcept override { return dnstap_ != nullptr || watch_.is_watched(); }
  void show(const server::Tapped& tapped) noexcept override {
    if (dnstap_ != nullptr) dnstap_->show(tapped);
    if (watch_.is_watched()) watch_.show(tapped);
  }

 private:
  server::QueryTap* const dnstap_;
  server::QueryTap& watch_;
};

}  // namespace signpost::daemon
