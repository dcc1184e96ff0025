package dev.plimsoll.cli.report;

import dev.plimsoll.audit.AuditLedger.Verdict;
import dev.plimsoll.audit.kafka.AuditReader;
import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.Version;
import dev.plimsoll.cli.topics.RunLookup;
import dev.plimsoll.model.files.OwnText;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.run.RunSettings;

import org.apache.kafka.common.errors.TopicAuthorizationException;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;

@Command(
        name = "report",
        mixinStandardHelpOptions = true,
        description = {
            "Writes a run, one that is under way too, as one HTML file to send to someone.",
            "",
            "It has settings, data, the curves of loss, learning rate, gradient norm and speed, "
                    + "workers, decisions with their reasons, rejected samples by reason, and the "
                    + "audit's verdict. It needs no network and no other file, and holds nothing "
                    + "of what samples say. All of it is read from the run's topics.",
            ""
        })
final class ReportCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Mixin
    BrokerOptions broker;

    @Parameters(
            paramLabel = "RUN",
            arity = "0..1",
            description = "The prefix of the run, or the directory in which `plimsoll train`, or "
                    + "`plimsoll demo --keep`, keeps it. The default is the prefix of --prefix.")
    String run;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            description = "The page is written to this file; an earlier page of this command is "
                    + "replaced, any other file is left as it is. The default is PREFIX.html "
                    + "here, or report.html in the directory.")
    Path out;

    @Option(names = "--no-audit", description = "The audit, which reads all samples, is left out.")
    boolean noAudit;

    @Override
    public Integer call() throws IOException, InterruptedException {
        boolean isDirectory = run != null && (Files.isDirectory(Path.of(run)) || run.contains("/"));
        OwnText file = new OwnText(file(isDirectory), "report", ReportPage.BEGINNING);
        file.requireReplaceable();
        try (RunPlace place = isDirectory
                ? RunPlace.inDirectory(Path.of(run), broker)
                : RunPlace.onBroker(run, broker)) {
            RunSettings settings = RunLookup.read(place.clients(), place.topics());
            RunFacts facts = RunFacts.read(place.clients(), place.topics(), settings);
            ReportPage page = new ReportPage(
                    facts, audited(place, settings), Version.sentence(), Instant.now());
            file.write(page.text());
            spec.commandLine()
                    .getOut()
                    .println("the report of run " + settings.runId() + " is " + file.path());
        }
        return ExitCode.DONE.number();
    }

    private Path file(boolean isDirectory) {
        if (out != null) {
            if (Files.isDirectory(out)) {
                throw CliFailure.input("--out is '" + out + "', which is a directory; give the "
                        + "path of a file");
            }
            return out;
        }
        return isDirectory
                ? Path.of(run).resolve("report.html")
                : Path.of((run == null ? broker.topics().prefix() : run) + ".html");
    }

    private ReportPage.Audited audited(RunPlace place, RunSettings settings) {
        if (noAudit) {
            return new ReportPage.Audited(Optional.empty(), "it was not asked for");
        }
        try {
            Verdict verdict = AuditReader.read(place.clients(), place.topics())
                    .verdict(settings.fleet().shards(), settings.steps().epochs());
            return new ReportPage.Audited(Optional.of(verdict), "");
        } catch (TopicAuthorizationException e) {
            return new ReportPage.Audited(
                    Optional.empty(), "who wrote this may not read all of the run's topics");
        }
    }
}
