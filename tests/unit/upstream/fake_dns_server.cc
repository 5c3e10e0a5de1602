#include "tests/unit/upstream/fake_dns_server.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace signpost::upstream {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;

namespace {

struct Connection {
  explicit Connection(tcp::socket accepted) : socket(std::move(accepted)) {}
  tcp::socket socket;
  std::array<std::uint8_t, 2> size{};
  std::string octets;
};

const asio::ip::address kLoopback = asio::ip::make_address("127.0.0.1");

// Listens at the port of `datagrams`, which moves to another one while that port is taken.
tcp::acceptor listen_beside(udp::socket& datagrams) {
  tcp::acceptor acceptor(datagrams.get_executor(), tcp::v4());
  error_code error;
  while (acceptor.bind({kLoopback, datagrams.local_endpoint().port()}, error))
    datagrams = udp::socket(datagrams.get_executor(), {kLoopback, 0});
  acceptor.listen();
  return acceptor;
}

}  // namespace

struct FakeDnsServer::State : std::enable_shared_from_this<State> {
  State(asio::io_context& io, Conduct chosen)
      : datagrams(io, {kLoopback, 0}),
        acceptor(listen_beside(datagrams)),
        conduct(std::move(chosen)) {}

  // A conduct may choose the next one.
  std::vector<std::string> react(Asked query) {
    asked.push_back(query);
    const Conduct now = conduct;
    return now(query);
  }

  void receive() {
    datagrams.async_receive_from(
        asio::buffer(buffer), from,
        [self = shared_from_this()](const error_code& error, std::size_t size) {
          if (error == asio::error::operation_aborted) return;
          if (!error) self->on_datagram({self->buffer.data(), size});
          self->receive();
        });
  }

  void on_datagram(std::string octets) {
    const udp::endpoint to = from;
    error_code ignored;
    for (const std::string& message : react({std::move(octets), false, to}))
      datagrams.send_to(asio::buffer(message), to, 0, ignored);
  }

  void accept() {
    acceptor.async_accept([self = shared_from_this()](const error_code& error, tcp::socket socket) {
      if (error) return;
      self->serve(std::make_shared<Connection>(std::move(socket)));
      self->accept();
    });
  }

  void serve(const std::shared_ptr<Connection>& peer) {
    asio::async_read(peer->socket, asio::buffer(peer->size),
                     [self = shared_from_this(), peer](const error_code& error, std::size_t) {
                       if (error) return;
                       peer->octets.resize(std::size_t{peer->size[0]} << 8 | peer->size[1]);
                       asio::async_read(peer->socket, asio::buffer(peer->octets),
                                        [self, peer](const error_code& failed, std::size_t) {
                                          if (!failed) self->on_message(peer);
                                        });
                     });
  }

  void on_message(const std::shared_ptr<Connection>& peer) {
    auto framed = std::make_shared<std::string>();
    for (const std::string& message : react({peer->octets, true, {}})) {
      *framed += static_cast<char>(message.size() >> 8);
      *framed += static_cast<char>(message.size());
      *framed += message;
    }
    asio::async_write(peer->socket, asio::buffer(*framed),
                      [self = shared_from_this(), peer, framed](const error_code&, std::size_t) {
                        self->serve(peer);  // until the peer closes
                      });
  }

  udp::socket datagrams;
  tcp::acceptor acceptor;
  Conduct conduct;
  std::vector<Asked> asked;
  std::array<char, 4096> buffer;
  udp::endpoint from;
};

FakeDnsServer::FakeDnsServer(asio::io_context& io, Conduct conduct)
    : state_(std::make_shared<State>(io, std::move(conduct))) {
  state_->receive();
  state_->accept();
}

Server FakeDnsServer::server() const {
  return {"127.0.0.1", state_->datagrams.local_endpoint().port()};
}

const std::vector<Asked>& FakeDnsServer::asked() const { return state_->asked; }

void FakeDnsServer::set_conduct(Conduct conduct) { state_->conduct = std::move(conduct); }

void FakeDnsServer::send(const Asked& asked, const std::string& message) {
  error_code ignored;
  state_->datagrams.send_to(asio::buffer(message), asked.from, 0, ignored);
}

Conduct replies(TestReply reply) {
  return [reply = std::move(reply)](const Asked& asked) {
    return std::vector{reply_to(asked.octets, reply)};
  };
}

Conduct replies(std::vector<std::string> addresses, std::uint32_t ttl) {
  return [=](const Asked& asked) {
    const std::string owner = dns::read_message_head(asked.octets)->question.name.text();
    TestReply reply;
    for (const std::string& address : addresses)
      reply.answers.push_back({owner, dns::RRType::kA, ttl, address});
    return std::vector{reply_to(asked.octets, reply)};
  };
}

Conduct silence() {
  return [](const Asked&) { return std::vector<std::string>(); };
}

}  // namespace signpost::upstream
