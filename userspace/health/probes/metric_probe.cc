#include "health/probes/metric_probe.h"

#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/status.h"
#include "health/probes/body_search.h"
#include "health/probes/http_request.h"

namespace signpost::health {

namespace json = boost::json;

namespace {

const model::MetricCheck& check_of(const ProbeRequest& request) {
  return std::get<model::MetricCheck>(request.check->kind);
}

const json::value* member(const json::value* value, std::string_view name) {
  const json::object* object = value == nullptr ? nullptr : value->if_object();
  return object == nullptr ? nullptr
                           : object->if_contains(json::string_view(name.data(), name.size()));
}

std::string text_of(const json::value* value) {
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->begin(), text->end());
}

// A point is [time, "value"]; NaN is no value.
absl::StatusOr<double> read_point(const json::value* value) {
  const json::array* pair = value == nullptr ? nullptr : value->if_array();
  if (pair == nullptr || pair->size() != 2) return invalid_argument("a malformed value");
  const std::string text = text_of(&(*pair)[1]);
  if (text == "NaN") return std::nan("");
  if (text == "+Inf") return HUGE_VAL;
  if (text == "-Inf") return -HUGE_VAL;
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size())
    return invalid_argument("a malformed value");
  return number;
}

absl::Status add_point(const json::value* value, std::vector<double>& values) {
  ASSIGN_OR_RETURN(const double number, read_point(value));
  if (!std::isnan(number)) values.push_back(number);
  return absl::OkStatus();
}

bool holds(double value, model::Comparison comparison, double threshold) {
  switch (comparison) {
    case model::Comparison::kGreater:
      return value > threshold;
    case model::Comparison::kGreaterOrEqual:
      return value >= threshold;
    case model::Comparison::kLess:
      return value < threshold;
    case model::Comparison::kLessOrEqual:
      return value <= threshold;
    case model::Comparison::kEqual:
      return value == threshold;
    case model::Comparison::kNotEqual:
      return value != threshold;
  }
  return false;
}

std::string number_text(double number) {
  char text[32];
  const auto written = std::to_chars(text, text + sizeof(text), number);
  return {text, written.ptr};
}

}  // namespace

absl::StatusOr<std::vector<double>> read_query_result(std::string_view body) {
  json::error_code malformed;
  const json::value reply = json::parse(json::string_view(body.data(), body.size()), malformed);
  if (malformed) return invalid_argument("no JSON");
  if (text_of(member(&reply, "status")) != "success")
    return invalid_argument("an error: ", text_of(member(&reply, "error")));
  const json::value* data = member(&reply, "data");
  const json::value* result = member(data, "result");
  const std::string type = text_of(member(data, "resultType"));
  std::vector<double> values;
  if (type == "scalar") {
    RETURN_IF_ERROR(add_point(result, values));
    return values;
  }
  const json::array* samples = result == nullptr ? nullptr : result->if_array();
  if (type != "vector" || samples == nullptr)
    return invalid_argument("neither a scalar nor an instant vector");
  for (const json::value& sample : *samples)
    RETURN_IF_ERROR(add_point(member(&sample, "value"), values));
  return values;
}

MetricProbeRun::MetricProbeRun(boost::asio::io_context& io, const ProbeSettings& settings,
                               const ProbeRequest& request, OnProbeResult on_result)
    : HttpExchange(io, settings, request, check_of(request).target, check_of(request).tls,
                   std::move(on_result)),
      check_(check_of(request)) {}

std::string MetricProbeRun::request_octets() const {
  return request_text(check_, check().id, keeps_connection());
}

// Prometheus tells what is wrong with a query in the body of a 400 or 422.
void MetricProbeRun::on_status(unsigned) { read_body(); }

void MetricProbeRun::on_body_end() {
  if (body().size() >= kBodyOctetsMax)
    return fail("the result from " + endpoint() + " is longer than 64 KiB; aggregate it");
  const auto values = read_query_result(body());
  if (!values.ok()) return fail(status_text() + " with " + std::string(values.status().message()));
  if (values->empty()) return fail("the query has no value at " + endpoint());
  judge(*values);
}

void MetricProbeRun::judge(const std::vector<double>& values) {
  step(std::to_string(values.size()) + (values.size() == 1 ? " value" : " values"));
  for (const double value : values) {
    if (!holds(value, check_.comparison, check_.threshold))
      return end(ProbeOutcome::kFailure,
                 "the value is " + number_text(value) + " at " + endpoint());
  }
  succeed(values.size() == 1
              ? "the value is " + number_text(values.front())
              : "the comparison holds for " + std::to_string(values.size()) + " values");
}

void MetricProbeRun::on_failure(const std::string& why) {
  switch (check_.insufficient_data) {
    case model::InsufficientData::kHealthy:
      return end(ProbeOutcome::kSuccess, "no data, which counts as healthy: " + why);
    case model::InsufficientData::kUnhealthy:
      return end(ProbeOutcome::kFailure, "no data: " + why);
    case model::InsufficientData::kLastKnownStatus:
      return end(ProbeOutcome::kNoData, why);
  }
}

}  // namespace signpost::health
