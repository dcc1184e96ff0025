package dev.plimsoll.cli.runs;

import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.topics.LiveSigns;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.BrokerProblem;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
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
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

@Command(
        name = "delete",
        mixinStandardHelpOptions = true,
        description = {
            "Deletes the topics of a run, and with them its samples, its journal and its adapter.",
            "",
            "It shows them first and asks. It refuses while a coordinator or a worker of the run "
                    + "is heard. Topics of other prefixes are left alone: to delete the run 'a' "
                    + "leaves the run 'a.b'. Export the adapter before.",
            ""
        })
final class RunsDeleteCommand implements Callable<Integer> {

    /** Long enough for a second beat of a coordinator whose clock is wrong. */
    private static final Duration LISTEN = Duration.ofSeconds(3);

    @Spec
    CommandSpec spec;

    @Mixin
    BrokerOptions broker;

    @Parameters(paramLabel = "PREFIX", description = "The prefix of the run that is deleted.")
    String prefix;

    @Option(names = "--yes", description = "The topics are deleted without a question.")
    boolean yes;

    @Override
    public Integer call() throws InterruptedException {
        Topics topics = topics();
        Clients clients = broker.clients();
        try (Admin admin = clients.admin("plimsoll-runs-delete")) {
            RunTopics found = RunTopics.find(admin, topics);
            if (found.isEmpty()) {
                throw CliFailure.input("there is no topic of a run under prefix '" + prefix
                        + "'; `plimsoll runs` lists the runs");
            }
            requireNobody(clients, topics);
            PrintWriter out = spec.commandLine().getOut();
            found.lines().forEach(out::println);
            out.flush();
            if (!yes && !confirmed(found)) {
                out.println("nothing is deleted");
                return ExitCode.DONE.number();
            }
            found.delete(admin);
            out.println(found.size() + " topics of the run '" + prefix + "' are deleted");
            return ExitCode.DONE.number();
        } catch (ExecutionException e) {
            throw new BrokerProblem(
                    "the broker does not delete the run: " + e.getCause().getMessage(), e);
        }
    }

    private Topics topics() {
        try {
            return new Topics(prefix);
        } catch (IllegalArgumentException e) {
            throw CliFailure.usage(e.getMessage());
        }
    }

    private void requireNobody(Clients clients, Topics topics) {
        LiveSigns signs =
                LiveSigns.read(ofTheRun(clients, topics), topics, RunSummary.LIVE, LISTEN);
        if (signs.any()) {
            throw CliFailure.input("the run '" + prefix + "' is alive: "
                    + (signs.coordinator() ? "its coordinator" : "")
                    + (signs.coordinator() && !signs.workers().isEmpty() ? " and " : "")
                    + (signs.workers().isEmpty()
                            ? ""
                            : "its workers " + String.join(", ", signs.workers()))
                    + " gave a sign of life in the last " + RunSummary.LIVE.toSeconds()
                    + " s; stop what runs, then delete the run");
        }
    }

    /** What others wrote is no sign of life. A journal that nobody can read has no run. */
    private static Clients ofTheRun(Clients clients, Topics topics) {
        try (JournalReader journal = new JournalReader(clients, topics, "plimsoll-runs-delete")) {
            return journal.run().map(run -> clients.of(run, topics)).orElse(clients);
        } catch (BrokerProblem e) {
            return clients;
        }
    }

    private boolean confirmed(RunTopics found) {
        String question = "Delete these " + found.size() + " topics for ever? Type the prefix '"
                + prefix + "' to do it: ";
        if (System.console() == null || !System.console().isTerminal()) {
            throw CliFailure.usage(
                    "there is no terminal to ask on; give --yes to delete these topics");
        }
        return Optional.ofNullable(System.console().readLine("%s", question))
                .map(String::strip)
                .filter(prefix::equals)
                .isPresent();
    }
}
