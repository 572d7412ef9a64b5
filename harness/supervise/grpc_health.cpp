#include "harness/supervise/grpc_health.h"

#include <cstdint>

namespace stormproof {

namespace {

// RFC 9113 §6, §4.1.
constexpr unsigned kData = 0;
constexpr unsigned kHeaders = 1;
constexpr unsigned kRstStream = 3;
constexpr unsigned kSettings = 4;
constexpr unsigned kGoaway = 7;
constexpr unsigned kEndStream = 0x1;
constexpr unsigned kEndHeaders = 0x4;
constexpr unsigned kPadded = 0x8;
constexpr std::size_t kFrameHeader = 9;
constexpr std::size_t kMessageHeader = 5;  // gRPC: compressed flag, length

void append_number(std::string& out, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8U * static_cast<unsigned>(i)));
}

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

std::string frame(unsigned type, unsigned flags, unsigned stream, std::string_view payload) {
  std::string out;
  append_number(out, payload.size(), 3);
  append_number(out, type, 1);
  append_number(out, flags, 1);
  append_number(out, stream, 4);
  return out.append(payload);
}

/// HPACK string without Huffman (RFC 7541 §5.2), length as a 7-bit prefix integer.
std::string hpack_string(std::string_view text) {
  std::string out;
  std::size_t length = text.size();
  if (length < 127) {
    out += static_cast<char>(length);
  } else {
    out += '\x7f';
    for (length -= 127; length >= 128; length /= 128) out += static_cast<char>(0x80U | (length & 0x7fU));
    out += static_cast<char>(length);
  }
  return out.append(text);
}

std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 128; value >>= 7U) out += static_cast<char>(0x80U | (value & 0x7fU));
  return out += static_cast<char>(value);
}

}  // namespace

std::string grpc_health_request(std::string_view authority, std::string_view service) {
  std::string headers;
  headers += '\x83';                                                         // :method POST, static table 3
  headers += '\x86';                                                         // :scheme http, 6
  headers += '\x04' + hpack_string("/grpc.health.v1.Health/Check");          // :path
  headers += '\x01' + hpack_string(authority);                               // :authority
  headers += std::string("\x0f\x10", 2) + hpack_string("application/grpc");  // content-type, 31
  headers += std::string(1, '\0') + hpack_string("te") + hpack_string("trailers");

  std::string message;
  if (!service.empty()) message = "\x0a" + varint(service.size()) + std::string(service);
  std::string body(1, '\0');
  append_number(body, message.size(), 4);
  body += message;

  return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(kSettings, 0, 0, "") + frame(kHeaders, kEndHeaders, 1, headers) +
         frame(kData, kEndStream, 1, body);
}

GrpcHealthReply::State GrpcHealthReply::feed(std::string_view bytes) {
  buffer_.append(bytes);
  while (state_ == State::incomplete && buffer_.size() >= kFrameHeader) {
    const std::size_t length = number_at(buffer_, 0, 3);
    if (length > kMaxReply) return state_ = State::refused;
    if (buffer_.size() < kFrameHeader + length) break;
    const auto type = static_cast<unsigned>(number_at(buffer_, 3, 1));
    const auto flags = static_cast<unsigned>(number_at(buffer_, 4, 1));
    const auto stream = static_cast<unsigned>(number_at(buffer_, 5, 4)) & 0x7fffffffU;
    const std::string payload = buffer_.substr(kFrameHeader, length);
    buffer_.erase(0, kFrameHeader + length);
    state_ = take_frame(type, flags, stream, payload);
  }
  return state_;
}

GrpcHealthReply::State GrpcHealthReply::take_frame(unsigned type, unsigned flags, unsigned stream,
                                                   std::string_view payload) {
  if (type == kGoaway) return State::refused;
  if (stream != 1) return State::incomplete;
  if (type == kRstStream) return State::refused;
  if (type == kData) {
    if ((flags & kPadded) != 0) {
      const std::size_t padding = payload.empty() ? 0 : number_at(payload, 0, 1);
      if (payload.size() < padding + 1) return State::refused;
      payload = payload.substr(1, payload.size() - padding - 1);
    }
    const State state = take_data(payload);
    if (state != State::incomplete) return state;
  }
  if ((type == kData || type == kHeaders) && (flags & kEndStream) != 0) return State::refused;
  return State::incomplete;
}

GrpcHealthReply::State GrpcHealthReply::take_data(std::string_view payload) {
  if (message_.size() + payload.size() > kMaxReply) return State::refused;
  message_.append(payload);
  if (message_.size() < kMessageHeader) return State::incomplete;
  const std::size_t length = number_at(message_, 1, 4);
  if (message_.size() < kMessageHeader + length) return State::incomplete;
  // HealthCheckResponse: enum ServingStatus status = 1; SERVING = 1. An absent field is UNKNOWN.
  const std::string_view response = std::string_view(message_).substr(kMessageHeader, length);
  return response == "\x08\x01" ? State::serving : State::not_serving;
}

}  // namespace stormproof
