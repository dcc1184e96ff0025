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
import dev.plimsoll.wire.settings.ValueType;

import org.apache.kafka.clients.admin.Admin;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

@Command(
        name = "forget",
        mixinStandardHelpOptions = true,
        description = {
            "Removes the text of samples from the topics of a run, and says what of it stays.",
            "",
            "It shows first what it found, and asks. It changes settings of topics for a moment, "
                    + "so it needs a user who administers the broker. While it works, records "
                    + "without a key are refused by PREFIX.samples. With --older-than, given once "
                    + "a day, it keeps people's text for a fixed time.",
            ""
        })
final class ForgetCommand implements Callable<Integer> {

    private static final int SHOWN = 200;
    private static final ValueType<Duration> AGE = ValueType.time(Duration.ZERO);
    private static final Duration MOST = Duration.ofDays(36_500);

    @Spec
    CommandSpec spec;

    @Mixin
    BrokerOptions broker;

    @Parameters(
            paramLabel = "ID",
            arity = "0..*",
            description = "The ids of the samples, or --older-than.")
    List<String> ids = List.of();

    @Option(
            names = "--older-than",
            paramLabel = "TIME",
            description = "All samples whose text was written longer ago than this, such as 12h "
                    + "or 30d, by the times of the broker's records.")
    String olderThan;

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
        if (ids.isEmpty() == (olderThan == null)) {
            throw CliFailure.usage("give the ids of samples, or --older-than TIME"
                    + (ids.isEmpty() ? "" : ", not both"));
        }
        Instant before = olderThan == null ? null : Instant.now().minus(age());
        Topics topics = broker.topics();
        Clients anybodys = broker.clients();
        Clients clients = anybodys.of(RunLookup.read(anybodys, topics), topics);
        PrintWriter out = spec.commandLine().getOut();
        Set<String> wanted =
                before == null ? Set.copyOf(ids) : SampleTraces.olderThan(clients, topics, before);
        if (wanted.isEmpty()) {
            out.println("no sample of the run '" + topics.prefix() + "' has text that is older "
                    + "than " + olderThan);
            return ExitCode.DONE.number();
        }
        SampleTraces traces = SampleTraces.find(clients, topics, wanted);
        requireFound(topics, traces);
        String shown = shown(wanted);
        out.println(shown + ": " + traces.submitted().size() + " records in "
                + topics.samples() + ", " + traces.rejections().size() + " in "
                + topics.rejected() + ", " + traces.sequences() + " in " + topics.tokenized());
        out.flush();
        if (!yes && !confirmed(wanted)) {
            out.println("nothing is removed");
            return ExitCode.DONE.number();
        }
        try (Admin admin = clients.admin("plimsoll-forget")) {
            boolean ingests = !RunProgress.read(anybodys, topics).isFinished();
            new Forgetting(admin, clients, topics, ingests, Duration.ofSeconds(waitSeconds))
                    .forget(traces);
        } catch (ExecutionException e) {
            throw new BrokerProblem(
                    "the broker does not remove the samples: " + e.getCause().getMessage(), e);
        }
        out.println((wanted.size() == 1 ? "its" : "their") + " text is removed from "
                + topics.samples() + " and " + topics.rejected());
        Forgetting.whatStays(topics, traces).forEach(out::println);
        out.flush();
        return ExitCode.DONE.number();
    }

    private Duration age() {
        try {
            Duration age = AGE.reader().apply(olderThan);
            if (AGE.allowed().test(age) && age.compareTo(MOST) <= 0) {
                return age;
            }
        } catch (IllegalArgumentException | ArithmeticException | DateTimeException e) {
            // said below
        }
        throw CliFailure.usage("--older-than is '" + Shown.line(olderThan, SHOWN)
                + "'; give a time of at most 36500d, such as 12h or 30d");
    }

    private void requireFound(Topics topics, SampleTraces traces) {
        List<String> unknown =
                ids.stream().filter(id -> !traces.known().contains(id)).toList();
        if (!unknown.isEmpty()) {
            throw CliFailure.input("no topic of the run '" + topics.prefix()
                    + "' has a sample with the id '" + Shown.line(unknown.getFirst(), SHOWN)
                    + "'; `plimsoll tail samples` shows ids, and those of samples without one are "
                    + "derived from their place and content");
        }
        if (traces.keyless() > 0) {
            throw CliFailure.input(traces.keyless() + " records of " + topics.samples()
                    + " have no key, and a compaction would remove all of them; samples of this "
                    + "run can only be removed with the run (`plimsoll runs delete "
                    + topics.prefix() + "`)");
        }
    }

    private static String shown(Set<String> wanted) {
        return wanted.size() == 1
                ? "sample '" + Shown.line(wanted.iterator().next(), SHOWN) + "'"
                : wanted.size() + " samples";
    }

    private boolean confirmed(Set<String> wanted) {
        if (System.console() == null || !System.console().isTerminal()) {
            throw CliFailure.usage("there is no terminal to ask on; give --yes to remove the text");
        }
        String asked =
                wanted.size() == 1 ? wanted.iterator().next() : Integer.toString(wanted.size());
        String answer = System.console()
                .readLine(
                        "Remove the text of %s for ever? Type %s to do it: ",
                        shown(wanted), wanted.size() == 1 ? "the id" : "their number");
        return answer != null && answer.strip().equals(asked);
    }
}
