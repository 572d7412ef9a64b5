/// The fields of a plan, listed once for writing and reading. Internal to harness/plan.
///
/// An archive is called with the name and the value of each field; `params` with those of a kind, `unless_zero` with a
/// field that is left out when it is zero, `stream` with the seed of a random stream.
#pragma once

#include "harness/model/plan.h"

namespace stormproof {

enum class Family { fault, source, witness, invariant };

template <class Archive>
void fields(Archive& archive, ReadySpec& ready) {
  archive("kind", ready.kind);
  archive("port", ready.port);
  archive("path", ready.path);
  archive("service", ready.service);
  archive("pattern", ready.pattern);
  archive("argv", ready.argv);
  archive("within", ready.within);
  archive("where", ready.where);
}

template <class Archive>
void fields(Archive& archive, LimitsSpec& limits) {
  archive("memory", limits.memory);
  archive("files", limits.files);
  archive("cpu", limits.cpu);
  archive("where", limits.where);
}

template <class Archive>
void fields(Archive& archive, BackoffSpec& backoff) {
  archive("initial", backoff.initial);
  archive("max", backoff.max);
  archive("reset", backoff.reset);
}

template <class Archive>
void fields(Archive& archive, TargetSpec& target) {
  archive("name", target.name);
  archive("replicas", target.replicas);
  archive("after", target.after);
  archive("command", target.command);
  archive("ports", target.ports);
  archive("env", target.env);
  archive("ready", target.ready);
  archive("restart", target.restart);
  archive("backoff", target.backoff);
  archive("grace", target.grace);
  archive("limits", target.limits);
  archive("where", target.where);
}

template <class Archive>
void fields(Archive& archive, LinkSpec& link) {
  archive("name", link.name);
  archive("to_target", link.to_target);
  archive("to_index", link.to_index);
  archive("to_port", link.to_port);
  archive("where", link.where);
}

template <class Archive>
void fields(Archive& archive, SourceSpec& source) {
  archive("kind", source.kind);
  archive.params(source.params, Family::source, source.kind);
  archive("where", source.where);
}

template <class Archive>
void fields(Archive& archive, WitnessSpec& witness) {
  archive("name", witness.name);
  archive("kind", witness.kind);
  archive.params(witness.params, Family::witness, witness.kind);
  archive("where", witness.where);
}

template <class Archive>
void fields(Archive& archive, TriggerSpec& trigger) {
  archive("kind", trigger.kind);
  archive.unless_zero("time", trigger.time);
  archive.unless_zero("time_max", trigger.time_max);
  archive.unless_zero("count", trigger.count);
  archive.unless_zero("count_max", trigger.count_max);
  archive("pattern", trigger.pattern);
  archive("target", trigger.target);
  archive("fault", trigger.fault);
  archive("link", trigger.link);
  archive.unless_zero("connection", trigger.connection);
  archive.unless_zero("delay", trigger.delay);
  archive("occurrence", trigger.occurrence);
  archive("where", trigger.where);
}

template <class Archive>
void fields(Archive& archive, FaultSpec& fault) {
  archive("name", fault.name);
  archive("kind", fault.kind);
  archive("target", fault.target);
  archive("link", fault.link);
  archive("first_group", fault.first_group);
  archive("second_group", fault.second_group);
  archive.unless_zero("oneway", fault.oneway);
  archive("direction", fault.direction);
  archive("probability", fault.probability);
  archive("when", fault.when);
  archive("for", fault.lasts);
  archive("until", fault.until);
  archive("restart", fault.restart);
  archive.params(fault.params, Family::fault, fault.kind);
  archive("where", fault.where);
}

template <class Archive>
void fields(Archive& archive, InvariantSpec& invariant) {
  archive("name", invariant.name);
  archive.params(invariant.params, Family::invariant, invariant.name);
  archive("where", invariant.where);
}

template <class Archive>
void fields(Archive& archive, ExpectSpec& expect) {
  archive("match", expect.match);
  archive("verdict", expect.verdict);
  archive("anomalies", expect.anomalies);
  archive("any_anomalies", expect.any_anomalies);
  archive("where", expect.where);
}

template <class Archive>
void fields(Archive& archive, Scenario& scenario) {
  archive("file", scenario.file);
  archive("name", scenario.name);
  archive("description", scenario.description);
  archive("seed", scenario.seed);
  archive("timeout", scenario.timeout);
  archive("settle", scenario.settle);
  archive("linger", scenario.linger);
  archive("params", scenario.params);
  archive("cell", scenario.cell);
  archive("targets", scenario.targets);
  archive("links", scenario.links);
  archive("source", scenario.source);
  archive("witnesses", scenario.witnesses);
  archive("faults", scenario.faults);
  archive("invariants", scenario.invariants);
  archive("matrix", scenario.matrix);
  archive("expects", scenario.expects);
}

template <class Archive>
void fields(Archive& archive, Draw& draw) {
  archive("what", draw.what);
  archive("value", draw.value);
}

template <class Archive>
void fields(Archive& archive, LinkCut& cut) {
  archive("link", cut.link);
  archive("direction", cut.direction);
  archive("from", cut.from);
}

template <class Archive>
void fields(Archive& archive, PlannedFault& fault) {
  archive("armed", fault.armed);
  archive("cuts", fault.cuts);
  archive.stream("stream", fault.stream);
  archive("spec", fault.spec);
}

template <class Archive>
void fields(Archive& archive, Plan& plan) {
  archive("seed", plan.seed);
  archive.stream("source_stream", plan.source_stream);
  archive("draws", plan.draws);
  archive("faults", plan.faults);
  archive("scenario", plan.scenario);
}

}  // namespace stormproof
