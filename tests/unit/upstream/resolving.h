// A resolver on the test's own io_context, and what it reports.
#pragma once

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/metrics.h"
#include "tests/unit/upstream/fake_dns_server.h"
#include "upstream/target_resolver.h"

namespace signpost::upstream {

inline constexpr std::chrono::seconds kGuard{20};
inline const std::string kFirst("\xc0\x00\x02\x01", 4);   // 192.0.2.1
inline const std::string kSecond("\xc0\x00\x02\x02", 4);  // 192.0.2.2
inline const std::string kKey = "www.example.com. A";

inline Target target(std::string_view text) { return {name(text), dns::RRType::kA}; }

struct Change {
  std::string key;
  model::ExternalAnswerPtr answer;
};

class Resolving : public ::testing::Test {
 protected:
  // Refreshes every 45 ms or so, whatever the TTL is.
  static Options quick(std::vector<Server> servers) {
    Options options;
    options.servers = std::move(servers);
    options.timeout = std::chrono::seconds(5);
    options.attempts = 1;
    options.ttl_min = options.ttl_max = std::chrono::milliseconds(50);
    options.backoff_min = std::chrono::milliseconds(20);
    options.backoff_max = std::chrono::milliseconds(80);
    return options;
  }

  // Does not refresh in the course of a test.
  static Options slow(std::vector<Server> servers) {
    Options options = quick(std::move(servers));
    options.ttl_min = options.ttl_max = std::chrono::hours(1);
    return options;
  }

  void start(Options options) {
    resolver_ = std::make_unique<TargetResolver>(
        io_, std::move(options), [this](const std::string& key, model::ExternalAnswerPtr answer) {
          changes_.push_back({key, std::move(answer)});
          if (on_change_) on_change_();
        });
  }

  void resolve(Options options) {
    start(std::move(options));
    resolver_->set_targets({target("www.example.com.")});
  }

  template <typename Condition>
  void run_until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + kGuard;
    while (!condition() && std::chrono::steady_clock::now() < end) io_.run_one_until(end);
    ASSERT_TRUE(condition()) << "did not happen within 20 s";
  }

  void run_until_changes(std::size_t count) {
    run_until([&] { return changes_.size() >= count; });
  }

  // Until `server` has been asked `more` times from now.
  void run_queries(const FakeDnsServer& server, std::size_t more) {
    const std::size_t goal = server.asked().size() + more;
    run_until([&] { return server.asked().size() >= goal; });
  }

  TargetState state(const std::string& key = kKey) const {
    for (TargetState& state : resolver_->state())
      if (state.key == key) return state;
    return {};
  }

  void run_until_failing() {
    run_until([&] { return state().failing_since.has_value(); });
  }

  // Runs until the one and only target has its first answer or fails.
  void run_until_done() {
    run_until([&] { return state().answer || state().failing_since; });
  }

  std::string metrics() const {
    metrics::Registry registry;
    const auto kept = registry.add([&](auto& families) { resolver_->collect(families); });
    return registry.expose();
  }

  boost::asio::io_context io_;
  std::vector<Change> changes_;
  std::function<void()> on_change_;
  std::unique_ptr<TargetResolver> resolver_;
};

}  // namespace signpost::upstream
