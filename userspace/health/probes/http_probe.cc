#include "health/probes/http_probe.h"

#include <algorithm>
#include <utility>

#include "health/probes/http_request.h"
#include "health/search_pattern.h"

namespace signpost::health {
namespace {

// The probe of a request that is about to be moved from.
const model::HttpProbe& probe_of(const ProbeRequest& request) {
  return std::get<model::HttpProbe>(request.check->kind);
}

}  // namespace

HttpProbeRun::HttpProbeRun(boost::asio::io_context& io, const ProbeSettings& settings,
                           const ProbeRequest& request, OnProbeResult on_result)
    : HttpExchange(io, settings, request, probe_of(request).target, probe_of(request).tls,
                   std::move(on_result)),
      probe_(probe_of(request)) {}

std::string HttpProbeRun::request_octets() const {
  return request_text(probe_, check().id, keeps_connection());
}

bool HttpProbeRun::expects(unsigned status) const {
  if (probe_.expected_status_codes.empty()) {
    const model::StatusCodeRange range;
    return status >= range.first && status <= range.last;
  }
  return std::any_of(probe_.expected_status_codes.begin(), probe_.expected_status_codes.end(),
                     [&](const model::StatusCodeRange& range) {
                       return status >= range.first && status <= range.last;
                     });
}

void HttpProbeRun::on_status(unsigned status) {
  if (!expects(status)) return fail(status_text());
  if (probe_.search_string.empty() && probe_.search_pattern.empty()) return succeed(status_text());
  std::shared_ptr<const re2::RE2> pattern;
  if (!probe_.search_pattern.empty()) {
    auto compiled = compile_search_pattern(probe_.search_pattern);
    if (!compiled.ok())
      return fail("the search pattern " + std::string(compiled.status().message()));
    pattern = *std::move(compiled);
  }
  search_.emplace(probe_.search_string, std::move(pattern));
  read_body();
}

bool HttpProbeRun::on_body_octets() { return search_->is_decided(body()); }

void HttpProbeRun::on_body_end() {
  search_->is_decided(body());
  const std::string missing = search_->missing(body());
  if (!missing.empty()) return fail(status_text() + ", but " + missing);
  succeed(status_text() + " with the body that is expected");
}

}  // namespace signpost::health
