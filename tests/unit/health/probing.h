// Probes run one at a time, for tests.
#pragma once

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "health/probe.h"

namespace signpost::health {

class ProbeBench : public ::testing::Test {
 protected:
  // The result of one probe, with steps. Discarded ones are repeated: a machine that is busy
  // elsewhere makes us late.
  ProbeResult probe(const model::CheckKind& kind);
  ProbeResult probe_once(const model::CheckKind& kind);

  static model::ProbeTarget at(std::uint16_t port, const std::string& host = "");

  boost::asio::io_context io_;
  ProbeSettings settings_;
  std::shared_ptr<ProbeMemory> memory_;  // none unless a test makes some
};

}  // namespace signpost::health
