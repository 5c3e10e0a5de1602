#include "tests/support/loopback_server.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace signpost {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using SocketPtr = std::shared_ptr<tcp::socket>;

namespace {

struct Dripper : std::enable_shared_from_this<Dripper> {
  Dripper(SocketPtr peer, std::string octets, std::chrono::milliseconds pause)
      : socket(std::move(peer)),
        text(std::move(octets)),
        between(pause),
        timer(socket->get_executor()) {}

  void next() {
    if (sent == text.size()) return;
    timer.expires_after(between);
    timer.async_wait([self = shared_from_this()](const error_code&) {
      asio::async_write(*self->socket, asio::buffer(&self->text[self->sent++], 1),
                        [self](const error_code& error, std::size_t) {
                          if (!error) self->next();
                        });
    });
  }

  SocketPtr socket;
  std::string text;
  std::chrono::milliseconds between;
  asio::steady_timer timer;
  std::size_t sent = 0;
};

void send_for_ever(const SocketPtr& socket, const std::shared_ptr<std::string>& next,
                   const std::shared_ptr<std::string>& piece) {
  asio::async_write(*socket, asio::buffer(*next),
                    [socket, next, piece](const error_code& error, std::size_t) {
                      if (!error) send_for_ever(socket, piece, piece);
                    });
}

struct Conversation : std::enable_shared_from_this<Conversation> {
  Conversation(SocketPtr peer, std::vector<std::string> all)
      : socket(std::move(peer)), responses(std::move(all)) {}

  void next() {
    if (sent == responses.size()) return;
    asio::async_read_until(*socket, asio::dynamic_buffer(received), "\r\n\r\n",
                           [self = shared_from_this()](const error_code& error, std::size_t size) {
                             if (error) return;
                             self->received.erase(0, size);
                             self->respond();
                           });
  }
  void respond() {
    asio::async_write(*socket, asio::buffer(responses[sent++]),
                      [self = shared_from_this()](const error_code& error, std::size_t) {
                        if (!error) self->next();
                      });
  }

  SocketPtr socket;
  const std::vector<std::string> responses;
  std::string received;
  std::size_t sent = 0;
};

}  // namespace

LoopbackServer::LoopbackServer(asio::io_context& io, Conduct conduct, const char* address)
    : acceptor_(
          std::make_shared<tcp::acceptor>(io, tcp::endpoint(asio::ip::make_address(address), 0))),
      conduct_(std::make_shared<Conduct>(std::move(conduct))),
      connections_(std::make_shared<std::size_t>(0)) {
  accept();
}

std::uint16_t LoopbackServer::port() const { return acceptor_->local_endpoint().port(); }

std::string LoopbackServer::address() const {
  return acceptor_->local_endpoint().address().to_string();
}

void LoopbackServer::accept() {
  struct Loop {
    static void run(const std::shared_ptr<tcp::acceptor>& acceptor,
                    const std::shared_ptr<Conduct>& conduct,
                    const std::shared_ptr<std::size_t>& connections) {
      acceptor->async_accept([=](const error_code& error, tcp::socket socket) {
        if (error) return;
        ++*connections;
        (*conduct)(std::make_shared<tcp::socket>(std::move(socket)));
        run(acceptor, conduct, connections);
      });
    }
  };
  Loop::run(acceptor_, conduct_, connections_);
}

Conduct reply(std::string response, std::shared_ptr<std::string> request) {
  return [response = std::move(response), request = std::move(request)](const SocketPtr& socket) {
    auto received = std::make_shared<std::string>();
    asio::async_read_until(*socket, asio::dynamic_buffer(*received), "\r\n\r\n",
                           [=](const error_code& error, std::size_t) {
                             if (request) *request = *received;
                             if (error) return;
                             auto text = std::make_shared<std::string>(response);
                             asio::async_write(*socket, asio::buffer(*text),
                                               [socket, text](const error_code&, std::size_t) {});
                           });
  };
}

Conduct converse(std::vector<std::string> responses) {
  return [responses = std::move(responses)](const SocketPtr& socket) {
    std::make_shared<Conversation>(socket, responses)->next();
  };
}

Conduct reply_status(unsigned status) {
  return reply("HTTP/1.1 " + std::to_string(status) + " Any\r\nContent-Length: 0\r\n\r\n");
}

Conduct drip(std::string text, std::chrono::milliseconds between) {
  return [=](const SocketPtr& socket) { std::make_shared<Dripper>(socket, text, between)->next(); };
}

Conduct flood(std::string head, std::string piece) {
  return [=](const SocketPtr& socket) {
    send_for_ever(socket, std::make_shared<std::string>(head),
                  std::make_shared<std::string>(piece));
  };
}

Conduct stay_silent() {
  return [](const SocketPtr& socket) {
    socket->async_wait(tcp::socket::wait_error, [socket](const error_code&) {});
  };
}

Conduct close_at_once() {
  return [](const SocketPtr&) {};
}

Conduct reset_at_once() {
  return [](const SocketPtr& socket) { socket->set_option(asio::socket_base::linger(true, 0)); };
}

RefusingPort::RefusingPort(asio::io_context& io)
    : socket_(io, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)) {}

UnansweringPort::UnansweringPort(asio::io_context& io) : acceptor_(io, tcp::v4()) {
  acceptor_.bind(tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
  acceptor_.listen(0);
  for (int i = 0; i < 4; ++i) {
    waiting_.push_back(std::make_unique<tcp::socket>(io));
    waiting_.back()->async_connect(acceptor_.local_endpoint(), [](const error_code&) {});
  }
}

}  // namespace signpost
