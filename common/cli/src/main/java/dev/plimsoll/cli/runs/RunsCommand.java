package dev.plimsoll.cli.runs;

import com.fasterxml.jackson.core.JsonProcessingException;

import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.cli.topics.RunPrefixes;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.kafka.BrokerProblem;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.process.ExitCode;

import org.apache.kafka.clients.admin.Admin;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

@Command(
        name = "runs",
        mixinStandardHelpOptions = true,
        subcommands = RunsDeleteCommand.class,
        description = {
            "Lists the runs of a broker, a line for each prefix.",
            "",
            "A line says whether the run is training, paused or finished, waits for a worker, or "
                    + "no coordinator was heard in the last 10 seconds; how many steps are done "
                    + "and when the last was committed; how many samples are trained and how many "
                    + "wait in this epoch; how many workers were heard, and the model.",
            ""
        })
final class RunsCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Mixin
    BrokerOptions broker;

    @Option(names = "--json", description = "Each run is a JSON object on a line of its own.")
    boolean json;

    @Override
    public Integer call() throws JsonProcessingException, InterruptedException {
        Clients clients = broker.clients();
        PrintWriter out = spec.commandLine().getOut();
        Set<String> prefixes = RunPrefixes.among(topics(clients));
        for (String prefix : prefixes) {
            RunSummary run = RunSummary.read(clients, new Topics(prefix));
            out.println(json ? Json.mapper().writeValueAsString(run) : run.line());
            out.flush();
        }
        if (prefixes.isEmpty() && !json) {
            out.println("there is no run at " + clients.bootstrap());
        }
        return ExitCode.DONE.number();
    }

    private static Set<String> topics(Clients clients) throws InterruptedException {
        try (Admin admin = clients.admin("plimsoll-runs")) {
            return admin.listTopics().names().get();
        } catch (ExecutionException e) {
            throw new BrokerProblem(
                    "the broker does not list its topics: " + e.getCause().getMessage(), e);
        }
    }
}
