/// Expected trouble as a value. `Result<T>` holds a T or an Error; `Status` is a Result without a value.
/// Programmer errors are STORMPROOF_ASSERT (assert.h). Exceptions never cross a module boundary.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "harness/base/assert.h"

namespace stormproof {

/// Decides the exit status of the program (exit_code.h).
enum class ErrorCode {
  usage,        ///< wrong command line or scenario: exit 2, nothing was started
  environment,  ///< the machine or a target is at fault: exit 4
  internal,     ///< the harness is at fault: exit 4
  interrupted,  ///< Ctrl-C: exit 130
};

/// What went wrong, where, and what to do next. Whole sentences without a final full stop.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;  ///< "cannot bind 127.0.0.1:80: Permission denied"
  std::string hint;     ///< the remedy; may be empty: "choose a port above 1023"
};

inline Error usage_error(std::string message, std::string hint = {}) {
  return {ErrorCode::usage, std::move(message), std::move(hint)};
}
inline Error environment_error(std::string message, std::string hint = {}) {
  return {ErrorCode::environment, std::move(message), std::move(hint)};
}
inline Error internal_error(std::string message, std::string hint = {}) {
  return {ErrorCode::internal, std::move(message), std::move(hint)};
}

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return std::holds_alternative<T>(state_); }
  explicit operator bool() const { return ok(); }

  T& value() & {
    STORMPROOF_ASSERT(ok(), "value() of a failed Result");
    return std::get<T>(state_);
  }
  const T& value() const& {
    STORMPROOF_ASSERT(ok(), "value() of a failed Result");
    return std::get<T>(state_);
  }
  T&& value() && {
    STORMPROOF_ASSERT(ok(), "value() of a failed Result");
    return std::get<T>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const {
    STORMPROOF_ASSERT(!ok(), "error() of a successful Result");
    return std::get<Error>(state_);
  }

 private:
  std::variant<T, Error> state_;
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)
  static Status success() { return {}; }

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const {
    STORMPROOF_ASSERT(!ok(), "error() of a successful Status");
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace stormproof
