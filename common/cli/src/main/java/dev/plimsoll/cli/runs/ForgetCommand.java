package dev.plimsoll.cli.runs;

import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.topics.RunLookup;
import dev.plimsoll.cli.topics.RunProgress;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.codec.Shown;
import dev.plimsoll.wire.kafka.BrokerProblem;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.process.ExitCode;

import org.apache.kafka.clients.admin.Admin;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

@Command(
        name = "forget",
        mixinStandardHelpOptions = true,
        description = {
            "Removes the text of a sample from the topics of a run, and says what of it stays.",
            "",
            "It shows first what it found, and asks. It changes settings of topics for a moment, "
                    + "so it needs a user who administers the broker. While it works, records "
                    + "without a key are refused by PREFIX.samples.",
            ""
        })
final class ForgetCommand implements Callable<Integer> {

    private static final int SHOWN = 200;

    @Spec
    CommandSpec spec;

    @Mixin
    BrokerOptions broker;

    @Parameters(paramLabel = "ID", description = "The id of the sample.")
    String id;

    @Option(names = "--yes", description = "The text is removed without a question.")
    boolean yes;

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            defaultValue = "120",
            description = "The command waits so many seconds until the run's coordinator has read "
                    + "what was submitted. Default: ${DEFAULT-VALUE}.")
    int waitSeconds;

    @Override
    public Integer call() throws InterruptedException {
        Topics topics = broker.topics();
        Clients anybodys = broker.clients();
        Clients clients = anybodys.of(RunLookup.read(anybodys, topics), topics);
        SampleTraces traces = SampleTraces.find(clients, topics, id);
        String shown = Shown.line(id, SHOWN);
        if (traces.isEmpty()) {
            throw CliFailure.input("no topic of the run '" + topics.prefix()
                    + "' has a sample with the id '" + shown
                    + "'; `plimsoll tail samples` shows ids, and those of samples without one are "
                    + "derived from their place and content");
        }
        if (traces.keyless() > 0) {
            throw CliFailure.input(traces.keyless() + " records of " + topics.samples()
                    + " have no key, and a compaction would remove all of them; samples of this "
                    + "run can only be removed with the run (`plimsoll runs delete "
                    + topics.prefix() + "`)");
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println("sample '" + shown + "': " + traces.submitted().size() + " records in "
                + topics.samples() + ", " + traces.rejections().size() + " in "
                + topics.rejected() + ", " + traces.sequences() + " in " + topics.tokenized());
        out.flush();
        if (!yes && !confirmed(shown)) {
            out.println("nothing is removed");
            return ExitCode.DONE.number();
        }
        try (Admin admin = clients.admin("plimsoll-forget")) {
            boolean ingests = !RunProgress.read(anybodys, topics).isFinished();
            new Forgetting(admin, clients, topics, ingests, Duration.ofSeconds(waitSeconds))
                    .forget(id, traces);
        } catch (ExecutionException e) {
            throw new BrokerProblem(
                    "the broker does not remove the sample: " + e.getCause().getMessage(), e);
        }
        out.println("its text is removed from " + topics.samples() + " and " + topics.rejected());
        Forgetting.whatStays(topics, shown, traces).forEach(out::println);
        out.flush();
        return ExitCode.DONE.number();
    }

    private boolean confirmed(String shown) {
        if (System.console() == null || !System.console().isTerminal()) {
            throw CliFailure.usage("there is no terminal to ask on; give --yes to remove the text");
        }
        String answer = System.console()
                .readLine("Remove the text of '%s' for ever? Type the id to do it: ", shown);
        return answer != null && answer.strip().equals(id);
    }
}
