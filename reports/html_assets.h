/// The files of reports/html, embedded by the build (reports/html/embed.cmake).
#pragma once

namespace stormproof::html_assets {

extern const char* const k_html;
extern const char* const k_css;
extern const char* const k_js;

}  // namespace stormproof::html_assets
