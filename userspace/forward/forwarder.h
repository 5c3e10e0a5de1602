// Passes questions on to other servers by outbound rules.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "forward/answer.h"
#include "forward/cache.h"
#include "model/forward_rule.h"
#include "upstream/exchange.h"

namespace boost::asio {
class io_context;
}

namespace signpost::forward {

struct Options {
  std::chrono::milliseconds timeout{1'500};   // for one reply of one server, over UDP and over TCP
  std::chrono::milliseconds patience{4'000};  // no server is asked later than that after the client
  std::chrono::milliseconds avoided{10'000};  // a server that failed is asked last for so long
  std::size_t questions_max = 1'000;          // asked at the same time
  std::size_t waiting_max = 10'000;           // clients, of all of these
  std::size_t cache_octets = 64u << 20;
};

// What came of a client's question: the label of metrics.
enum class Result { kCached, kAnswered, kFailed, kBusy };
inline constexpr std::array<std::string_view, 4> kResultLabels = {"cached", "answered", "failed",
                                                                  "busy"};

struct ServerCounts {
  std::uint64_t answers = 0;
  std::uint64_t failures = 0;
};

struct Counts {
  std::array<std::uint64_t, kResultLabels.size()> results{};
  std::map<std::string, ServerCounts> servers{};  // by upstream::to_text()
  std::size_t cache_octets = 0;
  std::size_t cache_answers = 0;
};

// All work happens on `io`, which the owner runs on one thread.
// - Clients that ask the same at the same time wait for one reply; so two instances that forward to
//   each other ask each other once.
// - The servers of a rule are asked in turn, those that failed lately last; twice each at most.
// - An answer is kept by its TTL, SERVFAIL for five seconds.
class Forwarder {
 public:
  Forwarder(boost::asio::io_context& io, Options options) : io_(io), options_(options) {}

  using OnAnswer = std::function<void(const AgedAnswer&)>;

  // Answers a question from the cache or from a server of `rule`. Any thread may call; `on_answer`
  // is called once, on the thread of `io`, unless that ends first.
  void ask(model::ForwardRulePtr rule, Question question, OnAnswer on_answer);

  Counts counts() const;

 private:
  struct Pending {
    model::ForwardRulePtr rule;
    Question question;
    std::vector<OnAnswer> waiting;
    std::vector<model::ForwardServer> servers;  // to be asked, in this order
    Clock::time_point since;
  };
  using Questions = std::map<std::string, Pending>;

  void look_up(model::ForwardRulePtr rule, Question question, OnAnswer on_answer);
  std::vector<model::ForwardServer> order_of(const model::ForwardRule& rule) const;
  void ask_next(Questions::iterator pending);
  void on_exchanged(Questions::iterator pending, const std::string& server,
                    const upstream::ExchangeResult& result);
  void settle(Questions::iterator pending, Answer answer);
  void count(Result result, std::size_t clients);
  void count(const std::string& server, bool answered);
  void count_cache();

  boost::asio::io_context& io_;
  const Options options_;
  Cache cache_{options_.cache_octets};
  Questions questions_;
  std::size_t waiting_ = 0;
  std::map<std::string, Clock::time_point> avoided_until_;  // by upstream::to_text()
  mutable std::mutex mutex_;                                // of the counts
  Counts counts_;
};

}  // namespace signpost::forward
