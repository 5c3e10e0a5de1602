#include "health/probes/rest_of_response.h"

#include <utility>

#include "health/probes/body_search.h"

namespace signpost::health {

using boost::system::error_code;

RestOfResponse::RestOfResponse(boost::asio::io_context& io, ConnectionPtr connection,
                               std::unique_ptr<ResponseParser> parser, std::string received,
                               std::shared_ptr<ProbeMemory> memory)
    : connection_(std::move(connection)),
      parser_(std::move(parser)),
      received_(std::move(received)),
      memory_(std::move(memory)),
      timer_(io) {}

void RestOfResponse::read_within(std::chrono::milliseconds limit) {
  timer_.expires_after(limit);
  timer_.async_wait([self = shared_from_this()](const error_code& cancelled) {
    if (!cancelled) self->connection_->close();
  });
  advance();
}

void RestOfResponse::advance() {
  std::array<char, 4096> piece;
  while (!parser_->is_done() && !received_.empty()) {
    const BodyPiece taken = take_body_piece(*parser_, received_, piece);
    if (taken.malformed) return connection_->close();
    if (taken.is_last_of_received) break;
  }
  if (!parser_->is_done()) return read();
  timer_.cancel();
  if (received_.empty()) memory_->keep(connection_);
}

void RestOfResponse::read() {
  if (octets_ > kBodyOctetsMax) return connection_->close();
  connection_->read(boost::asio::buffer(buffer_),
                    [self = shared_from_this()](const error_code& error, std::size_t size) {
                      if (error) {
                        self->timer_.cancel();
                        return;
                      }
                      self->octets_ += size;
                      self->received_.append(self->buffer_.data(), size);
                      self->advance();
                    });
}

}  // namespace signpost::health
