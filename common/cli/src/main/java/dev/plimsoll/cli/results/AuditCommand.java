package dev.plimsoll.cli.results;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.audit.AuditLedger.Verdict;
import dev.plimsoll.audit.AuditSentence;
import dev.plimsoll.audit.kafka.AuditReader;
import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.cli.topics.RunLookup;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.run.RunSettings;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.concurrent.Callable;

@Command(
        name = "audit",
        mixinStandardHelpOptions = true,
        description = {
            "Proves from the topics that each submitted sample was trained "
                    + "exactly once, is waiting, or was rejected with a reason.",
            "",
            "It joins samples, rejected samples, tokenized samples, and the "
                    + "manifests of contributions and of the adapter. It also compares the "
                    + "digests that shards and workers made of each version. The audit is not "
                    + "clean, and the exit code says so, when a sample is duplicated or lost, or "
                    + "when a replica held other bits than the others and went on with them.",
            ""
        })
final class AuditCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Mixin
    BrokerOptions broker;

    @Option(
            names = "--json",
            description =
                    "The counts, the verdict and its findings are printed as one JSON object.")
    boolean json;

    @Override
    public Integer call() throws JsonProcessingException {
        Clients clients = broker.clients();
        Topics topics = broker.topics();
        RunSettings run = RunLookup.read(clients, topics);
        Verdict verdict = AuditReader.read(clients, topics)
                .verdict(run.fleet().shards(), run.steps().epochs());
        PrintWriter out = spec.commandLine().getOut();
        out.println(json ? json(verdict) : AuditSentence.of(verdict));
        PrintWriter err = spec.commandLine().getErr();
        verdict.findings().forEach(finding -> err.println("  " + finding));
        verdict.notes().forEach(note -> err.println("  healed: " + note));
        return (verdict.clean() ? ExitCode.DONE : ExitCode.AUDIT).number();
    }

    private static String json(Verdict verdict) throws JsonProcessingException {
        ObjectNode counts = Json.mapper().valueToTree(verdict.counts());
        counts.set("digests", Json.mapper().valueToTree(verdict.digests()));
        counts.put("clean", verdict.clean());
        counts.set("findings", Json.mapper().valueToTree(verdict.findings()));
        counts.set("healed", Json.mapper().valueToTree(verdict.notes()));
        return Json.mapper().writeValueAsString(counts);
    }
}
