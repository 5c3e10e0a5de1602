// Addresses of targets that are given by name.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "upstream/exchange.h"
#include "upstream/server.h"

namespace signpost::health {

// One resolution: A records only, as Route 53's checkers (route53 section 2.2). Asks the resolvers
// one after the other until one says something of the name; never blocks the thread of `io`.
class HostLookup : public std::enable_shared_from_this<HostLookup> {
 public:
  // The least address of the name, so that a probe goes to the same one each time; an error says
  // why there is none.
  using OnAddress = std::function<void(absl::StatusOr<std::string>)>;

  // `resolvers` must outlive it.
  HostLookup(boost::asio::io_context& io, const std::vector<upstream::Server>& resolvers,
             std::string host, OnAddress on_address);

  // To be called once; on_address is never called before it returns.
  void start();

  // on_address is not called after this.
  void cancel();

 private:
  void ask();
  void on_exchanged(const upstream::ExchangeResult& result);
  void finish(absl::StatusOr<std::string> address);

  boost::asio::io_context& io_;
  const std::vector<upstream::Server>& resolvers_;
  const std::string host_;
  OnAddress on_address_;
  std::size_t next_ = 0;
  std::string error_;
  upstream::CancelExchange cancel_exchange_;
};

}  // namespace signpost::health
