/// The proxies of one LinkHost and the rules of Toxiproxy's API about them: what may exist beside what, what an update
/// closes and what it leaves alone, what an error leaves behind. One thread at a time.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/api/link.h"
#include "harness/proxy/documents.h"

namespace stormproof {

/// Something that was changed by hand.
struct Poke {
  enum class What { injected, changed, healed };
  What what = What::injected;
  std::string proxy;
  std::string fault;       ///< name of the toxic, or "down"
  std::string kind;        ///< its type
  std::string detail;      ///< its document; "" for down
  std::uint64_t hits = 0;  ///< healed: how often it acted
};

class ProxyCollection {
 public:
  struct Toxic {
    const ToxicType* type = nullptr;
    std::shared_ptr<LinkFault> fault;  ///< nullptr for noop
    std::uint64_t hits_before = 0;     ///< of the faults whose place this one took

    /// Since the toxic was added, whatever was changed about it.
    std::uint64_t hits() const { return hits_before + (fault ? fault->hits() : 0); }
  };
  struct Proxy {
    ProxySpec spec;
    std::vector<Toxic> armed;  ///< one for each of spec.toxics
    bool open = false;         ///< the host has a link of this name
  };

  /// `host` and `kinds` outlive the collection. All chance follows from `seed`.
  ProxyCollection(LinkHost& host, const ToxicKinds& kinds, std::uint64_t seed)
      : host_(host), kinds_(kinds), seed_(seed) {}
  ~ProxyCollection();
  ProxyCollection(const ProxyCollection&) = delete;
  ProxyCollection& operator=(const ProxyCollection&) = delete;

  /// From here on the proxies are given: none is made, moved or removed. For the links of a run.
  void adopt(const std::string& link, const std::string& listen, const std::string& upstream);
  /// Called on the caller's thread for each toxic that comes, changes or goes.
  std::function<void(const Poke&)> on_poke;

  const std::map<std::string, Proxy>& proxies() const { return proxies_; }
  const Proxy* find(const std::string& name) const;
  const ToxicKinds& kinds() const { return kinds_; }
  LinkHost& host() const { return host_; }

  using Trouble = std::optional<ApiError>;
  /// With its toxics in force before the first connection is accepted.
  Trouble create(ProxySpec proxy);
  Trouble update(const std::string& name, const ProxyChange& change);
  Trouble remove(const std::string& name);
  /// Starts all, removes all toxics. Stops at the first proxy that cannot listen.
  Trouble reset();
  /// Leaves alone what has the same name, listen and upstream; replaces what differs. Stops at the first that cannot
  /// listen; `done` has the names up to there.
  Trouble populate(std::vector<ProxySpec> proxies, std::vector<std::string>& done);

  const ToxicSpec* find_toxic(const std::string& proxy, const std::string& toxic) const;
  Trouble add_toxic(const std::string& proxy, const ToxicSpec& toxic);
  Trouble update_toxic(const std::string& proxy, const ToxicSpec& toxic);
  Trouble remove_toxic(const std::string& proxy, const std::string& toxic);

 private:
  Trouble start(Proxy& proxy);
  Trouble open(Proxy& proxy);
  void stop(Proxy& proxy);
  void close(Proxy& proxy);
  Trouble place(ProxySpec proxy);
  Answer<Toxic> make(const ToxicSpec& toxic, const std::string& proxy) const;
  void drop_toxic(Proxy& proxy, std::size_t index);
  void tell(Poke::What what, const Proxy& proxy, const ToxicSpec& toxic, std::uint64_t hits = 0) const;

  LinkHost& host_;
  const ToxicKinds& kinds_;
  std::uint64_t seed_;
  std::map<std::string, Proxy> proxies_;
  bool given_ = false;
};

}  // namespace stormproof
