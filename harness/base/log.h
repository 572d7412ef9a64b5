/// Talk of the harness itself: stderr, off below `warn` unless --verbose. Never part of a result.
/// Only log.cpp includes spdlog (compile-time firewall).
#pragma once

#include <string_view>

namespace stormproof::log {

enum class Level { debug, info, warn, error };

/// Call once from main before the first thread. Default: warn.
void set_level(Level level);
void write(Level level, std::string_view message);

inline void debug(std::string_view message) { write(Level::debug, message); }
inline void info(std::string_view message) { write(Level::info, message); }
inline void warn(std::string_view message) { write(Level::warn, message); }
inline void error(std::string_view message) { write(Level::error, message); }

}  // namespace stormproof::log
