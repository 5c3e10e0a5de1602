// Metric checks: the values that a Prometheus server gives for a query.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "health/probes/http_exchange.h"

namespace signpost::health {

// The values in the body of a reply of Prometheus' /api/v1/query: of a scalar or of every sample of
// an instant vector. An error says what the reply is instead, or what the server says is wrong.
absl::StatusOr<std::vector<double>> read_query_result(std::string_view body);

class MetricProbeRun final : public HttpExchange {
 public:
  // request.check->kind is a model::MetricCheck.
  MetricProbeRun(boost::asio::io_context& io, const ProbeSettings& settings,
                 const ProbeRequest& request, OnProbeResult on_result);

 private:
  std::string request_octets() const override;
  void on_status(unsigned status) override;
  void on_body_end() override;
  // The server is not what is checked.
  void on_failure(const std::string& why) override;
  void judge(const std::vector<double>& values);

  const model::MetricCheck& check_;
};

}  // namespace signpost::health
