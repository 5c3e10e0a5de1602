#include "upstream/framed_stream.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "dns/octets.h"

namespace signpost::upstream {

namespace asio = boost::asio;
using boost::system::error_code;

void FramedStream::connect(const asio::ip::tcp::endpoint& remote, OnEnded on_ended) {
  socket_.async_connect(remote, std::move(on_ended));
}

void FramedStream::send(std::string_view message, OnEnded on_ended) {
  sent_.clear();
  dns::append_u16(sent_, message.size());
  sent_ += message;
  asio::async_write(
      socket_, asio::buffer(sent_),
      [on_ended = std::move(on_ended)](const error_code& error, std::size_t) { on_ended(error); });
}

void FramedStream::receive(OnEnded on_ended) {
  asio::async_read(
      socket_, asio::buffer(size_),
      [this, on_ended = std::move(on_ended)](const error_code& failed, std::size_t) mutable {
        if (failed) return on_ended(failed);
        message_.resize(std::size_t{size_[0]} << 8 | size_[1]);
        asio::async_read(socket_, asio::buffer(message_),
                         [on_ended = std::move(on_ended)](const error_code& error, std::size_t) {
                           on_ended(error);
                         });
      });
}

void FramedStream::close() {
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace signpost::upstream
