# Writes OUT: the files of the page as C++ string constants. Run by the build: cmake -DDIR=… -DOUT=… -P embed.cmake
set(text "#include \"reports/html_assets.h\"\n\nnamespace stormproof::html_assets {\n")
foreach(asset html css js)
  file(READ ${DIR}/page.${asset} content)
  string(APPEND text "const char* const k_${asset} = R\"stormproof(${content})stormproof\";\n")
endforeach()
string(APPEND text "}  // namespace stormproof::html_assets\n")
file(WRITE ${OUT} "${text}")
